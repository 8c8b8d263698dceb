"""SQL conditions on mentions, for one `:member`: who a mention names, and whether it is unread."""

from typing import Any

from sqlalchemy import bindparam, case
from sqlmodel import col, select

from models import Block, Membership, Mention, Message

NAMES_MEMBER: Any = col(Mention.user_id) == bindparam("member")
# Those who joined later are not mentioned by an earlier @room.
NAMES_ROOM: Any = col(Mention.user_id).is_(None) & (
    col(Message.created_at) >= col(Membership.joined_at)
)
BY_BLOCKED_AUTHOR: Any = (
    select(Block.blocked_id)
    .where(col(Block.user_id) == bindparam("member"), Block.blocked_id == Message.author_id)
    .exists()
)
IS_UNREAD: Any = col(Mention.seq) > case(
    (col(Membership.unread_from) > 0, col(Membership.unread_from) - 1),
    else_=col(Membership.last_read_seq),
)

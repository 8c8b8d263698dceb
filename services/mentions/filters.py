"""Whom a mention means, and what is news to them: conditions for statements about one `:member`."""

from typing import Any

from sqlalchemy import bindparam, case
from sqlmodel import col, select

from models import Block, Membership, Mention, Message

MYSELF: Any = col(Mention.user_id) == bindparam("member")
# Who came later was not meant by what called everybody before.
EVERYBODY: Any = col(Mention.user_id).is_(None) & (
    col(Message.created_at) >= col(Membership.joined_at)
)
BY_SOMEBODY_BLOCKED: Any = (
    select(Block.blocked_id)
    .where(col(Block.user_id) == bindparam("member"), Block.blocked_id == Message.author_id)
    .exists()
)
IS_UNREAD: Any = col(Mention.seq) > case(
    (col(Membership.unread_from) > 0, col(Membership.unread_from) - 1),
    else_=col(Membership.last_read_seq),
)

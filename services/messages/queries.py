"""Read messages with author, quote, reactions, poll and file.

Each page load reads a batch of messages, so the statements are built once and read columns: fifty
ORM objects took three times as long to create as to read. What else belongs to them is read in
`parts.py`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from time import monotonic, thread_time
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from models import (
    ENCRYPTED_KINDS,
    Attachment,
    Message,
    User,
)
from models.base import table
from services.accounts.people import SUMMARY_COLUMNS, summary_columns
from services.core.dto import (
    MessageView,
    Quote,
    UserSummary,
)
from services.messages import parts, rendered
from services.messages.rendering import text as rendering

PAGE_SIZE = 50
"""Number of messages in a batch of the timeline."""
BATCH_BYTES = 256 * 1024
"""Characters of text and HTML after which a batch ends early, so that no answer is large."""
RENDER_SECONDS = 0.3
"""Seconds of rendering again after which a batch ends early."""
QUOTED = 200
"""Maximum characters of a message in a quote."""
QUOTED_HTML = 1200
"""Characters of its HTML that are read for that."""
HIGHEST = 2**53
"""An upper bound of ids and `seq`s from browsers (ECMAScript's MAX_SAFE_INTEGER + 1)."""

_Quoted = table(Message).alias()
_Quoter = table(User).alias()
_QuotedFile = table(Attachment).alias()
_Reply = table(Message).alias()
_COLUMNS: tuple[Any, ...] = (
    *SUMMARY_COLUMNS,
    _Quoted.c.seq,
    *summary_columns(_Quoter),
    func.substr(_Quoted.c.text, 1, QUOTED + 1),
    func.substr(_Quoted.c.html, 1, QUOTED_HTML),
    _QuotedFile.c.name,
    _Quoted.c.kind.in_(sorted(ENCRYPTED_KINDS)) & _Quoted.c.deleted_at.is_(None),
    col(Message.id),
    col(Message.room_id),
    col(Message.seq),
    col(Message.client_message_id),
    col(Message.kind),
    col(Message.text),
    col(Message.html),
    col(Message.html_version),
    col(Message.mentions),
    col(Message.is_forwarded),
    col(Message.change),
    col(Message.created_at),
    col(Message.edited_at),
    col(Message.deleted_at).is_not(None),
    col(Message.deleted_by),
    col(Message.pinned_at).is_not(None),
    sqlalchemy.select(func.count())
    .where(_Reply.c.reply_to_id == col(Message.id), _Reply.c.deleted_at.is_(None))
    .scalar_subquery(),
    col(User.is_bot),
)
_MESSAGES: Any = (
    sqlalchemy.select(*_COLUMNS)
    .join(User, col(User.id) == Message.author_id)
    .outerjoin(_Quoted, _Quoted.c.id == Message.reply_to_id)
    .outerjoin(_Quoter, _Quoter.c.id == _Quoted.c.author_id)
    .outerjoin(_QuotedFile, _QuotedFile.c.message_id == _Quoted.c.id)
)
_IN_ROOM = _MESSAGES.where(col(Message.room_id) == bindparam("room"))
_BEFORE = (
    _IN_ROOM.where(col(Message.seq) < bindparam("seq"))
    .order_by(col(Message.seq).desc())
    .limit(bindparam("most"))
)
_AFTER = (
    _IN_ROOM.where(col(Message.seq) > bindparam("seq"))
    .order_by(col(Message.seq))
    .limit(bindparam("most"))
)
_CHANGED = (
    _IN_ROOM.where(col(Message.change) > bindparam("change"))
    .order_by(col(Message.change))
    .limit(bindparam("most"))
)
_SHOWN = (
    select(Message.id)
    .where(col(Message.room_id) == bindparam("room"))
    .where(col(Message.seq).between(bindparam("first"), bindparam("last")))
)
# Messages shown, and those quoted by them.
_CHANGED_AMONG = _CHANGED.where(
    col(Message.id).in_(_SHOWN)
    | col(Message.id).in_(_SHOWN.with_only_columns(col(Message.reply_to_id)))
)
_NUMBERED = _IN_ROOM.where(col(Message.seq).in_(bindparam("seqs", expanding=True))).order_by(
    col(Message.seq)
)
_SOME = _MESSAGES.where(col(Message.id).in_(bindparam("ids", expanding=True)))


def before(session: Session, room_id: int, seq: int, most: int = PAGE_SIZE) -> list[MessageView]:
    """Return up to `most` messages just before `seq`, in order; fewer if they are large."""
    return _all(session, _BEFORE, room=room_id, seq=seq, most=most)[::-1]


def after(session: Session, room_id: int, seq: int, most: int = PAGE_SIZE) -> list[MessageView]:
    """Return up to `most` messages just after `seq`, in order; fewer if they are large."""
    return _all(session, _AFTER, room=room_id, seq=seq, most=most)


def numbered(session: Session, room_id: int, seqs: Collection[int]) -> list[MessageView]:
    """Return the messages of a room with these numbers, in order."""
    return _all(session, _NUMBERED, is_bounded=False, room=room_id, seqs=list(seqs))


def some(session: Session, message_ids: Sequence[int]) -> dict[int, MessageView]:
    """Return messages by id. The caller has checked who may see them."""
    found = _all(session, _SOME, is_bounded=False, ids=list(message_ids))
    return {message.message_id: message for message in found}


def changed(session: Session, room_id: int, since: int, most: int) -> list[MessageView]:
    """Return up to `most` messages that changed after `since`, in order of `change`.

    Fewer if they are large.
    """
    return _all(session, _CHANGED, room=room_id, change=since, most=most)


def changed_among(
    session: Session, room_id: int, since: int, first: int, last: int, most: int
) -> list[MessageView]:
    """Return messages `first` to `last`, and those they quote, that changed after `since`.

    They are in order of `change`, and fewer than `most` if they are large.
    """
    return _all(
        session, _CHANGED_AMONG, room=room_id, change=since, first=first, last=last, most=most
    )


def _all(
    session: Session, query: Any, *, is_bounded: bool = True, **values: Any
) -> list[MessageView]:
    rows = session.connection().execute(query, values).all()
    views = (_view(*columns) for columns in rows)
    return parts.added(session, list(_first(views) if is_bounded else views))


def _first(messages: Iterable[MessageView]) -> Iterator[MessageView]:
    """Yield messages, at least one, until they are large or have taken long to render."""
    size, began, began_at = 0, thread_time(), monotonic()
    for message in messages:
        yield message
        size += len(message.html or message.text)
        # The kernel is asked for the processor time only once it can be that long.
        is_late = monotonic() - began_at >= RENDER_SECONDS
        if size >= BATCH_BYTES or (is_late and thread_time() - began >= RENDER_SECONDS):
            return


def _view(
    author_id: int,
    username: str,
    display_name: str,
    hue: int,
    avatar: str,
    quoted_seq: int | None,
    *columns: Any,
) -> MessageView:
    quoted_author, quoted, columns = columns[:5], columns[5:9], columns[9:]
    number, room_id, seq, client, kind, text, html, html_version, mentions, *columns_ = columns
    is_forwarded, change, created_at, edited_at, is_deleted, deleted_by, *columns_ = columns_
    is_pinned, replies, is_bot = columns_
    deleted = None
    if is_deleted:
        deleted = "author" if deleted_by == author_id else "moderator"
    return MessageView(
        message_id=number,
        room_id=room_id,
        seq=seq,
        client_message_id=client,
        author=UserSummary(author_id, username, display_name, hue, avatar),
        kind=kind,
        text=text,
        mentions=tuple(mentions.items()) if mentions else (),
        is_forwarded=is_forwarded,
        change=change,
        created_at=created_at,
        edited_at=edited_at,
        deleted=deleted,
        is_pinned=is_pinned,
        quote=quote(quoted_seq, UserSummary(*quoted_author), *quoted) if quoted_seq else None,
        replies=replies,
        html=rendered.of(number, text, html, html_version),
        is_bot=is_bot,
    )


def quote(
    seq: int,
    author: UserSummary,
    text: str,
    html: str | None,
    file_name: str | None,
    is_encrypted: bool,
) -> Quote:
    """Return a message as replies quote it: what is read of it, or of a file without text its name.

    The beginning of text and HTML is enough. One that is encrypted, and not deleted, has neither.
    """
    if is_encrypted:
        return Quote(seq, author, "", is_encrypted=True)
    if not text and file_name:
        return Quote(seq, author, file_name, is_name=True)
    words = rendering.plain_of(text, html) if html else rendering.to_plain(text)
    return Quote(seq, author, words if len(words) <= QUOTED else words[:QUOTED].rstrip() + "…")

"""Read messages with author, quote, reactions, poll and file.

Each page load reads a batch of messages, so the statements are built once and read columns: fifty
ORM objects took three times as long to create as to read. Reactions, polls and files are queried
only if a message of the batch can have any.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import Attachment, Message, MessageKind, Poll, PollOption, PollVote, Reaction, User
from services.core.dto import (
    FileView,
    MessageView,
    OptionView,
    PollView,
    Quote,
    ReactionView,
    UserSummary,
)

PAGE_SIZE = 50
"""Number of messages in a batch of the timeline."""
QUOTED = 200
"""Maximum characters of a message in a quote."""
HIGHEST = 2**53
"""An upper bound of ids and `seq`s from browsers (ECMAScript's MAX_SAFE_INTEGER + 1)."""

_Quoted = aliased(Message)
_Quoter = aliased(User)
_QuotedFile = aliased(Attachment)
_COLUMNS: tuple[Any, ...] = (
    col(User.id),
    col(User.username),
    col(User.display_name),
    col(User.hue),
    col(_Quoted.seq),
    col(_Quoter.id),
    col(_Quoter.username),
    col(_Quoter.display_name),
    col(_Quoter.hue),
    func.substr(col(_Quoted.text), 1, QUOTED + 1),
    col(_QuotedFile.name),
    col(Message.id),
    col(Message.room_id),
    col(Message.seq),
    col(Message.client_message_id),
    col(Message.kind),
    col(Message.text),
    col(Message.mentions),
    col(Message.is_forwarded),
    col(Message.change),
    col(Message.created_at),
    col(Message.edited_at),
    col(Message.deleted_at).is_not(None),
    col(Message.deleted_by),
    col(Message.pinned_at).is_not(None),
)
_MESSAGES: Any = (
    sqlalchemy.select(*_COLUMNS)
    .join(User, col(User.id) == Message.author_id)
    .outerjoin(_Quoted, col(_Quoted.id) == Message.reply_to_id)
    .outerjoin(_Quoter, col(_Quoter.id) == _Quoted.author_id)
    .outerjoin(_QuotedFile, col(_QuotedFile.message_id) == _Quoted.id)
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
_SOME = _MESSAGES.where(col(Message.id).in_(bindparam("ids", expanding=True)))


def before(session: Session, room_id: int, seq: int, most: int = PAGE_SIZE) -> list[MessageView]:
    """Return up to `most` messages just before `seq`, in order."""
    return _all(session, _BEFORE, room=room_id, seq=seq, most=most)[::-1]


def after(session: Session, room_id: int, seq: int, most: int = PAGE_SIZE) -> list[MessageView]:
    """Return up to `most` messages just after `seq`, in order."""
    return _all(session, _AFTER, room=room_id, seq=seq, most=most)


def some(session: Session, message_ids: Sequence[int]) -> dict[int, MessageView]:
    """Return messages by id. The caller has checked who may see them."""
    found = _all(session, _SOME, ids=list(message_ids))
    return {message.message_id: message for message in found}


def changed(session: Session, room_id: int, since: int, most: int) -> list[MessageView]:
    """Return up to `most` messages that changed after `since`, in order of `change`."""
    return _all(session, _CHANGED, room=room_id, change=since, most=most)


def changed_among(
    session: Session, room_id: int, since: int, first: int, last: int, most: int
) -> list[MessageView]:
    """Return messages `first` to `last`, and those they quote, that changed after `since`."""
    shown = {"first": first, "last": last, "most": most}
    return _all(session, _CHANGED_AMONG, room=room_id, change=since, **shown)


def _all(session: Session, query: Any, **values: Any) -> list[MessageView]:
    found = [_view(*columns) for columns in session.connection().execute(query, values).all()]
    return _with_reactions(session, _with_files(session, _with_polls(session, found)))


def _view(
    author_id: int,
    username: str,
    display_name: str,
    hue: int,
    quoted_seq: int | None,
    *columns: Any,
) -> MessageView:
    quoted_author, (quoted_text, quoted_file), columns = columns[:4], columns[4:6], columns[6:]
    number, room_id, seq, client, kind, text, mentions, is_forwarded, *columns_ = columns
    change, created_at, edited_at, is_deleted, deleted_by, is_pinned = columns_
    deleted = None
    if is_deleted:
        deleted = "author" if deleted_by == author_id else "moderator"
    return MessageView(
        message_id=number,
        room_id=room_id,
        seq=seq,
        client_message_id=client,
        author=UserSummary(author_id, username, display_name, hue),
        kind=kind,
        text=text,
        mentions=tuple(mentions.items()) if mentions else (),
        is_forwarded=is_forwarded,
        change=change,
        created_at=created_at,
        edited_at=edited_at,
        deleted=deleted,
        is_pinned=is_pinned,
        quote=quote(quoted_seq, UserSummary(*quoted_author), quoted_text, quoted_file)
        if quoted_seq
        else None,
    )


def quote(seq: int, author: UserSummary, text: str, file_name: str | None) -> Quote:
    """Return a message as replies quote it: a file without text by its name."""
    if not text and file_name:
        return Quote(seq, author, file_name, is_name=True)
    return Quote(seq, author, shorten(text))


def shorten(text: str) -> str:
    """Return the beginning of a message for a quote."""
    return text if len(text) <= QUOTED else text[:QUOTED].rstrip() + "…"


def _with_reactions(session: Session, messages: list[MessageView]) -> list[MessageView]:
    ids = [each.message_id for each in messages if each.change and not each.deleted]
    if not ids:
        return messages
    by_message: dict[int, dict[str, list[int]]] = defaultdict(dict)
    for number, emoji, user_id in session.exec(
        select(Reaction.message_id, Reaction.emoji, Reaction.user_id)
        .where(col(Reaction.message_id).in_(ids))
        .order_by(col(Reaction.created_at), col(Reaction.user_id))
    ):
        by_message[number].setdefault(emoji, []).append(user_id)
    return [
        replace(each, reactions=_reactions(by_message[each.message_id]))
        if each.message_id in by_message
        else each
        for each in messages
    ]


def _reactions(by_emoji: dict[str, list[int]]) -> tuple[ReactionView, ...]:
    return tuple(ReactionView(emoji, tuple(users)) for emoji, users in by_emoji.items())


def _with_polls(session: Session, messages: list[MessageView]) -> list[MessageView]:
    ids = [
        each.message_id for each in messages if each.kind == MessageKind.POLL and not each.deleted
    ]
    if not ids:
        return messages
    views = _polls(session, ids)
    return [replace(each, poll=views.get(each.message_id)) for each in messages]


def _with_files(session: Session, messages: list[MessageView]) -> list[MessageView]:
    ids = [
        each.message_id for each in messages if each.kind == MessageKind.FILE and not each.deleted
    ]
    if not ids:
        return messages
    found = session.exec(select(Attachment).where(col(Attachment.message_id).in_(ids)))
    views = {each.message_id: file_view(each) for each in found}
    return [replace(each, file=views.get(each.message_id)) for each in messages]


def file_view(file: Attachment) -> FileView:
    """Return the view of a file for the members of its room."""
    return FileView(
        name=file.name,
        size=file.size,
        kind=file.kind,
        media_type=file.media_type,
        width=file.width,
        height=file.height,
        has_preview=file.has_preview,
        excerpt=file.excerpt,
        wave=file.wave,
    )


def _polls(session: Session, ids: list[int]) -> dict[int, PollView]:
    votes: dict[tuple[int, int], list[int]] = defaultdict(list)
    voters: dict[int, set[int]] = defaultdict(set)
    for vote in session.exec(
        select(PollVote).where(col(PollVote.message_id).in_(ids)).order_by(col(PollVote.voted_at))
    ):
        votes[vote.message_id, vote.number].append(vote.user_id)
        voters[vote.message_id].add(vote.user_id)
    options: dict[int, list[PollOption]] = defaultdict(list)
    for option in session.exec(
        select(PollOption)
        .where(col(PollOption.message_id).in_(ids))
        .order_by(col(PollOption.number))
    ):
        options[option.message_id].append(option)
    return {
        poll.message_id: PollView(
            is_multiple=poll.is_multiple,
            is_anonymous=poll.is_anonymous,
            closes_at=poll.closes_at,
            options=tuple(
                _option(option, votes[poll.message_id, option.number], hidden=poll.is_anonymous)
                for option in options[poll.message_id]
            ),
            voters=len(voters[poll.message_id]),
        )
        for poll in session.exec(select(Poll).where(col(Poll.message_id).in_(ids)))
    }


def _option(option: PollOption, user_ids: list[int], *, hidden: bool) -> OptionView:
    return OptionView(option.number, option.text, len(user_ids), () if hidden else tuple(user_ids))

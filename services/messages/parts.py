"""Read what belongs to messages beside their text: reactions, polls, files, previews of links.

They are queried only if a message of the batch can have any.
"""

import re
from collections import defaultdict
from typing import Any

import sqlalchemy
from msgspec.structs import replace
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models import (
    Attachment,
    LinkPicture,
    LinkPreview,
    MessageKind,
    MessageLink,
    Poll,
    PollOption,
    PollVote,
    Reaction,
    User,
)
from services.accounts.people import SUMMARY_COLUMNS
from services.core.dto import (
    FileView,
    LinkPictureView,
    LinkView,
    MessageView,
    OptionView,
    PollView,
    ReactionView,
    UserSummary,
)

FACES = 3
"""How many of an option's voters are shown beside it."""


def added(session: Session, messages: list[MessageView]) -> list[MessageView]:
    """Return messages with what belongs to them."""
    messages = _with_files(session, _with_polls(session, messages))
    return _with_reactions(session, _with_links(session, messages))


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


def _with_links(session: Session, messages: list[MessageView]) -> list[MessageView]:
    ids = [each.message_id for each in messages if each.change and "<a " in (each.html or "")]
    if not ids:
        return messages
    found = session.connection().execute(_LINKS, {"ids": ids})
    # The database may be of a backup that was made to deceive.
    views = {number: _link_view(*said) for number, *said in found if _WEB.match(said[0])}
    return [replace(each, link=views.get(each.message_id)) for each in messages]


def _link_view(url: str, site: str, title: str, description: str, *picture: Any) -> LinkView:
    shown = LinkPictureView(*picture) if picture[0] else None
    return LinkView(url, site, title, description, shown)


_WEB = re.compile("https?://")
_LINKS: Any = (
    sqlalchemy.select(
        col(MessageLink.message_id),
        col(LinkPreview.url),
        col(LinkPreview.site),
        col(LinkPreview.title),
        col(LinkPreview.description),
        col(LinkPicture.hash),
        col(LinkPicture.width),
        col(LinkPicture.height),
        col(LinkPicture.is_large),
        col(LinkPicture.alt),
    )
    .join(LinkPreview, col(LinkPreview.id) == MessageLink.preview_id)
    .outerjoin(LinkPicture, col(LinkPicture.preview_id) == LinkPreview.id)
    .where(col(MessageLink.message_id).in_(bindparam("ids", expanding=True)))
)


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
        awaits_preview=file.awaits_preview,
        excerpt=file.excerpt,
        wave=file.wave,
        seconds=file.seconds,
        is_animated=file.is_animated,
        media_id=file.media_id,
    )


def _polls(session: Session, ids: list[int]) -> dict[int, PollView]:
    votes: dict[tuple[int, int], list[UserSummary]] = defaultdict(list)
    voters: dict[int, set[int]] = defaultdict(set)
    for message_id, number, *person in session.connection().execute(_VOTES, {"ids": ids}):
        votes[message_id, number].append(UserSummary(*person))
        voters[message_id].add(person[0])
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


_VOTES: Any = (
    sqlalchemy.select(
        col(PollVote.message_id),
        col(PollVote.number),
        *SUMMARY_COLUMNS,
    )
    .join(User, col(User.id) == PollVote.user_id)
    .where(col(PollVote.message_id).in_(bindparam("ids", expanding=True)))
    .order_by(col(PollVote.voted_at))
)


def _option(option: PollOption, people: list[UserSummary], *, hidden: bool) -> OptionView:
    named = [] if hidden else people
    ids = tuple(person.user_id for person in named)
    return OptionView(option.number, option.text, len(people), ids, tuple(named[:FACES]))

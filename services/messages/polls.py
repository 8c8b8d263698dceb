"""Polls: questions with options to vote for."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from msgspec import Struct
from sqlmodel import Session, col, select

from models import Message, MessageKind, Poll, PollOption, PollVote, Room, User
from models.clock import now
from services.accounts import blocks
from services.accounts.people import summary
from services.core import events, i18n
from services.core.dto import CurrentUser, MessageView, UserSummary
from services.core.errors import Forbidden, NotFound, ServiceError, about
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.core.text import clean
from services.db import database
from services.messages import messages, queries, rendered, revisions
from services.messages.emoji import emoji
from services.rooms import access
from services.rooms.permissions import may_moderate, require_open

MIN_OPTIONS, MAX_OPTIONS = 2, 12
QUESTION_LIMIT = 500
OPTION_LIMIT = 200
MAX_DURATION_MINUTES = 60 * 24 * 31
"""Maximum minutes until a poll closes by itself."""
MAX_POLLS = 100
"""Maximum number of polls that one request for own votes covers."""


class Voters(Struct, frozen=True):
    """An option and its voters, in order of time."""

    text: str
    people: tuple[UserSummary, ...]


async def send(
    viewer: CurrentUser,
    room_id: int,
    question: object,
    options: Collection[object],
    client_message_id: object,
    *,
    is_multiple: bool = False,
    is_anonymous: bool = False,
    minutes: int | None = None,
) -> tuple[MessageView, bool]:
    """Send a question with `options` to vote for; return the message, and whether it is new.

    It closes after `minutes`, or when its author or a moderator closes it. Raises `ServiceError`
    for too few, too many, equal or invalid options and an invalid duration, otherwise like
    `messages.send`.
    """
    with about("question"):
        text = emoji.replace_codes(clean(question, QUESTION_LIMIT, name=_("The question")))
    answers = _check_options(options)
    if minutes is not None and not 0 < minutes <= MAX_DURATION_MINUTES:
        raise ServiceError(
            _("A poll can be open for at most a month. Choose another time."), about="minutes"
        )
    return await _send(
        viewer,
        room_id,
        text,
        answers,
        client_message_id,
        is_multiple=is_multiple,
        is_anonymous=is_anonymous,
        minutes=minutes,
    )


@rate_limited("message")
async def _send(
    viewer: CurrentUser,
    room_id: int,
    question: str,
    answers: list[str],
    client_message_id: object,
    *,
    is_multiple: bool,
    is_anonymous: bool,
    minutes: int | None,
) -> tuple[MessageView, bool]:
    html = await rendered.render(viewer, question)

    def store(session: Session) -> tuple[MessageView, bool]:
        message, is_new = messages.insert(
            session, viewer, room_id, question, client_message_id, html=html, kind=MessageKind.POLL
        )
        if not is_new:
            return message, False
        number = message.message_id
        closes_at = now() + timedelta(minutes=minutes) if minutes else None
        poll = Poll(message_id=number, is_multiple=is_multiple, is_anonymous=is_anonymous)
        poll.closes_at = closes_at
        session.add(poll)
        session.flush()
        session.add_all(
            PollOption(message_id=number, number=at, text=answer)
            for at, answer in enumerate(answers, start=1)
        )
        session.flush()
        return queries.some(session, [number])[number], True

    return messages.publish_sent(await database.write(store))


async def vote(viewer: CurrentUser, room_id: int, seq: int, numbers: Collection[int]) -> None:
    """Vote for options by their numbers, replacing the viewer's earlier vote.

    Raises `ServiceError` for no or an unknown option, for several in a single-choice poll, and if
    the poll is closed; `Forbidden` and `NotFound` like `reactions.add`.
    """
    chosen = set(numbers)
    if not chosen:
        raise ServiceError(_("Choose one of the answers."))
    await _set_vote(viewer, room_id, seq, chosen)


async def withdraw(viewer: CurrentUser, room_id: int, seq: int) -> None:
    """Remove the viewer's vote. Raises like `vote`."""
    await _set_vote(viewer, room_id, seq, set())


@rate_limited("message")
async def close(viewer: CurrentUser, room_id: int, seq: int) -> None:
    """Close a poll: its author or a moderator may. Raises like `vote`."""

    def end(session: Session) -> int:
        room, poll, message = _find(session, viewer, room_id, seq)
        _room, membership = access.require_member(session, viewer.user_id, room_id)
        if message.author_id != viewer.user_id and not may_moderate(membership):
            raise Forbidden(_("Only the author or a moderator can close a poll."))
        poll.closes_at = now()
        session.add(poll)
        return revisions.bump(session, room, message)

    events.publish(events.MessageChanged(room_id, await database.write(end)))


@rate_limited("read")
async def who(viewer: CurrentUser, room_id: int, seq: int) -> list[Voters]:
    """Return the voters of each option.

    Raises `Forbidden` for an anonymous poll, even to its author, `NotFound` like `vote`.
    """

    def query(session: Session) -> list[Voters]:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        poll = session.get(Poll, message.id)
        if poll is None:
            raise NotFound(_("This message is not a poll."))
        if poll.is_anonymous:
            raise Forbidden(_("This poll is anonymous: votes are not shown."))
        people: dict[int, list[UserSummary]] = defaultdict(list)
        for number, user in session.exec(
            select(PollVote.number, User)
            .join(User, col(User.id) == PollVote.user_id)
            .where(PollVote.message_id == message.id)
            .order_by(col(PollVote.voted_at), col(User.id))
        ):
            people[number].append(summary(user))
        options = session.exec(
            select(PollOption)
            .where(PollOption.message_id == message.id)
            .order_by(col(PollOption.number))
        )
        return [Voters(option.text, tuple(people[option.number])) for option in options]

    return await database.read(query)


@rate_limited("read")
async def mine(viewer: CurrentUser, room_id: int, seqs: Collection[int]) -> dict[int, list[int]]:
    """Return the viewer's own votes in polls of a room: option numbers by the message's `seq`.

    This is the only access to votes in anonymous polls. Raises `NotFound` for non-members.
    """

    def query(session: Session) -> dict[int, list[int]]:
        access.position(session, viewer, room_id)
        chosen: dict[int, list[int]] = defaultdict(list)
        for seq, number in session.exec(
            select(Message.seq, PollVote.number)
            .join(PollVote, col(PollVote.message_id) == Message.id)
            .where(Message.room_id == room_id, PollVote.user_id == viewer.user_id)
            .where(col(Message.seq).in_(list(seqs)[:MAX_POLLS]))
            .order_by(col(PollVote.number))
        ):
            chosen[seq].append(number)
        return dict(chosen)

    return await database.read(query)


@rate_limited("reaction")
async def _set_vote(viewer: CurrentUser, room_id: int, seq: int, chosen: set[int]) -> None:
    def replace(session: Session) -> int | None:
        room, poll, message = _find(session, viewer, room_id, seq)
        if len(chosen) > 1 and not poll.is_multiple:
            raise ServiceError(_("Choose only one answer in this poll."))
        options = select(PollOption.number).where(PollOption.message_id == message.id)
        if not chosen <= set(session.exec(options)):
            raise ServiceError(_("This poll has no such answer. Choose one of its answers."))
        before = session.exec(
            select(PollVote)
            .where(PollVote.message_id == message.id)
            .where(PollVote.user_id == viewer.user_id)
        ).all()
        if {each.number for each in before} == chosen:
            return None
        for each in before:
            if each.number not in chosen:
                session.delete(each)
        for number in chosen - {each.number for each in before}:
            session.add(PollVote(message_id=message.id or 0, user_id=viewer.user_id, number=number))
        return revisions.bump(session, room, message)

    change = await database.write(replace)
    if change is not None:
        events.publish(events.MessageChanged(room_id, change))


def _find(
    session: Session, viewer: CurrentUser, room_id: int, seq: int
) -> tuple[Room, Poll, Message]:
    """Return an open poll, with its room and message. Raises like `vote`."""
    room, _membership, message = messages.find(session, viewer, room_id, seq)
    require_open(room)
    blocks.require_none_in(session, room.people_key, viewer.user_id)
    poll = session.get(Poll, message.id)
    if poll is None:
        raise NotFound(_("This message is not a poll."))
    if poll.closes_at is not None and poll.closes_at <= now():
        raise ServiceError(_("This poll is closed."))
    return room, poll, message


@about("options")
def _check_options(options: Collection[object]) -> list[str]:
    if not MIN_OPTIONS <= len(options) <= MAX_OPTIONS:
        raise ServiceError(
            _("A poll has {fewest} to {most} answers. Write one per line.").format(
                fewest=i18n.number(MIN_OPTIONS), most=i18n.number(MAX_OPTIONS)
            )
        )
    texts = [
        emoji.replace_codes(clean(each, OPTION_LIMIT, name=_("The answer"), multiline=False))
        for each in options
    ]
    keys = {unicodedata.normalize("NFKC", each.casefold()).casefold() for each in texts}
    if len(keys) < len(texts):
        raise ServiceError(_("Two answers are the same. Change one of them."))
    return texts

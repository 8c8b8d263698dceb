"""Mentions: resolve the names in a message, and store them in the inboxes of those mentioned."""

from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from sqlmodel import Session, col, select

from models import Block, Membership, Mention, Message, RoomKind, User
from services.accounts import bots
from services.core.errors import ServiceError
from services.core.i18n import number, plural
from services.mentions import parser
from services.mentions.parser import Candidate
from services.rooms import permissions
from services.rooms.reading.unread_mentions import READ_UP_TO

MAX_MENTIONS = 50
"""How many people one message may mention; for more there is @room."""
MAX_CANDIDATES = 500
"""How many possible names are looked up for one message."""


class ResolvedMentions(Struct, frozen=True):
    """The mentions in a text, for a given author and room."""

    mentions: dict[str, int] | None = None
    """For `Message.mentions`: user ids by username, 0 for `here` and `room`."""
    user_ids: tuple[int | None, ...] = ()
    """Whose inboxes get it: neither the author nor those who have blocked them. A single None
    means everybody in the room."""
    outsiders: tuple[str, ...] = ()
    """Usernames that exist but are not in the room: they are not notified."""
    denied: tuple[str, ...] = ()
    """`room` or `here`, where the author may not mention everybody."""


_NONE = ResolvedMentions()


def resolve(
    session: Session,
    room_id: int,
    author_id: int,
    candidates: Sequence[Candidate],
    *,
    may_mention_all: bool,
) -> ResolvedMentions:
    """Return which users a member of the room mentions. Runs at most one statement.

    `candidates` are what the message has of possible names (`rendering.facts.names`).
    `may_mention_all` is the result of the function of that name.

    Raises `ServiceError` for more than `MAX_MENTIONS` mentions.
    """
    if not candidates:
        return _NONE
    keys = dict.fromkeys(key for candidate in candidates for _end, key in candidate.names)
    members, others, blockers = _look_up(
        session, room_id, author_id, list(islice(keys, MAX_CANDIDATES))
    )
    mentions: dict[str, int] = {}
    outsiders: dict[str, None] = {}
    denied: dict[str, None] = {}
    for candidate in candidates:
        group = candidate.longest_in(parser.GROUPS)
        member = candidate.longest_in(members)
        if group and (not member or group[0] >= member[0]):
            if may_mention_all:
                mentions[group[1]] = 0
            else:
                denied[group[1]] = None
        elif member:
            user_id, username = members[member[1]]
            mentions[username] = user_id
        elif outsider := candidate.longest_in(others):
            outsiders[others[outsider[1]]] = None
    if len(mentions) > MAX_MENTIONS:
        raise ServiceError(
            plural(
                "A message can mention at most {most} person. Mention fewer, or send it in parts.",
                "A message can mention at most {most} people. Mention fewer, or send it in parts.",
                MAX_MENTIONS,
            ).format(most=number(MAX_MENTIONS))
        )
    not_notified = blockers | {author_id}
    people = [user_id for user_id in mentions.values() if user_id not in not_notified]
    recipients = [None] if 0 in mentions.values() else people
    return ResolvedMentions(mentions or None, tuple(recipients), tuple(outsiders), tuple(denied))


def may_mention_all(room: permissions.RoomState, member: permissions.HasRole) -> bool:
    """Return whether a member may use @room and @here in this room."""
    return room.kind == RoomKind.DIRECT or permissions.may_moderate(member)


def store(
    session: Session, message_id: int, room_id: int, seq: int, user_ids: Collection[int | None]
) -> None:
    """Add a stored message to the inboxes of these users; None means everybody in the room."""
    session.add_all(
        Mention(message_id=message_id, user_id=each, room_id=room_id, seq=seq) for each in user_ids
    )


def update(session: Session, message: Message, user_ids: Collection[int | None]) -> frozenset[int]:
    """Update the inboxes after an edit or a deletion: only `user_ids` have the message in theirs.

    Return the ids of the users whose unread mentions changed.
    """
    rows = session.exec(select(Mention).where(Mention.message_id == message.id)).all()
    before, after = {row.user_id for row in rows}, set(user_ids)
    for row in rows:
        if row.user_id not in after:
            session.delete(row)
    store(session, message.id or 0, message.room_id, message.seq, after - before)
    changed = before ^ after
    if not changed:
        return frozenset()
    unread = select(Membership.user_id).where(
        Membership.room_id == message.room_id, message.seq > READ_UP_TO
    )
    if None not in changed:
        unread = unread.where(col(Membership.user_id).in_(changed))
    return frozenset(session.exec(unread))


def _look_up(
    session: Session, room_id: int, author_id: int, keys: Sequence[str]
) -> tuple[dict[str, tuple[int, str]], dict[str, str], set[int]]:
    """Return the members and other users with these keys, and the ids of who blocked the author.

    Members are (id, username) by key, others usernames by key.
    """
    rows: Any = session.connection().execute(
        select(  # type: ignore[call-overload]
            User.id, User.username, User.username_key, Membership.user_id, Block.user_id
        )
        .outerjoin(
            Membership,
            (col(Membership.user_id) == User.id) & (col(Membership.room_id) == room_id),
        )
        .outerjoin(
            Block,
            (col(Block.user_id) == User.id) & (col(Block.blocked_id) == author_id),
        )
        .where(col(User.username_key).in_(keys), bots.IS_PERSON)
    )
    members: dict[str, tuple[int, str]] = {}
    others: dict[str, str] = {}
    blockers: set[int] = set()
    for user_id, username, key, member, blocker in rows:
        if member is None:
            others[key] = username
        else:
            members[key] = user_id, username
        if blocker is not None:
            blockers.add(user_id)
    return members, others, blockers

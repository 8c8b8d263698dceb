"""Direct messages: one conversation for each set of people."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from models import Membership, Notify, Room, RoomKind, User
from models.room import people_key
from services.accounts import blocks, bots
from services.accounts.names.name_rules import typed_key
from services.core import app_context, events, hub
from services.core.dto import CurrentUser
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _, number
from services.core.limits.rate_limited import rate_limited
from services.core.text import trim
from services.db import database
from services.rooms.encryption import check as check_encryption
from services.rooms.members import consent, memberships
from services.rooms.permissions import PAIR

MAX_PEOPLE = 20
"""Maximum number of people in a conversation, the viewer included."""


@rate_limited("read")
async def open(viewer: CurrentUser, usernames: object, *, encryption: object = None) -> int:
    """Return the id of the conversation with exactly these users; create it if there is none.

    Without usernames it is the viewer's notes to themselves. With `encryption` (see
    `encryption.check`) it is the encrypted one, which these people may have besides. In a
    conversation of more than two, those who have to agree first are invited: see `consent`. Raises
    `ServiceError` for malformed or too many names, `NotFound` for an unknown name, `Forbidden` for
    a new conversation with someone who has blocked the viewer.
    """
    keys = _keys(usernames)
    encrypted = "" if encryption is None else check_encryption(encryption)
    is_encrypted = bool(encrypted)

    def query(session: Session) -> tuple[list[int], int | None]:
        user_ids = _user_ids(session, viewer, keys)
        room_id = _find(session, user_ids, is_encrypted=is_encrypted)
        is_member = room_id and session.get(Membership, (room_id, viewer.user_id))
        return user_ids, room_id if is_member else None

    user_ids, room_id = await database.read(query)
    if room_id is not None:
        return room_id
    hub.require_local("services.rooms.members.direct_messages.open", "direct")
    app_context.current().rate_limits.direct.consume(viewer.user_id)

    def make(session: Session) -> tuple[int, Sequence[int], Sequence[int]]:
        # It may have been created since the read.
        found = _find(session, user_ids, is_encrypted=is_encrypted)
        if found is not None:
            if session.get(Membership, (found, viewer.user_id)):
                return found, (), ()
            # They are invited to it, and have decided to talk in it.
            consent.forget(session, found, viewer.user_id)
            add_member(session, found, viewer.user_id)
            return found, (viewer.user_id,), ()
        blocks.require_none_between(session, viewer.user_id, set(user_ids) - {viewer.user_id})
        room = Room(
            kind=RoomKind.DIRECT,
            name="",
            name_key="",
            people_key=people_key(user_ids, is_encrypted=is_encrypted),
            encryption=encrypted,
        )
        session.add(room)
        session.flush()
        asked = _to_be_asked(session, viewer, user_ids)
        members = [user_id for user_id in user_ids if user_id not in asked]
        for user_id in members:
            add_member(session, room.id or 0, user_id, by=viewer.user_id)
        for user_id in asked:
            consent.invite(session, room.id or 0, viewer.user_id, user_id)
        return room.id or 0, members, asked

    made, joined, invited = await database.write(make)
    for user_id in joined:
        events.publish(events.MemberJoined(made, user_id))
    for user_id in invited:
        events.publish(events.InvitationsChanged(user_id))
    return made


def add_member(session: Session, room_id: int, user_id: int, *, by: int = 0) -> None:
    """Add a membership in direct messages, within a write: addressed to all, they notify all.

    `by` is who began the conversation, if it was somebody else.
    """
    memberships.insert(session, room_id, user_id, by=by, notify=Notify.EVERYTHING)


def _to_be_asked(session: Session, viewer: CurrentUser, user_ids: Sequence[int]) -> list[int]:
    """Return who of a new group has to agree first. Between two, a message asks nobody."""
    if len(user_ids) <= PAIR:
        return []
    return [each for each in user_ids if consent.is_needed(session, viewer.user_id, each)]


def _keys(usernames: object) -> list[str]:
    if not isinstance(usernames, list | tuple) or len(usernames) > 10 * MAX_PEOPLE:
        raise ServiceError(_("Choose who you want to talk to."))
    if not all(isinstance(each, str) for each in usernames):
        raise ServiceError(_("Choose who you want to talk to."))
    return list(dict.fromkeys(typed_key(name) for name in usernames if trim(name)))


def _user_ids(session: Session, viewer: CurrentUser, keys: Sequence[str]) -> list[int]:
    named = select(User.id).where(col(User.username_key).in_(keys), bots.IS_PERSON)
    found = session.exec(named).all()
    if len(found) < len(keys):
        raise NotFound(_("There is no account with this username. Check the spelling."))
    user_ids = {viewer.user_id, *(each or 0 for each in found)}
    if len(user_ids) > MAX_PEOPLE:
        raise ServiceError(
            _("A conversation can have at most {most} people. Create a room instead.").format(
                most=number(MAX_PEOPLE)
            )
        )
    return sorted(user_ids)


def _find(session: Session, user_ids: Sequence[int], *, is_encrypted: bool = False) -> int | None:
    key = people_key(user_ids, is_encrypted=is_encrypted)
    return session.exec(select(Room.id).where(Room.people_key == key)).first()

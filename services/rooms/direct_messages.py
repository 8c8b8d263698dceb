"""Direct messages: one conversation for each set of people."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from models import Membership, Notify, Room, RoomKind, User
from services.accounts import blocks
from services.accounts.name_rules import username_key
from services.core import app_context, events
from services.core.dto import CurrentUser
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database

MAX_PEOPLE = 20
"""Maximum number of people in a conversation, the viewer included."""


@rate_limited("read")
async def open(viewer: CurrentUser, usernames: object) -> int:
    """Return the id of the conversation with exactly these users; create it if there is none.

    Without usernames it is the viewer's notes to themselves. Raises `ServiceError` for malformed
    or too many names, `NotFound` for an unknown name, `Forbidden` for a new conversation with
    someone who has blocked the viewer.
    """
    keys = _keys(usernames)

    def query(session: Session) -> tuple[list[int], int | None]:
        user_ids = _user_ids(session, viewer, keys)
        return user_ids, _find(session, user_ids)

    user_ids, room_id = await database.read(query)
    if room_id is not None:
        return room_id
    app_context.current().rate_limits.direct.consume(viewer.user_id)

    def make(session: Session) -> tuple[int, bool]:
        found = _find(session, user_ids)  # may have been created since the read
        if found is not None:
            return found, False
        blocks.require_none_between(session, viewer.user_id, set(user_ids) - {viewer.user_id})
        room = Room(kind=RoomKind.DIRECT, name="", name_key="", people_key=_people_key(user_ids))
        session.add(room)
        session.flush()
        # Direct messages are addressed to everyone in them, so all of them notify.
        session.add_all(
            Membership(room_id=room.id or 0, user_id=user_id, notify=Notify.EVERYTHING)
            for user_id in user_ids
        )
        return room.id or 0, True

    made, is_new = await database.write(make)
    if is_new:
        for user_id in user_ids:
            events.publish(events.MemberJoined(made, user_id))
    return made


def _keys(usernames: object) -> list[str]:
    if not isinstance(usernames, list | tuple) or len(usernames) > 10 * MAX_PEOPLE:
        raise ServiceError(_("Choose with whom you want to talk."))
    names = [each.strip().removeprefix("@") for each in usernames if isinstance(each, str)]
    if len(names) != len(usernames):
        raise ServiceError(_("Choose with whom you want to talk."))
    return list(dict.fromkeys(username_key(name) for name in names if name))


def _user_ids(session: Session, viewer: CurrentUser, keys: Sequence[str]) -> list[int]:
    found = session.exec(select(User.id).where(col(User.username_key).in_(keys))).all()
    if len(found) < len(keys):
        raise NotFound(_("There is no account of that name."))
    user_ids = {viewer.user_id, *(each or 0 for each in found)}
    if len(user_ids) > MAX_PEOPLE:
        raise ServiceError(
            _("At most {most} people talk in one conversation. Make a room instead.").format(
                most=MAX_PEOPLE
            )
        )
    return sorted(user_ids)


def _find(session: Session, user_ids: Sequence[int]) -> int | None:
    return session.exec(select(Room.id).where(Room.people_key == _people_key(user_ids))).first()


def _people_key(user_ids: Sequence[int]) -> str:
    return ",".join(map(str, user_ids))

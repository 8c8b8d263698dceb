"""The first steps of an administrator: what the Lobby of a new chat offers."""

from msgspec import Struct
from msgspec.structs import replace
from sqlmodel import Session, col, select

from models import Invite, Message, Room, RoomKind, User
from services.accounts import bots
from services.accounts.admin import admins_only, require_admin_in
from services.core import app_context, events
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import rate_limited
from services.db import chat_settings, database
from services.rooms.views import RoomView


class FirstSteps(Struct, frozen=True):
    """Which of the first steps are done."""

    has_invited: bool
    """Whether there is an invite, or somebody else with an account."""
    has_name: bool
    """Whether the chat has a name, a colour or an icon of its own."""
    has_room: bool
    """Whether there is another room than the Lobby."""


async def of(viewer: CurrentUser, room: RoomView) -> FirstSteps | None:
    """Return which steps are done, to show them to an administrator in the Lobby; None for no more.

    That is when all are done, or are not wanted, or somebody else has spoken there. It is asked for
    whenever a room opens, so once they are over, that is known without the database; and nothing is
    written, since rooms open also while nothing can be.
    """
    branding = app_context.current().branding
    if branding.first_steps_are_over or not (viewer.is_admin and room.is_lobby):
        return None
    found = await database.read(lambda session: _look(session, viewer, room.room_id))
    if found is None:
        _over()
    return found


@admins_only
@rate_limited("account")
async def hide(viewer: CurrentUser) -> None:
    """Offer the first steps no more. Raises `Forbidden` for non-administrators."""

    def store(session: Session) -> None:
        require_admin_in(session, viewer)
        _end(session)

    await database.write(store)
    _over()


def _look(session: Session, viewer: CurrentUser, lobby_id: int) -> FirstSteps | None:
    def exists(query: object) -> bool:
        return session.exec(query).first() is not None  # type: ignore[call-overload]

    others = select(Message.id).where(
        col(Message.room_id) == lobby_id, col(Message.author_id) != viewer.user_id
    )
    people = select(User.id).where(col(User.id) != viewer.user_id, bots.IS_PERSON)
    room = select(Room.id).where(col(Room.id) != lobby_id, col(Room.kind) != RoomKind.DIRECT)
    branding = app_context.current().branding
    steps = FirstSteps(
        has_invited=exists(select(Invite.id).limit(1)) or exists(people.limit(1)),
        has_name=bool(branding.chosen_name or branding.accent or branding.icons),
        has_room=exists(room.limit(1)),
    )
    is_over = exists(others.limit(1)) or all((steps.has_invited, steps.has_name, steps.has_room))
    return None if is_over else steps


def _end(session: Session) -> None:
    stored = chat_settings.stored(session)
    stored.first_steps_are_over = True
    session.add(stored)


def _over() -> None:
    app_context.rebrand(replace(app_context.current().branding, first_steps_are_over=True))
    events.publish(events.SettingsChanged())

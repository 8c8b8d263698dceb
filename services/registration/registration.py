"""Registration: who may create an account, and creating it."""

from msgspec import Struct
from sqlalchemy import func
from sqlmodel import Session, col, select

from models import Role, Room, SecurityKind, User
from services.accounts import new_user
from services.accounts.names import namesakes
from services.accounts.names.name_rules import (
    check_display_name,
    check_username,
    skeleton,
    username_key,
)
from services.accounts.security import security_log
from services.accounts.sessions import device_cookies, sessions
from services.accounts.sessions.sessions import LoggedIn
from services.core import app_context, events, hub
from services.core.dto import Visitor
from services.core.errors import Conflict, Forbidden, about
from services.core.i18n import _
from services.core.limits import password_turns
from services.core.limits.rate_limited import consume
from services.core.settings import Registration
from services.db import database
from services.registration import invites, setup_code
from services.rooms.members import memberships


class RegistrationForm(Struct, frozen=True):
    """The fields of the registration form as the client sent them, not validated."""

    username: object
    password: object
    display_name: object = ""
    invite: object = ""
    setup_code: object = ""


async def register(visitor: Visitor, form: RegistrationForm) -> LoggedIn:
    """Create an account, add it to the Lobby, and log in.

    The first account becomes the administrator. Raises `ServiceError` for an invalid name or
    password, `Conflict` for a name that is taken or looks like one that is, `Forbidden` without
    a required invite or setup code, or if registration is closed, and `RateLimited`.
    """
    settings = app_context.current().settings
    consume("register", visitor)
    username = check_username(form.username)
    display_name = check_display_name(form.display_name, username)
    first = await needs_first_account()
    if not first:  # whoever comes first is the host
        for argument, name in (("username", username), ("display_name", display_name)):
            with about(argument):
                namesakes.refuse_reserved(name)
    invite = await _check_may_register(form, first=first)
    await _check_available(username)
    passwords = app_context.current().passwords
    by = password_turns.caller(visitor)
    with about("password"):
        password = await passwords.checked(by, form.password, username, display_name)
    hashed = await passwords.hash(by, password)

    def add(session: Session) -> tuple[str, int, int, list[events.PersonChanged]]:
        if first and session.exec(select(func.count()).select_from(User)).one():
            raise Conflict(_("Someone else just created the first account. Try again."))
        if invite:
            with about("invite"):
                invites.use(session, invite)
        user, renamed = new_user.insert(
            session, username, display_name, hashed, about="username", is_admin=first
        )
        lobby = session.exec(select(Room).order_by(col(Room.id)).limit(1)).one()
        role = Role.OWNER if first else Role.MEMBER
        memberships.insert(
            session, lobby.id or 0, user.id or 0, role=role, last_read_seq=lobby.last_seq
        )
        user.last_room_id = lobby.id
        security_log.record(session, SecurityKind.REGISTERED, visitor, person_id=user.id)
        opened = sessions.add(session, user.id or 0, visitor)
        return opened.token, user.id or 0, lobby.id or 0, renamed

    token, user_id, lobby_id, renamed = await database.write(add)
    if first:
        setup_code.delete(settings)
    events.publish(events.MemberJoined(lobby_id, user_id))
    for each in renamed:
        events.publish(each)
    return LoggedIn(token, device_cookies.create(username_key(username)))


async def needs_first_account() -> bool:
    """Return whether there is no account yet: the next to register becomes the administrator.

    On a node nobody registers: its one account is that of the hub.
    """
    if hub.asked() is not None:
        return False
    return await database.read(
        lambda session: session.exec(select(User.id).limit(1)).first() is None
    )


async def _check_may_register(form: RegistrationForm, *, first: bool) -> str:
    """Return the code of the invite to use, or an empty string if none is needed.

    Raises `Forbidden`.
    """
    settings = app_context.current().settings
    if first:
        if settings.reachable and not setup_code.matches(settings, form.setup_code):
            raise Forbidden(
                _("Wrong setup code. It is shown in the server's terminal."), about="setup_code"
            )
        return ""
    if settings.who_may_register is Registration.CLOSED:
        raise Forbidden(_("Registration is closed. Ask the host for an account."))
    if settings.who_may_register is Registration.OPEN:
        return ""
    invite = invites.code_in(form.invite)
    with about("invite"):
        if not invite:
            raise Forbidden(
                _("You need an invite to create an account here. Ask the host for one.")
            )
        if not await invites.is_valid(invite):
            raise Forbidden(_("This invite is no longer valid. Ask for a new one."))
    return invite


async def _check_available(username: str) -> None:
    """Raise `Conflict` for a taken name early, before a password is hashed."""
    key, shape = username_key(username), skeleton(username)
    user_id = await database.read(
        lambda session: session.exec(
            select(User.id).where((User.username_key == key) | (User.skeleton == shape))
        ).first()
    )
    if user_id is not None:
        raise new_user.name_taken("username")

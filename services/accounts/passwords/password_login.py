"""The password of whoever logs in: checked within budgets, in turn, and in constant time."""

from msgspec import Struct
from sqlmodel import Session, select

from models import SecurityKind, User
from services.accounts import bots
from services.accounts.names.name_rules import username_key
from services.accounts.security import security_log
from services.accounts.sessions import device_cookies, sessions
from services.core import app_context
from services.core.dto import Visitor
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.limits import password_turns
from services.core.limits.rate_limited import consume
from services.db import database


class WrongPassword(ServiceError):
    """Wrong username or password; the message does not say which."""

    def __init__(self) -> None:
        super().__init__(_("Wrong username or password."))


class Proven(Struct, frozen=True):
    """Whose password was right; void when that changes."""

    user_id: int
    password_hash: str
    new_hash: str | None
    """What to store instead, if the hash was made with other costs."""

    def user(self, session: Session) -> User:
        """Return the user within a write, with an up-to-date hash.

        Raises `WrongPassword` if the password was changed since it was checked.
        """
        stored = session.get(User, self.user_id)
        if stored is None or stored.password_hash != self.password_hash:
            raise WrongPassword
        if self.new_hash:
            stored.password_hash = self.new_hash
            session.add(stored)
        return stored


async def check(visitor: Visitor, username: object, password: object, device: str = "") -> Proven:
    """Return whose password it is; `device` is the browser's device cookie, if there is one.

    Raises `WrongPassword`, `RateLimited` after too many attempts or sessions, and
    `AccountDisabled`, but only with the right password. An unknown name takes as long as a wrong
    password, and raises the same error.
    """
    context = app_context.current()
    key = username_key(username) if isinstance(username, str) else ""
    known_device = device_cookies.recognise(device, key)
    origin = known_device or visitor.address
    consume("login_account", visitor, key, origin)
    if known_device is None:
        consume("login_address", visitor)
    user = await database.read(
        lambda session: session.exec(
            select(User).where(User.username_key == key, bots.IS_PERSON)
        ).first()
    )
    is_right, new_hash = await context.passwords.verify(
        password_turns.caller(visitor, known_device),
        password,
        user.password_hash if user else None,
    )
    if not is_right or user is None:
        # Not the name: people type their password there by mistake.
        security_log.note(SecurityKind.LOGIN_FAILED, visitor, person=user)
        raise WrongPassword
    if user.disabled_at:
        security_log.note(SecurityKind.LOGIN_FAILED, visitor, person=user, detail="disabled")
        raise sessions.AccountDisabled
    context.rate_limits.login_account.forget(key, origin)
    user_id = user.id or 0
    context.rate_limits.session.check(user_id)
    return Proven(user_id, user.password_hash, new_hash)

"""The keys with which a user signs their devices and other people."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy
from sqlmodel import Session, select

from models import CrossSigningKey, KeySignature, LoginSession, SecurityKind, SessionKind, User
from models.base import table
from services.accounts.factors import second_factor
from services.accounts.security import security_log
from services.accounts.sessions import key_changes, sessions
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, ServiceError
from services.core.i18n import _
from services.core.limits import password_turns
from services.core.limits.rate_limited import consume, rate_limited
from services.db import database
from services.keys import bounded, key_devices
from services.keys.device_lists import publish_change, require_few_changes

USAGES = ("master", "self_signing", "user_signing")
MAX_KEY = 8 * 1024
"""Characters of a key with its signatures."""
_SIGNATURES = table(KeySignature)


class PasswordNeeded(Forbidden):
    """Keys of before are to be replaced: whoever has only the app must not be able to."""

    def __init__(self, *, is_wrong: bool = False) -> None:
        super().__init__(
            _("Wrong password. Try again.") if is_wrong else _("Enter your password to continue.")
        )
        self.is_wrong = is_wrong


class NoMasterKey(ServiceError):
    """The other keys are signed by one that was never uploaded."""

    def __init__(self) -> None:
        super().__init__(_("Upload a master key first: it signs the others."))


@rate_limited("keys")
async def upload(
    viewer: CurrentUser, keys: Mapping[str, Mapping[str, Any]], password: object = None
) -> None:
    """Store some of the viewer's keys, by usage. Whether they fit each other is for apps to check.

    The first ones, and the same ones again, take no password. Another master key drops all
    signatures of the one before. Raises `PasswordNeeded`, also for a wrong one; `Forbidden` for
    bots, with a second factor, and for a key that is called like a device; `NoMasterKey`;
    `ServiceError` for a malformed key; `SessionEnded`, `TooLarge`, and `RateLimited`.
    """
    given = {usage: bounded.stored(_checked(usage, key), MAX_KEY) for usage, key in keys.items()}
    stored = await database.read(lambda session: of(session, viewer.user_id))
    if "master" not in {*stored, *given}:
        raise NoMasterKey
    changed = {usage for usage, key in given.items() if stored.get(usage) != key}
    if not changed:
        return
    require_few_changes(viewer)
    if "master" in stored:
        await _require_password(viewer, password)
    names = {public_part(json.loads(given[usage])) for usage in changed}

    def write(session: Session) -> None:
        sessions.require_open(session, viewer)
        if of(session, viewer.user_id) != stored:  # in the meantime
            raise PasswordNeeded
        if names & key_devices.live(session, {viewer.user_id})[viewer.user_id].keys():
            raise Forbidden(_("A key may not be called like one of your devices."))
        if "master" in changed:
            about = (_SIGNATURES.c.user_id, _SIGNATURES.c.signer_id)
            theirs = sqlalchemy.or_(*(column == viewer.user_id for column in about))
            session.connection().execute(_SIGNATURES.delete().where(theirs))
        for usage in changed:
            row = session.get(CrossSigningKey, (viewer.user_id, usage)) or CrossSigningKey(
                user_id=viewer.user_id, usage=usage, content=""
            )
            row.content = given[usage]
            session.add(row)
        key_changes.record_change(session, viewer.user_id)

    await database.write(write)
    await publish_change(viewer)


def of(session: Session, user_id: int) -> dict[str, str]:
    """Return the keys of a user by usage, as JSON."""
    found = session.exec(select(CrossSigningKey).where(CrossSigningKey.user_id == user_id))
    return {row.usage: row.content for row in found}


def public_part(key: Mapping[str, Any]) -> str:
    """Return the public part of a key, by which others refer to it."""
    return str(next(iter(key["keys"].values())))


def _checked(usage: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a key. Raises `ServiceError` if it has not the shape of one for this usage."""
    parts = key.get("keys")
    uses = key.get("usage")
    if (
        usage not in USAGES
        or not isinstance(uses, list)
        or usage not in uses
        or not isinstance(parts, dict)
        or len(parts) != 1
    ):
        raise ServiceError(_("This is not a key for signing as Matrix has it."))
    [(name, value)] = parts.items()
    if bounded.name(name).partition(":")[2] != bounded.name(value):
        raise ServiceError(_("This is not a key for signing as Matrix has it."))
    return key


async def _require_password(viewer: CurrentUser, password: object) -> None:
    if password is None:
        raise PasswordNeeded

    def read(session: Session) -> tuple[str | None, bool, bool]:
        user = session.get(User, viewer.user_id)
        own = session.get(LoginSession, viewer.session_id)
        has_factor = second_factor.is_on(session, viewer.user_id)
        return user.password_hash if user else None, has_factor, bool(own and own.opened_by)

    stored, has_factor, is_of_token = await database.read(read)
    if is_of_token or viewer.kind == SessionKind.BOT:
        raise Forbidden(
            _("A bot cannot replace these keys. Use an app with your password, not with a token.")
        )
    if has_factor:
        raise Forbidden(
            _(
                "This account uses two-step login. Turn it off on your account page while you "
                "replace the keys of your apps."
            )
        )
    # Not by session: whoever has a token or a password once could open others to guess on.
    consume("password", viewer, "keys", viewer.user_id)
    is_right, _new_hash = await app_context.current().passwords.verify(
        password_turns.caller(viewer), password, stored
    )
    if not is_right:
        security_log.note(SecurityKind.LOGIN_FAILED, viewer, detail="confirmation")
        raise PasswordNeeded(is_wrong=True)

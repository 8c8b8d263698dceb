"""Making and using passkeys: W3C Web Authentication (WebAuthn) Level 2, with py_webauthn.

A ceremony has two steps: `begin_…` returns options for the browser, with a random challenge, and a
function that takes its answer checks it against that challenge, which is then used up. So no answer
can be sent twice (§13.4.3), and none that was made for another site or session counts.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import re
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from sqlmodel import select

from models import Passkey
from services.accounts.factors import passkeys
from services.accounts.factors.passkeys import WrongPasskey
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.core.i18n import _, number
from services.core.one_time import OneTimeStore
from services.db import database

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

T = TypeVar("T")
log = logging.getLogger(__name__)
SECONDS = 300
"""How long a browser may take to answer: a user looks for their key."""
MAX_ANSWER = 20_000
"""Characters of a browser's answer; those with the longest keys and attestations have fewer."""
_ID = re.compile("[A-Za-z0-9_-]+")
"""Of a passkey: Base64 for URLs."""


class Site(Struct, frozen=True):
    """The site a browser is on, as the server knows it from the request."""

    rp_id: str
    """The host name, to which passkeys are bound."""
    origin: str
    """Scheme, host and port."""


class Ceremony(Struct, frozen=True):
    """What a browser is asked for."""

    token: str
    """Belongs to the answer."""
    options: str
    """For `navigator.credentials`, as JSON."""


class Used(Struct, frozen=True):
    """A passkey that was used."""

    passkey_id: int
    user_id: int
    count: int
    """How often it was used, by its own count."""


class _Challenge(Struct, frozen=True):
    """What an answer is compared with; `by` says what it was asked for, and by which user."""

    challenge: bytes
    site: Site
    by: tuple[str, int]


_challenges: OneTimeStore[_Challenge] = OneTimeStore(SECONDS)
NEW = "new"
"""A new passkey, for a session."""
CONFIRM = "confirm"
"""A passkey that confirms a session."""
STEP = "step"
"""A passkey of a user as the second step of a login."""
LOGIN = "login"
"""A passkey alone, to log in: then the device checks who uses it, by a PIN or a finger."""


async def begin_new(site: Site, viewer: CurrentUser) -> Ceremony:
    """Return options to make a passkey. Raises `ServiceError` if the user has too many.

    For `services/accounts/factors/second_factor.py`, which checks first whether the user may.
    """
    known = await database.read(lambda session: passkeys.rows(session, viewer.user_id))
    if len(known) >= passkeys.MAX_PASSKEYS:
        raise ServiceError(
            _("You have {count} passkeys, and there can't be more. Remove one first.").format(
                count=number(len(known))
            )
        )

    def options(challenge: bytes) -> str:
        import webauthn
        from webauthn.helpers import structs

        return webauthn.options_to_json(
            webauthn.generate_registration_options(
                rp_id=site.rp_id,
                rp_name=app_context.current().branding.name,
                user_id=_user_handle(viewer.user_id),
                user_name=viewer.username,
                user_display_name=viewer.display_name,
                challenge=challenge,
                authenticator_selection=structs.AuthenticatorSelectionCriteria(
                    resident_key=structs.ResidentKeyRequirement.PREFERRED,
                    user_verification=structs.UserVerificationRequirement.PREFERRED,
                ),
                exclude_credentials=_descriptors(known, site),
            )
        )

    return await _begin(site, (NEW, viewer.session_id), options)


async def check_new(site: Site, viewer: CurrentUser, token: str, answer: object) -> Passkey:
    """Return the passkey that the browser made, not stored yet. Raises `WrongPasskey`."""
    asked = _take(token, (NEW, viewer.session_id), site)
    credential = _parsed(answer)

    def verify() -> Passkey:
        import webauthn

        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=asked.challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
        )
        return Passkey(
            user_id=viewer.user_id,
            credential_id=webauthn.helpers.bytes_to_base64url(verified.credential_id),
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            rp_id=site.rp_id,
            transports=" ".join(_transports(credential)),
            name="",
        )

    return await _verified(verify)


async def begin_use(site: Site, by: tuple[str, int], user_id: int | None = None) -> Ceremony:
    """Return options to use a passkey: one of this user, or any that the device has of this site.

    As a second step, that the device is there is enough; else it has to check who uses it.
    """
    known = await database.read(lambda session: passkeys.rows(session, user_id)) if user_id else ()

    def options(challenge: bytes) -> str:
        import webauthn
        from webauthn.helpers import structs

        return webauthn.options_to_json(
            webauthn.generate_authentication_options(
                rp_id=site.rp_id,
                challenge=challenge,
                allow_credentials=_descriptors(known, site),
                user_verification=structs.UserVerificationRequirement.PREFERRED
                if by[0] == STEP
                else structs.UserVerificationRequirement.REQUIRED,
            )
        )

    return await _begin(site, by, options)


async def check_use(
    site: Site, by: tuple[str, int], token: str, answer: object, user_id: int | None = None
) -> Used:
    """Return which passkey was used; with `user_id` it must be one of that user.

    `passkeys.note_use` then stores that. Raises `WrongPasskey`.
    """
    asked = _take(token, by, site)
    credential = _parsed(answer)
    credential_id = str(credential.get("id"))
    if not _ID.fullmatch(credential_id):  # as a NUL, which PostgreSQL has not in texts
        raise WrongPasskey
    stored = await database.read(
        lambda session: session.exec(
            select(Passkey).where(
                Passkey.credential_id == credential_id, Passkey.rp_id == site.rp_id
            )
        ).first()
    )
    if stored is None or user_id not in (None, stored.user_id):
        raise WrongPasskey
    _check_user_handle(credential, stored.user_id, is_needed=user_id is None)

    def verify() -> int:
        import webauthn

        return webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=asked.challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=stored.public_key,
            credential_current_sign_count=stored.sign_count,
            require_user_verification=by[0] != STEP,
        ).new_sign_count

    return Used(stored.id or 0, stored.user_id, await _verified(verify))


async def _begin(site: Site, by: tuple[str, int], options: Callable[[bytes], str]) -> Ceremony:
    challenge = secrets.token_bytes(32)  # §13.4.3 asks for 16 bytes
    token = _challenges.add(_Challenge(challenge, site, by))
    # In a thread, as the first import of the library takes a third of a second.
    return Ceremony(token, await asyncio.to_thread(options, challenge))


def _take(token: str, by: tuple[str, int], site: Site) -> _Challenge:
    """Return the challenge that an answer belongs to, and use it up. Raises `WrongPasskey`."""
    asked = _challenges.take(token)
    if asked is None or (asked.by, asked.site) != (by, site):
        raise WrongPasskey
    return asked


def _parsed(answer: object) -> dict[str, Any]:
    """Return the answer of a browser, which may have sent anything. Raises `WrongPasskey`."""
    try:
        read = json.loads(answer) if isinstance(answer, str) and len(answer) <= MAX_ANSWER else None
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise WrongPasskey
    return read


async def _verified(verify: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(verify)
    except Exception as error:  # of any of the libraries that read what the browser sent
        log.info("A passkey was refused: %s: %s", type(error).__name__, error)
        raise WrongPasskey from error


def _check_user_handle(credential: dict[str, Any], user_id: int, *, is_needed: bool) -> None:
    """Raise `WrongPasskey` if the device names another user as the key's owner (§7.2, step 6)."""
    response = credential.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    if not handle and not is_needed:
        return
    expected = _base64url(_user_handle(user_id))
    if not isinstance(handle, str) or handle.rstrip("=") != expected:
        raise WrongPasskey


def _user_handle(user_id: int) -> bytes:
    """Return what devices know a user by: it tells nobody who they are (§14.6.1)."""
    key = app_context.current().device_key
    return hmac.new(key, f"user:{user_id}".encode(), hashlib.sha256).digest()


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _descriptors(known: Sequence[Passkey], site: Site) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn.helpers import base64url_to_bytes, structs

    transports = {each.value for each in structs.AuthenticatorTransport}
    return [
        structs.PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(each.credential_id),
            transports=[
                structs.AuthenticatorTransport(name)
                for name in each.transports.split()
                if name in transports
            ],
        )
        for each in known
        if each.rp_id == site.rp_id
    ]


def _transports(credential: dict[str, Any]) -> list[str]:
    """Return the transports that a browser named, if they are such."""
    from webauthn.helpers import structs

    named = credential.get("response", {}).get("transports", [])
    known = {each.value for each in structs.AuthenticatorTransport}
    return [each for each in named if each in known] if isinstance(named, list) else []

"""Codes of authenticator apps: TOTP (RFC 6238), over HOTP (RFC 4226).

Six digits, new every 30 seconds, from HMAC-SHA-1: what every app understands. The server needs the
secret itself, not a hash of it. It is encrypted with a key from the file `device.key`, so that the
database alone, such as a copy sent to somebody to examine, does not give it away. Whoever has the
whole data folder, or a backup, has both.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import re
import time
from typing import TYPE_CHECKING

from sqlmodel import Session

from models import TotpSecret
from services.core import app_context

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

log = logging.getLogger(__name__)
STEP_SECONDS = 30
TOLERANCE = 1
"""Steps that a clock may be wrong, forwards and backwards (RFC 6238 §5.2)."""
_SECRET = re.compile("[A-Z2-7]{32}")
_CODE = re.compile("[0-9]{6}")


async def load() -> None:
    """Load the libraries, which few need, in a thread: that takes a sixth of a second, once."""

    def imports() -> None:
        import pyotp  # noqa: F401

    await asyncio.to_thread(imports)


def new_secret() -> str:
    """Return a new secret of 160 random bits (RFC 4226 §4, R6), in Base32."""
    import pyotp

    return pyotp.random_base32(32)


def is_secret(value: str) -> bool:
    """Return whether `value` could be from `new_secret`."""
    return _SECRET.fullmatch(value) is not None


def address(secret: str, username: str) -> str:
    """Return the `otpauth:` address that apps read from a QR code."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(
        name=username, issuer_name=app_context.current().branding.name
    )


def step_of(secret: str, code: str) -> int | None:
    """Return the time step whose code this is, among those that are valid now; else None."""
    import pyotp

    typed = "".join(code.split()) if len(code) < 100 else ""
    if not (typed.isascii() and _CODE.fullmatch(typed)):
        return None
    app, current = pyotp.TOTP(secret), int(time.time()) // STEP_SECONDS
    steps = range(current - TOLERANCE, current + TOLERANCE + 1)
    # All are compared, in constant time.
    right = [step for step in steps if hmac.compare_digest(app.generate_otp(step), typed)]
    return right[-1] if right else None


def add(session: Session, user_id: int, secret: str, step: int) -> None:
    """Store a secret within a write, in place of an older one; `step` is that of its first code."""
    stored = session.get(TotpSecret, user_id) or TotpSecret(user_id=user_id, secret="", last_step=0)
    stored.secret, stored.last_step = _encrypt(secret), step
    session.add(stored)


def remove(session: Session, user_id: int) -> bool:
    """Remove the secret of a user within a write; return False if there was none."""
    stored = session.get(TotpSecret, user_id)
    if stored is not None:
        session.delete(stored)
    return stored is not None


def use(session: Session, user_id: int, code: str) -> bool:
    """Use a code within a write; return False if it is wrong, or not newer than the last one used.

    So each code works once (RFC 6238 §5.2), and so does none that was seen before it.
    """
    stored = session.get(TotpSecret, user_id)
    secret = _decrypt(stored) if stored else None
    step = step_of(secret, code) if secret else None
    if stored is None or step is None or step <= stored.last_step:
        return False
    stored.last_step = step
    session.add(stored)
    return True


def _encrypt(secret: str) -> str:
    return _fernet().encrypt(secret.encode()).decode()


def _decrypt(stored: TotpSecret) -> str | None:
    from cryptography.fernet import InvalidToken

    try:
        return _fernet().decrypt(stored.secret).decode()
    except InvalidToken:
        log.warning("device.key is another one: the app codes of a user cannot be checked")
        return None


def _fernet() -> "Fernet":
    from cryptography.fernet import Fernet

    key = hmac.new(_key(), b"totp", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _key() -> bytes:
    return app_context.current().device_key

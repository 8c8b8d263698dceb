"""Device cookies mark the browsers in which an account has logged in before.

Login attempts from a known device are counted separately, so that guesses by others do not
lock the owner out, even from the same address. See OWASP, "Slow Down Online Guessing Attacks
with Device Cookies".
"""

import hashlib
import hmac
import secrets

from services.core import app_context

BY_FACTOR = "factor-"
"""How the id of a device begins in which the account has passed its second step."""


def create(username_key: str, *, by_factor: bool = False) -> str:
    """Return a signed cookie that marks a browser as known to this account.

    With `by_factor`, it has shown a second factor, or was trusted because of one.
    """
    nonce = (BY_FACTOR if by_factor else "") + secrets.token_hex(16)
    return f"{nonce}.{_sign(nonce, username_key)}"


def recognise(cookie: str, username_key: str, *, by_factor: bool = False) -> str | None:
    """Return the id of the device if `cookie` is valid for this account, else None.

    With `by_factor`, a password alone was not enough to get the cookie: whoever knew it before
    there was a second factor may have collected any number of the others.
    """
    nonce, _dot, signature = cookie.partition(".")
    is_valid = cookie.isascii() and hmac.compare_digest(signature, _sign(nonce, username_key))
    return nonce if is_valid and nonce.startswith(BY_FACTOR if by_factor else "") else None


def _sign(nonce: str, username_key: str) -> str:
    signed = f"device:{nonce}:{username_key}".encode("utf-8", "replace")
    return hmac.new(app_context.current().device_key, signed, hashlib.sha256).hexdigest()

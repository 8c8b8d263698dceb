"""Device cookies: a browser in which somebody logged in once is told from a stranger's.

Guessing at an account slows down whoever guesses. With a device cookie the owner of the
account is counted on their own, so that nobody else's guessing keeps them out, not even
from the same address. After OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

import hashlib
import hmac
import secrets

from services.core import app_context


def make(username_key: str) -> str:
    """Return a cookie that says: this account logged in from here."""
    nonce = secrets.token_hex(16)
    return f"{nonce}.{_sign(nonce, username_key)}"


def recognise(cookie: str, username_key: str) -> str | None:
    """Return the name of the device if `cookie` was made here for this account."""
    nonce, _dot, signature = cookie.partition(".")
    good = cookie.isascii() and hmac.compare_digest(signature, _sign(nonce, username_key))
    return nonce if good else None


def _sign(nonce: str, username_key: str) -> str:
    said = f"device:{nonce}:{username_key}".encode("utf-8", "replace")
    return hmac.new(app_context.current().device_key, said, hashlib.sha256).hexdigest()

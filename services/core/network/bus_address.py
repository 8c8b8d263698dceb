"""Where the bus is, out of the setting: `redis://user:password@host:6379`."""

from urllib.parse import urlsplit

from services.core.i18n import _

SCHEMES = ("redis", "rediss", "valkey", "valkeys")
"""Those that end in `s` are encrypted."""


def check(url: str) -> str:
    """Return the URL as the library takes it. Raises `ValueError`, which quotes none of it."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
        is_whole = is_whole and parts.path.removeprefix("/").isdecimal() | (parts.path in ("", "/"))
    except ValueError:
        is_whole = False
    if not is_whole or parts.netloc.count("@") > 1 or parts.query or parts.fragment:
        raise ValueError(
            _(
                "it is not an address such as redis://:password@host:6379; signs like / and @ in "
                "the password must be percent-encoded"
            )
        )
    return parts._replace(scheme=parts.scheme.replace("valkey", "redis")).geturl()


def shown(url: str) -> str:
    """Return the address as logs and sentences may show it: without user and password."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return place if parts.port else f"{place.removesuffix(':')}:6379"

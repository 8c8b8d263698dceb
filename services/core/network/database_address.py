"""Where a PostgreSQL database is, out of the setting: `postgresql://user:password@host/name`."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from services.core.i18n import _

_NAME = re.compile(r"[^/@:?#]+")


@dataclass(frozen=True, repr=False)
class DatabaseAddress:
    """Where a database is, and how to log in to it."""

    host: str
    port: int
    name: str
    """Of the database."""
    parameters: tuple[tuple[str, Any], ...]
    """What libpq is given, with the user and the password."""

    def __str__(self) -> str:
        """Return it as logs and sentences may show it: without user and password."""
        return f"{self.host}:{self.port}/{self.name}"

    def __repr__(self) -> str:
        """Return the same."""
        return str(self)


def parse(url: str) -> DatabaseAddress:
    """Return the address that a URL is of. Raises `ValueError`, whose sentence quotes none of it.

    A password with a reserved character in it, such as `/` or `@`, must have it as `%2F`, `%40`:
    otherwise its rest would be taken for a host, and shown.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port or 5432, parts.hostname or ""
        name = unquote(parts.path.removeprefix("/"))
        more = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _invalid() from None
    is_whole = parts.scheme in {"postgresql", "postgres"} and host and _NAME.fullmatch(name)
    if not is_whole or parts.fragment or "@" in (parts.username or ""):
        raise _invalid()
    given: dict[str, Any] = {"host": host, "port": port, "dbname": name}
    if parts.username:
        given["user"] = unquote(parts.username)
    if parts.password:
        given["password"] = unquote(parts.password)
    return DatabaseAddress(host, port, name, tuple((given | dict(more)).items()))


def _invalid() -> ValueError:
    return ValueError(
        _(
            "it is not an address such as postgresql://user:password@host/name; signs "
            "like / and @ in the password must be percent-encoded"
        )
    )

"""Parse the socket address of a local service, as given in a setting."""

import asyncio
import re

from services.core.i18n import _


def parse(text: str) -> str | tuple[str, int]:
    """Return the path of a Unix socket, or (host, port). Raises `ValueError` for anything else."""
    if text.startswith("/") and hasattr(asyncio, "open_unix_connection"):
        return text
    found = re.fullmatch(r"(?:\[([\w:.%]+)\]|([\w.-]+)):(\d{1,5})", text, re.ASCII)
    if not found or not 0 < int(found[3]) < 65536:
        raise ValueError(_("give host:port, or the whole path of a Unix socket (not on Windows)"))
    return found[1] or found[2], int(found[3])

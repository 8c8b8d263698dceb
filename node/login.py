"""The node's login at the hub, in its data folder: whoever reads it can read what its person can.

The password is not in it.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from services.core.disk import atomic_file
from services.core.hub import LOGIN

FILE = LOGIN.name


class Login(Struct, frozen=True):
    """A device of a person at the hub."""

    hub: str
    """As `https://chat.example.org`."""
    username: str
    """As the person typed it, in small letters."""
    user_id: str
    """As `@asha:chat.example.org`."""
    device_id: str
    access_token: str
    store_key: str
    """With which matrix-nio encrypts the keys that it stores."""


def load(folder: Path) -> Login | None:
    """Return the login that was stored; None before the first one. Raises `OSError`."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Login)
    except FileNotFoundError:
        return None


def store(folder: Path, login: Login) -> None:
    """Store a login, which only the owner of the folder can read. Raises `OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    atomic_file.write(folder / FILE, msgspec.json.encode(login))

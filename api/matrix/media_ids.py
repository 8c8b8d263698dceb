"""Addresses of files: `mxc://chat.example.org/…`.

After the server comes what an upload was called, or else: `m12` for the file of a message, and
with `-p` its preview; `a5-…` for the picture of a person, with its hash, as it may be another one
later.
"""

import re

from msgspec import Struct

from services.core.dto import CurrentUser, MessageView, UserSummary
from services.core.errors import NotFound
from services.files import media
from services.sync import server_name

PREVIEW = "-p"
_OF_PERSON = re.compile(r"a(\d{1,15})-([0-9a-f]{64})", re.ASCII)
_OF_FILE = re.compile(f"({media.ID})({PREVIEW})?", re.ASCII)
_ADDRESS = re.compile(r"mxc://([^/]{1,255})/([^/]{1,255})")


class OfFile(Struct, frozen=True):
    """The file of a message, or one that waits for its message."""

    media_id: str
    is_preview: bool = False


class OfPerson(Struct, frozen=True):
    """The picture of a person."""

    user_id: int
    digest: str


def address(media_id: str) -> str:
    """Return the address of a file of ours."""
    return f"mxc://{server_name.get()}/{media_id}"


def of_message(message: MessageView) -> str:
    """Return the address of the file of a message."""
    named = message.file.media_id if message.file else None
    return address(media.id_of(message.message_id, named))


def preview_of(message: MessageView) -> str:
    """Return the address of the preview of the file of a message."""
    return address(f"{media.id_of(message.message_id)}{PREVIEW}")


def of_person(person: UserSummary | CurrentUser) -> str | None:
    """Return the address of the picture of a person; None without one."""
    return address(f"a{person.user_id}-{person.avatar}") if person.avatar else None


def parse(server: str, text: str) -> OfFile | OfPerson:
    """Return what an id of a server is about. Raises `NotFound` for what is none of ours."""
    if server == server_name.get():
        if match := _OF_PERSON.fullmatch(text):
            return OfPerson(int(match[1]), match[2])
        if match := _OF_FILE.fullmatch(text):
            return OfFile(match[1], bool(match[2]))
    raise NotFound


def file_at(url: object) -> str:
    """Return the id of the file at an address. Raises `NotFound` for anything else."""
    match = _ADDRESS.fullmatch(url) if isinstance(url, str) else None
    found = parse(match[1], match[2]) if match else None
    if not isinstance(found, OfFile) or found.is_preview:
        raise NotFound
    return found.media_id

"""Helpers for uploads: through the service, as raw HTTP, and what is stored."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

from sqlmodel import select

from models import Attachment, LooseFile
from services.core import app_context
from services.core.dto import CurrentUser, MessageView
from services.db import database
from services.files import orphans, uploads
from services.files.uploads import UploadFields
from tests import postgres

BOUNDARY = "boundary-of-the-tests"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
_numbers = count()


def new_message_id() -> str:
    """Return a message id that was not used before."""
    return f"upload-{next(_numbers):06}"


async def send(
    viewer: CurrentUser,
    room: int,
    data: bytes = b"notes",
    *,
    name: object = "notes.txt",
    text: object = "",
    number: str = "",
    announced: int | None = None,
    before_end: Callable[[], Awaitable[object]] | None = None,
    wave: object = "",
    seconds: int = 0,
) -> MessageView:
    """Upload a file through the service; return its message.

    `before_end` runs before the upload is complete.
    """
    size = len(data) if announced is None else announced
    async with uploads.receive(viewer, room, size) as upload:
        for start in range(0, len(data), 60_000):
            await upload.write(data[start : start + 60_000])
        if before_end:
            await before_end()
        message, _is_new = await upload.send(
            UploadFields(name, text, number or new_message_id(), wave=wave, seconds=seconds)
        )
    return message


async def previews_made() -> None:
    """Wait until every file has its preview, or none for good."""
    awaiting = select(Attachment.hash).where(Attachment.awaits_preview)
    async with asyncio.timeout(60):
        while await database.read(lambda session: session.exec(awaiting).all()):
            await asyncio.sleep(0.02)


async def attachment_hashes() -> list[str]:
    """Return the hash of each attachment."""
    return list(await database.read(lambda session: session.exec(select(Attachment.hash)).all()))


def file_sizes(data: Path) -> dict[str, int]:
    """Return the sizes of all stored files, by hash."""
    return {
        file.name: file.stat().st_size
        for file in (data / "files").glob("??/*")
        if file.suffix != ".preview"
    }


async def stored_files() -> set[str]:
    """Return the hashes of the stored files, after checking that rows and files agree."""
    await orphans.collect()
    data = app_context.current().settings.data
    files = set(file_sizes(data))
    assert files == set(await attachment_hashes())
    assert not await database.read(lambda session: session.exec(select(LooseFile.hash)).all())
    assert unfinished_uploads(data) == []
    return files


def unfinished_uploads(data: Path) -> list[str]:
    """Return the names of unfinished uploads."""
    incoming = (data / "files" / "incoming").rglob("*")
    return [each.name for each in incoming if each.is_file() and each.suffix != ".lock"]


def rows(data: Path, statement: str) -> list[tuple[object, ...]]:
    """Query a database that another process may have open."""
    with postgres.connect(data) as connection:
        found: list[tuple[object, ...]] = connection.execute(statement).fetchall()
        return found


def part(name: str, value: bytes, *, file_name: str | None = None, **headers: str) -> bytes:
    """Return one part of a form, without its delimiter."""
    shown = "" if file_name is None else f'; filename="{file_name}"'
    lines = [f'Content-Disposition: form-data; name="{name}"{shown}']
    lines += [f"{key}: {each}" for key, each in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + value


def form(*parts: bytes, end: bytes = b"--\r\n") -> bytes:
    """Return the body of a form."""
    delimiter = b"--" + BOUNDARY.encode()
    return b"".join(delimiter + b"\r\n" + each + b"\r\n" for each in parts) + delimiter + end


def file_form(data: bytes = b"notes", *, name: str = "notes.txt", number: str = "") -> bytes:
    """Return the form that a page sends: fields first, the file last."""
    return form(
        part("id", (number or new_message_id()).encode()), part("file", data, file_name=name)
    )


def request_head(port: int, cookie: str, length: int | None, **headers: str) -> bytes:
    """Return the head of a request that uploads a file to the Lobby."""
    host = f"127.0.0.1:{port}"
    sent = {
        "Host": host,
        "Origin": f"http://{host}",
        "Cookie": cookie,
        "Content-Type": TYPE,
        "Connection": "close",
        **headers,
    }
    if length is not None:
        sent["Content-Length"] = str(length)
    lines = ["POST /rooms/1/files HTTP/1.1", *(f"{key}: {each}" for key, each in sent.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def connect(port: int) -> socket.socket:
    """Return a raw connection to a server."""
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def read_response(connection: socket.socket) -> tuple[int, str]:
    """Return the status of the response, and all of it."""
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
    return int(data.split(b" ", 2)[1]) if data else 0, data.decode()

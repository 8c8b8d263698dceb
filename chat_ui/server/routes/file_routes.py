"""Upload and download routes for files."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path
from typing import Protocol

from fastapi import Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.requests import ClientDisconnect

from chat_ui.realtime.validation import to_int
from chat_ui.server.remote_file import RemoteFileResponse
from chat_ui.server.routes import plain_routes
from chat_ui.server.routes.http_status import status_of
from chat_ui.server.routes.multipart import FormParts
from models import FileKind
from services.core.app_context import RemoteFile, StoredFile
from services.core.dto import CurrentUser
from services.core.errors import NotFound, RateLimited, ServiceError, Unavailable
from services.core.i18n import _
from services.files import file_names, files, uploads
from services.files.files import FoundFile
from services.files.inspection import media_types
from services.messages import link_previews

log = logging.getLogger(__name__)
UPLOAD = "/rooms/{room_id}/files"
FILE = "/rooms/{room_id}/messages/{seq}/file"
PREVIEW = "/rooms/{room_id}/messages/{seq}/preview"
LINK_PICTURE = "/rooms/{room_id}/messages/{seq}/link-picture/{digest}"
MAX_OTHER_BYTES = 64 * 1024
"""Bytes that a form may have besides its file."""
TIMEOUT_SECONDS = 30.0
"""Seconds in which some bytes of an upload must arrive."""
MIN_BYTES_PER_SECOND = 8 * 1024
"""Minimum average rate after that; slower uploads only occupy a connection."""
INLINE = {FileKind.PICTURE, FileKind.STICKER, FileKind.AUDIO, FileKind.VIDEO}
"""What browsers may show; everything else is saved."""
EPOCH = formatdate(0, usegmt=True)
CONFINED = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'"
"""Whatever the file is, opened on its own it runs and loads nothing (CSP Level 3)."""


def install() -> None:
    """Register the routes."""
    plain_routes.add(UPLOAD, receive, "POST")
    plain_routes.add(FILE, send, "GET", "HEAD")
    plain_routes.add(PREVIEW, send_preview, "GET", "HEAD")
    plain_routes.add(LINK_PICTURE, send_link_picture, "GET", "HEAD")


async def receive(request: Request) -> Response:
    """Receive a file; answer in JSON with the `seq` of its message, or why there is none."""
    try:
        announced = announced_size(request)
        form = FormParts(request.headers.get("content-type", ""), MAX_OTHER_BYTES)
        room_id = _number(request, "room_id")
        async with uploads.receive(viewer_of(request), room_id, announced) as upload:
            await pass_on(request, form, upload)
            message, _is_new = await upload.send(
                uploads.UploadFields(
                    name=form.file_name,
                    text=form.fields.get("text", ""),
                    client_message_id=form.fields.get("id"),
                    reply_to=to_int(form.fields.get("reply")) or None,
                    wave=form.fields.get("wave", ""),
                    seconds=to_int(form.fields.get("seconds")),
                )
            )
    except TimeoutError:
        return _say(408, too_slow())
    except ClientDisconnect:
        return Response(status_code=400)  # nobody reads the reason
    except ServiceError as refused:
        return refuse(refused)
    return JSONResponse({"seq": message.seq}, 201)


async def send(request: Request) -> Response:
    """Send a file: inline if it is of a kind that browsers show, else as a download."""
    try:
        return await answer(request, await _find(request), saves="save" in request.query_params)
    except ServiceError as refused:
        return refuse(refused)


async def send_preview(request: Request) -> Response:
    """Send the preview of a file."""
    try:
        return await answer_preview(request, await _find(request))
    except ServiceError as refused:
        return refuse(refused)


async def answer(request: Request, kept: FoundFile, *, saves: bool = False) -> Response:
    """Return the answer that sends a file, which `saves` it even if browsers can show it.

    Raises `NotFound` and `Unavailable` if the store does not give it.
    """
    shows = kept.view.kind in INLINE and not saves
    return await _answer(
        request,
        f'"{kept.hash}"',
        kept.content,
        media_type=kept.view.media_type if shows else "application/octet-stream",
        # For a name that is not ASCII Starlette writes a `filename*` (RFC 6266).
        # A picture or a voice note is shown without its name, so that must fit what is shown.
        filename=file_names.to_save(media_types.fitting(kept.view.name, kept.view.media_type)),
        content_disposition_type="inline" if shows else "attachment",
    )


async def answer_preview(request: Request, kept: FoundFile) -> Response:
    """Return the answer that sends the preview of a file. Raises as `answer`."""
    if not kept.view.has_preview:
        raise NotFound
    return await _answer(request, f'"{kept.hash}-p"', kept.preview, media_type="image/webp")


async def send_link_picture(request: Request) -> Response:
    """Send the picture of a page that a message links to."""
    digest = request.path_params["digest"]
    try:
        picture = await link_previews.picture(
            viewer_of(request), _number(request, "room_id"), _number(request, "seq"), digest
        )
    except ServiceError as refused:
        return refuse(refused)
    headers = _headers(f'"{digest}"')
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(picture, headers=headers, media_type="image/webp")


async def _find(request: Request) -> FoundFile:
    return await files.find(
        viewer_of(request), _number(request, "room_id"), _number(request, "seq")
    )


def _number(request: Request, name: str) -> int:
    """Return a part of the address as a number."""
    return to_int(request.path_params[name])


async def _answer(request: Request, tag: str, file: StoredFile, **how: str) -> Response:
    """Send a file, unless the browser has it already."""
    headers = _headers(tag)
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return await send_file(file, headers, **how)


async def send_file(file: StoredFile, headers: dict[str, str], **how: str) -> Response:
    """Send a stored file with these headers. Raises `NotFound` and `Unavailable` as `answer`."""
    if not isinstance(file, Path):
        return await _send_remote(file, headers, **how)
    try:
        found = await asyncio.to_thread(file.stat)
    except OSError:
        raise _missing(file) from None
    return FileResponse(file, headers=headers, stat_result=found, **how)  # type: ignore[arg-type]


async def _send_remote(file: RemoteFile, headers: dict[str, str], **how: str) -> Response:
    try:
        size = await file.size()
    except FileNotFoundError:
        raise _missing(file.name) from None
    except OSError as error:
        log.error("Failed to send %s: %s", file.name, error.strerror)
        raise Unavailable(_("The server cannot get this file now. Try again later.")) from None
    return RemoteFileResponse(file, size, headers, **how)


def _missing(file: object) -> NotFound:
    log.error("%s is not there: `python main.py check` tells what else is missing", file)
    return NotFound(_("This file is missing on the server. Tell the host."))


def _headers(tag: str) -> dict[str, str]:
    return {
        "ETag": tag,
        # Not the real date: the same content may have been uploaded by somebody else before.
        "Last-Modified": EPOCH,
        # Cached, but revalidated each time: a removed member must not see it.
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": CONFINED,
    }


class Upload(Protocol):
    """What takes the file of a form."""

    async def write(self, chunk: bytes, /) -> None:
        """Append a chunk."""


async def pass_on(request: Request, form: FormParts, upload: Upload) -> None:
    """Read a form to its end, and have its file written. Raises `TimeoutError` and what that raises."""
    async for chunk in chunks(request):
        for part in form.feed(chunk):
            await upload.write(part)
    form.finish()


def too_slow() -> str:
    """Return what is said about a `TimeoutError`."""
    return _("The upload was too slow. Try again with a better connection.")


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """Return the chunks of a body. Raises `TimeoutError` when they come too slowly."""
    begun, read = time.monotonic(), 0
    stream = request.stream()
    while True:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            chunk = await anext(stream, b"")
        if not chunk:
            return
        read += len(chunk)
        if time.monotonic() - begun > TIMEOUT_SECONDS + read / MIN_BYTES_PER_SECOND:
            raise TimeoutError
        yield chunk


def announced_size(request: Request) -> int:
    """Return the announced size of a file. Raises `ServiceError` without a content length."""
    length = content_length(request)
    if length is None:
        raise ServiceError(
            _("The upload does not say how large the file is. Reload the page and try again.")
        )
    return max(0, length - MAX_OTHER_BYTES)


def content_length(request: Request) -> int | None:
    """Return how many bytes a body has; None if it does not say."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None


def viewer_of(request: Request) -> CurrentUser:
    """Return who asks."""
    viewer: CurrentUser = request.scope["state"]["viewer"]
    return viewer


def refuse(refused: ServiceError) -> Response:
    """Answer in JSON with why something is refused, and when to ask again."""
    answer = _say(status_of(refused), refused.message)
    if isinstance(refused, RateLimited):
        answer.headers["Retry-After"] = str(refused.retry_after)
    return answer


def _say(status: int, sentence: str) -> Response:
    return JSONResponse({"sentence": sentence}, status)

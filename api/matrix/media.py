"""Files: uploading them, and reading those of messages and the pictures of people."""

from collections.abc import AsyncIterator
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.matrix import json_answer, media_ids
from api.matrix.errors import MatrixError
from api.matrix.media_ids import OfPerson
from api.matrix.requests import Answer, Call
from models import FileKind
from services.core import app_context
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.files import avatars, media, pending
from services.files.files import FoundFile

LOADS_NOTHING = "sandbox; default-src 'none'"
"""What a picture of a person may do when it is opened on its own."""


class Transfer(Protocol):
    """How files come and go, as those of pages do: within the same limits, and in parts."""

    def content_length(self, request: Request, /) -> int | None:
        """Return how many bytes a body has; None if it does not say."""

    def chunks(self, request: Request, /) -> AsyncIterator[bytes]:
        """Return the chunks of a body. Raises `TimeoutError` when they come too slowly."""

    def too_slow(self) -> str:
        """Return what is said about a `TimeoutError`."""

    async def answer(self, request: Request, kept: FoundFile, /) -> Response:
        """Return the answer that sends a file. Raises `NotFound` and `Unavailable`."""

    async def answer_preview(self, request: Request, kept: FoundFile, /) -> Response:
        """Return the answer that sends the preview of a file. Raises the same."""


async def config(_call: Call) -> Answer:
    """Return how large a file may be, in bytes."""
    return {"m.upload.size": int(app_context.current().settings.file_size)}


async def upload(transfer: Transfer, call: Call) -> Answer:
    """Receive a file, which waits for its message."""
    length = transfer.content_length(call.request)
    announced = app_context.current().settings.file_size if length is None else length
    try:
        async with pending.receive(call.viewer, announced) as receiver:
            async for chunk in transfer.chunks(call.request):
                await receiver.write(chunk)
            media_id = await receiver.save(call.query("filename"))
    except TimeoutError:
        raise MatrixError(408, "M_UNKNOWN", transfer.too_slow()) from None
    except ClientDisconnect:
        return Response(status_code=400)  # nobody reads the reason
    except ServiceError as refused:
        if type(refused) is ServiceError:  # the content is refused, and the request is right
            raise MatrixError(403, "M_FORBIDDEN", refused.message) from None
        raise
    return {"content_uri": media_ids.address(media_id)}


async def download(transfer: Transfer, call: Call) -> Answer:
    """Send a file of a message, one that the viewer has uploaded, or a picture of a person."""
    wanted = _wanted(call)
    if isinstance(wanted, OfPerson):
        return await _picture(call, wanted, is_small=False)
    found = await media.find(call.viewer, wanted.media_id)
    if wanted.is_preview:
        return _open(await transfer.answer_preview(call.request, found))
    return _open(await transfer.answer(call.request, found))


async def thumbnail(transfer: Transfer, call: Call) -> Answer:
    """Send the preview of a file; of a picture without one, the picture itself."""
    wanted = _wanted(call)
    if isinstance(wanted, OfPerson):
        largest = max(call.number("width", 0), call.number("height", 0))
        return await _picture(call, wanted, is_small=0 < largest <= avatars.SMALL)
    found = await media.find(call.viewer, wanted.media_id)
    if found.view.has_preview:
        return _open(await transfer.answer_preview(call.request, found))
    if found.view.kind not in (FileKind.PICTURE, FileKind.STICKER):
        raise NotFound(_("There is no preview of this file."))
    return _open(await transfer.answer(call.request, found))


async def _picture(call: Call, wanted: OfPerson, *, is_small: bool) -> Response:
    picture = await avatars.find(call.viewer, wanted.user_id, wanted.digest, small=is_small)
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",  # the hash is in its address
        "Content-Security-Policy": LOADS_NOTHING,
    }
    return _open(Response(picture, headers=headers, media_type="image/webp"))


def _wanted(call: Call) -> media_ids.OfFile | OfPerson:
    return media_ids.parse(call.path("server"), call.path("media"))


def _open(answer: Response) -> Response:
    """Let pages of any site read an answer: it takes a token."""
    answer.headers.update(json_answer.CORS)
    return answer

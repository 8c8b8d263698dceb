"""Upload a file, with a caption, as a message.

Permission and quotas are checked before the first byte is read. Then the file is received in
chunks, scanned for viruses, inspected and moved into the store. The message is stored last, and
all checks are repeated with it, since an upload takes time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import delete
from sqlmodel import Session, col

from models import Attachment, LooseFile, MessageKind
from services.accounts import blocks, sessions
from services.core import app_context, durable, filesize
from services.core.dto import CurrentUser, MessageView
from services.core.errors import ServiceError, TooLarge, Unavailable
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.core.text import MESSAGE_LIMIT, clean
from services.db import database
from services.files import inspection, orphans, quotas, scanner
from services.files import store as file_store
from services.files.store import Incoming
from services.messages import emoji, messages, queries
from services.rooms import access
from services.rooms.permissions import require_writer

Result = TypeVar("Result")

NAME_LIMIT = 200
"""The maximum length of a file's name, in characters."""
CHUNK_SIZE = 256 * 1024
"""Bytes to buffer before a write: few enough that a hundred uploads fit in memory."""


@dataclass(frozen=True)
class UploadFields:
    """The form fields of an upload, not yet validated."""

    name: object
    text: object = ""
    client_message_id: object = None
    reply_to: int | None = None


@rate_limited("file")
@asynccontextmanager
async def receive(viewer: CurrentUser, room_id: int, announced: int) -> AsyncIterator["Upload"]:
    """Begin an upload of about `announced` bytes to a room; it ends with the block.

    Raises at once: `NotFound` for a non-member, `Forbidden` for a member who may not write,
    `RateLimited` for too many uploads, `ServiceError` for a file that is too large or exceeds a
    quota, `Unavailable` when the disk is nearly full.
    """

    def check(session: Session) -> None:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        require_writer(room, membership)
        blocks.require_none_in(session, room.people_key, viewer.user_id)

    await database.read(check)
    refuse_size(announced)
    with quotas.upload_slot(viewer.user_id), quotas.reserve(viewer.user_id, announced):
        incoming = Incoming(app_context.current().files.incoming_path())
        try:
            with _disk_errors():
                await quotas.require_space(viewer.user_id)
                await _run_to_end(incoming.open)
            yield Upload(viewer, room_id, incoming)
        finally:
            await _run_to_end(incoming.discard)


class Upload:
    """An upload in progress."""

    def __init__(self, viewer: CurrentUser, room_id: int, incoming: Incoming) -> None:
        self._viewer = viewer
        self._room_id = room_id
        self._incoming = incoming
        self._buffer = bytearray()

    async def write(self, chunk: bytes) -> None:
        """Append a chunk. Raises `TooLarge`, and `Unavailable` for a full disk."""
        self._buffer += chunk
        refuse_size(self._incoming.size + len(self._buffer))
        if len(self._buffer) >= CHUNK_SIZE:
            await self._flush()

    async def send(self, fields: UploadFields) -> tuple[MessageView, bool]:
        """Store the complete file and its message; return the message and whether it is new.

        A repeated `client_message_id` returns the same message. Raises what `messages.send`
        raises, and `ServiceError` for a name, a kind or a picture that is not accepted. Nothing
        is stored then.
        """
        name = _check_name(fields.name)
        text = clean(fields.text, MESSAGE_LIMIT, name=_("The message"), required=False)
        # Windows drops dots at the end of a name: `game.exe.` is still a program.
        _refuse_kind(name.rstrip(". ").rpartition(".")[2].lower())
        await self._flush()
        if not self._incoming.size:
            raise ServiceError(_("That file is empty. Choose another."))
        with _disk_errors():
            return await self._store(fields, name, emoji.replace_codes(text))

    async def _store(self, fields: UploadFields, name: str, text: str) -> tuple[MessageView, bool]:
        """Scan and inspect the file, move it into the store, and store its message."""
        digest = await _run_to_end(self._incoming.close)
        # First of all: a virus must not reach the decoders either.
        await scanner.require_clean(
            app_context.current().settings.virus_scanner, self._incoming.path, name
        )
        content = await inspection.inspect(self._incoming.path)
        _refuse_kind(content.kind)
        file, size = self._incoming.path, self._incoming.size
        if content.cleaned:
            file = content.cleaned
            digest, size = await _run_to_end(_flush_and_measure, file)
        attachment = Attachment(
            message_id=0,
            user_id=self._viewer.user_id,
            hash=digest,
            name=name,
            size=size,
            kind=content.kind,
            media_type=content.media_type,
            width=content.width,
            height=content.height,
            has_preview=content.preview is not None,
            excerpt=content.excerpt,
            wave=content.wave,
        )
        with orphans.arriving(digest):
            await orphans.note(digest)
            await _run_to_end(app_context.current().files.add, file, digest, content.preview)
            return await self._store_message(fields, text, attachment)

    async def _store_message(
        self, fields: UploadFields, text: str, attachment: Attachment
    ) -> tuple[MessageView, bool]:
        viewer, room_id = self._viewer, self._room_id
        if await sessions.which_ended({viewer.session_id}):  # during the upload
            raise ServiceError(_("Log in first."))

        def store(session: Session) -> tuple[MessageView, bool]:
            message, is_new = messages.insert(
                session,
                viewer,
                room_id,
                text,
                fields.client_message_id,
                kind=MessageKind.FILE,
                reply_to=fields.reply_to,
            )
            if is_new:
                quotas.require_within(session, viewer.user_id, attachment.size, attachment.size)
                message = attach(session, message, attachment)
            return message, is_new

        return messages.publish_sent(await database.write(store))

    async def _flush(self) -> None:
        if self._buffer:
            chunk, self._buffer = bytes(self._buffer), bytearray()
            with _disk_errors():
                await _run_to_end(self._incoming.write, chunk)


def attach(session: Session, message: MessageView, attachment: Attachment) -> MessageView:
    """Within a write, attach a stored file to a message; return the new view of the message."""
    attachment.message_id = message.message_id
    session.add(attachment)
    session.flush()
    session.connection().execute(delete(LooseFile).where(col(LooseFile.hash) == attachment.hash))
    return queries.some(session, [message.message_id])[message.message_id]


def refuse_size(size: int) -> None:
    """Raise `TooLarge` for more bytes than a file may have."""
    most = app_context.current().settings.file_size
    if size > most:
        raise TooLarge(
            _("That file is larger than {most}. Make it smaller, or send a link to it.").format(
                most=filesize.text(most)
            )
        )


def _check_name(name: object) -> str:
    """Return a file's name without folders. Raises `ServiceError` as `clean` does."""
    label = _("The file's name")
    path = clean(name, NAME_LIMIT, name=label, multiline=False)
    last = path.replace("\\", "/").rpartition("/")[2]
    return clean(last.strip(". ") and last, NAME_LIMIT, name=label, multiline=False)


def _refuse_kind(kind: str) -> None:
    if kind in app_context.current().settings.refused_kinds:
        raise ServiceError(_("Files of this kind ({kind}) are not taken here.").format(kind=kind))


async def _run_to_end(work: Callable[..., Result], *args: object) -> Result:
    """Run `work` in a thread, and wait for it even when cancelled.

    A thread cannot be cancelled. It must not find its file closed, or store a file after
    `orphans.arriving` has ended.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Turn an `OSError` into `Unavailable`."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            _("The server cannot keep the file ({reason}). Tell the host.").format(
                reason=error.strerror or error
            )
        ) from error


def _flush_and_measure(file: Path) -> tuple[str, int]:
    durable.flush(file)
    return file_store.digest(file), file.stat().st_size

"""Upload a file, with a caption, as a message.

Permission and quotas are checked before the first byte is read. Then the file is received in
chunks, scanned for viruses, inspected and moved into the store. The message is stored last, and
all checks are repeated with it, since an upload takes time.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from msgspec import Struct
from sqlmodel import Session

from models import Attachment, FileKind, MessageKind
from services.accounts import blocks
from services.accounts.sessions import sessions
from services.core import app_context, filesize
from services.core.disk import durable
from services.core.dto import CurrentUser, MessageView
from services.core.errors import ServiceError, TooLarge, Unavailable
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.core.tasks import run_to_end, to_end
from services.core.text import MESSAGE_LIMIT, clean
from services.db import database
from services.files import file_names, orphans, previews, quotas
from services.files.decoding import waveform
from services.files.inspection import inspection, scanner
from services.files.store import stored_names
from services.files.store.incoming import Incoming
from services.messages import messages, queries, rendered
from services.messages.emoji import emoji
from services.rooms import access
from services.rooms.permissions import require_writer

CHUNK_SIZE = 256 * 1024
"""Bytes to buffer before a write: few enough that a hundred uploads fit in memory."""


class UploadFields(Struct, frozen=True):
    """The form fields of an upload, not yet validated."""

    name: str
    text: object = ""
    client_message_id: object = None
    reply_to: int | None = None
    wave: object = ""
    """The waveform of a recording and its length in seconds: a page that records knows them, and
    the server decodes nothing but WAV."""
    seconds: int = 0


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
    async with incoming_file(viewer.user_id, announced) as incoming:
        yield Upload(viewer, room_id, incoming)


@asynccontextmanager
async def incoming_file(user_id: int, announced: int) -> AsyncIterator[Incoming]:
    """Open a file for about `announced` bytes of a user's upload; the block ends by discarding it.

    Raises as `receive` does, but about files alone.
    """
    refuse_size(announced)
    with quotas.upload_slot(user_id), quotas.reserve(user_id, announced):
        incoming = Incoming(app_context.current().files.incoming_path())
        try:
            with disk_errors():
                await quotas.require_space(user_id)
                await run_to_end(incoming.open)
            yield incoming
        finally:
            await run_to_end(incoming.discard)


class Receiver:
    """Receives a file in chunks."""

    def __init__(self, viewer: CurrentUser, incoming: Incoming) -> None:
        self._viewer = viewer
        self._incoming = incoming
        self._buffer = bytearray()

    async def write(self, chunk: bytes) -> None:
        """Append a chunk. Raises `TooLarge`, and `Unavailable` for a full disk."""
        self._buffer += chunk
        refuse_size(self._incoming.size + len(self._buffer))
        if len(self._buffer) >= CHUNK_SIZE:
            await self._flush()

    async def _complete(self, name: str) -> str:
        """Write the rest, and have the whole scanned for viruses; return its SHA-256.

        Raises `ServiceError` for an empty file, and for a virus in the file of this name.
        """
        await self._flush()
        if not self._incoming.size:
            raise ServiceError(_("This file is empty. Choose another."))
        digest = await run_to_end(self._incoming.close)
        # First of all: a virus must not reach the decoders either.
        await scanner.require_clean(
            app_context.current().settings.virus_scanner, self._incoming.path, name
        )
        return digest

    async def _inspected(self, name: str) -> tuple[Path, Attachment]:
        """Scan and inspect the complete file; return what is to be stored, as of no message yet.

        Raises as `_complete`, and `ServiceError` for a kind or an animation that is not accepted.
        """
        digest = await self._complete(name)
        content = await inspection.inspect(self._incoming.path)
        refuse_kind(content.kind)
        file, size = self._incoming.path, self._incoming.size
        if content.cleaned:
            file = content.cleaned
            digest, size = await run_to_end(_flush_and_measure, file)
        return file, Attachment(
            message_id=0,
            user_id=self._viewer.user_id,
            hash=digest,
            name=name,
            size=size,
            kind=content.kind,
            media_type=content.media_type,
            width=content.width,
            height=content.height,
            awaits_preview=content.awaits_preview,
            excerpt=content.excerpt,
            is_animated=content.frames > 1,
        )

    async def _require_session(self) -> None:
        """Raise `ServiceError` if the viewer's session has ended, as it may during an upload."""
        if await sessions.which_ended({self._viewer.session_id}):
            raise ServiceError(_("Log in first."))

    async def _flush(self) -> None:
        if self._buffer:
            chunk, self._buffer = bytes(self._buffer), bytearray()
            with disk_errors():
                await run_to_end(self._incoming.write, chunk)


class Upload(Receiver):
    """An upload in progress."""

    def __init__(self, viewer: CurrentUser, room_id: int, incoming: Incoming) -> None:
        super().__init__(viewer, incoming)
        self._room_id = room_id

    async def send(self, fields: UploadFields) -> tuple[MessageView, bool]:
        """Store the complete file and its message; return the message and whether it is new.

        A repeated `client_message_id` returns the same message. Raises what `messages.send`
        raises, and `ServiceError` for a kind or an animation that is not accepted. Nothing
        is stored then.
        """
        name, text = safe_name(fields.name), caption(fields.text)
        with disk_errors():
            return await self._store(fields, name, text)

    async def _store(self, fields: UploadFields, name: str, text: str) -> tuple[MessageView, bool]:
        """Scan and inspect the file, move it into the store, and store its message.

        Its preview is made afterwards.
        """
        file, attachment = await self._inspected(name)
        if attachment.kind == FileKind.AUDIO:
            attachment.wave = waveform.check(fields.wave)
            attachment.seconds = waveform.check_seconds(fields.seconds)
        async with orphans.storing(attachment.hash):
            await app_context.current().files.add(file, attachment.hash)
            # A write goes on when its caller is cancelled: the file must stay until it is over.
            return await to_end(self._store_message(fields, text, attachment))

    async def _store_message(
        self, fields: UploadFields, text: str, attachment: Attachment
    ) -> tuple[MessageView, bool]:
        viewer, room_id = self._viewer, self._room_id
        await self._require_session()
        html = await rendered.render(viewer, text)

        def store(session: Session) -> tuple[MessageView, bool]:
            message, is_new = messages.insert(
                session,
                viewer,
                room_id,
                text,
                fields.client_message_id,
                html=html,
                kind=MessageKind.FILE,
                reply_to=fields.reply_to,
            )
            if is_new:
                quotas.require_within(session, viewer.user_id, attachment.size, attachment.size)
                message = attach(session, message, attachment)
            return message, is_new

        digest, awaits_preview = attachment.hash, attachment.awaits_preview
        message, is_new = messages.publish_sent(await database.write(store))
        if is_new and awaits_preview:
            previews.make_soon(viewer.user_id, digest)
        return message, is_new


def insert(
    session: Session,
    viewer: CurrentUser,
    room_id: int,
    client_message_id: object,
    file: Callable[[], Attachment],
    *,
    reply_to: int | None = None,
) -> tuple[MessageView, bool]:
    """Within a write, store a message without text that has a stored file; see `messages.insert`.

    `file` is called for a new message alone.
    """
    message, is_new = messages.insert(
        session,
        viewer,
        room_id,
        "",
        client_message_id,
        html=None,
        kind=MessageKind.FILE,
        reply_to=reply_to,
    )
    if is_new:
        message = attach(session, message, file())
    return message, is_new


def attach(session: Session, message: MessageView, attachment: Attachment) -> MessageView:
    """Within a write, attach a stored file to a message; return the new view of the message."""
    attachment.message_id = message.message_id
    orphans.keep(session, attachment.hash)
    session.add(attachment)
    session.flush()
    return queries.some(session, [message.message_id])[message.message_id]


def copy(session: Session, user_id: int, source: Attachment) -> Attachment:
    """Return the file of a message as one for a message of `user_id`, which `attach` attaches.

    Raises `QuotaExceeded` if it is too much for this user.
    """
    quotas.require_within(session, user_id, source.size, 0)
    facts = source.model_dump(exclude={"message_id", "user_id", "media_id"})
    return Attachment(message_id=0, user_id=user_id, **facts)


def safe_name(name: str) -> str:
    """Return a file's name as it is shown. Raises `ServiceError` for an ending not accepted."""
    checked = file_names.safe(name)
    refuse_kind(checked.rpartition(".")[2].lower())
    return checked


def caption(text: object) -> str:
    """Return the text of a message with a file; it may be empty. Raises `ServiceError`."""
    return emoji.replace_codes(clean(text, MESSAGE_LIMIT, name=_("The message"), required=False))


def refuse_size(size: int) -> None:
    """Raise `TooLarge` for more bytes than a file may have."""
    most = app_context.current().settings.file_size
    if size > most:
        raise TooLarge(
            _("This file is larger than {most}. Make it smaller, or send a link to it.").format(
                most=filesize.text(most)
            )
        )


def refuse_kind(kind: str) -> None:
    """Raise `ServiceError` for a kind of file, or an extension, that the host does not accept."""
    if kind in app_context.current().settings.refused_kinds:
        raise ServiceError(_("Files of this type ({kind}) are not allowed here.").format(kind=kind))


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn an `OSError` into `Unavailable`."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            _("The server can't store the file ({reason}). Tell the host.").format(
                reason=error.strerror or error
            )
        ) from error


def _flush_and_measure(file: Path) -> tuple[str, int]:
    durable.flush(file)
    return stored_names.digest(file), file.stat().st_size

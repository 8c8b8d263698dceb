"""Uploads: sending a file, with what one says of it, as a message.

What may be known before a byte is read is checked before: who asks, whether they may write
in the room, and whether there is room for as much as they announce. Then the file comes in
piece by piece, is scanned for viruses and looked at, and gets its name; and the message is
stored, for which all is checked once more, since it took its time.
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
from services.accounts.permissions import require_writer
from services.core import app_context, durable, filesize
from services.core.dto import CurrentUser, MessageView
from services.core.errors import ServiceError, TooLarge, Unavailable
from services.core.i18n import _
from services.core.text import MESSAGE_LIMIT, clean
from services.db import database
from services.files import inspection, orphans, quotas, scanner
from services.files import store as file_store
from services.files.store import Incoming
from services.messages import emoji, insert, queries
from services.rooms import rooms

Result = TypeVar("Result")

NAME_LIMIT = 200
"""The most characters of a file's name."""
CHUNK_SIZE = 256 * 1024
"""Bytes that gather before they are written: few enough that a hundred uploads fit in memory."""


@dataclass(frozen=True)
class UploadFields:
    """What comes with a file, as the other side sent it."""

    name: object
    text: object = ""
    client_message_id: object = None
    reply_to: int | None = None


@asynccontextmanager
async def receive(viewer: CurrentUser, room_id: int, announced: int) -> AsyncIterator["Upload"]:
    """Take in a file of about `announced` bytes for a room, for as long as the block lasts.

    Raises, before anything is read: `NotFound` for a non-member, `Forbidden` for who may not
    write in the room, `RateLimited` for too many files at a time, `ServiceError` for a file that is
    too large or over the quota, `Unavailable` when the disk is nearly full.
    """
    app_context.current().rate_limits.file.consume(viewer.user_id)

    def check(session: Session) -> None:
        room, membership = rooms.find(session, viewer.user_id, room_id)
        require_writer(room, membership)
        blocks.refuse_in(session, room.people_key, viewer.user_id)

    await database.read(check)
    refuse_size(announced)
    with quotas.place(viewer.user_id), quotas.space(viewer.user_id, announced):
        incoming = Incoming(app_context.current().files.new())
        try:
            with _on_disk():
                await quotas.require(viewer.user_id)
                await _finish(incoming.open)
            yield Upload(viewer, room_id, incoming)
        finally:
            await _finish(incoming.discard)


class Upload:
    """A file on its way in."""

    def __init__(self, viewer: CurrentUser, room_id: int, incoming: Incoming) -> None:
        self._viewer = viewer
        self._room_id = room_id
        self._incoming = incoming
        self._gathered = bytearray()

    async def write(self, piece: bytes) -> None:
        """Add a chunk. Raises `ServiceError` if too large, `Unavailable` for a full disk."""
        self._gathered += piece
        refuse_size(self._incoming.size + len(self._gathered))
        if len(self._gathered) >= CHUNK_SIZE:
            await self._flush()

    async def send(self, said: UploadFields) -> tuple[MessageView, bool]:
        """Store the file and its message, now that all of it is there, and tell the room.

        Return the message, and whether it is new. The same `client_message_id` again returns
        the same message. Raises what `messages.send` raises, and `ServiceError` for a name, a kind
        or a picture that will not do: then nothing is stored.
        """
        name = _check_name(said.name)
        text = clean(said.text, MESSAGE_LIMIT, name=_("The message"), required=False)
        # Windows drops dots at the end of a name: `game.exe.` is what it is.
        _refuse_kind(name.rstrip(". ").rpartition(".")[2].lower())
        await self._flush()
        if not self._incoming.size:
            raise ServiceError(_("That file is empty. Choose another."))
        with _on_disk():
            return await self._keep(said, name, emoji.replace_codes(text))

    async def _keep(self, said: UploadFields, name: str, text: str) -> tuple[MessageView, bool]:
        """Look at the file, give it its place, and store its message."""
        digest = await _finish(self._incoming.close)
        # First of all: what has a virus is not to reach those who decode it either.
        await scanner.require_clean(
            app_context.current().settings.virus_scanner, self._incoming.place, name
        )
        found = await inspection.inspect(self._incoming.place)
        _refuse_kind(found.kind)
        file, size = self._incoming.place, self._incoming.size
        if found.cleaned:
            file = found.cleaned
            digest, size = await _finish(_measure, file)
        attachment = Attachment(
            message_id=0,
            user_id=self._viewer.user_id,
            hash=digest,
            name=name,
            size=size,
            kind=found.kind,
            media_type=found.media_type,
            width=found.width,
            height=found.height,
            has_preview=found.preview is not None,
            excerpt=found.excerpt,
            wave=found.wave,
        )
        with orphans.arriving(digest):
            await orphans.note(digest)
            await _finish(app_context.current().files.keep, file, digest, found.preview)
            return await self._store(said, text, attachment)

    async def _store(
        self, said: UploadFields, text: str, attachment: Attachment
    ) -> tuple[MessageView, bool]:
        viewer, room_id, number = self._viewer, self._room_id, said.client_message_id
        if await sessions.which_ended({viewer.session_id}):  # while the file came in
            raise ServiceError(_("Log in first."))

        def store(session: Session) -> tuple[MessageView, bool]:
            message, is_new = insert.insert(
                session,
                viewer,
                room_id,
                text,
                number,
                kind=MessageKind.FILE,
                reply_to=said.reply_to,
            )
            if is_new:
                quotas.require_within(session, viewer.user_id, attachment.size, attachment.size)
                message = attach(session, message, attachment)
            return message, is_new

        return insert.publish_sent(await database.write(store))

    async def _flush(self) -> None:
        if self._gathered:
            piece, self._gathered = bytes(self._gathered), bytearray()
            with _on_disk():
                await _finish(self._incoming.write, piece)


def attach(session: Session, message: MessageView, attachment: Attachment) -> MessageView:
    """Within a write, have a message bring a file along that is kept; return it as it is then."""
    attachment.message_id = message.message_id
    session.add(attachment)
    session.flush()
    session.connection().execute(delete(LooseFile).where(col(LooseFile.hash) == attachment.hash))
    return queries.some(session, [message.message_id])[message.message_id]


def refuse_size(size: int) -> None:
    """Raise `ServiceError` for a file of more bytes than one may have."""
    most = app_context.current().settings.file_size
    if size > most:
        raise TooLarge(
            _("That file is larger than {most}. Make it smaller, or send a link to it.").format(
                most=filesize.say(most)
            )
        )


def _check_name(name: object) -> str:
    """Return a file's name without its folders. Raises `ServiceError` as `clean` does."""
    words = _("The file's name")
    whole = clean(name, NAME_LIMIT, name=words, multiline=False)
    last = whole.replace("\\", "/").rpartition("/")[2]
    return clean(last.strip(". ") and last, NAME_LIMIT, name=words, multiline=False)


def _refuse_kind(kind: str) -> None:
    if kind in app_context.current().settings.refused_kinds:
        raise ServiceError(_("Files of this kind ({kind}) are not taken here.").format(kind=kind))


async def _finish(work: Callable[..., Result], *values: object) -> Result:
    """Do something in a thread, to its end even if one is cancelled meanwhile.

    No thread can be stopped; and it must not find its file closed, or give a file its name
    when nobody keeps `loose_files` from removing it any more.
    """
    doing = asyncio.ensure_future(asyncio.to_thread(work, *values))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise


@contextmanager
def _on_disk() -> Iterator[None]:
    """Say in a sentence what the disk will not do."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            _("The server cannot keep the file ({reason}). Tell the host.").format(
                reason=error.strerror or error
            )
        ) from error


def _measure(file: Path) -> tuple[str, int]:
    durable.flush(file)
    return file_store.digest(file), file.stat().st_size

"""Making stickers: of a picture that is uploaded, or of one in a message.

A picture is made into a sticker by the sandboxed process that makes previews, so what is kept, a
WEBP that moves if the picture did, was written by the server. Nothing else of the picture is kept.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import Attachment, FileKind, Sticker
from services.core import app_context
from services.core.dto import CurrentUser, FileView
from services.core.errors import NotFound, ServiceError, about
from services.core.i18n import _, number
from services.core.limits.rate_limited import rate_limited
from services.core.tasks import to_end
from services.core.text import clean
from services.db import database
from services.files import orphans, quotas, uploads
from services.files.decoding import decoding, decoding_turns
from services.files.inspection import inspection
from services.files.pictures import cleaning
from services.files.stickers import sticker_files
from services.files.stickers.sticker_limits import MAX_BYTES, MAX_FRAMES, MAX_TOTAL_PIXELS
from services.messages import messages, parts
from services.messages.emoji import emoji

NAME_LIMIT = 40
MAX_OWN = 120
"""Stickers of one person."""


class StickerUpload(uploads.Receiver):
    """The upload of a picture that is to be a sticker, in progress."""

    async def save(self, name: object) -> None:
        """Make a sticker of the complete picture, with a name to find it by.

        Raises `ServiceError` for an invalid name, for what is no picture or cannot be decoded, for
        an animation that is too long, and over a limit or quota; and as `decoding_turns.turn`.
        """
        checked = _check_name(name)
        with uploads.disk_errors():
            await self._complete(_("Picture"))
            file = self._incoming.path
            content = await inspection.inspect(file)
            if content.kind != FileKind.PICTURE:
                raise inspection.no_picture()
            await _make(self._viewer, content.media_type, content.cleaned or file, checked)


@rate_limited("file")
@asynccontextmanager
async def receive(viewer: CurrentUser, announced: int) -> AsyncIterator[StickerUpload]:
    """Begin the upload of a picture for a sticker, of about `announced` bytes.

    Raises as `uploads.receive` does, but about files alone, and `ServiceError` when the viewer has
    as many stickers as they may have, or when pictures are not accepted.
    """
    uploads.refuse_kind(FileKind.PICTURE)
    await database.read(lambda session: _require_fewer(session, viewer))
    async with uploads.incoming_file(viewer.user_id, announced) as incoming:
        yield StickerUpload(viewer, incoming)


@rate_limited("file")
async def save_from_message(viewer: CurrentUser, room_id: int, seq: int, name: object) -> None:
    """Make a sticker of the picture of a message, or keep the one that it is.

    Raises `NotFound` outside the room and for a message without a picture, otherwise as
    `receive` and `StickerUpload.save`.
    """
    uploads.refuse_kind(FileKind.PICTURE)
    checked = _check_name(name)

    def query(session: Session) -> Attachment:
        _require_fewer(session, viewer)
        return _pictured(session, viewer, room_id, seq)

    attachment = await database.read(query)
    if attachment.kind == FileKind.STICKER:

        def keep(session: Session) -> None:  # the message may just have been deleted with its file
            found = _pictured(session, viewer, room_id, seq)
            _insert(session, viewer, _sticker_of(viewer, found, checked))

        await database.write(keep)
        return
    with uploads.disk_errors():
        async with app_context.current().files.local_copy(attachment.hash) as file:
            await _make(viewer, attachment.media_type, file, checked)


@rate_limited("read")
async def check_message(viewer: CurrentUser, room_id: int, seq: int) -> FileView:
    """Return the picture or sticker of which `save_from_message` makes one.

    Raises what `save_from_message` raises about the message and about how many there are.
    """

    def query(session: Session) -> FileView:
        attachment = _pictured(session, viewer, room_id, seq)
        _require_fewer(session, viewer)
        return parts.file_view(attachment)

    return await database.read(query)


async def _make(viewer: CurrentUser, media_type: str, file: Path, name: str) -> None:
    """Make a sticker of a picture file."""
    try:
        picture = await asyncio.to_thread(cleaning.clean, media_type, file, None)
    except ValueError:
        raise inspection.no_picture() from None
    if picture.frames > MAX_FRAMES:
        raise ServiceError(
            _("A sticker can have at most {most} frames. Make the animation shorter.").format(
                most=number(MAX_FRAMES)
            )
        )
    if picture.frames > 1 and picture.frames * picture.pixels > MAX_TOTAL_PIXELS:
        raise _too_large()
    async with decoding_turns.turn(viewer.user_id) as spend:
        made = await decoding.make_sticker(media_type, file, spend=spend)
    if made is None:
        raise inspection.no_picture()
    if len(made.content) > MAX_BYTES:
        raise _too_large()
    digest = hashlib.sha256(made.content).hexdigest()
    async with orphans.storing(digest):
        await sticker_files.add(made.content, digest, made.still)
        sticker = Sticker(
            user_id=viewer.user_id,
            hash=digest,
            name=name,
            size=len(made.content),
            width=made.width,
            height=made.height,
            is_animated=bool(made.still),
        )
        await to_end(database.write(lambda session: _insert(session, viewer, sticker)))


def _insert(session: Session, viewer: CurrentUser, sticker: Sticker) -> None:
    """Store a sticker whose file is there; one that the viewer has already gets the new name."""
    known = session.exec(
        select(Sticker).where(Sticker.user_id == viewer.user_id, Sticker.hash == sticker.hash)
    ).first()
    if known is not None:
        known.name = sticker.name
        session.add(known)
        return
    _require_fewer(session, viewer)
    orphans.keep(session, sticker.hash)
    more = quotas.added_by_sticker(session, viewer.user_id, sticker)
    quotas.require_within(session, viewer.user_id, more, more)
    session.add(sticker)


def _sticker_of(viewer: CurrentUser, attachment: Attachment, name: str) -> Sticker:
    """Return the sticker of a message as one of the viewer's."""
    return Sticker(
        user_id=viewer.user_id,
        hash=attachment.hash,
        name=name,
        size=attachment.size,
        width=attachment.width,
        height=attachment.height,
        is_animated=attachment.is_animated,
    )


def _pictured(session: Session, viewer: CurrentUser, room_id: int, seq: int) -> Attachment:
    """Return the picture or sticker of a message."""
    _room, _membership, message = messages.find(session, viewer, room_id, seq)
    attachment = session.get(Attachment, message.id)
    if attachment is None or attachment.kind not in (FileKind.PICTURE, FileKind.STICKER):
        raise NotFound(_("This message has no picture."))
    return attachment


def _require_fewer(session: Session, viewer: CurrentUser) -> None:
    own = select(func.count()).where(col(Sticker.user_id) == viewer.user_id)
    if session.exec(own).one() >= MAX_OWN:
        raise ServiceError(
            _("You have {most} stickers, the most there can be. Remove one of them first.").format(
                most=number(MAX_OWN)
            )
        )


@about("name")
def _check_name(name: object) -> str:
    return emoji.replace_codes(clean(name, NAME_LIMIT, name=_("The name"), multiline=False))


def _too_large() -> ServiceError:
    return ServiceError(
        _("The animation is too large for a sticker. Make it shorter or its picture smaller.")
    )

"""Stickers: making them of pictures, sharing them with everyone, and sending them.

A picture is made into a sticker by the sandboxed process that makes previews, so what is kept, a
WEBP that moves if the picture did, was written by the server. Nothing else of the picture is kept.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct
from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from models import Attachment, FileKind, MessageKind, Sticker
from services.accounts.admin import admins_only
from services.core import app_context
from services.core.app_context import StoredFile
from services.core.dto import CurrentUser, FileView, MessageView
from services.core.errors import NotFound, ServiceError, about
from services.core.i18n import _, number
from services.core.limits.rate_limited import rate_limited
from services.core.tasks import run_to_end, to_end
from services.core.text import clean
from services.db import database
from services.files import orphans, quotas, uploads
from services.files.decoding import decoding, decoding_turns
from services.files.decoding.decoding import DecodedSticker
from services.files.inspection import inspection
from services.files.pictures import cleaning
from services.files.stickers.sticker_limits import MAX_BYTES, MAX_FRAMES, MAX_TOTAL_PIXELS
from services.files.store.incoming import Incoming
from services.messages import emoji, messages, queries

NAME_LIMIT = 40
MAX_OWN = 120
"""Stickers of one person."""
MAX_SHARED = 120
"""Stickers that everybody is offered."""
WEBP = "image/webp"


class StickerView(Struct, frozen=True):
    """A sticker, to somebody who may send it."""

    sticker_id: int
    hash: str
    name: str
    is_mine: bool
    is_shared: bool


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
        return queries.file_view(attachment)

    return await database.read(query)


@rate_limited("read")
async def offered(viewer: CurrentUser) -> list[StickerView]:
    """Return the stickers that the viewer may send: their own, and those that are shared.

    The newest first.
    """

    def query(session: Session) -> list[StickerView]:
        found = session.exec(
            select(Sticker).where(_is_offered(viewer)).order_by(col(Sticker.id).desc())
        )
        return [_view(viewer, each) for each in found]

    return await database.read(query)


@rate_limited("message")
async def send(
    viewer: CurrentUser,
    room_id: int,
    sticker_id: int,
    client_message_id: object,
    *,
    reply_to: int | None = None,
) -> tuple[MessageView, bool]:
    """Send a sticker as a message; return it, and whether it is new.

    Raises `ServiceError` for a sticker that the viewer is not offered, over their quota, and when
    pictures are not accepted, otherwise like `messages.send`.
    """
    uploads.refuse_kind(FileKind.PICTURE)

    def store(session: Session) -> tuple[MessageView, bool]:
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
            sticker = _find(session, viewer, sticker_id)
            quotas.require_within(session, viewer.user_id, _added(session, viewer, sticker), 0)
            message = uploads.attach(session, message, _attachment(viewer, sticker))
        return message, is_new

    return messages.publish_sent(await database.write(store))


@rate_limited("account")
async def remove(viewer: CurrentUser, sticker_id: int) -> None:
    """Remove a sticker of the viewer's, for everyone if it is shared; messages keep it.

    Raises `NotFound` for any other.
    """

    def delete(session: Session) -> None:
        sticker = session.get(Sticker, sticker_id)
        if sticker is None or sticker.user_id != viewer.user_id:
            raise _gone()
        session.delete(sticker)

    await database.write(delete)
    orphans.collect_soon()


@admins_only
@rate_limited("account")
async def share(viewer: CurrentUser, sticker_id: int, *, with_everyone: bool) -> None:
    """Offer a sticker of the viewer's to everyone, or one of the shared ones no longer.

    Raises `Forbidden` for anyone but administrators, `NotFound` for any other sticker, and
    `ServiceError` when there are too many.
    """

    def change(session: Session) -> None:
        sticker = _find(session, viewer, sticker_id)
        if with_everyone and not sticker.is_shared:
            _require_fewer_shared(session)
        sticker.is_shared = with_everyone
        session.add(sticker)

    await database.write(change)


@rate_limited("avatar")
async def find(viewer: CurrentUser, sticker_id: int, digest: str) -> StoredFile:
    """Return the file of a sticker that the viewer is offered: of one that moves, a still.

    Raises `NotFound` for any other, and unless it has this hash.
    """

    def query(session: Session) -> Sticker:
        sticker = _find(session, viewer, sticker_id)
        if sticker.hash != digest:
            raise _gone()
        return sticker

    sticker = await database.read(query)
    store = app_context.current().files
    return store.stored_preview(digest) if sticker.is_animated else store.stored(digest)


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
        await _store(made, digest)
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


async def _store(made: DecodedSticker, digest: str) -> None:
    store = app_context.current().files
    incoming = Incoming(store.incoming_path())
    try:
        await run_to_end(_write, incoming, made.content)
        if made.still:  # first: a sticker that moves always has one
            await store.add_preview(digest, made.still)
        await store.add(incoming.path, digest)
    finally:
        await run_to_end(incoming.discard)


def _write(incoming: Incoming, content: bytes) -> None:
    incoming.open()
    incoming.write(content)
    incoming.close()


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
    more = _added(session, viewer, sticker)
    quotas.require_within(session, viewer.user_id, more, more)
    session.add(sticker)


def _added(session: Session, viewer: CurrentUser, sticker: Sticker) -> int:
    """Return the bytes that a sticker adds to what the viewer uses: none if it counts already."""
    return 0 if quotas.has_sticker(session, viewer.user_id, sticker.hash) else sticker.size


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


def _attachment(viewer: CurrentUser, sticker: Sticker) -> Attachment:
    return Attachment(
        message_id=0,
        user_id=viewer.user_id,
        hash=sticker.hash,
        name=sticker.name,
        size=sticker.size,
        kind=FileKind.STICKER,
        media_type=WEBP,
        width=sticker.width,
        height=sticker.height,
        has_preview=sticker.is_animated,
        is_animated=sticker.is_animated,
    )


def _pictured(session: Session, viewer: CurrentUser, room_id: int, seq: int) -> Attachment:
    """Return the picture or sticker of a message."""
    _room, _membership, message = messages.find(session, viewer, room_id, seq)
    attachment = session.get(Attachment, message.id)
    if attachment is None or attachment.kind not in (FileKind.PICTURE, FileKind.STICKER):
        raise NotFound(_("This message has no picture."))
    return attachment


def _find(session: Session, viewer: CurrentUser, sticker_id: int) -> Sticker:
    sticker = session.exec(
        select(Sticker).where(Sticker.id == sticker_id, _is_offered(viewer))
    ).first()
    if sticker is None:
        raise _gone()
    return sticker


def _is_offered(viewer: CurrentUser) -> ColumnElement[bool]:
    return or_(col(Sticker.user_id) == viewer.user_id, col(Sticker.is_shared))


def _view(viewer: CurrentUser, sticker: Sticker) -> StickerView:
    return StickerView(
        sticker.id or 0,
        sticker.hash,
        sticker.name,
        sticker.user_id == viewer.user_id,
        sticker.is_shared,
    )


def _require_fewer(session: Session, viewer: CurrentUser) -> None:
    own = select(func.count()).where(col(Sticker.user_id) == viewer.user_id)
    if session.exec(own).one() >= MAX_OWN:
        raise ServiceError(
            _("You have {most} stickers, the most there can be. Remove one of them first.").format(
                most=number(MAX_OWN)
            )
        )


def _require_fewer_shared(session: Session) -> None:
    shared = select(func.count()).where(col(Sticker.is_shared))
    if session.exec(shared).one() >= MAX_SHARED:
        raise ServiceError(
            _("{most} stickers are shared, the most there can be. Stop sharing one first.").format(
                most=number(MAX_SHARED)
            )
        )


@about("name")
def _check_name(name: object) -> str:
    return emoji.replace_codes(clean(name, NAME_LIMIT, name=_("The name"), multiline=False))


def _gone() -> NotFound:
    return NotFound(_("This sticker is no longer there. Choose another."))


def _too_large() -> ServiceError:
    return ServiceError(
        _("The animation is too large for a sticker. Make it shorter or its picture smaller.")
    )

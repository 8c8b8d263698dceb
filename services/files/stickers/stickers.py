"""Stickers: which somebody is offered, sending, sharing and removing them."""

from msgspec import Struct
from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from models import Attachment, FileKind, MessageKind, Sticker
from services.accounts.admin import admins_only
from services.core import app_context
from services.core.app_context import StoredFile
from services.core.dto import CurrentUser, MessageView
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _, number
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.files import orphans, quotas, uploads
from services.messages import messages

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
            more = quotas.added_by_sticker(session, viewer.user_id, sticker)
            quotas.require_within(session, viewer.user_id, more, 0)
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


def _require_fewer_shared(session: Session) -> None:
    shared = select(func.count()).where(col(Sticker.is_shared))
    if session.exec(shared).one() >= MAX_SHARED:
        raise ServiceError(
            _("{most} stickers are shared, the most there can be. Stop sharing one first.").format(
                most=number(MAX_SHARED)
            )
        )


def _gone() -> NotFound:
    return NotFound(_("This sticker is no longer there. Choose another."))

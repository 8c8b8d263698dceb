"""Stickers: which somebody is offered, sending, sharing and removing them."""

import asyncio

from msgspec import Struct
from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from models import Attachment, FileKind, HiddenStarter, Sticker
from services.accounts.admin import admins_only, require_admin_in
from services.core import app_context
from services.core.app_context import StoredFile
from services.core.dto import CurrentUser, MessageView
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _, number, translate
from services.core.limits.rate_limited import rate_limited
from services.core.tasks import to_end
from services.db import database
from services.files import orphans, quotas, uploads
from services.files.stickers import starters
from services.files.stickers.starters import Listed, Starter
from services.files.stickers.sticker_limits import MAX_SIDE
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
    words: str = ""
    """What else it is found by."""


class Offered(Struct, frozen=True):
    """The stickers that somebody may send."""

    kept: list[StickerView]
    """Their own, and those that are shared, the newest first."""
    starting: list[StickerView]
    """Those that come with the chat; administrators get the hidden ones, too."""


@rate_limited("read")
async def offered(viewer: CurrentUser) -> Offered:
    """Return the stickers that the viewer may send."""

    def query(session: Session) -> tuple[list[StickerView], list[Listed]]:
        found = session.exec(
            select(Sticker).where(_is_offered(viewer)).order_by(col(Sticker.id).desc())
        )
        return [_view(viewer, each) for each in found], starters.listed(session)

    kept, listed = await database.read(query)
    shown = [each for each in listed if viewer.is_admin or not each[2]]
    words = await asyncio.to_thread(lambda: [starters.words(each) for _id, each, _hidden in shown])
    starting = [
        StickerView(
            sticker_id,
            starter.hash,
            translate(starter.name),
            is_mine=False,
            is_shared=not is_hidden,
            words=found_by,
        )
        for (sticker_id, starter, is_hidden), found_by in zip(shown, words, strict=True)
    ]
    return Offered(kept, starting)


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
    starter = starters.find(sticker_id)

    def store(session: Session) -> tuple[MessageView, bool]:
        def file() -> Attachment:
            if starter is not None:
                return _starter_file(session, viewer, starter)
            return _own_file(session, viewer, sticker_id)

        return uploads.insert(session, viewer, room_id, client_message_id, file, reply_to=reply_to)

    if starter is None:
        return messages.publish_sent(await database.write(store))
    with uploads.disk_errors():
        async with starters.stored(starter):
            # A write goes on when its caller is cancelled: the file must stay until it is over.
            return messages.publish_sent(await to_end(database.write(store)))


@rate_limited("account")
async def remove(viewer: CurrentUser, sticker_id: int) -> None:
    """Remove a sticker of the viewer's, for everyone if it is shared; messages keep it.

    Administrators also remove those that come with the chat, for good. Raises `NotFound` for any
    other, and `Forbidden` when somebody else removes one of the chat's.
    """
    starter = starters.find(sticker_id)

    def delete(session: Session) -> None:
        if starter is not None:
            require_admin_in(session, viewer)
            session.merge(HiddenStarter(key=starter.key, is_removed=True))
            return
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

    One that comes with the chat is hidden, or offered again.

    Raises `Forbidden` for anyone but administrators, `NotFound` for any other sticker, and
    `ServiceError` when there are too many.
    """

    starter = starters.find(sticker_id)

    def change(session: Session) -> None:
        if starter is not None:
            _hide(session, starter, not with_everyone)
            return
        sticker = _find(session, viewer, sticker_id)
        if with_everyone and not sticker.is_shared:
            _require_fewer_shared(session)
        sticker.is_shared = with_everyone
        session.add(sticker)

    await database.write(change)


@rate_limited("avatar")
async def find(viewer: CurrentUser, sticker_id: int, digest: str) -> StoredFile:
    """Return the file of a sticker that the viewer is offered: of one that moves, a still.

    Raises `NotFound` for any other, and unless it has this hash. Those that come with the chat are
    shown even while they are hidden: everybody may have the program.
    """
    starter = starters.find(sticker_id)
    if starter is not None:
        if starter.hash != digest:
            raise _gone()
        return starter.path

    def query(session: Session) -> Sticker:
        sticker = _find(session, viewer, sticker_id)
        if sticker.hash != digest:
            raise _gone()
        return sticker

    sticker = await database.read(query)
    store = app_context.current().files
    return store.stored_preview(digest) if sticker.is_animated else store.stored(digest)


def _own_file(session: Session, viewer: CurrentUser, sticker_id: int) -> Attachment:
    """Return the file for a message with a sticker that somebody has made."""
    sticker = _find(session, viewer, sticker_id)
    more = quotas.added_by_sticker(session, viewer.user_id, sticker)
    quotas.require_within(session, viewer.user_id, more, 0)
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


def _starter_file(session: Session, viewer: CurrentUser, starter: Starter) -> Attachment:
    """Return the file for a message with a sticker that comes with the chat."""
    if not starters.is_offered(session, starter):
        raise _gone()
    return Attachment(
        message_id=0,
        user_id=viewer.user_id,
        hash=starter.hash,
        name=translate(starter.name),
        size=starter.size,
        kind=FileKind.STICKER,
        media_type=WEBP,
        width=MAX_SIDE,
        height=MAX_SIDE,
    )


def _hide(session: Session, starter: Starter, is_hidden: bool) -> None:
    """Hide a sticker that comes with the chat, or offer it again, unless it is removed."""
    hidden = session.get(HiddenStarter, starter.key)
    if hidden is not None and hidden.is_removed:
        raise _gone()
    if is_hidden:
        session.merge(HiddenStarter(key=starter.key))
    elif hidden is not None:
        session.delete(hidden)


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

"""Pictures of people, which they upload: square, in two sizes.

The server decodes one in the same sandbox as any other picture, keeps nothing of the file, and puts
the two squares into the database (`models/avatar.py`).
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlmodel import Session

from models import Avatar, FileKind, User
from services.accounts import profile_events
from services.accounts.names import namesakes
from services.core import app_context, events
from services.core.dto import CurrentUser
from services.core.errors import NotFound
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.files import media, orphans, pending, quotas, uploads
from services.files.decoding import decoding, decoding_turns
from services.files.inspection import inspection

LARGE, SMALL = 256, 80
"""Pixels of each side: for a profile, and beside a name, on a screen with two dots to a pixel."""


@rate_limited("file")
@asynccontextmanager
async def receive(viewer: CurrentUser, announced: int) -> AsyncIterator["AvatarUpload"]:
    """Begin the upload of the viewer's own picture, of about `announced` bytes.

    Raises as `uploads.receive` does, but about files alone.
    """
    async with uploads.incoming_file(viewer.user_id, announced) as incoming:
        yield AvatarUpload(viewer, incoming)


class AvatarUpload(uploads.Receiver):
    """The upload of a picture of a person, in progress."""

    async def save(self) -> None:
        """Make the complete picture the viewer's avatar.

        Raises `ServiceError` for what is no picture, or one that cannot be decoded, and as
        `decoding_turns.turn`.
        """
        with uploads.disk_errors():
            await self._complete(_("Picture"))
            content = await inspection.inspect(self._incoming.path)
        if content.kind != FileKind.PICTURE:
            raise inspection.no_picture()
        file = self._incoming.path
        avatar = await _make(self._viewer, content.media_type, file, content.pixels)
        await _set(self._viewer, avatar)


@rate_limited("file")
async def use(viewer: CurrentUser, media_id: str) -> None:
    """Make a picture that an app has uploaded, or that a message has, the viewer's avatar.

    An upload waits for no message then. Raises `NotFound` for what the viewer may not see, and
    otherwise as `AvatarUpload.save`.
    """
    found = await media.find(viewer, media_id)
    if found.view.kind != FileKind.PICTURE:
        raise inspection.no_picture()
    pixels = found.view.width * found.view.height
    with uploads.disk_errors():
        async with app_context.current().files.local_copy(found.hash) as file:
            avatar = await _make(viewer, found.view.media_type, file, pixels)
    await _set(viewer, avatar, media_id)
    orphans.collect_soon()


async def _make(viewer: CurrentUser, media_type: str, file: Path, pixels: int) -> Avatar:
    """Make an avatar of a picture file. Raises `ServiceError` if it cannot be decoded."""
    async with decoding_turns.turn(viewer.user_id) as spend:
        squares = await decoding.make_squares(media_type, file, pixels, (LARGE, SMALL), spend=spend)
    if squares is None:
        raise inspection.no_picture()
    large, small = squares
    return Avatar(
        user_id=viewer.user_id,
        hash=hashlib.sha256(large).hexdigest(),
        size=len(large) + len(small),
        large=large,
        small=small,
    )


@rate_limited("account")
async def remove(viewer: CurrentUser) -> None:
    """Make the viewer's initials their avatar again."""
    await _set(viewer, None)


async def _set(viewer: CurrentUser, avatar: Avatar | None, made_of: str = "") -> None:
    """Set the viewer's avatar. `made_of` may be an upload of an app, which is needed no more."""

    def change(session: Session) -> events.PersonChanged:
        user = session.get_one(User, viewer.user_id)
        if former := session.get(Avatar, viewer.user_id):
            session.delete(former)
            session.flush()
        if made_of:  # before the quota is asked, towards which it counts
            pending.discard(session, viewer.user_id, made_of)
        if avatar:
            quotas.require_within(session, viewer.user_id, avatar.size, avatar.size)
            session.add(avatar)
        user.avatar = avatar.hash if avatar else ""
        session.add(user)
        profile_events.record(session, viewer.user_id)
        return namesakes.changed(session, user)

    events.publish(await database.write(change))


@rate_limited("avatar")
async def find(viewer: CurrentUser, user_id: int, digest: str, *, small: bool) -> bytes:
    """Return the picture of a user, as WEBP. Raises `NotFound` unless it has this hash."""

    def query(session: Session) -> bytes:
        avatar = session.get(Avatar, user_id)
        if avatar is None or avatar.hash != digest:
            raise NotFound
        return avatar.small if small else avatar.large

    return await database.read(query)

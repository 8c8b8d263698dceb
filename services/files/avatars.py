"""Pictures of people, which they upload: square, in two sizes.

The server decodes one in the same sandbox as any other picture, keeps nothing of the file, and puts
the two squares into the database (`models/avatar.py`).
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlmodel import Session

from models import Avatar, FileKind, User
from services.accounts.names import namesakes
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import NotFound
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.files import quotas, uploads
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
        async with decoding_turns.turn(self._viewer.user_id) as spend:
            file = self._incoming.path
            squares = await decoding.make_squares(
                content.media_type, file, content.pixels, (LARGE, SMALL), spend=spend
            )
        if squares is None:
            raise inspection.no_picture()
        large, small = squares
        avatar = Avatar(
            user_id=self._viewer.user_id,
            hash=hashlib.sha256(large).hexdigest(),
            size=len(large) + len(small),
            large=large,
            small=small,
        )
        await _set(self._viewer, avatar)


@rate_limited("account")
async def remove(viewer: CurrentUser) -> None:
    """Make the viewer's initials their avatar again."""
    await _set(viewer, None)


async def _set(viewer: CurrentUser, avatar: Avatar | None) -> None:
    def change(session: Session) -> events.PersonChanged:
        user = session.get_one(User, viewer.user_id)
        if former := session.get(Avatar, viewer.user_id):
            session.delete(former)
            session.flush()
        if avatar:
            quotas.require_within(session, viewer.user_id, avatar.size, avatar.size)
            session.add(avatar)
        user.avatar = avatar.hash if avatar else ""
        session.add(user)
        session.flush()
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

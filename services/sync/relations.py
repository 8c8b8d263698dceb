"""What was done to a message, in parts: reactions that stand, and edits."""

from collections.abc import Collection, Sequence

from msgspec import Struct
from sqlmodel import Session

from models import RoomEventKind
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import NotFound
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages.queries import HIGHEST
from services.rooms import access
from services.sync import items
from services.sync.items import EVERYTHING, Item
from services.sync.positions import Position
from services.sync.sync import MAX_TIMELINE


class Related(Struct, frozen=True):
    """A part of what relates to a message."""

    items: Sequence[Item]
    next: Position | None
    """After which position the next part begins, in the direction that was asked for."""


@rate_limited("history")
async def of_message(
    viewer: CurrentUser,
    room_id: int,
    message_id: int,
    kinds: Collection[RoomEventKind],
    *,
    first: Position | None = None,
    last: Position | None = None,
    most: int,
    is_forward: bool = False,
) -> Related:
    """Return what was done to a message of one of the viewer's rooms, in parts.

    A part begins behind the position `first` and ends at `last`: the newest come first, or with
    `is_forward` the oldest. Edits of an encrypted message are messages themselves. Raises
    `NotFound` outside the room, and without such a message.
    """
    number, most = min(message_id, HIGHEST), max(1, min(most, MAX_TIMELINE))
    after, upto = (first, last) if is_forward else (last, first)
    bounds = (after or Position(), upto or EVERYTHING)

    def query(session: Session) -> tuple[Sequence[Item], bool]:
        access.position(session, viewer, room_id)
        post = items.one_post(session, room_id, number)
        if post is None:
            raise NotFound(_("This message no longer exists."))
        if post.message.deleted or not kinds:
            return (), False
        return items.related(session, post, kinds, bounds, most, is_forward=is_forward)

    loading = app_context.current().rate_limits.loading
    loading.require(viewer.user_id)
    found, has_more = await database.read(query)
    loading.spend(viewer.user_id, sum(each.size for each in found))
    behind = items.next_of(found, bounds, is_forward=is_forward) if has_more else None
    return Related(found, behind)

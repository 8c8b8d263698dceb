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
from services.sync.items import Happening
from services.sync.sync import MAX_TIMELINE


class Related(Struct, frozen=True):
    """A part of what relates to a message."""

    items: Sequence[Happening]
    next: int | None
    """After which event id the next part begins, in the direction that was asked for."""


@rate_limited("history")
async def of_message(
    viewer: CurrentUser,
    room_id: int,
    message_id: int,
    kinds: Collection[RoomEventKind],
    *,
    first: int | None = None,
    last: int | None = None,
    most: int,
    is_forward: bool = False,
) -> Related:
    """Return what was done to a message of one of the viewer's rooms, in parts.

    A part begins behind the event id `first` and ends at `last`: the newest come first, or with
    `is_forward` the oldest. Raises `NotFound` outside the room, and without such a message.
    """
    number, most = min(message_id, HIGHEST), max(1, min(most, MAX_TIMELINE))
    after, upto = (first, last) if is_forward else (last, first)

    def query(session: Session) -> Sequence[Happening]:
        access.position(session, viewer, room_id)
        post = items.one_post(session, room_id, number)
        if post is None:
            raise NotFound(_("This message no longer exists."))
        if post.message.deleted or not kinds:
            return []
        bounds = (after or 0, HIGHEST if upto is None else upto)
        return items.related(session, number, kinds, bounds, most + 1, is_forward=is_forward)

    loading = app_context.current().rate_limits.loading
    loading.require(viewer.user_id)
    found = await database.read(query)
    kept = found[: max(1, min(most, items.how_many(found, items.ROOM_SIZE)))]
    loading.spend(viewer.user_id, sum(each.size for each in kept))
    if len(kept) == len(found):
        return Related(kept, None)
    newest = kept[-1].event_id
    return Related(kept, newest if is_forward else newest - 1)

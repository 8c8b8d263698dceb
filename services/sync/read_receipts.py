"""How far people have read, for apps: their own person, and others, as the authors may see it."""

from collections.abc import Collection, Mapping, Sequence

from sqlmodel import Session

from services.core.dto import CurrentUser
from services.db import database
from services.rooms.reading import receipts
from services.rooms.reading.receipts import Receipt
from services.sync.others_reads import MAX_READERS

MAX_OF_ROOM = 50
"""Readers of a room that an app does not know yet."""
LATEST = 50
"""Messages of such a room that they may have read."""


async def read(
    viewer: CurrentUser,
    whole: Collection[int],
    own: Collection[int],
    others: Mapping[int, Collection[int]],
) -> Mapping[int, Sequence[Receipt]]:
    """Return receipts by room: of `own` the viewer's, of `others` those of some readers.

    Of `whole`, rooms that their app does not know, both. All are rooms of the viewer.
    """
    if not (whole or own or others):
        return {}

    def query(session: Session) -> Mapping[int, Sequence[Receipt]]:
        found = {
            each: [receipt]
            for each, receipt in receipts.own(session, viewer, {*whole, *own}).items()
        }
        known = {each: who for each, who in others.items() if each not in whole}
        some = dict.fromkeys(whole, None)
        for told in (
            receipts.of_author(session, viewer, known, MAX_READERS, receipts.MAX_LIVE_MESSAGES),
            receipts.of_author(session, viewer, some, MAX_OF_ROOM, LATEST),
        ):
            for room_id, of_others in told.items():
                found.setdefault(room_id, []).extend(of_others)
        return {room_id: each for room_id, each in found.items() if each}

    return await database.read(query)

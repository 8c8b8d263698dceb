"""Filters: what of an answer an app wants. Registered ones are not stored: their ids say it all."""

import json
from typing import Any

from msgspec import Struct

from api.matrix import ids
from api.matrix.requests import Answer, Call, part_of
from services.core.errors import TooLarge
from services.core.i18n import _
from services.sync.sync import MAX_TIMELINE

USUAL = 20
"""Items of a room, unless an app asks for another number."""
MAX_FILTER = 16 * 1024
"""Characters of a filter."""


class Filter(Struct, frozen=True):
    """What of a filter counts here."""

    limit: int = USUAL
    is_lazy: bool = False
    """Whether only those members are wanted who have written what is shown."""


async def add(call: Call) -> Answer:
    """Return an id for a filter, which says all of it that counts here."""
    ids.require_own(call.viewer, call.path("user"))
    wanted = _of_sync(call.body)
    return {"filter_id": f"f{wanted.limit}{'-lazy' if wanted.is_lazy else ''}"}


async def get(call: Call) -> Answer:
    """Return what counts of a filter."""
    ids.require_own(call.viewer, call.path("user"))
    wanted = parse(call.path("filter"))
    return {
        "room": {
            "timeline": {"limit": wanted.limit},
            "state": {"lazy_load_members": wanted.is_lazy},
        }
    }


def parse(text: str) -> Filter:
    """Return what counts of a filter of `sync`, given as JSON or as an id that we gave for one.

    Raises `TooLarge`.
    """
    _require_short(text)
    if not text.startswith("f"):
        return _of_sync(_object(text))
    number, _dash, lazy = text[1:].partition("-")
    is_number = number.isdecimal() and len(number) < 4
    return _made(int(number) if is_number else USUAL, bool(lazy))


def wants_writers(text: str) -> bool:
    """Return whether a filter of a room's history, as JSON, wants to know who has written it.

    Raises `TooLarge`.
    """
    _require_short(text)
    return _object(text).get("lazy_load_members") is True


def _of_sync(given: dict[str, Any]) -> Filter:
    room = part_of(given, "room")
    limit = part_of(room, "timeline").get("limit")
    is_lazy = part_of(room, "state").get("lazy_load_members") is True
    return _made(limit if isinstance(limit, int) else USUAL, is_lazy)


def _made(limit: int, is_lazy: bool) -> Filter:
    return Filter(max(1, min(limit, MAX_TIMELINE)), is_lazy)


def _object(text: str) -> dict[str, Any]:
    """Return an object as JSON; an empty one for anything else."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _require_short(text: str) -> None:
    if len(text) > MAX_FILTER:
        raise TooLarge(_("This filter is too long."))

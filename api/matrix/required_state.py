"""Which parts of a room's state an app with a sliding sync wants, and those that a room has."""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any

from api.matrix import encoding, ids, state
from services.core.dto import CurrentUser, UserSummary
from services.sync.items import Happening, Item
from services.sync.room_state import RoomState

MEMBER = "m.room.member"
ANY, ME, LAZY = "*", "$ME", "$LAZY"
"""What a type or key may be instead: all; the viewer; those who did what is shown."""


class Required:
    """The parts that are wanted, as pairs of type and key: any of them, but see `wants`."""

    def __init__(self, parts: Iterable[tuple[str, str]], viewer: CurrentUser) -> None:
        self._viewer = viewer
        self._keys: dict[str, set[str]] = {}
        own = ids.of_person(viewer)
        for kind, key in parts:
            self._keys.setdefault(kind, set()).add(own if key == ME else key)

    @cached_property
    def is_lazy(self) -> bool:
        """Whether those members are wanted who did what is shown."""
        return LAZY in self._keys.get(MEMBER, ())

    def wants(self, kind: str, key: str) -> bool:
        """Return whether a part is wanted.

        Where all is, pairs with a type say what of that type alone is.
        """
        named, of_all = self._keys.get(kind, set()), self._keys.get(ANY, set())
        if named and ANY in of_all:
            return ANY in named or key in named
        return not {ANY, key}.isdisjoint(named | of_all)

    def of(
        self, room: RoomState, doers: Collection[int], gone: Iterable[UserSummary]
    ) -> list[dict[str, Any]]:
        """Return what is wanted of a room's state: `doers` did what is shown, `gone` have left."""
        by_type = (each for each in state.events(room, set()))
        made = [each for each in by_type if self.wants(each["type"], each["state_key"])]
        made += state.members(room, self._members(room, doers))
        if self.is_lazy or self.wants(MEMBER, ANY):
            made += [state.gone(room, each) for each in gone]
        return made

    def changed(
        self, items: Sequence[Item], room: RoomState | None
    ) -> dict[tuple[str, str], dict[str, Any]]:
        """Return, by type and key, the last event of each wanted part that items changed."""
        found = {}
        for each in items:
            if isinstance(each, Happening):
                event = encoding.event(each, room)
                part = event["type"], event.get("state_key", "")
                if "state_key" in event and (
                    self.wants(*part) or (self.is_lazy and part[0] == MEMBER)
                ):
                    found[part] = event
        return found

    def _members(self, room: RoomState, doers: Collection[int]) -> set[int] | None:
        """Return which members of a room are wanted; None for all."""
        if self.wants(MEMBER, ANY):
            return None
        found = set(doers) if self.is_lazy else set()
        own = ids.of_person(self._viewer)
        if self.wants(MEMBER, own):
            found.add(self._viewer.user_id)
        names = (self._keys.get(MEMBER, set()) | self._keys.get(ANY, set())) - {own, LAZY, ""}
        if names:
            found |= {each.user_id for each in room.members if ids.of_person(each) in names}
        return found

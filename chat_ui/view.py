"""What stands in the frame of a page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.rooms.views import RoomView


class DrawnRoom(Protocol):
    """A room that is drawn, and can follow changes of it."""

    def update(self, room: RoomView) -> None:
        """Show the room as it is now."""


@dataclass(frozen=True)
class View:
    """What stands in the frame: a title, how to draw it, and the room it is, if it is one."""

    title: str
    draw: Callable[[], DrawnRoom | None]
    room: RoomView | None = None
    at: int | None = None
    """The message that a room begins at, when an address says so."""
    status: int = 200

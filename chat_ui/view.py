"""Views: what a page shows in its frame."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from chat_ui.components.overlays.panel import Panel
from services.rooms.views import RoomView


class DrawnRoom(Protocol):
    """The drawn view of a room, which can be updated."""

    def update(self, room: RoomView) -> None:
        """Show the room as it is now."""


class View(Struct, frozen=True):
    """The content of the frame: a title, how to draw it, and the room, if it shows one."""

    title: str
    draw: Callable[[], DrawnRoom | None]
    room: RoomView | None = None
    at: int | None = None
    """The message that the timeline starts at, if the address names one."""
    panel: Panel | None = None
    """The panel beside it, if the address names one."""
    status: int = 200

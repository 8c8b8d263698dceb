"""A list of messages from any rooms that a page shows: it is drawn again when one of them changes."""

from collections.abc import Awaitable, Callable, Collection

import htpy as h

from chat_ui.components import html
from services.core.dto import MessageView

Entries = tuple[h.Node, Collection[MessageView]]
"""What a list shows, and all messages of which it shows something."""


class Listed:
    """Such a list, which is drawn."""

    def __init__(
        self,
        element: html.Plain,
        messages: Collection[MessageView],
        make: Callable[[], Awaitable[Entries]],
    ) -> None:
        """`element` shows these `messages`; `make` returns it as it is by now."""
        self.element = element
        self._shown = _places(messages)
        self._make = make

    def shows(self, room_id: int, changed: Collection[MessageView]) -> bool:
        """Return whether it has one of the messages of a room that changed."""
        return any((room_id, each.seq) in self._shown for each in changed)

    async def refresh(self) -> None:
        """Show the messages as they are now, unless it is gone; what `make` raises is raised."""
        if self.element.is_deleted:
            return
        content, messages = await self._make()
        if not self.element.is_deleted:
            self.element.fill(content)
            self._shown = _places(messages)


def _places(messages: Collection[MessageView]) -> frozenset[tuple[int, int]]:
    return frozenset((each.room_id, each.seq) for each in messages)

"""What people do with rooms: opening, making, finding and joining them."""

import re
from collections.abc import Mapping
from typing import Any

from chat_ui.components import shortcuts
from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.realtime import protocol
from chat_ui.rooms import create, directory, jump_to_date, my_rooms, sidebar
from chat_ui.view import View
from services.core import app_context
from services.core.i18n import _
from services.rooms import memberships, rooms
from services.search import search

MANY_UNREAD = 40
"""With more unread messages than this, the first may not be on the newest page."""
_ROOM = re.compile(r"/rooms/(\d{1,15})")


class RoomHandlers(Handlers):
    """What people do with rooms."""

    @on(protocol.Navigate)
    async def on_navigate(self, event: protocol.Navigate) -> None:
        """The person followed a link within the chat."""
        app_context.current().rate_limits.read.consume(self.page.viewer.user_id)
        await self.page.navigation.open(event.path)

    @on(protocol.NextUnread)
    async def on_next_unread(self, _event: protocol.NextUnread) -> None:
        """Open the next room with something unread; at the first unread message if it has many."""
        app_context.current().rate_limits.read.consume(self.page.viewer.user_id)
        address = _ROOM.match(self.page.navigation.path)  # that room may not be drawn yet
        here = int(address[1]) if address else self.page.room_id
        found = sidebar.next_unread(await rooms.mine(self.page.viewer, here), here)
        if found:
            first = f"/messages/{found.read_up_to + 1}" if found.unread > MANY_UNREAD else ""
            await self.page.navigation.go(f"/rooms/{found.room_id}{first}")

    @on(protocol.AskShortcuts)
    async def on_shortcuts(self, _event: protocol.AskShortcuts) -> None:
        """Open the dialog with the keyboard shortcuts."""
        self.page.open_dialog(shortcuts.show)

    @on(protocol.AskNewRoom)
    async def on_new_room(self, _event: protocol.AskNewRoom) -> None:
        """Open the dialog for a new room."""
        self.page.open_dialog(lambda: create.show(self.on_create))

    @form_callback
    async def on_create(self, fields: Mapping[str, Any]) -> None:
        """Make the room that was filled in, and open it."""
        room_id = await rooms.create(
            self.page.viewer,
            name=fields.get("name"),
            topic=fields.get("topic"),
            private=fields.get("private") == "on",
        )
        await self.page.navigation.go(f"/rooms/{room_id}")

    async def directory(self, words: str) -> View:
        """Return the view of the public rooms that hold `words`."""
        found = await rooms.discover(self.page.viewer, words)
        return View(_("Find rooms"), lambda: directory.draw(found, words, self))

    @form_callback
    async def on_find(self, fields: Mapping[str, Any]) -> None:
        """Show the public rooms that hold the words."""
        self.page.navigation.show(await self.directory(_words(fields)))

    async def my_rooms(self, words: str) -> View:
        """Return the view of the person's own rooms that hold `words`."""
        found = await rooms.all_mine(self.page.viewer, words)
        return View(_("My rooms"), lambda: my_rooms.draw(found, words, self.on_find_mine))

    @form_callback
    async def on_find_mine(self, fields: Mapping[str, Any]) -> None:
        """Show those of the person's own rooms that hold the words."""
        self.page.navigation.show(await self.my_rooms(_words(fields)))

    @callback
    async def on_join(self, room_id: int) -> None:
        """Join a public room."""
        await memberships.join(self.page.viewer, room_id)
        await self.page.navigation.go(f"/rooms/{room_id}")

    @on(protocol.AskJumpToDate)
    async def on_jump_to_date(self, _event: protocol.AskJumpToDate) -> None:
        """Open the dialog in which one chooses a day."""
        room_id = self.page.room_id

        async def on_choose(event: Any) -> None:
            await self.on_jump(room_id, event)

        if room_id is not None:
            self.page.open_dialog(lambda: jump_to_date.show(on_choose))

    @form_callback
    async def on_jump(self, room_id: int, fields: Mapping[str, Any]) -> None:
        """Show a room from the beginning of a day on."""
        seq = await search.seq_on(self.page.viewer, room_id, fields.get("day"))
        await self.page.navigation.go(f"/rooms/{room_id}/messages/{seq}")


def _words(fields: Mapping[str, Any]) -> str:
    words = fields.get("words")
    return words if isinstance(words, str) else ""

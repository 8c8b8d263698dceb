"""What people do with rooms: opening, making, finding and joining them."""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from chat_ui.admin import first_steps as first_steps_view
from chat_ui.admin.handlers import AdministrationHandlers
from chat_ui.components.keyboard import shortcuts
from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.realtime import protocol, validation
from chat_ui.rooms import room
from chat_ui.rooms.directory import create, directory, my_rooms, preview
from chat_ui.rooms.sidebar import sidebar
from chat_ui.rooms.timeline import jump_to_date
from chat_ui.view import View
from services.core import app_context
from services.core.errors import NotFound
from services.core.i18n import _
from services.host import first_steps
from services.messages import history
from services.rooms import rooms
from services.rooms.encryption import ALGORITHM
from services.rooms.members import memberships
from services.rooms.views import RoomView
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
        listed = await rooms.mine(self.page.viewer, self._on_the_way_to())
        # Only now: if the key was pressed twice, the other press may have gone on already.
        found = sidebar.next_unread(listed, self._on_the_way_to())
        if found:
            first = f"/messages/{found.read_up_to + 1}" if found.unread > MANY_UNREAD else ""
            await self.page.navigation.go(f"/rooms/{found.room_id}{first}")

    def _on_the_way_to(self) -> int | None:
        """Return the room at the address of the page, which may not be drawn yet."""
        address = _ROOM.match(self.page.navigation.path)
        return int(address[1]) if address else self.page.room_id

    @on(protocol.AskShortcuts)
    async def on_shortcuts(self, _event: protocol.AskShortcuts) -> None:
        """Open the dialog with the keyboard shortcuts."""
        self.page.open_dialog(shortcuts.show)

    @on(protocol.AskNewRoom)
    async def on_new_room(self, _event: protocol.AskNewRoom) -> None:
        """Open the dialog for a new room."""
        offers = app_context.current().settings.answers_apps
        self.page.open_dialog(lambda: create.show(self.on_create, offers_encryption=offers))

    @form_callback
    async def on_create(self, fields: Mapping[str, Any]) -> None:
        """Make the room that was filled in, and open it."""
        room_id = await rooms.create(
            self.page.viewer,
            name=fields.get("name"),
            topic=fields.get("topic"),
            private=fields.get("private") == "on",
            encryption={"algorithm": ALGORITHM} if fields.get("encrypted") == "on" else None,
        )
        await self.page.navigation.go(f"/rooms/{room_id}")

    async def directory(self, words: str) -> View:
        """Return the view of the public rooms that hold `words`."""
        found = await rooms.discover(self.page.viewer, words)
        return View(_("Find rooms"), lambda: directory.draw(found, words, self))

    async def room(self, room_id: int, at: int | None = None) -> View:
        """Return the view of a room from message `at` on, or of a public one they are not in."""
        found = await self._visit(room_id)
        if isinstance(found, View):
            return found
        if at is not None and not 0 < at <= found.last_seq:
            raise NotFound(_("This message no longer exists."))
        steps = await first_steps.of(self.page.viewer, found)
        above = None
        if steps is not None:
            above = partial(first_steps_view.draw, steps, AdministrationHandlers(self.page))
        viewer, address = self.page.viewer, self.page.link("")
        return View(found.title, lambda: room.draw(viewer, found, address, at, above), found, at)

    async def _visit(self, room_id: int) -> RoomView | View:
        try:
            found = await rooms.visit(self.page.viewer, room_id)
        except NotFound as none:  # the same for a private room as for none
            ask = _("If someone sent you this link, ask a member to add you.")
            raise NotFound(f"{none.message} {ask}") from None
        if isinstance(found, RoomView):
            return found
        return View(found.name, lambda: preview.draw(found, self.on_join))

    @form_callback
    async def on_find(self, fields: Mapping[str, Any]) -> None:
        """Show the public rooms that hold the words."""
        self.page.navigation.show(await self.directory(_words(fields)))

    async def my_rooms(self, words: str) -> View:
        """Return the view of the person's own rooms that hold `words`."""
        found = await rooms.all_mine(self.page.viewer, words)
        shared = my_rooms.shared(self.page.navigation.path)
        writer = self.page.viewer.username
        return View(
            _("My rooms"),
            lambda: my_rooms.draw(found, words, self.on_find_mine, shared=shared, writer=writer),
        )

    @form_callback
    async def on_find_mine(self, fields: Mapping[str, Any]) -> None:
        """Show those of the person's own rooms that hold the words."""
        self.page.navigation.show(await self.my_rooms(_words(fields)))

    @callback
    async def on_join(self, room_id: int) -> None:
        """Join a public room; show the message that the person followed a link to, if any."""
        await memberships.join(self.page.viewer, room_id)
        joined, linked = f"/rooms/{room_id}", self.page.navigation.path
        if linked.startswith(f"{joined}/messages/"):
            with suppress(NotFound):  # the message is gone, the room is not
                await history.around(
                    self.page.viewer, room_id, validation.to_int(linked.rpartition("/")[2])
                )
                joined = linked
        await self.page.navigation.go(joined)

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

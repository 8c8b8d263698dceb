"""What people do with rooms: opening, making, finding, joining, changing and leaving them."""

from typing import Any

from chat_ui import addresses, inbound, members, new_room, room_settings
from chat_ui.handlers.base import Handlers, handler
from services import house, memberships, ownership, rooms

ASKS = frozenset({"members", "pins", "room_settings"})
"""What a button may ask for; each is a handler `on_{name}` that takes the room's number."""


class RoomHandlers(Handlers):
    """What people do with rooms."""

    @handler
    async def on_navigate(self, event: Any) -> None:
        """The person followed a link within the chat."""
        path = inbound.Navigate.read(event.args).path
        house.current().throttles.look.spend(self.viewer.user_id)
        await self.open(path)

    @handler
    async def on_ask(self, event: Any) -> None:
        """The person pressed a button in the head of the room: show what it is for."""
        what = inbound.Ask.read(event.args).what
        if self.room_id is not None and what in ASKS:
            await getattr(self, f"on_{what}")(self.room_id)

    @handler
    async def on_new_room(self) -> None:
        """Open the box for a new room."""
        self.open_box(lambda: new_room.show(self.on_create))

    @handler
    async def on_create(self, event: Any) -> None:
        """Make the room that was filled in, and open it."""
        filled = inbound.Filled.read(event.args)
        room_id = await rooms.create(
            self.viewer,
            name=filled.get("name"),
            topic=filled.get("topic"),
            private=filled.get("private") == "on",
        )
        await self.go(f"/rooms/{room_id}")

    @handler
    async def on_find(self, event: Any) -> None:
        """Show the public rooms that hold the words."""
        words = inbound.Filled.read(event.args).get("words")
        self.show(await addresses.find(self, words if isinstance(words, str) else ""))

    @handler
    async def on_join(self, room_id: int) -> None:
        """Come into a public room."""
        await memberships.join(self.viewer, room_id)
        await self.go(f"/rooms/{room_id}")

    @handler
    async def on_members(self, room_id: int) -> None:
        """Open the box with who is in a room."""
        found = await memberships.members(self.viewer, room_id)
        self.open_box(lambda: members.show(room_id, found, self))

    @handler
    async def on_add_member(self, room_id: int, event: Any) -> None:
        """Bring somebody into a room."""
        username = inbound.Filled.read(event.args).get("username")
        await memberships.add(self.viewer, room_id, username)
        await self.on_members(room_id)

    @handler
    async def on_room_settings(self, room_id: int) -> None:
        """Open the box about a room."""
        found = await rooms.get(self.viewer, room_id)
        self.open_box(lambda: room_settings.show(found, self))

    @handler
    async def on_rename(self, room_id: int, event: Any) -> None:
        """Give a room another name and topic."""
        filled = inbound.Filled.read(event.args)
        await ownership.change(
            self.viewer, room_id, name=filled.get("name"), topic=filled.get("topic")
        )
        self.close_box()

    @handler
    async def on_leave(self, room_id: int) -> None:
        """Leave a room; `live` then shows another."""
        self.close_box()
        await memberships.leave(self.viewer, room_id)

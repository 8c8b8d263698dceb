"""What people do with rooms: opening, making, finding, joining, changing and leaving them."""

from typing import Any

from chat_ui import addresses, inbound, members, new_room, room_settings
from chat_ui.handlers.base import Handlers, handler
from services import rooms


class RoomHandlers(Handlers):
    """What people do with rooms."""

    @handler
    async def on_navigate(self, event: Any) -> None:
        """The person followed a link within the chat."""
        await self.open(inbound.Navigate.read(event.args).path)

    @handler
    async def on_new_room(self) -> None:
        """Open the box for a new room."""
        with self.client:
            self.box = new_room.show(self.on_create)

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
        self.box.close()
        await self.go(f"/rooms/{room_id}")

    @handler
    async def on_find(self, event: Any) -> None:
        """Show the public rooms that hold the words."""
        words = inbound.Filled.read(event.args).get("words")
        self.show(await addresses.find(self, words if isinstance(words, str) else ""))

    @handler
    async def on_join(self, room_id: int) -> None:
        """Come into a public room."""
        await rooms.join(self.viewer, room_id)
        await self.go(f"/rooms/{room_id}")

    @handler
    async def on_members(self) -> None:
        """Open the box with who is here."""
        if self.room_id is not None:
            found = await rooms.members(self.viewer, self.room_id)
            with self.client:
                self.box = members.show(found, self)

    @handler
    async def on_add_member(self, event: Any) -> None:
        """Bring somebody into the room."""
        if self.room_id is not None:
            username = inbound.Filled.read(event.args).get("username")
            await rooms.add_member(self.viewer, self.room_id, username)
            self.box.close()
            await self.on_members()

    @handler
    async def on_room_settings(self) -> None:
        """Open the box about the room."""
        if self.room_id is not None:
            found = await rooms.get(self.viewer, self.room_id)
            with self.client:
                self.box = room_settings.show(found, self)

    @handler
    async def on_rename(self, event: Any) -> None:
        """Give the room another name and topic."""
        if self.room_id is not None:
            filled = inbound.Filled.read(event.args)
            await rooms.change(
                self.viewer, self.room_id, name=filled.get("name"), topic=filled.get("topic")
            )
            self.box.close()

    @handler
    async def on_leave(self) -> None:
        """Leave the room; `live` then shows another."""
        if self.room_id is not None:
            self.box.close()
            await rooms.leave(self.viewer, self.room_id)

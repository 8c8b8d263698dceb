"""What people do with each other: messaging and blocking."""

from chat_ui.components.overlays.panel import Panel
from chat_ui.handlers import Handlers, callback, on
from chat_ui.people import profile
from chat_ui.realtime import protocol, push
from chat_ui.view import View
from services.accounts import blocks, people
from services.core.i18n import _
from services.rooms.encryption import ALGORITHM
from services.rooms.members import direct_messages


class PeopleHandlers(Handlers):
    """What people do with each other."""

    async def profile(self, username: str) -> View:
        """Return the view of a user's profile page."""
        person = await people.profile(self.page.viewer, username)
        viewer = self.page.viewer
        return View(person.display_name, lambda: profile.draw(viewer, person, self))

    async def panel(self, username: str) -> Panel:
        """Return the panel with a user's profile."""
        person = await people.profile(self.page.viewer, username)
        return profile.panel(self.page.viewer, person, self)

    @on(protocol.AskProfileCard)
    async def on_profile_card(self, event: protocol.AskProfileCard) -> None:
        """The person wants to see who wrote a message."""
        person = await people.profile(self.page.viewer, event.username)
        card = profile.card(self.page.viewer, person, event.room)
        await push.to_page(self.page.client.id, protocol.ProfileCard(str(card)))

    @on(protocol.OpenDirect)
    async def on_open_direct(self, event: protocol.OpenDirect) -> None:
        """Open the conversation with these people."""
        room_id = await direct_messages.open(
            self.page.viewer,
            event.people,
            encryption={"algorithm": ALGORITHM} if event.encrypted else None,
        )
        await self.page.navigation.go(f"/rooms/{room_id}")

    @callback
    async def on_message(self, username: str) -> None:
        """Open the conversation with the person whose page is shown."""
        room_id = await direct_messages.open(self.page.viewer, [username])
        await self.page.navigation.go(f"/rooms/{room_id}")

    @callback
    async def on_block(self, username: str, wanted: bool) -> None:
        """Block or unblock a user, from their profile."""
        if wanted:
            await blocks.block(self.page.viewer, username)
        else:
            await blocks.unblock(self.page.viewer, username)
        await self.page.navigation.open(self.page.navigation.path)
        self.page.notify(_("Blocked.") if wanted else _("Unblocked."), good=True)

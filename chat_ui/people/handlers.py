"""What people do with each other: finding, messaging and blocking."""

from typing import Any

from chat_ui.handlers import Handlers, handler
from chat_ui.people import profile
from chat_ui.realtime import client_events, protocol, push
from chat_ui.search import quick_switcher
from services.accounts import blocks
from services.core.i18n import _
from services.rooms import direct_messages
from services.rooms import quick_search as names


class PeopleHandlers(Handlers):
    """What people do with each other."""

    @handler
    async def on_seek(self, event: Any) -> None:
        """The person types in the switcher: list what fits."""
        sought = client_events.QuickSearch.read(event.args)
        found = await names.find(self.viewer, sought.words, people_only=sought.people)
        html = quick_switcher.draw_found(found)
        await push.to_page(self.client.id, protocol.QuickSearchResults(sought.asked, html))

    @handler
    async def on_talk(self, event: Any) -> None:
        """Open the conversation with these people."""
        people = client_events.OpenDirect.read(event.args).people
        await self.go(f"/rooms/{await direct_messages.open(self.viewer, people)}")

    @handler
    async def on_message(self, username: str) -> None:
        """Open the conversation with one whose page is shown."""
        await self.go(f"/rooms/{await direct_messages.open(self.viewer, [username])}")

    @handler
    async def on_block(self, username: str, wanted: bool) -> None:
        """Want nothing of somebody any more, or hear of them again."""
        if wanted:
            await blocks.block(self.viewer, username)
        else:
            await blocks.unblock(self.viewer, username)
        await self.open(profile.address(username))
        self.say(_("Blocked.") if wanted else _("Not blocked any more."), good=True)

    @handler
    async def on_unblock(self, username: str) -> None:
        """Hear of somebody again, from the list on one's account."""
        await blocks.unblock(self.viewer, username)
        await self.open("/account")

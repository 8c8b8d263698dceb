"""Handlers of the quick switcher. Message search has none: it is a page with an address."""

from chat_ui.handlers import Handlers, on
from chat_ui.realtime import protocol, push
from chat_ui.search import quick_switcher
from services.rooms import quick_search


class SearchHandlers(Handlers):
    """What people do in the quick switcher."""

    @on(protocol.QuickSearch)
    async def on_quick_search(self, sought: protocol.QuickSearch) -> None:
        """The person types in the quick switcher: list what fits."""
        found = await quick_search.find(self.page.viewer, sought.words, people_only=sought.people)
        html = quick_switcher.draw_found(found)
        await push.to_page(self.page.client.id, protocol.QuickSearchResults(sought.asked, html))

"""Searching: messages, and what the quick switcher finds."""

from chat_ui.components.listed import Entries, Listed
from chat_ui.handlers import Handlers, on
from chat_ui.realtime import protocol, push
from chat_ui.search import page, quick_switcher
from chat_ui.view import View
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.rooms import quick_search
from services.rooms.quick_search import Among
from services.search import search
from services.search.search import SearchResults


class SearchHandlers(Handlers):
    """What people search for."""

    async def find(self, asked: page.SearchRequest) -> tuple[SearchResults | None, str]:
        """Return the messages that were asked for, if any, or why there are none."""
        if not asked.typed.strip():
            return None, ""
        try:
            found = await search.find(
                self.page.viewer,
                asked.typed,
                order=asked.order,
                skip=asked.skip,
                room_id=asked.room_id,
            )
        except NotFound:
            raise
        except ServiceError as refused:
            return None, refused.message
        return found, ""

    async def results(self, asked: page.SearchRequest) -> View:
        """Return the view of the messages that were asked for."""
        found, sentence = await self.find(asked)

        async def again() -> Entries:
            now, sentence = await self.find(asked)
            return page.results(asked, now, sentence), page.messages(now)

        def draw() -> None:
            shown = page.draw(asked, found, sentence)
            self.page.listed = Listed(shown, page.messages(found), again)

        return View(_("Search"), draw)

    @on(protocol.QuickSearch)
    async def on_quick_search(self, sought: protocol.QuickSearch) -> None:
        """The person types in the quick switcher: list what fits."""
        found = await quick_search.find(self.page.viewer, sought.words, among=Among(sought.picks))
        html = quick_switcher.draw_found(found)
        await push.to_page(self.page.client.id, protocol.QuickSearchResults(sought.asked, html))

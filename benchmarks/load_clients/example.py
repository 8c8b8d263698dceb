"""Clients of the chat like NiceGUI's example, where every page redraws everything."""

import re
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.load_clients.base import TEXT, LoadClients
from benchmarks.page import Page, browser
from benchmarks.servers import Server

_NUMBER = re.compile(r"Message (\d+):")


class ExampleClients(LoadClients):
    """Clients with an open page each; a message is delivered when an update draws it."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._pages: list[Page] = []

    async def connect(self, stack: AsyncExitStack, people: int) -> None:
        """Open this many pages; `stack` closes them."""
        for _number in range(people):
            http = await stack.enter_async_context(browser(self.server.address))
            page = await Page.open(http, "/", _Reader(self))
            stack.push_async_callback(page.close)
            self._pages.append(page)
        self.people = people

    def disconnected(self) -> int:
        """Return how many pages have lost their connection."""
        return sum(page.closed.is_set() for page in self._pages)

    def record(self, number: int) -> None:
        """Note that a message was drawn on one of the pages."""
        self._record(number)

    async def _send(self, author: int, number: int) -> None:
        page = self._pages[author]
        field = ("placeholder", "message")
        await page.trigger(*field, "update:value", TEXT.format(number))
        await page.trigger(*field, "keydown", {"key": "Enter"})


class _Reader:
    """Reads the updates of one page."""

    def __init__(self, clients: ExampleClients) -> None:
        self._clients = clients
        self._read = 0

    def __call__(self, event: str, data: Any) -> None:
        if event != "update":
            return
        for element in data.values():
            for found in _NUMBER.findall(str(element)):
                if int(found) > self._read:
                    self._read = int(found)
                    self._clients.record(self._read)

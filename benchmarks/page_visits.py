"""Opening a page: of the chat, and NiceGUI's with nothing on it."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Protocol

from benchmarks.client import ChatClient
from benchmarks.page import Page, browser
from benchmarks.seeding import Seeded
from benchmarks.servers import Server


class Visit(Protocol):
    """Somebody who opens a page."""

    server: Server

    async def open(self, stack: AsyncExitStack) -> None:
        """Open one page more; it stays open until `stack` closes it."""


class ChatVisit:
    """One page of a room with its newest messages, each for another person."""

    def __init__(self, server: Server, seeded: Seeded, room: int) -> None:
        self.server = server
        self._people = list(seeded.sessions.items())
        self._room = room

    async def open(self, stack: AsyncExitStack) -> None:
        """Open the room; the messages are there when this returns."""
        name, token = self._people.pop()
        self._people.insert(0, (name, token))
        person = ChatClient(self.server.address, name, session=token)
        await stack.enter_async_context(person)
        await person.open(f"/rooms/{self._room}")
        if not person.received:
            raise RuntimeError("the room was opened without its messages")


class EmptyVisit:
    """One page with nothing on it."""

    def __init__(self, server: Server) -> None:
        self.server = server

    async def open(self, stack: AsyncExitStack) -> None:
        """Open the page; its websocket is up when this returns."""
        http = await stack.enter_async_context(browser(self.server.address))
        page = await Page.open(http, "/", _ignore)
        stack.push_async_callback(page.close)


SETTLE = 1.0
"""Seconds in which a page does what it still has to: say what was read, remember the room."""


async def open_pages(visit: Visit, pages: int, stack: AsyncExitStack) -> None:
    """Open pages one after the other, and wait until they are at rest."""
    for _page in range(pages):
        await visit.open(stack)
    await asyncio.sleep(SETTLE)


def _ignore(_event: str, _data: Any) -> None:
    """Hear nothing: an empty page is told nothing that matters."""

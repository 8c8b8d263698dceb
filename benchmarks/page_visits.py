"""Open pages: of the chat, and empty NiceGUI pages."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Protocol

from benchmarks.client import ChatClient
from benchmarks.page import Page, browser
from benchmarks.seeding import Seeded
from benchmarks.servers import Server


class Visit(Protocol):
    """Opens pages of one kind."""

    server: Server

    async def open(self, stack: AsyncExitStack) -> None:
        """Open another page; it stays open until `stack` closes it."""


class ChatVisit:
    """Pages of a room with its newest messages, each for another person."""

    def __init__(self, server: Server, seeded: Seeded, room: int) -> None:
        self.server = server
        self._people = list(seeded.sessions.items())
        self._room = room

    async def open(self, stack: AsyncExitStack) -> None:
        """Open the room; its messages have arrived when this returns."""
        name, token = self._people.pop()
        self._people.insert(0, (name, token))
        person = ChatClient(self.server.address, name, session=token)
        await stack.enter_async_context(person)
        await person.open(f"/rooms/{self._room}")
        if not person.received:
            raise RuntimeError("the room was opened without its messages")


class EmptyVisit:
    """Empty pages."""

    def __init__(self, server: Server) -> None:
        self.server = server

    async def open(self, stack: AsyncExitStack) -> None:
        """Open the page; its websocket is connected when this returns."""
        http = await stack.enter_async_context(browser(self.server.address))
        page = await Page.open(http, "/", _ignore)
        stack.push_async_callback(page.close)


SETTLE = 1.0
"""Seconds in which a page finishes its work: reporting what was read, remembering the room."""


async def open_pages(visit: Visit, pages: int, stack: AsyncExitStack) -> None:
    """Open pages one after the other, and wait until they have settled."""
    for _page in range(pages):
        await visit.open(stack)
    await asyncio.sleep(SETTLE)


def _ignore(_event: str, _data: Any) -> None:
    """Ignore events: an empty page receives none that matter."""

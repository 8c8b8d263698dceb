"""Pages without a browser, which record all that they would send to one."""

import asyncio
import html
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import pytest
from nicegui import Client, core, outbox
from nicegui.page import page as nicegui_page
from starlette.requests import Request

from chat_ui.page import Page
from chat_ui.realtime import page_owners, presence, push
from chat_ui.realtime.protocol import ServerEvent
from services.core.dto import CurrentUser
from tests.handlers import do


@dataclass(frozen=True)
class PageOutput:
    """What a page would have sent to its browser."""

    everything: str
    errors: list[str]
    """The error messages among it."""


class OpenPages:
    """A page per user, opened on first use."""

    def __init__(self, runner: asyncio.Runner, patch: pytest.MonkeyPatch) -> None:
        self._runner = runner
        self._open: dict[int, Page] = {}
        self._emitted: list[tuple[str, Any]] = []

        async def emit(event: str, data: Any = None, **_to: Any) -> None:
            self._emitted.append((event, data))

        async def to_page(_client_id: str, event: ServerEvent) -> None:
            self._emitted.append((event.EVENT, event.fields()))

        def discard(sending: Coroutine[Any, Any, None], *, name: str) -> None:
            sending.close()

        patch.setattr(core.sio, "emit", emit)
        patch.setattr(push, "to_page", to_page)
        patch.setattr(outbox.background_tasks, "create_or_defer", discard)

    def do(self, viewer: CurrentUser, room_id: int, handler: str, *arguments: Any) -> PageOutput:
        """Run a handler on the page of this user, in this room; return what it would have sent."""
        return self._runner.run(self._do(viewer, room_id, handler, *arguments))

    async def _do(
        self, viewer: CurrentUser, room_id: int, handler: str, *arguments: Any
    ) -> PageOutput:
        page = self._open.get(viewer.user_id) or await self._build(viewer)
        queue = page.client.outbox
        self._emitted.clear()
        queue.updates.clear()
        queue.messages.clear()
        page.context.room_id = room_id
        await do(page, handler, *arguments)
        drawn = [each._to_dict() for each in queue.updates.values() if each is not outbox.deleted]
        errors = [
            data["message"]
            for _to, kind, data in queue.messages
            if kind == "notify" and "good" not in data["classes"]
        ]
        errors += [
            data["sentence"]
            for event, data in self._emitted
            if event in {"chat_send_refused", "chat_preview"} and data["sentence"]
        ]
        everything = html.unescape(repr((drawn, list(queue.messages), self._emitted)))
        page.context.close_dialog()
        return PageOutput(everything, errors)

    async def _build(self, viewer: CurrentUser) -> Page:
        client = Client(nicegui_page(""), request=Request({"type": "http", **REQUEST}))
        page = self._open[viewer.user_id] = Page(viewer, client, "/rooms")
        # Events of a page that nobody owns are dropped.
        page_owners.claim(client.id, viewer.session_id)
        with client:
            await page.build()
        return page

    def close(self) -> None:
        """Close all pages."""
        for page in self._open.values():
            page_owners.release(page.client.id)
            page.client.delete()
        presence.stop()


REQUEST = {
    "method": "GET",
    "scheme": "http",
    "server": ("localhost", 80),
    "path": "/rooms",
    "query_string": b"",
    "headers": [(b"host", b"localhost")],
}

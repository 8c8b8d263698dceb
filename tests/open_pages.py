"""Pages of the chat without a browser: whatever they would show, or tell one, is kept."""

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
from services.core.dto import CurrentUser
from tests.handlers import do


@dataclass(frozen=True)
class Heard:
    """What a browser would have heard."""

    everything: str
    refusals: list[str]
    """The sentences that say why something was not done."""


class OpenPages:
    """A page for each person, which is opened when it is first needed."""

    def __init__(self, runner: asyncio.Runner, patch: pytest.MonkeyPatch) -> None:
        self._runner = runner
        self._open: dict[int, Page] = {}
        self._emitted: list[tuple[str, Any]] = []

        async def emit(event: str, data: Any = None, **_to: Any) -> None:
            self._emitted.append((event, data))

        def leave_waiting(sending: Coroutine[Any, Any, None], *, name: str) -> None:
            sending.close()

        patch.setattr(core.sio, "emit", emit)
        patch.setattr(outbox.background_tasks, "create_or_defer", leave_waiting)

    def do(self, viewer: CurrentUser, room_id: int, handler: str, *handed: Any) -> Heard:
        """Have a page of this person, still of this room, do what its browser asks for."""
        return self._runner.run(self._do(viewer, room_id, handler, *handed))

    async def _do(self, viewer: CurrentUser, room_id: int, handler: str, *handed: Any) -> Heard:
        page = self._open.get(viewer.user_id) or await self._build(viewer)
        waiting = page.client.outbox
        self._emitted.clear()
        waiting.updates.clear()
        waiting.messages.clear()
        page.context.room_id = room_id
        await do(page, handler, *handed)
        drawn = [each._to_dict() for each in waiting.updates.values() if each is not outbox.deleted]
        refusals = [
            data["message"]
            for _to, kind, data in waiting.messages
            if kind == "notify" and "good" not in data["classes"]
        ]
        refusals += [
            data["sentence"] for said, data in self._emitted if said == "chat_send_refused"
        ]
        everything = html.unescape(repr((drawn, list(waiting.messages), self._emitted)))
        page.context.close_dialog()
        return Heard(everything, refusals)

    async def _build(self, viewer: CurrentUser) -> Page:
        client = Client(nicegui_page(""), request=Request({"type": "http", **ASKED}))
        page = self._open[viewer.user_id] = Page(viewer, client, "/rooms")
        with client:
            await page.build()
        return page

    def close(self) -> None:
        """Close them all."""
        for page in self._open.values():
            page.client.delete()


ASKED = {
    "method": "GET",
    "scheme": "http",
    "server": ("localhost", 80),
    "path": "/rooms",
    "query_string": b"",
    "headers": [],
}

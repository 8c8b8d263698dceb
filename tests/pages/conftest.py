"""The app without a browser: NiceGUI's simulation opens its pages and takes their events."""

import asyncio
import gc
import json
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from nicegui import Client, background_tasks, core, ui
from nicegui.testing import User

from chat_ui.handlers import TABLE
from chat_ui.realtime import push
from chat_ui.realtime.gathering import Gathering
from chat_ui.realtime.protocol import ServerEvent
from chat_ui.server.updates import listeners, page_updates
from services.accounts.sessions import sessions
from services.core import app_context
from services.core.dto import CurrentUser
from tests.conftest import PASSWORD

ADDRESS = "http://localhost"
ORIGIN = {"Origin": ADDRESS}
LIFESPAN = core.app.router.lifespan_context
"""How NiceGUI starts and stops by itself."""
PATIENCE = 60.0
"""Seconds in which what a page does must end: it only costs time when it does not."""


class Guest:
    """Somebody with an account and a page, whose browser may say anything."""

    def __init__(self, name: str, user: User) -> None:
        self.name = name
        self.user = user

    async def register(self) -> "Guest":
        """Make an account, and so log in."""
        answer = await self.user.http_client.post(
            "/register", data={"username": self.name, "password": PASSWORD}, headers=ORIGIN
        )
        assert answer.status_code == 303, answer.text
        return self

    async def viewer(self) -> CurrentUser:
        """Return this person as services know them."""
        cookies = self.user.http_client.cookies
        token = next(cookies[name] for name in cookies if name.startswith("chat-session"))
        found = await sessions.resume(token)
        assert found is not None
        return found

    async def open(self, path: str) -> Client:
        """Open a page, and wait until it is filled."""
        before = set(background_tasks.running_tasks)
        client = await self.user.open(path)
        await settle(before)
        return client

    async def status(self, path: str) -> int:
        """Return the HTTP status of a page."""
        return (await self.user.http_client.get(path)).status_code

    def elements(self, **properties: str) -> list[ui.element]:
        """Return the elements of the page with these properties; `data_x` means `data-x`."""
        assert self.user.client is not None
        wanted = {name.replace("_", "-"): value for name, value in properties.items()}
        return [
            element
            for element in self.user.client.elements.values()
            if all(element.props.get(name) == value for name, value in wanted.items())
        ]

    def listening(self, event: str) -> list[ui.element]:
        """Return the elements that listen to an event."""
        assert self.user.client is not None
        return [
            element
            for element in self.user.client.elements.values()
            if any(each.type == event for each in element._event_listeners.values())
        ]

    async def tell(self, element: ui.element, event: str, *arguments: Any) -> None:
        """Say what a browser says of an event, and wait until nothing more comes of it."""
        assert self.user.client is not None
        _ = self.user.notify  # from now on sentences come here
        before = set(background_tasks.running_tasks)
        for listener in list(element._event_listeners.values()):
            if listener.type == event:
                said = {
                    "id": element.id,
                    "client_id": self.user.client.id,
                    "listener_id": listener.id,
                    "args": [json.dumps(each) for each in arguments],
                }
                with suppress(ValueError):  # no JSON: dropped, as `socket_events` does
                    self.user.client.handle_event(said)
        await settle(before)

    async def press(self, words: str) -> None:
        """Press the first button that says this."""
        for label in self.elements():
            if isinstance(label, ui.label) and label.text == words:
                button = label.parent_slot
                assert button is not None
                await self.tell(button.parent, "click", {})
                return
        raise AssertionError(f"no button says {words}")

    async def detail(self, event: str, detail: Any) -> None:
        """Dispatch one of our own events, as the browser does, on whatever listens to it last."""
        if event in TABLE:
            event, detail = "client_event", {"event": event, "detail": detail}
        await self.tell(self.listening(event)[-1], event, {"detail": detail})

    @property
    def notifications(self) -> list[str]:
        """The sentences this person has been shown."""
        return self.user.notify.messages

    @property
    def refusals(self) -> dict[int, str]:
        """The sentences that stand in forms, by the numbers of their elements."""
        return {
            each.id: each.text
            for each in self.elements()
            if isinstance(each, ui.label) and "refusal" in each.classes
        }


def user_menu(guest: Guest) -> str:
    """Return the HTML of the user menu."""
    return next(
        html
        for element in guest.elements()
        if '<div id="user-menu"' in (html := str(element.props.get("innerHTML", "")))
    )


async def settle(before: Collection[asyncio.Task[Any]]) -> None:
    """Wait until nothing more is under way than what was `before`, and what pages always do.

    A toast goes by a timer, after as long as somebody may need to read it.
    """
    ends = time.monotonic() + PATIENCE
    while started := {
        task
        for task in background_tasks.running_tasks.difference(before)
        if not (task.get_name().startswith("outbox loop") or "Element.delete" in task.get_name())
    }:
        await asyncio.wait(started, timeout=5)
        assert time.monotonic() < ends, f"still under way: {started}"


@pytest.fixture(autouse=True)
def simulated_data(app_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder for tests/app_under_test.py, which is run when a test asks for `user`."""
    monkeypatch.setenv("SIMULATED_DATA", str(app_folder))
    core.app.router.lifespan_context = LIFESPAN  # the simulation resets everything else
    yield app_folder
    gc.freeze()  # the simulation has just collected: what is left stays, and is not searched again


@pytest.fixture(autouse=True)
def _gathered_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what happens at the same time be shown together, and no later: `settle` waits for it."""
    for module in (listeners, page_updates):
        for each in vars(module).values():
            if isinstance(each, Gathering):
                monkeypatch.setattr(each, "seconds", 0.01)


@pytest.fixture
async def user(user: User) -> User:
    """Call the app by a name of this machine; NiceGUI's simulation calls it "test"."""
    assert app_context.is_open(), "a server takes connections once all has started"
    user.http_client.base_url = ADDRESS
    return user


@pytest.fixture
def visit(user: User) -> Callable[[], User]:
    """Make people with a browser each. NiceGUI's `create_user` would start the app once more."""
    return lambda: User(
        httpx.AsyncClient(transport=httpx.ASGITransport(core.app), base_url=ADDRESS)
    )


@pytest.fixture
async def asha(visit: Callable[[], User]) -> Guest:
    """She came first, and so is the administrator."""
    return await Guest("asha", visit()).register()


@pytest.fixture
async def ben(visit: Callable[[], User], asha: Guest) -> Guest:
    """He is a member."""
    return await Guest("ben", visit()).register()


@pytest.fixture
async def chen(visit: Callable[[], User], ben: Guest) -> Guest:
    """He is outside."""
    return await Guest("chen", visit()).register()


@pytest.fixture
def emitted(user: User, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any, str]]:
    """What is sent to browsers past NiceGUI: event, content and receiver."""
    heard: list[tuple[str, Any, str]] = []

    async def emit(event: str, data: Any = None, *, room: str = "", **_more: Any) -> None:
        heard.append((event, data, room))

    async def broadcast(event: ServerEvent, channel: str) -> None:
        heard.append((event.EVENT, event.fields(), channel))

    monkeypatch.setattr(core.sio, "emit", emit)
    monkeypatch.setattr(push, "broadcast", broadcast)
    # Pages here have no sockets, and nothing is drawn for a room that no page shows.
    monkeypatch.setattr(push, "viewers", lambda _room: 1)
    return heard

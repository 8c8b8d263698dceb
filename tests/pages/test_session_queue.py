"""What is done in one session waits for each other, for no other session, and ends with it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from nicegui import Client
from nicegui.testing import User
from sqlmodel import col, func, select

from chat_ui.realtime import page_owners, subscriptions
from models import Message
from services.db import database
from tests.busy_session import busy
from tests.conftest import PASSWORD
from tests.pages.conftest import ORIGIN, Guest

LOBBY = 1
MESSAGE = "client-message-0001"
End = Callable[[Guest, Client], Awaitable[None]]


async def test_what_a_session_does_waits_for_what_it_has_begun(asha: Guest) -> None:
    client = await asha.open("/account")
    page = subscriptions.pages()[client.id]
    async with busy((await asha.viewer()).session_id):
        going = asyncio.create_task(asha.detail("navigate", {"path": f"/rooms/{LOBBY}"}))
        confirmed, _pending = await asyncio.wait([going], timeout=0.3)
        assert not confirmed
        assert page.room_id is None
    await going
    assert page.room_id == LOBBY


async def test_and_for_no_other_session_of_the_user(asha: Guest, visit: Callable[[], User]) -> None:
    stolen = Guest("asha", visit())
    await stolen.user.http_client.post(
        "/login", data={"username": "asha", "password": PASSWORD}, headers=ORIGIN
    )
    client = await asha.open("/account")
    page = subscriptions.pages()[client.id]
    async with busy((await stolen.viewer()).session_id):
        await asha.detail("navigate", {"path": f"/rooms/{LOBBY}"})
        assert page.room_id == LOBBY


async def nothing(_guest: Guest, _client: Client) -> None:
    """End nothing."""


async def log_out(guest: Guest, client: Client) -> None:
    """End the session, and wait until the server's pages have heard of it."""
    answer = await guest.user.http_client.post("/logout", headers=ORIGIN)
    assert answer.status_code == 303
    async with asyncio.timeout(5):
        while page_owners.is_known(client.id):
            await asyncio.sleep(0.01)
    assert not client.is_deleted


async def close(_guest: Guest, client: Client) -> None:
    """Delete the page, as happens some time after its browser has closed it."""
    client.delete()


@pytest.mark.parametrize(("end", "stored"), [(nothing, 1), (log_out, 0), (close, 0)])
async def test_what_still_waits_when_its_session_or_page_ends_is_dropped(
    asha: Guest, end: End, stored: int
) -> None:
    client = await asha.open(f"/rooms/{LOBBY}")
    async with busy((await asha.viewer()).session_id):
        said = {"room": LOBBY, "id": MESSAGE, "text": "is this still mine?"}
        sending = asyncio.create_task(asha.detail("send", said))
        await asyncio.sleep(0)
        await end(asha, client)
        assert await count_stored() == 0
    await sending
    assert await count_stored() == stored


async def count_stored() -> int:
    """Return how many messages are stored under the number that was sent."""
    mine = select(func.count()).select_from(Message)
    mine = mine.where(col(Message.client_message_id) == MESSAGE)
    return await database.read(lambda session: session.exec(mine).one())

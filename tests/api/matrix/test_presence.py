"""Who is here, as `sync` tells it to apps of those who share a room."""

import asyncio
from typing import Any

import pytest
from sqlmodel import Session

from models import Membership, User
from services.accounts import blocks, preferences
from services.db import database
from services.rooms import presence
from services.sync import polls, recent_changes
from tests.api.matrix.app import App, app_of
from tests.api.matrix.test_bad_input import refused
from tests.api.matrix.test_sliding_sync import ask, listed
from tests.conftest import People

pytestmark = pytest.mark.usefixtures("listening", "no_limits")
HERE = {"presence": "online", "currently_active": True}


def told(news: dict[str, Any]) -> dict[str, Any]:
    """Return what an app was told, by person."""
    events = news["presence"]["events"]
    assert {each["type"] for each in events} <= {"m.presence"}
    return {each["sender"]: each["content"] for each in events}


async def test_apps_are_told_who_is_here(people: People, asha: App, ben: App) -> None:
    presence.connect(people.ben, "page")
    assert told(await asha.sync())[ben.user] == HERE
    assert told(await asha.sync()) == {}, "told once"
    presence.set_active(people.ben, "page", False)
    away = {"presence": "unavailable", "currently_active": False}
    assert told(await asha.sync()) == {ben.user: away}
    assert ben.user not in told(await ben.sync()), "not of oneself"


async def test_an_app_that_waits_is_told_soon(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polls, "PRESENCE_SECONDS", 0.01)
    await asha.sync()
    waits = asyncio.create_task(asha.sync(timeout="20000"))
    while not polls.count():
        await asyncio.sleep(0)
    presence.connect(people.ben, "page")
    async with asyncio.timeout(10):
        assert told(await waits) == {ben.user: HERE}


async def test_it_is_told_to_those_who_share_a_room(
    people: People, asha: App, ben: App, chen: App
) -> None:
    for app in (asha, chen):
        await app.sync()
    presence.connect(people.ben, "page")
    assert told(await chen.sync()) == {ben.user: HERE}  # in the Lobby
    presence.set_active(people.ben, "page", False)
    await blocks.block(people.ben, "chen")
    assert told(await chen.sync()) == {}
    assert list(told(await asha.sync())) == [ben.user]


async def test_in_large_rooms_it_is_not_told(people: People, ben: App) -> None:
    def made(number: int) -> User:
        name = f"person-{number}"
        return User(
            username=name,
            username_key=name,
            skeleton=name,
            display_name=name,
            hue=0,
            password_hash="",
        )

    fill = [made(each) for each in range(presence.MAX_MEMBERS)]

    def add(session: Session) -> None:
        session.add_all(fill)
        session.flush()
        session.add_all(Membership(room_id=1, user_id=each.id or 0) for each in fill)

    chen = await app_of(people.chen)
    await chen.sync()
    presence.connect(people.ben, "page")
    await database.write(add)
    assert told(await chen.sync()) == {}
    assert 1 not in await presence.rooms_of([people.ben.user_id])
    assert await presence.rooms_of([people.ben.user_id]) == {people.room}


async def test_when_somebody_was_last_here_can_be_hidden(
    people: People, asha: App, ben: App
) -> None:
    await ben.do("PUT", f"/presence/{ben.user}/status", {"presence": "online"})
    await ben.do("PUT", f"/presence/{ben.user}/status", {"presence": "offline"})
    assert told(await asha.sync())[ben.user]["last_active_ago"] >= 0
    await preferences.change(
        people.ben,
        shows_receipts=True,
        shows_last_seen=False,
        has_sound=False,
        quiet_from="",
        quiet_until="",
    )
    new = await app_of(people.asha)
    assert told(await new.sync())[ben.user] == {"presence": "offline", "currently_active": False}


@pytest.mark.parametrize("how", ["sync", "sliding sync"])
async def test_an_app_says_with_its_sync_that_it_is_in_use(
    people: People, ben: App, how: str
) -> None:
    async def sync(wanted: str) -> Any:
        if how == "sync":
            return await ben.ask("GET", "/sync", set_presence=wanted)
        return await ask(ben, listed(0, 9), set_presence=wanted)

    for wanted, state in (("online", "active"), ("unavailable", "away"), ("offline", "away")):
        assert (await sync(wanted)).status_code == 200
        assert presence.state(people.ben.user_id) == state
    refused(await sync("busy"), 400, "M_BAD_JSON")


async def test_an_app_that_says_nothing_is_not_taken_for_a_person(people: People, ben: App) -> None:
    await ben.sync()
    assert not presence.is_online(people.ben.user_id)


async def test_what_is_forgotten_is_told_whole(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asha.sync()
    monkeypatch.setattr(recent_changes, "MAX_PEOPLE", 1)
    for who in (people.ben, people.chen):
        presence.connect(who, "page")
    assert told(await asha.sync())[ben.user] == HERE

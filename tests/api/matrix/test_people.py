"""What apps tell and learn of people: names, pictures, who can be found, and who is here."""

import asyncio
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from services.accounts import accounts, blocks
from services.accounts import people as profiles
from services.files import avatars
from services.rooms import presence
from services.rooms.members import memberships
from services.sync import polls, server_name
from tests.api.matrix.app import App, room_id, user_id
from tests.api.matrix.test_bad_input import refused
from tests.api.matrix.test_media import get, picture, upload
from tests.api.matrix.test_sliding_sync import Sliding, listed
from tests.conftest import People, person

LOBBY = 1


def of(app: App, rest: str = "") -> str:
    return f"/profile/{quote(app.user)}{rest}"


async def seen(app: App, who: App) -> Any:
    """Return a person as the members of the private room see them, in all ways alike."""
    found = await app.do("GET", of(who))
    app.since, app.rooms = "", {}
    await app.sync()
    member = app.rooms[room_id(2)].state["m.room.member", who.user]
    assert {name: member.get(name) for name in found} == found
    joined = (await app.do("GET", f"/rooms/{quote(room_id(2))}/joined_members"))["joined"]
    assert joined[who.user]["display_name"] == found["displayname"]
    assert joined[who.user].get("avatar_url") == found.get("avatar_url")
    return found


async def test_a_name_is_set(people: People, asha: App, ben: App) -> None:
    assert await asha.do("PUT", of(asha, "/displayname"), {"displayname": "Asha K."}) == {}
    assert (await profiles.profile(people.ben, "asha")).display_name == "Asha K."
    assert await ben.do("GET", of(asha, "/displayname")) == {"displayname": "Asha K."}
    assert await seen(ben, asha) == {"displayname": "Asha K."}
    # The colour that she has chosen stays.
    assert (await profiles.profile(people.ben, "asha")).hue == people.asha.hue
    for nothing in ("", None):
        await asha.do("PUT", of(asha, "/displayname"), {"displayname": nothing})
        assert await ben.do("GET", of(asha, "/displayname")) == {"displayname": "asha"}


@pytest.mark.parametrize("value", ["x" * 41, "a@b", 7, {}, ["x"]])
async def test_names_that_are_not_accepted(people: People, asha: App, value: Any) -> None:
    refused(
        await asha.ask("PUT", of(asha, "/displayname"), {"displayname": value}), 400, "M_BAD_JSON"
    )


async def test_nobody_changes_others(people: People, asha: App, ben: App) -> None:
    for name, value in (("displayname", "x"), ("avatar_url", "")):
        refused(await asha.ask("PUT", of(ben, f"/{name}"), {name: value}), 403, "M_FORBIDDEN")
    where = f"/presence/{quote(ben.user)}/status"
    refused(await asha.ask("PUT", where, {"presence": "online"}), 403, "M_FORBIDDEN")


async def test_a_picture_is_set(people: People, asha: App, ben: App) -> None:
    assert await ben.do("GET", of(asha, "/avatar_url")) == {}
    url = await upload(asha, picture(400, 300), "me.png")
    await asha.do("PUT", of(asha, "/avatar_url"), {"avatar_url": url})
    digest = (await profiles.profile(people.ben, "asha")).avatar
    shown = (await ben.do("GET", of(asha, "/avatar_url")))["avatar_url"]
    assert shown == f"mxc://{server_name.get()}/a{people.asha.user_id}-{digest}"
    assert await seen(ben, asha) == {"displayname": "asha", "avatar_url": shown}
    for kind, side, is_small in (
        ("download", 0, False),
        ("thumbnail", avatars.SMALL, True),
        ("thumbnail", 200, False),
    ):
        answer = await get(ben, shown, kind, width=side, height=side)
        wanted = await avatars.find(people.ben, people.asha.user_id, digest, small=is_small)
        assert answer.content == wanted
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["content-security-policy"].startswith("sandbox")
    # The upload itself is not needed any more, and the same picture stays as it is.
    refused(await get(asha, url), 404, "M_NOT_FOUND")
    await asha.do("PUT", of(asha, "/avatar_url"), {"avatar_url": shown})
    assert (await profiles.profile(people.ben, "asha")).avatar == digest
    await asha.do("PUT", of(asha, "/avatar_url"), {"avatar_url": ""})
    assert await ben.do("GET", of(asha)) == {"displayname": "asha"}
    refused(await get(ben, shown), 404, "M_NOT_FOUND")


async def test_pictures_that_are_not_accepted(
    people: People, asha: App, ben: App, chen: App
) -> None:
    text, other = await upload(asha), await upload(ben, picture(40, 40), "ben.png")
    for value, status, code in (
        (text, 400, "M_BAD_JSON"),
        (other, 404, "M_NOT_FOUND"),
        ("https://example.org/a.png", 404, "M_NOT_FOUND"),
        ("mxc://elsewhere.example.org/a", 404, "M_NOT_FOUND"),
        (f"mxc://{server_name.get()}/a{people.ben.user_id}-{'0' * 64}", 404, "M_NOT_FOUND"),
        (7, 400, "M_BAD_JSON"),
    ):
        body = {"avatar_url": value}
        refused(await asha.ask("PUT", of(asha, "/avatar_url"), body), status, code)
    assert await chen.do("GET", of(asha)) == {"displayname": "asha"}


async def test_people_are_found_as_on_the_pages(people: People, asha: App) -> None:
    maya = await person("maya")
    await accounts.change_profile(maya, display_name="Maya Rao", hue=maya.hue)

    async def found(**body: Any) -> Any:
        return await asha.do("POST", "/user_directory/search", body)

    result = {"user_id": user_id(maya), "display_name": "Maya Rao"}
    for words in ("may", "rao", "MAYA", "@maya", user_id(maya)):
        assert await found(search_term=words) == {"results": [result], "limited": False}
    assert (await found(search_term="nobody"))["results"] == []
    some = await found(search_term="a", limit=1)
    assert (len(some["results"]), some["limited"]) == (1, True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"search_term": 7},
        {"search_term": "a", "limit": -1},
        {"search_term": "a", "limit": "x"},
    ],
)
async def test_searches_that_are_malformed(people: People, asha: App, body: Any) -> None:
    refused(await asha.ask("POST", "/user_directory/search", body), 400, "M_BAD_JSON")


async def test_who_is_here(people: People, asha: App, ben: App, chen: App) -> None:
    where = f"/presence/{quote(ben.user)}/status"
    assert (await asha.do("GET", where))["presence"] == "offline"
    presence.connect(people.ben, "page")
    assert await asha.do("GET", where) == {"presence": "online", "currently_active": True}
    presence.set_active(people.ben, "page", False)
    assert await asha.do("GET", where) == {"presence": "unavailable", "currently_active": False}
    await blocks.block(people.ben, "asha")
    refused(await asha.ask("GET", where), 404, "M_NOT_FOUND")


async def test_an_app_says_that_it_is_in_use(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = f"/presence/{quote(ben.user)}/status"
    for wanted in ("online", "unavailable", "online"):
        await ben.do("PUT", where, {"presence": wanted, "status_msg": "Busy"})
        found = await asha.do("GET", where)
        assert (found["presence"], "status_msg" in found) == (wanted, False)
    await ben.do("PUT", where, {"presence": "offline"})
    found = await asha.do("GET", where)
    assert found["presence"] == "offline"
    assert found["last_active_ago"] >= 0
    # It is gone by itself when the app is silent; when it was last here can be hidden.
    monkeypatch.setattr(presence, "APP_GRACE", 0.01)
    await ben.do("PUT", where, {"presence": "online"})
    async with asyncio.timeout(10):
        while presence.is_online(people.ben.user_id):
            await asyncio.sleep(0.01)
    refused(await ben.ask("PUT", where, {"presence": "busy"}), 400, "M_BAD_JSON")


async def test_what_there_is_none_of(people: People, asha: App) -> None:
    alias = quote(f"#lobby:{server_name.get()}", safe="")
    refused(await asha.ask("GET", f"/directory/room/{alias}"), 404, "M_NOT_FOUND")
    assert await asha.do("GET", "/voip/turnServer") == {}
    changes = (await asha.do("GET", "/capabilities"))["capabilities"]
    assert changes["m.set_displayname"] == changes["m.set_avatar_url"] == {"enabled": True}


@pytest.mark.parametrize("how", ["sync", "sliding sync"])
async def test_apps_are_told_of_a_new_name_and_picture(
    people: People, asha: App, ben: App, chen: App, how: str
) -> None:
    app = Sliding(asha)
    ask = asha.sync if how == "sync" else partial(app.sync, listed(0, 9))
    chens = Sliding(chen)
    for each in (ask, partial(chens.sync, listed(0, 9))):
        await each()
    await ben.do("PUT", of(ben, "/displayname"), {"displayname": "Ben Okri"})
    url = await upload(ben, picture(40, 40), "me.png")
    for body in ({"displayname": "Ben O."}, {"avatar_url": url}):
        name = next(iter(body))
        await ben.do("PUT", of(ben, f"/{name}"), body)
        await ask()
        for room in (room_id(2), room_id(LOBBY)):
            member = asha.rooms[room].state["m.room.member", ben.user]
            shown = await asha.do("GET", of(ben))
            assert member == {"membership": "join", **shown}
    assert member["displayname"] == "Ben O."
    assert member["avatar_url"]
    # In the room that they share; the private one is none of hers.
    news = await chens.sync(listed(0, 9))
    assert news["rooms"].keys() == {room_id(LOBBY)}


async def test_an_app_that_waits_is_told_of_a_new_name(
    people: People, asha: App, ben: App, listening: None
) -> None:
    await asha.sync()
    waits = asyncio.create_task(asha.sync(timeout="20000"))
    while not polls.count():
        await asyncio.sleep(0)
    await accounts.change_profile(people.ben, display_name="Ben O.", hue=people.ben.hue)
    async with asyncio.timeout(10):
        await waits
    member = asha.rooms[room_id(2)].state["m.room.member", ben.user]
    assert member["displayname"] == "Ben O."


async def test_a_name_that_stays_is_not_told(people: People, asha: App, ben: App) -> None:
    await asha.sync()
    await ben.do("PUT", of(ben, "/displayname"), {"displayname": "ben"})
    await accounts.change_profile(people.ben, display_name="ben", hue=7)
    assert (await asha.sync())["rooms"] == {}


async def test_who_has_left_is_not_back_with_a_new_name(
    people: People, asha: App, ben: App
) -> None:
    await asha.sync()
    await ben.do("PUT", of(ben, "/displayname"), {"displayname": "Ben O."})
    await memberships.leave(people.ben, people.room)
    await ben.do("PUT", of(ben, "/displayname"), {"displayname": "Ben P."})
    await asha.sync()
    member = asha.rooms[room_id(2)].state["m.room.member", ben.user]
    assert member == {"membership": "leave"}

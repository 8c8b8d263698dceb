"""What happens to people and to the whole chat on one process is shown by the others."""

import asyncio
import io
import time

import httpx
import pytest
from msgspec import Struct
from PIL import Image

from chat_ui.components import branding
from services.accounts import accounts, administration, blocks, preferences
from services.accounts.sessions import sessions
from services.core import app_context
from services.files import avatars
from services.host import appearance
from services.links import switch
from tests.cluster.several import (
    WITHIN_SECONDS,
    Person,
    SeveralProcesses,
    Tab,
    Tabs,
    another_session,
    register,
    room_of,
)
from tests.conftest import PASSWORD
from tests.server import Server

SETTING = "Show pictures of linked pages"
"""What is to be chosen only where there are previews."""
pytestmark = pytest.mark.usefixtures("here")


class Pair(Struct):
    """asha's page on one process, ben's on another, in a room of theirs."""

    asha: Tab
    ben: Tab
    room: int


async def page_of(server: Server, person: Person) -> str:
    """Return the HTML of the page with the settings of the chat."""
    cookie = {f"chat-session-{server.port}": person.token}
    async with httpx.AsyncClient(cookies=cookie) as http:
        return (await http.get(f"{server.address}/branding")).text


def encoded(picture: Image.Image) -> bytes:
    """Return a picture as PNG."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
async def pair(chat: SeveralProcesses, tabs: Tabs) -> Pair:
    asha, ben = await register("asha"), await register("ben")
    room = await room_of(asha, ben)
    path = f"/rooms/{room}"
    pair = Pair(await tabs.open(chat[0], asha, path), await tabs.open(chat[1], ben, path), room)
    for each in (pair.asha, pair.ben):
        each.forget()
    return pair


async def test_another_name_is_shown(pair: Pair) -> None:
    await accounts.change_profile(pair.asha.person.viewer, display_name="Asha the First", hue=7)
    for tab in (pair.asha, pair.ben):
        data = await tab.until("chat_person_changed")
        assert data["author"] == pair.asha.person.username
        assert "Asha the First" in data["name"]


async def test_preferences_are_applied(pair: Pair) -> None:
    await preferences.change_appearance(pair.asha.person.viewer, density="compact")
    await pair.asha.until_shown("compact")
    await pair.ben.nothing("update")


async def test_whom_one_blocks_is_known(pair: Pair) -> None:
    await blocks.block(pair.asha.person.viewer, pair.ben.person.username)
    data = await pair.asha.until("update")
    assert str(pair.ben.person.user_id) in str(data)
    await pair.asha.until("chat_room_list")
    pair.asha.forget()
    await pair.ben.emit("typing", room=pair.room)
    await pair.asha.nothing("chat_typing")


async def test_an_administrator_is_made(pair: Pair, admin: Person) -> None:
    await administration.set_admin(admin.viewer, pair.ben.person.user_id, on=True)
    await pair.ben.until("chat_room_list")  # all is drawn anew
    pair.ben.forget()
    await pair.ben.emit("navigate", path="/audit")
    await pair.ben.until_shown("Audit log")
    pair.ben.forget()
    await administration.set_admin(admin.viewer, pair.ben.person.user_id, on=False)
    await pair.ben.until("chat_room_list")
    pair.ben.forget()
    await pair.ben.emit("navigate", path="/audit")
    await pair.ben.until("update")
    assert "Audit log" not in pair.ben.everything


async def test_the_chat_gets_another_name_and_accent(
    pair: Pair, admin: Person, chat: SeveralProcesses
) -> None:
    await appearance.change(admin.viewer, name="Chess club", accent="#7a1f5c")
    addresses = set()
    for tab in (pair.asha, pair.ben):
        await tab.until_shown("Chess club")
        addresses.add((await tab.until("chat_stylesheet"))["href"])
    [address] = addresses
    for server in chat.servers:
        assert "Chess club" in httpx.get(f"{server.address}/login").text
        assert httpx.get(server.address + address).status_code == httpx.codes.OK
    await appearance.change(admin.viewer, name="", accent="")


async def test_the_chat_gets_another_icon(
    pair: Pair, admin: Person, chat: SeveralProcesses
) -> None:
    await appearance.set_icon(admin.viewer, [encoded(Image.new("RGB", (20, 20), "red"))])
    address = branding.address(app_context.current().branding.version)
    for server, tab in zip(chat.servers, (pair.asha, pair.ben), strict=True):
        await tab.until_shown(address)
        answer = httpx.get(server.address + address)
        assert answer.headers["content-type"] == "image/png"
    await appearance.remove_icon(admin.viewer)


async def test_another_picture_is_shown(pair: Pair) -> None:
    person = pair.asha.person
    picture = encoded(Image.new("RGB", (20, 20), "red"))
    async with avatars.receive(person.viewer, len(picture)) as upload:
        await upload.write(picture)
        await upload.save()
    for tab in (pair.asha, pair.ben):
        data = await tab.until("chat_person_changed")
        assert "<img" in data["avatar"]


async def test_previews_of_links_are_switched_off(admin: Person, chat: SeveralProcesses) -> None:
    for is_on in (True, False):
        await switch.set_on(admin.viewer, on=is_on)
        for server in chat.servers:
            async with asyncio.timeout(WITHIN_SECONDS):
                while (SETTING in await page_of(server, admin)) != is_on:
                    await asyncio.sleep(0.05)


async def test_an_ended_session_is_cut_within_a_second(pair: Pair) -> None:
    began = time.monotonic()
    await sessions.end_others(await another_session(pair.ben.person))
    await pair.ben.until("chat_session_ended", within=1)
    await pair.ben.until_disconnected(within=1)
    assert time.monotonic() - began < 1
    assert not pair.asha.is_disconnected


async def test_a_notice_of_security_is_shown(pair: Pair) -> None:
    await another_session(pair.ben.person)
    await pair.ben.until_shown("Firefox")
    await pair.asha.nothing("update")


async def test_presence_crosses_processes(pair: Pair, chat: SeveralProcesses, tabs: Tabs) -> None:
    ben = str(pair.ben.person.user_id)
    await pair.asha.emit("watch_presence", people=[int(ben)])
    await pair.asha.until("chat_presence", lambda data: data["people"][ben]["state"] == "active")
    await pair.ben.emit("activity", active=False)
    await pair.asha.until("chat_presence", lambda data: data["people"][ben]["state"] == "away")
    await pair.ben.emit("activity", active=True)
    pair.asha.forget()
    await pair.asha.until("chat_presence", lambda data: data["people"][ben]["state"] == "active")


async def test_wrong_passwords_are_counted_together(chat: SeveralProcesses) -> None:
    asha = await register("asha")

    def attempt(number: int, password: str) -> int:
        server = chat[number % 2]
        filled = {"username": asha.username, "password": password}
        answer = httpx.post(
            f"{server.address}/login", data=filled, headers={"Origin": server.address}
        )
        return answer.status_code

    answers = [attempt(number, "wrong password") for number in range(5)]
    assert httpx.codes.TOO_MANY_REQUESTS not in answers
    assert [attempt(number, PASSWORD) for number in (5, 6)] == [httpx.codes.TOO_MANY_REQUESTS] * 2

"""Custom pages and message actions: the two examples, and what such files may rely on."""

import logging
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from nicegui import ui

from chat_ui import custom, custom_files, plugins
from chat_ui.messages import menu
from chat_ui.page_context import PageContext
from chat_ui.realtime import connections
from chat_ui.server import socket_events
from services.core.errors import NotFound
from services.core.i18n import _
from services.messages import messages, statistics
from services.rooms import rooms
from tests.own_files import own_addresses
from tests.pages.conftest import Guest, user_menu

Emitted = list[tuple[str, Any, str]]


async def room_of(asha: Guest, *texts: str) -> int:
    """Make a private room of hers with these messages."""
    viewer = await asha.viewer()
    room_id = await rooms.create(viewer, name="Garden", topic="", private=True)
    for number, text in enumerate(texts):
        await messages.send(viewer, room_id, text, f"message-{number}")
    return room_id


async def test_statistics_count_by_day_and_person(asha: Guest, ben: Guest) -> None:
    room_id = await room_of(asha, "one", "two")
    found = await statistics.of_room(await asha.viewer(), room_id)
    assert [(person.username, count) for person, count in found.people] == [("asha", 2)]
    assert len(found.days) == statistics.DAYS
    assert found.days[-1][1] == sum(count for _day, count in found.days) == 2
    with pytest.raises(NotFound):
        await statistics.of_room(await ben.viewer(), room_id)


async def test_days_are_those_of_the_readers_time_zone(
    asha: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, room_id = await asha.viewer(), await room_of(asha)
    for hour in (18, 19):
        moment = datetime(2026, 1, 10, hour, 29, tzinfo=UTC)
        monkeypatch.setattr(messages, "now", lambda moment=moment: moment)
        await messages.send(viewer, room_id, "hello", f"message-{hour}")
    monkeypatch.setattr(statistics, "now", lambda: datetime(2026, 1, 10, 20, tzinfo=UTC))
    for zone, days in {
        "": {date(2026, 1, 10): 2},
        "America/Los_Angeles": {date(2026, 1, 10): 2},
        "Asia/Kolkata": {date(2026, 1, 10): 1, date(2026, 1, 11): 1},
    }.items():
        reader = replace(viewer, preferences=replace(viewer.preferences, time_zone=zone))
        found = await statistics.of_room(reader, room_id)
        assert {day: count for day, count in found.days if count} == days
        assert found.days[-1][0] == max(days)


async def test_the_page_with_statistics(asha: Guest, ben: Guest) -> None:
    room_id = await room_of(asha, "one", "two")
    await asha.open(f"/rooms/{room_id}/statistics")
    await asha.user.should_see("Messages per day (UTC)")
    await asha.detail("time_zone", {"zone": "Asia/Kolkata"})
    await asha.open(f"/rooms/{room_id}/statistics")
    await asha.user.should_not_see("Messages per day (UTC)")
    await asha.user.should_see("Messages by person")
    (people,) = asha.elements(data_testid="by-person")
    assert "<b>2</b>" in people.props["innerHTML"]
    await asha.open("/statistics")
    await asha.user.should_see("Room statistics")
    assert await ben.status(f"/rooms/{room_id}/statistics") == 404
    await ben.open("/")
    await ben.detail("navigate", {"path": f"/rooms/{room_id}/statistics"})
    assert ben.elements(data_testid="by-person") == []


async def test_it_is_in_the_user_menu(ben: Guest) -> None:
    await ben.open("/")
    links = re.findall('href="([^"]+)"', user_menu(ben))
    shipped = [link for link in links if link not in own_addresses()]
    assert shipped == ["/saved", "/scheduled", "/stickers", "/account", "/statistics"]


async def test_a_page_for_administrators_is_shown_to_nobody_else(asha: Guest, ben: Guest) -> None:
    shown = []

    def draw(page: PageContext) -> None:
        shown.append(page.viewer.username)

    plugins.page("/only-admins", title="Secrets", menu=True, admins=True)(draw)
    for guest in (asha, ben):
        await guest.open("/")
        await guest.detail("navigate", {"path": "/only-admins"})
    del plugins.PAGES["/only-admins"]
    assert shown == ["asha"]


async def test_a_callback_speaks_the_language_of_its_page(asha: Guest) -> None:
    def draw(_page: PageContext) -> None:
        shown = ui.label(_("Rooms"))
        with ui.element("button").on("click", lambda: shown.set_text(_("Copied as a quotation."))):
            ui.label("press")

    plugins.page("/press", title="Press")(draw)
    asha.user.http_client.headers["Accept-Language"] = "hi"
    client = await asha.open("/")
    await asha.detail("navigate", {"path": "/press"})
    del plugins.PAGES["/press"]
    await asha.user.should_see("रूम")
    (button,) = [each for each in asha.listening("click") if each.tag == "button"]
    (listener,) = button._event_listeners.values()
    connections.add(connections.Socket("its-websocket", client.id, await asha.viewer()))
    pressed = {"id": button.id, "listener_id": listener.id, "client_id": client.id, "args": ["{}"]}
    await socket_events.HANDLERS["event"]("its-websocket", pressed)
    connections.remove("its-websocket")
    await asha.user.should_see("उद्धरण के रूप में कॉपी हुआ।")


async def test_a_message_is_copied_as_a_quotation(asha: Guest, emitted: Emitted) -> None:
    room_id = await room_of(asha, "first line\nsecond")
    client = await asha.open(f"/rooms/{room_id}")
    action = {"action": "copy_as_quotation", "room": room_id, "seq": 1}
    await asha.detail("message_action", action)
    link = f"http://localhost/rooms/{room_id}/messages/1"
    text = f"> first line\n> second\n>\n> asha, {link}\n"
    assert ("chat_clipboard", {"text": text}, client.id) in emitted


async def test_an_action_is_not_called_for_people_who_may_not(
    asha: Guest, ben: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    async def act(page: Any, message: Any) -> None:
        done.append((page.viewer.username, message.text))

    plugins.message_action("shout", icon="campaign", label="Shout", who="mine")(act)
    await messages.send(await asha.viewer(), 1, "hers", "message-1")
    secret = await room_of(asha, "a secret")
    for guest in (asha, ben):
        await guest.open("/rooms/1")
        for room_id in (1, secret):
            shout = {"action": "shout", "room": room_id, "seq": 1}
            await guest.detail("message_action", shout)
    del plugins.ACTIONS["shout"]
    assert done == [("asha", "hers"), ("asha", "a secret")]
    assert str(NotFound()) in ben.notifications
    assert len(ben.notifications) == 2


def test_a_file_with_a_mistake_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = 'from chat_ui.plugins import page\n\n@page("/half")\ndef half(_page): ...\n\n1 / 0\n'
    (tmp_path / "broken.py").write_text(broken)
    monkeypatch.setattr(custom_files, "FOLDER", tmp_path)
    monkeypatch.setattr(custom, "__path__", [str(tmp_path)])
    with caplog.at_level(logging.WARNING):
        custom_files.load()
    (said,) = [record.getMessage() for record in caplog.records]
    assert said == "chat_ui/custom/broken.py is left out: ZeroDivisionError: division by zero"
    assert "/half" not in plugins.PAGES
    caplog.clear()
    with pytest.raises(ZeroDivisionError):
        custom_files.follow({tmp_path / "broken.py"})
    custom_files.follow({tmp_path / "other.py"})
    (said,) = [record.getMessage() for record in caplog.records]
    assert "broken.py is left out" in said


@pytest.mark.parametrize("address", ["/{anything}", "/rules/{number}"])
def test_addresses_that_would_break_others_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match=re.escape(address)):
        plugins.page(address, title="Rules", menu=True)(lambda _context: None)
    assert address not in plugins.PAGES


def test_no_two_pages_have_one_address() -> None:
    with pytest.raises(ValueError, match="already"):
        plugins.page("/saved")(lambda _page: None)
    with pytest.raises(ValueError, match="already"):
        plugins.message_action("pin", icon="", label="")(None)  # type: ignore[arg-type]


def test_the_stylesheet_and_the_server_know_the_same_words_for_who() -> None:
    shown = set(re.findall(r'data-who="(\w+)"', menu.STYLE))
    assert shown | {"all"} == set(plugins.MAY)
    assert {entry.who for entry in plugins.ACTIONS.values()} <= set(plugins.MAY)

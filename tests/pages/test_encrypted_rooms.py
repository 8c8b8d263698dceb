"""Encrypted rooms on the page: it shows that they are, and neither writes nor reads there."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest
from sqlmodel import Session

from chat_ui.realtime import subscriptions
from models import FileKind, PendingFile
from models.clock import now
from services.core import app_context
from services.core.errors import Forbidden
from services.db import database
from services.files import kept_files
from services.messages import encrypted, messages
from services.rooms import encryption, rooms
from services.rooms.encryption import ALGORITHM
from services.rooms.members import direct_messages
from tests.conftest import add_member
from tests.pages.conftest import Guest

Emitted = list[tuple[str, Any, str]]
CIPHERTEXT = {"algorithm": ALGORITHM, "ciphertext": "AwgAEnACgAkLmt6qF84IK", "session_id": "one"}


async def make_room(owner: Guest, member: Guest) -> int:
    """Make a room in which something was said before it was encrypted."""
    viewer = await owner.viewer()
    room = await rooms.create(viewer, name="Plans", topic="", private=True)
    await add_member(viewer, room, member.name)
    await messages.send(viewer, room, "before", "message-0")
    return room


async def send(guest: Guest, room: int, number: int, **more: Any) -> int:
    """Send something encrypted, as an app does; return its id."""
    viewer = await guest.viewer()
    sent, _is_new = await encrypted.send(viewer, room, f"message-{number}", CIPHERTEXT, **more)
    return sent.message_id


def told(emitted: Emitted, event: str) -> list[dict[str, Any]]:
    """Return what browsers were told by this event."""
    return [data for name, data, _to in emitted if name == event]


def header(guest: Guest) -> str:
    """Return the HTML of the room's header."""
    [found] = [each for each in guest.elements() if "room-header" in each.classes]
    return str(found.props["innerHTML"])


async def test_a_room_is_made_encrypted(asha: Guest) -> None:
    await asha.open("/")
    await asha.detail("new_room", {})
    await asha.user.should_see("not on this page")
    await asha.detail("filled", {"name": "Gardeners", "topic": "", "encrypted": "on"})
    assert asha.user.client is not None
    made = subscriptions.pages()[asha.user.client.id].room_id or 0
    assert (await rooms.get(await asha.viewer(), made)).is_encrypted
    [note] = asha.elements(data_testid="encrypted-note")
    said = str(note.props["innerHTML"])
    assert "python main.py --connect http://localhost" in said
    assert 'href="/account"' in said
    assert asha.elements(data_composer=True) == []
    assert 'aria-label="End-to-end encrypted"' in header(asha)


async def test_it_is_not_offered_where_no_app_could_read_it(
    asha: Guest, ben: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await make_room(asha, ben)
    chat = app_context.current()
    settings = chat.settings.model_copy(update={"api": False})
    assert not settings.answers_apps
    monkeypatch.setattr(app_context, "_current", replace(chat, settings=settings))
    await asha.open(f"/rooms/{room}")
    await asha.detail("new_room", {})
    await asha.user.should_see("Create room")
    await asha.user.should_not_see("not on this page")
    await asha.detail("room_settings", {})
    await asha.user.should_see("Archive room")
    await asha.user.should_not_see("Switch encryption on …")


async def test_its_owner_switches_it_on_and_the_pages_of_others_show_it(
    asha: Guest, ben: Guest, emitted: Emitted
) -> None:
    room = await make_room(asha, ben)
    for guest in (asha, ben):
        await guest.open(f"/rooms/{room}")
        await guest.detail("room_settings", {})
    assert ben.elements(data_testid="encrypt-room") == []
    await asha.user.should_see("What was said before stays readable on the server")
    await asha.press("Switch on for good")
    assert (await rooms.get(await ben.viewer(), room)).is_encrypted
    for guest in (asha, ben):
        [timeline] = guest.elements(data_testid="timeline")
        assert timeline.props["data-encrypted"] is True
        assert "data-writes" not in timeline.props
        assert guest.elements(data_composer=True) == []
        assert len(guest.elements(data_testid="encrypted-note")) == 1
        assert 'aria-label="End-to-end encrypted"' in header(guest)
    await ben.detail("room_settings", {})
    await ben.user.should_see("End-to-end encrypted: messages are read and written in apps")
    await asha.detail("room_settings", {})
    assert asha.elements(data_testid="encrypt-room") == []
    listed = told(emitted, "chat_room_list")[-1]["html"]
    assert listed.count('class="encrypted-sign"') == 1


async def test_what_is_sent_there_is_a_line_that_says_nothing_of_it(
    asha: Guest, ben: Guest, emitted: Emitted
) -> None:
    room = await make_room(asha, ben)
    await encryption.switch_on(await asha.viewer(), room)
    await asha.open(f"/rooms/{room}")
    emitted.clear()
    first = await send(asha, room, 1)
    await send(asha, room, 2, reply_to=2)
    await asha.detail("catch_up", {"room": room, "last": 0})
    sent = "".join(each["html"] for each in told(emitted, "chat_messages"))
    assert 'data-says="wordEncrypted"' in sent
    assert 'class="quoted ciphertext"' in sent
    assert CIPHERTEXT["ciphertext"] not in str(emitted)
    async with asyncio.timeout(10):
        while not (live := [each for each in told(emitted, "chat_messages") if "summary" in each]):
            await asyncio.sleep(0)
    assert {each["summary"]["kind"] for each in live} == {"encrypted"}
    emitted.clear()
    await send(asha, room, 3, replaces=first)
    await asha.detail("catch_up", {"room": room, "first": 1, "last": 3})
    for shown in told(emitted, "chat_messages"):
        assert "message encrypted silent" in shown["html"]
    assert "is-edited" in shown["changed"]
    assert 'data-does="history"' not in shown["changed"]


async def test_the_page_cannot_send_there(asha: Guest, ben: Guest, emitted: Emitted) -> None:
    room = await make_room(asha, ben)
    await asha.open(f"/rooms/{room}")
    await encryption.switch_on(await asha.viewer(), room)
    emitted.clear()
    await asha.detail("send", {"room": room, "id": "message-1", "text": "written before"})
    [refused] = told(emitted, "chat_send_refused")
    assert refused["id"] == "message-1"
    assert refused["sentence"].startswith("This room is encrypted.")
    with pytest.raises(Forbidden):
        await messages.send(await asha.viewer(), room, "written before", "message-1")


async def test_a_conversation_is_encrypted_beside_the_one_that_is_not(
    asha: Guest, ben: Guest
) -> None:
    viewer = await asha.viewer()
    client = await asha.open("/")
    page = subscriptions.pages()[client.id]
    plain = await direct_messages.open(viewer, ["ben"])
    await asha.detail("open_direct", {"people": ["ben"], "encrypted": True})
    made = page.room_id or 0
    assert made != plain
    assert 'aria-label="End-to-end encrypted"' in header(asha)
    await asha.detail("open_direct", {"people": ["ben"]})
    assert page.room_id == plain
    await asha.detail("open_direct", {"people": ["ben"], "encrypted": True})
    assert page.room_id == made


async def test_lists_of_messages_say_that_one_is_encrypted(
    asha: Guest, ben: Guest, emitted: Emitted
) -> None:
    room = await make_room(asha, ben)
    await encryption.switch_on(await asha.viewer(), room)
    await send(asha, room, 1)
    await asha.open(f"/rooms/{room}")
    await asha.detail("message_action", {"action": "pin", "room": room, "seq": 2})
    await asha.open(f"/rooms/{room}/pins")
    await asha.user.should_see("Encrypted message")


async def test_a_webhook_is_told_to_be_of_no_use_there(asha: Guest, ben: Guest) -> None:
    room = await make_room(asha, ben)
    await encryption.switch_on(await asha.viewer(), room)
    await asha.open(f"/rooms/{room}")
    await asha.detail("room_settings", {})
    await asha.press("Webhooks")
    await asha.user.should_see("programs can't post to it any more")


async def test_it_is_said_before_one_joins(asha: Guest, ben: Guest) -> None:
    megolm = {"algorithm": ALGORITHM}
    room = await rooms.create(
        await asha.viewer(), name="Gardeners", topic="", private=False, encryption=megolm
    )
    await ben.open("/rooms")
    await ben.user.should_see("End-to-end encrypted")
    await ben.open(f"/rooms/{room}")
    await ben.user.should_see("messages are read and written in apps, not on this page.")


async def test_the_quick_switcher_tells_both_conversations_apart(
    asha: Guest, ben: Guest, emitted: Emitted
) -> None:
    viewer = await asha.viewer()
    plain = await direct_messages.open(viewer, ["ben"])
    made = await direct_messages.open(viewer, ["ben"], encryption={"algorithm": ALGORITHM})
    await asha.open("/")
    emitted.clear()
    await asha.detail("quick_search", {"words": "ben", "asked": 1})
    [found] = told(emitted, "chat_quick_search_results")
    entries = {
        room: entry
        for entry in found["html"].split("<a ")
        for room in (plain, made)
        if f'data-room-id="{room}"' in entry
    }
    assert "encrypted-sign" in entries[made]
    assert "encrypted-sign" not in entries[plain]


async def upload(guest: Guest, *, days_ago: int, is_kept: bool = True) -> None:
    """Note that somebody's app has uploaded a file of 1 MB so many days ago."""
    viewer = await guest.viewer()

    def add(session: Session) -> None:
        session.add(
            PendingFile(
                media_id=token_hex(8),
                user_id=viewer.user_id,
                hash=token_hex(32),
                name="file",
                size=1_000_000,
                kind=FileKind.OTHER,
                media_type="application/octet-stream",
                is_kept=is_kept,
                created_at=now() - timedelta(days=days_ago),
            )
        )

    await database.write(add)


async def test_what_apps_have_uploaded_encrypted_is_seen_and_deleted_by_its_age(
    asha: Guest, ben: Guest
) -> None:
    await ben.open("/account")
    await ben.user.should_not_see("Encrypted files")
    for days in (0, 10, 40):
        await upload(ben, days_ago=days)
    await upload(ben, days_ago=0, is_kept=False)
    await upload(asha, days_ago=500)
    await ben.open("/account")
    await ben.user.should_see("3 files, 3.0 MB")
    delete = ben.elements(data_testid="delete-encrypted-files")[0].parent_slot
    assert delete is not None
    for wrong in (None, "", "-1", "1", "9" * 30, 30, ["30"]):
        await ben.tell(delete.parent, "filled", {"detail": {"days": wrong}})
        assert (await kept_files.mine(await ben.viewer())).files == 3
    await ben.tell(delete.parent, "filled", {"detail": {"days": "30"}})
    await ben.user.should_see("2 files, 2.0 MB")
    assert ben.notifications[-1] == "1 file deleted."
    assert (await kept_files.mine(await asha.viewer())).files == 1

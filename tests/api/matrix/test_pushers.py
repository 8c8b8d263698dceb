"""An app is notified through its push gateway: of what, when, and until when."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlmodel import select, update

from models import Pusher, PushSubscription
from services.accounts.sessions import devices
from services.core import app_context
from services.core.settings import Settings
from services.db import database
from services.messages import encrypted, messages
from services.push import delivery, endpoints
from services.rooms import encryption, presence
from services.rooms.members import direct_messages, member_settings
from services.rooms.reading import read_positions
from tests.api.matrix.app import App, app_of, room_id
from tests.conftest import People, add_member, person
from tests.push_service import PushService, push_service

PATH = endpoints.GATEWAY_PATH
IDS = count(1)


@pytest.fixture
def gateway() -> Iterator[PushService]:
    with push_service() as running:
        running.status, running.answer = 200, b'{"rejected": []}'
        yield running


@pytest.fixture(autouse=True)
def _at_once(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits longer than it must."""
    monkeypatch.setattr(delivery, "GATHER_SECONDS", 0)
    monkeypatch.setattr(delivery, "LOOK_BACK_SECONDS", 0)
    monkeypatch.setattr(delivery, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(read_positions, "COALESCE_SECONDS", 0)


@pytest.fixture
def local(people: People, app_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host lets notifications go to this machine."""
    allowed = app_settings.model_copy(update={"push_to_this_machine": True})
    monkeypatch.setattr(app_context, "_current", replace(app_context.current(), settings=allowed))


def pusher(url: str, **more: Any) -> dict[str, Any]:
    """Return what an app asks for."""
    return {
        "kind": "http",
        "app_id": "org.example.app",
        "pushkey": "key-of-ben",
        "app_display_name": "Example",
        "device_display_name": "A phone",
        "lang": "en",
        "data": {"url": url, "format": "event_id_only", "theme": 7},
        **more,
    }


async def wants(app: App, gateway: PushService, **more: Any) -> None:
    await app.do("POST", "/pushers/set", pusher(gateway.address + PATH, **more))


async def say(people: People, text: str, room: int = 0) -> int:
    """Have asha say something; return the message's id."""
    sent, _new = await messages.send(people.asha, room or people.room, text, f"said-{next(IDS):06}")
    return sent.message_id


async def told(gateway: PushService, number: int) -> list[dict[str, Any]]:
    """Wait until so many notifications came, and return them."""
    taken = await asyncio.to_thread(gateway.wait, number)
    assert {each.path for each in taken} == {PATH}
    return [json.loads(each.body)["notification"] for each in taken]


async def until_pushers(number: int) -> None:
    """Wait until so many pushers are stored, and as many subscriptions."""
    async with asyncio.timeout(30):
        while True:
            counts = [
                len(
                    await database.read(lambda session, kind=kind: session.exec(select(kind)).all())
                )
                for kind in (Pusher, PushSubscription)
            ]
            if counts == [number, number]:
                return
            await asyncio.sleep(0.01)


async def due_again() -> None:
    """Let what failed be tried again at once, after it has failed."""
    async with asyncio.timeout(30):
        while True:
            changed = await database.write(
                lambda session: (
                    session.exec(
                        update(PushSubscription)
                        .where(PushSubscription.retry_at.is_not(None))  # type: ignore[union-attr]
                        .values(retry_at=None)
                    ).rowcount
                )
            )
            if changed:
                return
            await asyncio.sleep(0.01)


async def test_a_message_that_nobody_looks_at_is_told_once_and_taken_back_when_read(
    people: People, ben: App, gateway: PushService, local: None
) -> None:
    await member_settings.set_level(people.ben, people.room, "everything")
    await wants(ben, gateway)
    first = await say(people, "Hello")
    [notice] = await told(gateway, 1)
    device = notice["devices"][0]
    assert device.pop("pushkey_ts") > 1_700_000_000
    assert notice == {
        "event_id": f"$m{first}",
        "room_id": room_id(people.room),
        "counts": {"unread": 1},
        "prio": "high",
        "devices": [
            {
                "app_id": "org.example.app",
                "pushkey": "key-of-ben",
                "data": {"format": "event_id_only", "theme": 7},
            }
        ],
    }
    second = await say(people, "Are you there?")
    assert (await told(gateway, 2))[1]["event_id"] == f"$m{second}"
    assert (await told(gateway, 2))[1]["counts"] == {"unread": 2}
    read_positions.mark_read(people.ben, people.room, 2)
    badge = (await told(gateway, 3))[2]
    assert badge["counts"] == {"unread": 0}
    assert "event_id" not in badge
    assert "room_id" not in badge


async def test_only_what_the_room_is_set_to_notify_of_is_told(
    people: People, ben: App, gateway: PushService, local: None
) -> None:
    await wants(ben, gateway)
    await say(people, "for nobody in particular")
    named = await say(people, "@ben look")
    assert [each["event_id"] for each in await told(gateway, 1)] == [f"$m{named}"]
    await member_settings.set_level(people.ben, people.room, "nothing")
    await say(people, "@ben again")
    direct = await direct_messages.open(people.asha, ["ben"])
    between = await say(people, "just us", direct)
    notices = await told(gateway, 2)
    assert [each["event_id"] for each in notices] == [f"$m{named}", f"$m{between}"]
    assert notices[1]["counts"] == {"unread": 1}  # the muted room counts for nothing


async def test_nobody_who_looks_at_a_page_is_notified(
    people: People, ben: App, gateway: PushService, local: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = {people.ben.user_id}
    monkeypatch.setattr(
        delivery, "_is_looking", lambda user_id: presence.State.ACTIVE if user_id in looking else ""
    )
    monkeypatch.setattr(delivery.recipients, "HELD", timedelta(0))
    await wants(ben, gateway)
    await say(people, "@ben seen")
    read_positions.mark_read(people.ben, people.room, 1)
    looking.clear()
    later = await say(people, "@ben unseen")
    assert [each["event_id"] for each in await told(gateway, 1)] == [f"$m{later}"]


async def test_what_fails_is_tried_again(
    people: People, ben: App, gateway: PushService, local: None
) -> None:
    await wants(ben, gateway)
    for status in (500, 404, 302):
        gateway.status = status
        taken = len(gateway.taken)
        await say(people, f"@ben {status}")
        await told(gateway, taken + 1)
        await due_again()
    gateway.status = 200
    number = await say(people, "@ben now")
    async with asyncio.timeout(30):
        while (await told(gateway, 4))[-1]["event_id"] != f"$m{number}":
            await asyncio.sleep(0.01)
    assert (await ben.do("GET", "/pushers"))["pushers"]


async def test_a_key_that_the_gateway_rejects_is_forgotten(
    people: People, ben: App, gateway: PushService, local: None
) -> None:
    await wants(ben, gateway)
    gateway.answer = b'{"rejected": ["another key"]}'
    await say(people, "@ben one")
    await told(gateway, 1)
    gateway.answer = b'{"rejected": ["key-of-ben"]}'
    await say(people, "@ben two")
    await told(gateway, 2)
    await until_pushers(0)
    assert (await ben.do("GET", "/pushers"))["pushers"] == []


@pytest.mark.parametrize(
    "answer", [b"", b"no JSON", b"[]", b'{"rejected": 7}', b'{"rejected": {}}']
)
async def test_a_strange_answer_counts_as_taken(
    people: People, ben: App, gateway: PushService, local: None, answer: bytes
) -> None:
    await wants(ben, gateway)
    gateway.answer = answer
    await say(people, "@ben one")
    await told(gateway, 1)
    second = await say(people, "@ben two")
    assert (await told(gateway, 2))[1]["event_id"] == f"$m{second}"
    await until_pushers(1)


async def test_a_gateway_that_says_too_much_is_not_listened_to(
    people: People, ben: App, gateway: PushService, local: None
) -> None:
    await wants(ben, gateway)
    gateway.answer, gateway.repeats = b"x" * 2**20, 100
    await say(people, "@ben one")
    await told(gateway, 1)
    second = await say(people, "@ben two")
    assert (await told(gateway, 2))[1]["event_id"] == f"$m{second}"


async def test_a_gateway_that_hangs_delays_nobody_else(
    people: People,
    ben: App,
    asha: App,
    gateway: PushService,
    local: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT_SECONDS", 0.3)
    gateway.waits.clear()
    await wants(ben, gateway)
    with push_service() as other:
        other.status = 200
        await wants(asha, other, pushkey="key-of-asha")
        await say(people, "@ben are you there?")
        await told(gateway, 1)
        dora = await person("dora")
        await add_member(people.asha, people.room, "dora")
        sent, _new = await messages.send(dora, people.room, "@asha yes", "number-000001")
        assert (await told(other, 1))[0]["event_id"] == f"$m{sent.message_id}"
    await due_again()  # it has failed
    gateway.waits.set()
    await told(gateway, 2)


@pytest.mark.parametrize(
    "url",
    [
        *(f"https://{host}{PATH}" for host in ("127.0.0.1", "10.1.2.3", "[::1]", "[fe80::1]")),
        *(f"https://{host}{PATH}" for host in ("localhost", "169.254.169.254", "printer.local")),
    ],
)
async def test_a_private_address_is_refused_with_a_sentence(
    people: People, ben: App, url: str
) -> None:
    answer = await ben.ask("POST", "/pushers/set", pusher(url))
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("This push gateway is at a private address")
    assert (await ben.do("GET", "/pushers"))["pushers"] == []


async def test_a_name_that_leads_to_a_private_address_is_not_connected_to(
    people: People, ben: App, gateway: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"https://gateway.example.org:{gateway.address.rpartition(':')[2]}{PATH}"
    await ben.do("POST", "/pushers/set", pusher(address))
    here = [(2, 1, 6, "", ("127.0.0.1", int(gateway.address.rpartition(":")[2])))]
    reach = endpoints.reach()
    monkeypatch.setattr(endpoints, "reach", lambda: replace(reach, look_up=lambda *_asked: here))
    await say(people, "@ben hello")
    await due_again()  # it has failed
    assert gateway.taken == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "email"}, "M_INVALID_PARAM"),
        ({"kind": 7}, "M_INVALID_PARAM"),
        ({"app_id": ""}, "M_BAD_JSON"),
        ({"app_id": None}, "M_BAD_JSON"),
        ({"app_id": "x" * 65}, "M_TOO_LARGE"),
        ({"pushkey": "é" * 257}, "M_TOO_LARGE"),
        ({"pushkey": "a\0b"}, "M_BAD_JSON"),
        ({"lang": None}, "M_BAD_JSON"),
        ({"lang": "x" * 256}, "M_TOO_LARGE"),
        ({"app_display_name": 7}, "M_BAD_JSON"),
        ({"device_display_name": "x" * 256}, "M_TOO_LARGE"),
        ({"profile_tag": []}, "M_BAD_JSON"),
        ({"append": "yes"}, "M_BAD_JSON"),
        ({"data": None}, "M_BAD_JSON"),
        ({"data": {"url": 7}}, "M_BAD_JSON"),
        ({"data": {"url": f"https://example.org{PATH}"}}, "M_BAD_JSON"),
        ({"data": {"url": f"https://example.org{PATH}", "format": "full"}}, "M_BAD_JSON"),
        (
            {
                "data": {
                    "url": f"https://example.org{PATH}",
                    "format": "event_id_only",
                    "more": "x" * 5_000,
                }
            },
            "M_TOO_LARGE",
        ),
        *(
            ({"data": {"url": url, "format": "event_id_only"}}, "M_BAD_JSON")
            for url in (
                f"http://example.org{PATH}",
                "https://example.org/elsewhere",
                f"https://example.org{PATH}?to=me",
                f"https://example.org{PATH}#me",
                f"https://user@example.org{PATH}",
                f"https://{'x' * 1_000}.org{PATH}",
                "gopher",
            )
        ),
    ],
)
async def test_what_is_no_pusher_is_refused(
    people: People, ben: App, change: dict[str, Any], code: str
) -> None:
    answer = await ben.ask("POST", "/pushers/set", pusher(f"https://example.org{PATH}", **change))
    assert answer.json()["errcode"] == code, answer.text
    assert answer.json()["error"].endswith(".")
    assert (await ben.do("GET", "/pushers"))["pushers"] == []


async def test_an_app_has_one_pusher_which_it_lists_changes_and_removes(
    people: People, ben: App, chen: App
) -> None:
    wanted = pusher(f"https://example.org{PATH}")
    await ben.do("POST", "/pushers/set", wanted)
    await ben.do("POST", "/pushers/set", wanted)
    assert (await ben.do("GET", "/pushers"))["pushers"] == [wanted]
    changed = wanted | {"pushkey": "a new key", "profile_tag": "home"}
    await ben.do("POST", "/pushers/set", changed)
    assert (await ben.do("GET", "/pushers"))["pushers"] == [changed]
    gone = {"kind": None, "app_id": "org.example.app", "pushkey": "a new key"}
    await chen.do("POST", "/pushers/set", gone)  # somebody else's is not theirs
    assert len((await ben.do("GET", "/pushers"))["pushers"]) == 1
    await ben.do("POST", "/pushers/set", gone)
    assert (await ben.do("GET", "/pushers"))["pushers"] == []
    await ben.do("POST", "/pushers/set", gone)


@pytest.mark.parametrize(("append", "left"), [(True, 1), (False, 0)])
async def test_a_phone_that_changes_hands_takes_its_key_along(
    people: People, ben: App, chen: App, append: bool, left: int
) -> None:
    wanted = pusher(f"https://example.org{PATH}")
    await ben.do("POST", "/pushers/set", wanted)
    await chen.do("POST", "/pushers/set", wanted | {"append": append})
    assert len((await ben.do("GET", "/pushers"))["pushers"]) == left
    assert len((await chen.do("GET", "/pushers"))["pushers"]) == 1


async def test_the_oldest_of_many_pushers_ends(people: People) -> None:
    apps = [await app_of(people.ben) for _each in range(11)]
    for number, app in enumerate(apps):
        wanted = pusher(f"https://example.org{PATH}", pushkey=f"key {number}")
        await app.do("POST", "/pushers/set", wanted)
    found = (await apps[0].do("GET", "/pushers"))["pushers"]
    assert [each["pushkey"] for each in found] == [f"key {number}" for number in range(1, 11)]


@pytest.mark.parametrize("how", ["logout", "ended"])
async def test_a_pusher_ends_with_its_session(people: People, ben: App, how: str) -> None:
    other = await app_of(people.ben)
    await ben.do("POST", "/pushers/set", pusher(f"https://example.org{PATH}"))
    if how == "logout":
        await ben.do("POST", "/logout")
    else:
        await devices.end(people.ben, (await ben.do("GET", "/account/whoami"))["device_id"])
    assert (await other.do("GET", "/pushers"))["pushers"] == []
    await until_pushers(0)


async def test_an_app_is_told_of_every_encrypted_message_in_a_room_that_is_not_muted(
    people: People, ben: App, gateway: PushService, local: None
) -> None:
    """Whom one names only the app can read; a browser, which cannot, is told of those of all."""
    content = {"algorithm": encryption.ALGORITHM, "ciphertext": "AwgBEn"}

    async def say_encrypted(replaces: int | None = None) -> int:
        number = f"encrypted-{next(IDS):06}"
        sent, _new = await encrypted.send(
            people.asha, people.room, number, content, replaces=replaces
        )
        return sent.message_id

    await encryption.switch_on(people.asha, people.room)
    await wants(ben, gateway)
    first = await say_encrypted()
    [notice] = await told(gateway, 1)
    assert notice["event_id"] == f"$m{first}"
    await say_encrypted(replaces=first)
    await member_settings.set_level(people.ben, people.room, "nothing")
    await say_encrypted()
    await member_settings.set_level(people.ben, people.room, "mentions")
    last = await say_encrypted()
    assert [each.get("event_id") for each in await told(gateway, 2)][1:] == [f"$m{last}"]

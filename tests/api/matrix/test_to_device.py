"""What devices send to devices: it arrives once, in order, whatever is lost in between."""

import asyncio
from typing import Any

import pytest

from services.keys import to_device
from services.rooms.members import memberships
from services.sync import polls, sync
from tests.api.matrix.app import App, app_of
from tests.api.matrix.keys import device_of
from tests.api.matrix.test_bad_input import refused
from tests.conftest import People

pytestmark = pytest.mark.usefixtures("no_limits")


async def send(app: App, to: App, text: str, *, device: str = "*", transaction: str = "") -> None:
    """Send a text to another app's device."""
    body = {"messages": {to.user: {device: {"text": text}}}}
    await app.do("PUT", f"/sendToDevice/org.example/{transaction or text}", body)


def texts(news: dict[str, Any]) -> list[str]:
    """Return what was sent to a device."""
    return [each["content"]["text"] for each in news["to_device"]["events"]]


async def test_it_arrives_once(asha: App, ben: App) -> None:
    await ben.sync()
    await send(asha, ben, "one")
    await send(asha, ben, "two", device=await device_of(ben))
    before = ben.since
    news = await ben.sync()
    sender = {"type": "org.example", "sender": asha.user}
    assert news["to_device"]["events"] == [
        sender | {"content": {"text": "one"}},
        sender | {"content": {"text": "two"}},
    ]
    # The answer is lost: the app asks again from where it was.
    ben.since = before
    assert texts(await ben.sync()) == ["one", "two"]
    assert texts(await ben.sync()) == []
    ben.since = before
    assert texts(await ben.sync()) == [], "it said that it has got them"


async def test_a_first_sync_brings_what_waits(asha: App, ben: App) -> None:
    await send(asha, ben, "early")
    assert texts(await ben.sync()) == ["early"]
    assert texts(await ben.sync()) == []


async def test_it_ends_the_wait(asha: App, ben: App) -> None:
    await ben.sync()
    waiting = asyncio.create_task(ben.sync(timeout="20000"))
    while not polls.count():
        await asyncio.sleep(0)
    await send(asha, ben, "now")
    assert texts(await waiting) == ["now"]


async def test_the_same_transaction_again_sends_nothing(asha: App, ben: App) -> None:
    for _time in range(2):
        await send(asha, ben, "once", transaction="t")
    await send(asha, ben, "more", transaction="t2")
    assert texts(await ben.sync()) == ["once", "more"]
    await send(await app_of(asha.viewer), ben, "of another device", transaction="t")  # type: ignore[arg-type]
    assert texts(await ben.sync()) == ["of another device"]


async def test_each_device_gets_its_own(people: People, asha: App, ben: App) -> None:
    tablet = await app_of(people.ben)
    device = await device_of(tablet)
    body = {"messages": {ben.user: {device: {"text": "tablet"}, "*": {"text": "all others"}}}}
    await asha.do("PUT", "/sendToDevice/org.example/1", body)
    assert texts(await ben.sync()) == ["all others"]
    assert texts(await tablet.sync()) == ["tablet"]
    assert texts(await asha.sync()) == []


async def test_what_goes_to_nobody_is_dropped(people: People, asha: App, ben: App) -> None:
    await memberships.leave(people.chen, 1)
    chen = await app_of(people.chen)
    body = {
        "messages": {
            ben.user: {"MADE-UP": {"text": "x"}},
            "@nobody:elsewhere": {"*": {"text": "x"}},
            chen.user: {"*": {"text": "x"}},
        }
    }
    await asha.do("PUT", "/sendToDevice/org.example/1", body)
    await send(chen, ben, "from outside")
    for app in (ben, chen):
        assert texts(await app.sync()) == []


async def test_many_come_in_parts(asha: App, ben: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "MAX_TO_DEVICE", 3)
    for each in range(7):
        await send(asha, ben, str(each))
    got = [texts(await ben.sync()) for _time in range(4)]
    assert got == [["0", "1", "2"], ["3", "4", "5"], ["6"], []]


async def test_a_queue_is_bounded(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ben.sync()
    monkeypatch.setattr(to_device, "MAX_OF_SENDER", 3)
    monkeypatch.setattr(to_device, "MAX_QUEUE", 4)
    chen = await app_of(people.chen)
    for each in range(5):
        await send(asha, ben, f"a{each}")
    for each in range(3):
        await send(chen, ben, f"c{each}")
    assert texts(await ben.sync()) == ["a2", "a3", "a4", "c0"]
    await ben.sync()
    await send(asha, ben, "after that")
    assert texts(await ben.sync()) == ["after that"]


async def test_the_size_of_a_queue_is_bounded(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ben.sync()
    monkeypatch.setattr(to_device, "MAX_SIZE_OF_SENDER", 200)
    chen = await app_of(people.chen)
    for each in "abcd":
        await send(asha, ben, each * 70)
    await send(chen, ben, "c" * 150)
    await send(asha, ben, "e" * 180)
    await send(asha, ben, "f")
    assert texts(await ben.sync()) == ["c" * 150, "f"], "the oldest make room"


async def test_what_one_person_has_in_all_queues_is_bounded(
    people: People, asha: App, ben: App, chen: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_device, "MAX_SIZE", 200)
    for each in "abc":
        await send(asha, ben, each * 70)
    await send(asha, chen, "x" * 70)
    await send(asha, chen, "y" * 70)
    await send(chen, ben, "z" * 150)
    assert texts(await ben.sync()) == ["b" * 70, "c" * 70, "z" * 150]
    assert texts(await chen.sync()) == ["y" * 70], "who has none waiting gets the newest"
    for app in (ben, chen):
        await app.sync()
    for each in "de":
        await send(asha, chen, each * 70)
    assert texts(await chen.sync()) == ["d" * 70, "e" * 70]


async def test_a_long_queue_takes_no_large_messages(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_device, "MAX_OF_SENDER", 2)
    for each in "ab":
        await send(asha, ben, each)
    chen = await app_of(people.chen)
    await send(chen, ben, "c" * 5_000)
    await send(chen, ben, "d")
    assert texts(await ben.sync()) == ["a", "b", "d"]


async def test_transactions_are_forgotten_after_a_while(
    asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_device, "MAX_TRANSACTIONS", 2)
    for each in ("a", "b", "c", "c", "b", "a"):
        await send(asha, ben, each)
    assert texts(await ben.sync()) == ["a", "b", "c", "a"]


async def test_a_device_that_logs_out_gets_nothing_more(asha: App, ben: App) -> None:
    device = await device_of(ben)
    await send(asha, ben, "before")
    await ben.do("POST", "/logout", {})
    await send(asha, ben, "after", device=device)
    again = await app_of(ben.viewer)  # type: ignore[arg-type]
    assert texts(await again.sync()) == []


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"messages": []},
        {"messages": {"@x:y": []}},
        {"messages": {"@x:y": {"DEVICE": []}}},
        {"messages": {"@x:y": {"DEVICE": "text"}}},
    ],
)
async def test_malformed_messages(asha: App, body: Any) -> None:
    refused(await asha.ask("PUT", "/sendToDevice/org.example/1", body), 400, "M_BAD_JSON")


async def test_too_large_messages(asha: App, ben: App) -> None:
    where = "/sendToDevice/org.example/1"
    long = {"messages": {ben.user: {"*": {"text": "x" * 40_000}}}}
    refused(await asha.ask("PUT", where, long), 413, "M_TOO_LARGE")
    many = {"messages": {ben.user: {str(each): {} for each in range(501)}}}
    refused(await asha.ask("PUT", where, many), 413, "M_TOO_LARGE")
    refused(await asha.ask("PUT", where, b"[" + b"1," * 600_000), 413, "M_TOO_LARGE")
    kind = "x" * 300
    body: Any = {"messages": {}}
    refused(await asha.ask("PUT", f"/sendToDevice/{kind}/1", body), 400, "M_BAD_JSON")
    assert texts(await ben.sync()) == []

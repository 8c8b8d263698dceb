"""From a message to a push service: who is notified of what, and what becomes of it.

That nothing is sent is seen by what is sent afterwards: it comes alone.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from py_vapid import jwt
from sqlmodel import Session, func, select, update

from models import LoginSession, Message, PushCursor, PushedRoom, PushSubscription
from models.clock import now
from services.accounts import blocks, preferences
from services.accounts.sessions import sessions
from services.core import app_context
from services.core.dto import CurrentUser, Preferences
from services.core.errors import ServiceError
from services.core.settings import Settings
from services.db import database
from services.messages import edits, messages
from services.push import delivery, encryption, notification, queue, recipients, subscriptions
from services.rooms import presence
from services.rooms.members import direct_messages, member_settings, memberships
from services.rooms.reading import read_positions
from tests.conftest import People, add_member, person
from tests.push_service import Device, PushService, push_service
from tests.services.files.stickers import test_stickers

IDS = count(1)


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits longer than it must."""
    monkeypatch.setattr(delivery, "GATHER_SECONDS", 0)
    monkeypatch.setattr(delivery, "LOOK_BACK_SECONDS", 0)
    monkeypatch.setattr(delivery, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(read_positions, "COALESCE_SECONDS", 0)


@pytest.fixture(autouse=True)
def _to_this_machine(
    _at_once: None, app_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Push services may be on this machine. The app starts when nothing waits any more."""
    local = app_settings.model_copy(update={"push_to_this_machine": True})
    monkeypatch.setattr(app_context, "_current", replace(app_context.current(), settings=local))


@pytest.fixture
async def phone(people: People, service: PushService) -> Device:
    """ben's device."""
    device = service.device("ben")
    await subscribe(people.ben, device)
    return device


async def subscribe(viewer: CurrentUser, device: Device, *, shows_text: bool = False) -> None:
    await subscriptions.subscribe(viewer, *device.said, shows_text=shows_text)


async def say(viewer: CurrentUser, room: int, text: str) -> int:
    sent, _new = await messages.send(viewer, room, text, f"said-{next(IDS):06}")
    return sent.seq


async def told(service: PushService, device: Device, number: int) -> list[dict[str, Any]]:
    """Wait until so many notifications came, and return what they say."""
    taken = await asyncio.to_thread(service.wait, number)
    return [device.read(each.body) for each in taken]


async def stored(kind: type[Any], count: int) -> list[Any]:
    """Wait until the table has so many rows, and return them."""
    async with asyncio.timeout(30):
        while True:
            rows = await database.read(lambda session: list(session.exec(select(kind)).all()))
            if len(rows) == count:
                return rows
            await asyncio.sleep(0.01)


async def settled() -> list[PushedRoom]:
    """Wait until all messages were looked at and nothing is due; return what devices show."""

    def query(session: Session) -> tuple[bool, list[PushedRoom]]:
        newest = session.exec(select(func.max(Message.id))).one()
        rows = list(session.exec(select(PushedRoom)).all())
        is_seen = session.exec(select(PushCursor.message_id)).one() == newest
        return is_seen and all(row.due_at is None for row in rows), rows

    async with asyncio.timeout(30):
        while True:
            is_settled, rows = await database.read(query)
            if is_settled:
                return rows
            await asyncio.sleep(0.01)


async def set_level(viewer: CurrentUser, room: int, level: str) -> None:
    await member_settings.set_level(viewer, room, level)


# -- what is sent ----------------------------------------------------------------------------------


async def test_where_nobody_has_a_device_not_every_message_asks_for_one(
    people: People, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    has_devices = queue.has_devices

    def counting(session: Session) -> bool:
        asked.append(has_devices(session))
        return asked[-1]

    async with asyncio.timeout(10):
        while not delivery._nobody_until:  # the start asks for one, too
            await asyncio.sleep(0.01)
    monkeypatch.setattr(delivery, "_nobody_until", 0.0)
    monkeypatch.setattr(queue, "has_devices", counting)
    for text in ("@ben", "@ben again", "and again"):
        await say(people.asha, people.room, text)
        async with asyncio.timeout(10):
            while not asked or delivery._gathering.requested.is_set():
                await asyncio.sleep(0.01)
    assert asked == [False]
    device = service.device("ben")
    await subscribe(people.ben, device)
    await say(people.asha, people.room, "@ben")
    assert await told(service, device, 1)


async def test_two_who_ask_at_once_both_learn_of_a_device(
    people: People, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_nobody_until", 0.0)
    both = await asyncio.gather(*(delivery._is_any_device() for _each in range(2)))
    assert both == [True, True]


async def test_a_mention_reaches_the_device_without_its_text(
    people: People, service: PushService, phone: Device
) -> None:
    seq = await say(people.asha, people.room, "a secret for @ben")
    [said] = await told(service, phone, 1)
    assert said == {
        "kind": "message",
        "room": people.room,
        "seq": seq,
        "title": "asha · Study group",
        "body": "Mentions you",
    }
    [taken] = service.taken
    assert taken.path == "/ben"
    assert taken.headers["Content-Encoding"] == "aes128gcm"
    assert taken.headers["TTL"] == "86400"
    assert taken.headers["Authorization"].startswith("vapid t=")
    assert "Cookie" not in taken.headers
    assert b"secret" not in taken.body
    assert [row.shown_seq for row in await settled()] == [seq]


@pytest.mark.parametrize(
    ("public_url", "contact"),
    [
        ("https://chat.example.org", "https://chat.example.org"),
        ("", delivery.NO_CONTACT),
        ("https://localhost:8443", delivery.NO_CONTACT),
        ("https://127.0.0.1:8443", delivery.NO_CONTACT),
    ],
)
async def test_the_contact_is_one_that_every_push_service_takes(
    people: People,
    service: PushService,
    phone: Device,
    public_url: str,
    contact: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = app_context.current()
    settings = context.settings.model_copy(update={"public_url": public_url})
    monkeypatch.setattr(app_context, "_current", replace(context, settings=settings))
    await say(people.asha, people.room, "hello @ben")
    await told(service, phone, 1)
    token = service.taken[0].headers["Authorization"].removeprefix("vapid t=").split(",")[0]
    claims = jwt.decode(token, subscriptions.public_key())
    assert claims["sub"] == contact


async def test_the_text_is_sent_to_who_wants_it(people: People, service: PushService) -> None:
    device = service.device("ben")
    await subscribe(people.ben, device, shows_text=True)
    await say(people.asha, people.room, f"@ben {'ä😀' * 1500}")
    [said] = await told(service, device, 1)
    assert said["body"].startswith("@ben ä😀")
    assert len(said["body"]) == notification.MAX_TEXT + 1
    assert len(service.taken[0].body) < encryption.MAX_BYTES
    await say(people.asha, people.room, "@ben, **bring** the `ruler`")
    assert (await told(service, device, 2))[1]["body"] == "@ben, bring the ruler"


async def test_a_sticker_is_told_by_its_name(people: People, service: PushService) -> None:
    device = service.device("ben")
    await subscribe(people.ben, device, shows_text=True)
    await set_level(people.ben, people.room, "everything")
    sticker = await test_stickers.upload(people.asha, test_stickers.picture("red"), "party")
    await test_stickers.send(people.asha, people.room, sticker)
    [said] = await told(service, device, 1)
    assert said["body"] == "Sticker: party"


async def test_the_level_of_the_room_decides(
    people: People, service: PushService, phone: Device
) -> None:
    await say(people.asha, people.room, "only counts")
    await say(people.ben, people.room, "@ben himself")
    await say(people.asha, people.room, "@here who has no page is not here")
    await set_level(people.ben, people.room, "nothing")
    await say(people.asha, people.room, "@ben is not to be disturbed")
    await settled()
    await set_level(people.ben, people.room, "everything")
    seq = await say(people.asha, people.room, "for everybody who follows")
    [said] = await told(service, phone, 1)
    assert (said["seq"], said["body"]) == (seq, "New message")


async def test_whole_rooms_and_direct_messages_call(
    people: People, service: PushService, phone: Device
) -> None:
    await say(people.asha, people.room, "@room come in")
    direct = await direct_messages.open(people.ben, ["asha"])
    await told(service, phone, 1)
    await say(people.asha, direct, "between us")
    _first, said = await told(service, phone, 2)
    assert (said["title"], said["room"]) == ("asha", direct)


async def test_nobody_outside_is_told(people: People, service: PushService, phone: Device) -> None:
    await subscribe(people.chen, service.device("chen"))
    await say(people.asha, people.room, "not for @chen, for @ben, and for @room")
    await told(service, phone, 1)
    await settled()
    assert [each.path for each in service.taken] == ["/ben"]


async def test_a_member_who_was_removed_meanwhile_is_not_told(
    people: People, service: PushService, phone: Device
) -> None:
    direct = await direct_messages.open(people.ben, ["asha"])
    await delivery.stop()
    await say(people.asha, people.room, "@ben, a last word")
    await memberships.remove(people.asha, people.room, people.ben.user_id, "")
    delivery.start()
    await say(people.ben, direct, "hello")
    await say(people.asha, direct, "hello to you")
    [said] = await told(service, phone, 1)
    assert said["room"] == direct


async def test_blocks_and_quiet_hours_are_kept(
    people: People, service: PushService, phone: Device
) -> None:
    minute = now().hour * 60 + now().minute
    times = [f"{(minute + by) % 1440 // 60:02}:{(minute + by) % 60:02}" for by in (-60, 120)]
    chosen = {"shows_receipts": True, "shows_last_seen": True, "has_sound": True}
    await preferences.change(people.ben, **chosen, quiet_from=times[0], quiet_until=times[1])
    await say(people.asha, people.room, "@ben in the night")
    await settled()
    await preferences.change(people.ben, **chosen, quiet_from="", quiet_until="")
    await blocks.block(people.ben, "asha")
    await say(people.asha, people.room, "@ben will not see this")
    await settled()
    await blocks.unblock(people.ben, "asha")
    seq = await say(people.asha, people.room, "@ben again")
    assert [said["seq"] for said in await told(service, phone, 1)] == [seq]


async def test_who_is_blocked_meanwhile_calls_nobody(
    people: People, service: PushService, phone: Device
) -> None:
    await delivery.stop()
    await say(people.asha, people.room, "@ben, this is unwanted")
    found = await database.read(lambda session: recipients.find(session, now()))
    await database.write(lambda session: recipients.store(session, found, now(), ()))
    await blocks.block(people.ben, "asha")
    delivery.start()
    await stored(PushedRoom, 0)
    await blocks.unblock(people.ben, "asha")
    seq = await say(people.asha, people.room, "@ben, sorry")
    assert [said["seq"] for said in await told(service, phone, 1)] == [seq]


async def test_a_session_that_is_over_by_its_time_is_told_nothing(
    people: People, service: PushService, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LOOK_BACK_SECONDS", 3600)
    tablet = service.device("tablet")
    await subscribe(await another_login(people.ben), tablet)

    def expire(session: Session) -> None:
        login = session.get_one(LoginSession, people.ben.session_id)
        login.expires_at = now()
        session.add(login)

    await database.write(expire)
    for number in (1, 2):
        await say(people.asha, people.room, f"@ben {number}")
        await told(service, tablet, number)
    assert {taken.path for taken in service.taken} == {"/tablet"}


async def test_many_new_messages_are_noted_once_for_each_device(
    people: People, service: PushService, phone: Device
) -> None:
    await delivery.stop()
    seqs = [await say(people.asha, people.room, f"@ben {number}") for number in range(3)]
    found = await database.read(lambda session: recipients.find(session, now()))
    assert [(each.user_id, each.seq) for each in found.devices] == [(people.ben.user_id, seqs[-1])]
    await subscriptions.unsubscribe(people.ben)
    await database.write(lambda session: recipients.store(session, found, now(), ()))
    assert await settled() == []


async def test_what_another_process_has_noted_is_not_noted_again(
    people: People, service: PushService, phone: Device
) -> None:
    await delivery.stop()
    await say(people.asha, people.room, "@ben")
    found = await database.read(lambda session: recipients.find(session, now()))

    def store(session: Session) -> None:
        recipients.store(session, found, now(), ())

    await database.write(store)  # by the other, while this one was frozen
    delivery.start()
    await told(service, phone, 1)
    shown = await settled()
    await delivery.stop()
    await database.write(store)
    assert await settled() == shown


async def test_ids_that_are_given_again_after_a_room_is_gone_are_looked_at(
    people: People, service: PushService, phone: Device
) -> None:
    await database.write(lambda session: session.exec(update(PushCursor).values(message_id=500)))
    seq = await say(people.asha, people.room, "@ben")
    assert [said["seq"] for said in await told(service, phone, 1)] == [seq]


async def test_who_looks_at_a_page_is_notified_there(
    people: People, service: PushService, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "HELD", timedelta(0))
    presence.connect(people.ben, "page")
    await say(people.asha, people.room, "@ben looks")
    await settled()
    presence.set_active(people.ben, "page", False)
    seq = await say(people.asha, people.room, "@ben is away")
    assert [said["seq"] for said in await told(service, phone, 1)] == [seq]


async def test_who_turns_away_meanwhile_is_notified(
    people: People, service: PushService, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "HELD", timedelta(seconds=1))
    presence.connect(people.ben, "page")
    seq = await say(people.asha, people.room, "@ben is just leaving")
    [row] = await stored(PushedRoom, 1)
    assert row.due_at > now() - timedelta(seconds=30)
    presence.set_active(people.ben, "page", False)
    assert [said["seq"] for said in await told(service, phone, 1)] == [seq]


@pytest.mark.parametrize(
    ("start", "end", "hour", "quiet"),
    [
        *((22, 7, 23, True), (22, 7, 6, True), (22, 7, 7, False), (22, 7, 12, False)),
        *((9, 17, 12, True), (9, 17, 17, False), (None, None, 3, False)),
    ],
)
def test_quiet_hours_are_by_the_readers_clock(
    start: int | None, end: int | None, hour: int, quiet: bool
) -> None:
    moment = now().replace(hour=hour, minute=0)
    zone = "Etc/UTC"
    chosen = Preferences(
        quiet_from=None if start is None else start * 60,
        quiet_until=None if end is None else end * 60,
        time_zone=zone,
    )
    assert notification.is_quiet(chosen, moment) is quiet


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-10-24T19:59Z", False),  # 21:59 in summer time
        ("2026-10-24T20:00Z", True),
        ("2026-10-25T05:59Z", True),  # 6:59, after the clocks were put back
        ("2026-10-25T06:00Z", False),
        ("2026-10-25T20:59Z", False),
        ("2026-10-25T21:00Z", True),
        ("2027-03-28T04:59Z", True),  # 6:59, after they were put forward
        ("2027-03-28T05:00Z", False),
    ],
)
def test_quiet_hours_follow_summer_time(moment: str, quiet: bool) -> None:
    chosen = Preferences(quiet_from=22 * 60, quiet_until=7 * 60, time_zone="Europe/Berlin")
    assert notification.is_quiet(chosen, datetime.fromisoformat(moment)) is quiet


def test_quiet_for_all_day_but_a_minute() -> None:
    chosen = Preferences(quiet_from=120, quiet_until=119, time_zone="Etc/UTC")
    day = datetime(2026, 5, 1, tzinfo=UTC)
    awake = [
        minute
        for minute in range(24 * 60)
        if not notification.is_quiet(chosen, day + timedelta(minutes=minute))
    ]
    assert awake == [119]


# -- what is taken back ----------------------------------------------------------------------------


async def test_what_is_read_elsewhere_is_taken_back(
    people: People, service: PushService, phone: Device
) -> None:
    seq = await say(people.asha, people.room, "@ben")
    await told(service, phone, 1)
    await settled()
    read_positions.mark_read(people.ben, people.room, seq)
    _message, withdrawal = await told(service, phone, 2)
    assert withdrawal == {"kind": "read", "room": people.room}
    assert service.taken[0].headers["Topic"] == service.taken[1].headers["Topic"]
    await stored(PushedRoom, 0)


async def test_what_is_read_while_it_is_sent_is_taken_back(
    people: People, service: PushService, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LOOK_BACK_SECONDS", 3600)
    service.waits.clear()
    seq = await say(people.asha, people.room, "@ben")
    await told(service, phone, 1)
    read_positions.mark_read(people.ben, people.room, seq)
    await read_positions.flush()
    service.waits.set()
    assert (await told(service, phone, 2))[1]["kind"] == "read"
    await stored(PushedRoom, 0)


async def test_what_is_deleted_is_taken_back(
    people: People, service: PushService, phone: Device
) -> None:
    seq = await say(people.asha, people.room, "@ben")
    await told(service, phone, 1)
    await settled()
    await edits.delete(people.asha, people.room, seq)
    assert (await told(service, phone, 2))[1]["kind"] == "read"


async def test_several_messages_are_one_notification(
    people: People, service: PushService, phone: Device
) -> None:
    service.waits.clear()
    seqs = [await say(people.asha, people.room, "@ben 1")]
    await told(service, phone, 1)
    seqs += [await say(people.asha, people.room, f"@ben {number}") for number in (2, 3, 4)]
    async with asyncio.timeout(30):
        while (await stored(PushedRoom, 1))[0].wanted_seq < seqs[-1]:
            await asyncio.sleep(0.01)
    service.waits.set()
    assert [said["seq"] for said in await told(service, phone, 2)] == [seqs[0], seqs[-1]]
    assert [row.shown_seq for row in await settled()] == [seqs[-1]]


# -- push services that are gone, slow, or not what they seem --------------------------------------


@pytest.mark.parametrize("status", [404, 410])
async def test_a_dead_subscription_goes(
    people: People, service: PushService, phone: Device, status: int
) -> None:
    service.status = status
    await say(people.asha, people.room, "@ben")
    await told(service, phone, 1)
    await stored(PushSubscription, 0)
    await stored(PushedRoom, 0)


async def test_a_failed_delivery_is_tried_again_and_given_up(
    people: People, service: PushService, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(queue, "MAX_FAILURES", 4)
    service.status = 503
    await say(people.asha, people.room, "@ben")
    await told(service, phone, 2)
    service.status = 201
    await told(service, phone, 3)
    await settled()
    [subscription] = await stored(PushSubscription, 1)
    assert subscription.failures == 0
    service.status = 302
    await say(people.asha, people.room, "@ben once more")
    await stored(PushSubscription, 0)


async def test_a_queue_survives_a_restart(
    people: People, service: PushService, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "FIRST_RETRY", timedelta(0))
    service.status = 503
    first = await say(people.asha, people.room, "@ben before")
    await told(service, phone, 1)
    await delivery.stop()
    assert await database.read(queue.count_waiting) == 1
    before = len(service.taken)
    service.status = 201
    delivery.start()
    said = await told(service, phone, before + 1)
    assert said[-1]["seq"] == first
    await settled()
    await delivery.stop()
    assert await database.read(queue.count_waiting) == 0
    seq = await say(people.asha, people.room, "@ben while nothing is sent")
    delivery.start()
    assert (await told(service, phone, before + 2))[-1]["seq"] == seq


async def test_a_push_service_that_hangs_delays_nobody(
    people: People, service: PushService, phone: Device
) -> None:
    await subscribe(people.chen, service.device("chen"))
    service.waits.clear()
    await say(people.asha, people.room, "@ben")
    await told(service, phone, 1)
    async with asyncio.timeout(10):
        for number in range(20):
            await say(people.asha, people.room, f"@ben {number}")
    with push_service() as other:
        device = other.device("dora")
        dora = await person("dora")
        await add_member(people.asha, people.room, "dora")
        await subscribe(dora, device)
        seq = await say(people.asha, people.room, "@dora")
        assert (await told(other, device, 1))[0]["seq"] == seq
    assert len(service.taken) == 1


async def test_nothing_private_is_reached(
    service: PushService,
    phone: Device,
    app_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As long as the host does not want it: also by a name that leads there."""
    by_name = f"http://localhost:{service.address.rpartition(':')[2]}/x"
    pushes = [
        notification.Push(1, 1, 1, 1, 1, endpoint, *phone.said[1:], b"{}")
        for endpoint in (phone.endpoint, by_name)
    ]
    assert [await delivery._post(push) for push in pushes] == [201, 201]
    context = replace(app_context.current(), settings=app_settings)
    monkeypatch.setattr(app_context, "_current", context)
    assert [await delivery._post(push) for push in pushes] == [0, 0]
    assert len(service.taken) == 2


# -- subscriptions ---------------------------------------------------------------------------------


async def test_a_subscription_ends_with_its_session(
    people: People, service: PushService, phone: Device
) -> None:
    await subscribe(people.chen, service.device("chen"))
    await sessions.end(people.ben, people.ben.session_id)
    [left] = await stored(PushSubscription, 1)
    assert left.user_id == people.chen.user_id


async def test_a_device_has_one_subscription_and_a_person_few(
    people: People, service: PushService, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MAX_DEVICES", 2)
    await subscribe(people.ben, phone, shows_text=True)
    [mine] = await stored(PushSubscription, 1)
    assert mine.shows_text
    await subscribe(people.chen, phone)
    [theirs] = await stored(PushSubscription, 1)
    assert theirs.user_id == people.chen.user_id

    logins = [await another_login(people.ben) for _number in range(3)]
    for number, login in enumerate(logins):
        await subscribe(login, service.device(f"ben-{number}"))
    found = await stored(PushSubscription, 3)
    mine = [each.session_id for each in found if each.user_id == people.ben.user_id]
    assert mine == [login.session_id for login in logins[1:]]
    await subscriptions.unsubscribe(logins[2])
    await subscriptions.unsubscribe(logins[2])
    await stored(PushSubscription, 2)


async def another_login(viewer: CurrentUser) -> CurrentUser:
    from msgspec.structs import replace as with_other

    from services.core.dto import Visitor

    opened = await database.write(
        lambda session: sessions.add(session, viewer.user_id, Visitor("127.0.0.1", "Test"))
    )
    return with_other(viewer, session_id=opened.session_id)


async def test_what_no_browser_says_is_refused(people: People, service: PushService) -> None:
    endpoint, p256dh, auth = service.device("x").said
    for said in (
        (endpoint, p256dh, auth[:-2]),
        (endpoint, p256dh[:-4], auth),
        (endpoint, encryption.encode(b"\x04" + bytes(64)), auth),
        (endpoint, "ü" * 87, auth),
        (endpoint, None, auth),
        ("gopher://x", p256dh, auth),
    ):
        with pytest.raises(ServiceError, match="push service"):
            await subscriptions.subscribe(people.ben, *said, shows_text=False)
    await stored(PushSubscription, 0)


async def test_what_is_no_base64_in_a_key_is_not_stored(
    people: People, service: PushService
) -> None:
    endpoint, p256dh, auth = service.device("x").said
    await subscriptions.subscribe(
        people.ben, endpoint, "\0" * 4 + p256dh, auth + "\0" * 4, shows_text=False
    )
    [kept] = await database.read(lambda session: session.exec(select(PushSubscription)).all())
    assert (kept.p256dh, kept.auth) == (p256dh, auth)


async def test_who_subscribes_is_not_told_of_what_was_before(
    people: People, service: PushService
) -> None:
    await say(people.asha, people.room, "@ben long ago")
    device = service.device("ben")
    await subscribe(people.ben, device)
    seq = await say(people.asha, people.room, "@ben now")
    assert [said["seq"] for said in await told(service, device, 1)] == [seq]


async def test_without_devices_nothing_is_written(people: People) -> None:
    seq = await say(people.asha, people.room, "@ben")
    assert seq
    await stored(PushCursor, 0)

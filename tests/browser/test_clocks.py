"""What depends on the day renews itself; what the server decides goes by the server's clock."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from models.clock import now
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import NO_CONNECTION, Complaints, Person
from tests.browser.test_polls import ask, option
from tests.server import Server

# A clock that was changed stays so: both have a browser for each test.


@pytest.fixture
def asha(enter: Enter) -> Person:
    """She owns the room."""
    return enter("asha", locale="en-US")


@pytest.fixture
def ben(enter: Enter) -> Person:
    """He is in the room."""
    return enter("ben", locale="en-US")


def days(person: Person) -> Locator:
    """Return the lines that say which day it was."""
    return person.timeline.locator(".rule.day")


def wake(person: Person) -> None:
    """Have the page notice that it is seen again, as after a night."""
    person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_today_becomes_yesterday_by_itself(
    asha: Person, ben: Person, room: int, server: Server, complaints: Complaints
) -> None:
    complaints.expect(*NO_CONNECTION)
    yesterday = now() - timedelta(days=1)
    stored.put_messages(server.data, room, ["late"], author="asha", times=[yesterday])
    stored.put_messages(server.data, 1, ["old"], author="asha", times=[yesterday])
    ben.page.clock.install(time=yesterday)
    ben.open(room)
    expect(days(ben)).to_have_text(["Today"])
    expect(ben.room_entry(1).locator(".when")).to_contain_text(":")
    ben.page.clock.fast_forward("24:00:00")
    expect(days(ben)).to_have_text(["Yesterday"])
    expect(ben.room_entry(1).locator(".when")).to_have_text(yesterday.strftime("%a"))
    asha.open(room).say("early")
    ben.sees("early")
    expect(days(ben)).to_have_text(["Yesterday", "Today"])


@pytest.mark.long  # a day goes by in the test above, too
def test_a_machine_that_wakes_shows_the_day_that_it_is(
    ben: Person, room: int, server: Server
) -> None:
    moment = datetime(2026, 12, 31, 12, tzinfo=UTC)
    stored.put_messages(
        server.data,
        room,
        ["old year", "new year"],
        author="asha",
        times=[moment, moment + timedelta(days=1)],
    )
    ben.page.clock.set_system_time(moment + timedelta(hours=1))
    ben.open(room)
    expect(days(ben).first).to_have_text("Today")
    ben.page.clock.set_system_time(moment + timedelta(days=1))
    wake(ben)
    expect(days(ben)).to_have_text(["Yesterday", "Today"])
    ben.page.clock.set_system_time(moment + timedelta(days=2))
    wake(ben)
    expect(days(ben).last).to_have_text("Yesterday")
    expect(days(ben).first).to_contain_text("2026")
    expect(ben.room_entry(room).locator(".when")).to_have_text("Fri")
    ben.page.clock.set_system_time(moment + timedelta(days=400))
    wake(ben)
    expect(ben.room_entry(room).locator(".when")).to_contain_text("27")


def test_another_time_zone_moves_times_and_days(enter: Enter, room: int, server: Server) -> None:
    traveller = enter("ben", locale="en-US")
    devtools = traveller.context.new_cdp_session(traveller.page)

    def move_to(zone: str) -> None:
        devtools.send("Emulation.setTimezoneOverride", {"timezoneId": zone})

    moment = now().replace(hour=12, minute=0, second=0)
    times = [moment - timedelta(days=3, minutes=1), moment - timedelta(days=3), moment]
    move_to("UTC")
    stored.put_messages(server.data, room, ["a", "b", "c"], author="asha", times=times)
    traveller.open(room)
    expect(traveller.message("b").locator("time")).to_have_text("12:00 PM")
    expect(days(traveller)).to_have_count(2)
    move_to("Asia/Kolkata")
    wake(traveller)
    expect(traveller.message("b").locator("time")).to_have_text("05:30 PM")
    move_to("Pacific/Auckland")  # at noon in London a new day begins, or has begun
    wake(traveller)
    expect(traveller.message("b").locator("time")).not_to_have_text("05:30 PM")


CHANGE = ("Europe/Berlin", "2026-10-25T12:00", "2026-10-25T23:30", "Yesterday", "Sun")
FURTHER_CHANGES = [
    ("America/Santiago", "2026-09-06T03:30", "2026-09-06T04:30", "Yesterday", "Sat"),
    ("Europe/Berlin", "2026-10-24T21:30", "2026-10-24T22:30", "Yesterday", "Sat"),
    ("Europe/Berlin", "2026-03-29T10:00", "2026-03-29T22:30", "Yesterday", "Sun"),
    ("America/Santiago", "2026-09-06T12:00", "2026-09-07T12:00", "Yesterday", "Sun"),
]


@pytest.mark.parametrize(
    ("zone", "said", "seen", "rule", "brief"),
    [CHANGE, *(pytest.param(*each, marks=pytest.mark.long) for each in FURTHER_CHANGES)],
)
def test_days_when_the_clocks_change(
    enter: Enter,
    room: int,
    server: Server,
    zone: str,
    said: str,
    seen: str,
    rule: str,
    brief: str,
) -> None:
    when, moment = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (said, seen))
    stored.put_messages(server.data, room, ["before"], author="asha", times=[when])
    traveller = enter("ben", timezone_id=zone)
    traveller.page.clock.set_system_time(moment)
    traveller.open(room)
    expect(days(traveller)).to_have_text([rule])
    expect(traveller.room_entry(room).locator(".when")).to_have_text(brief)


@pytest.mark.long  # tests/services/messages closes polls, too
@pytest.mark.parametrize("hours", [1, -1])
def test_a_poll_is_open_for_as_long_as_the_server_says(
    asha: Person, ben: Person, room: int, server: Server, hours: int
) -> None:
    asha.open(room)
    ask(asha, "Soon?", "Yes", "No")
    option(asha, "Soon?", "Yes").wait_for()
    stored.close_polls_in(server.data, room, 600)
    ben.page.clock.install(time=now() + timedelta(hours=hours))
    ben.open(room)
    option(ben, "Soon?", "Yes").click()
    expect(option(ben, "Soon?", "Yes").locator(".many")).to_have_text("1")
    expect(ben.message("Soon?").locator(".poll-foot")).to_contain_text(
        "closes", use_inner_text=True
    )
    stored.close_polls_in(server.data, room, 0)
    ben.reload()
    expect(option(ben, "Soon?", "Yes")).to_be_disabled()
    expect(ben.message("Soon?").locator(".poll-foot")).to_contain_text(
        "closed", use_inner_text=True
    )


@pytest.mark.long  # waits until it closes
def test_a_poll_closes_when_the_server_closes_it(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    asha.open(room)
    ask(asha, "Soon?", "Yes", "No")
    option(asha, "Soon?", "Yes").wait_for()
    stored.close_polls_in(server.data, room, 4)
    ben.page.clock.install(time=now() - timedelta(hours=1))
    ben.open(room)
    expect(option(ben, "Soon?", "Yes")).to_be_enabled()
    expect(option(ben, "Soon?", "Yes")).to_be_disabled()


@pytest.mark.long  # a rare case
def test_receipts_and_order_do_not_go_by_the_readers_clock(
    asha: Person, ben: Person, room: int
) -> None:
    asha.page.clock.install(time=now() + timedelta(days=1))
    asha.open(room)
    ben.open(room)
    asha.say("one")
    expect(asha.message("one")).to_have_attribute("data-receipt", "read")
    ben.say("two")
    asha.sees("two")
    asha.say("three")
    expect(asha.message("three")).to_have_attribute("data-receipt", "read")
    assert asha.texts() == ben.texts() == ["one", "two", "three"]
    expect(days(asha)).to_have_text(["Yesterday"])
    expect(days(ben)).to_have_text(["Today"])

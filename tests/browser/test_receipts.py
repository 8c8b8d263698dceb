"""Receipts move, somebody types, somebody goes: what two and three people see of one another."""

import re

import pytest
from playwright.sync_api import Locator, WebSocket, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.connection import Line
from tests.browser.person import NO_CONNECTION, Complaints, Person
from tests.server import Server

HIDE = """(hidden) => {
  const value = hidden ? 'hidden' : 'visible';
  Object.defineProperty(document, 'visibilityState', { value, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
GONE_WITHIN = 25_000
"""Milliseconds in which somebody who has closed their page counts as gone."""


def receipt(person: Person, text: str, state: str | None) -> None:
    """Wait until one of the person's own messages has this state."""
    shown = person.message(text)
    if state is None:
        expect(shown).to_have_attribute("data-state", "sent")
        expect(shown).not_to_have_attribute("data-receipt", "delivered")
        expect(shown).not_to_have_attribute("data-receipt", "read")
    else:
        expect(shown).to_have_attribute("data-receipt", state)


def hide(person: Person, hidden: bool = True) -> None:
    """Look at another tab, as far as the page can tell, or come back."""
    person.page.evaluate(HIDE, hidden)


def choose(person: Person, text: str, action: str) -> None:
    """Choose something from the menu of a message."""
    person.message(text).locator(".message-body").hover(
        position={"x": 4, "y": 8}
    )  # the time may lie over its middle
    person.page.locator("#message-menu [popovertarget]").click()
    person.page.locator(f"#message-menu [data-does={action}]").click()


@pytest.fixture
def trio(server: Server, asha: Person, ben: Person, chen: Person) -> int:
    """A room with all three in it."""
    return stored.make_room(server.data, "Three", ["asha", "ben", "chen"])


# -- receipts ----------------------------------------------------------------------------------


def test_a_message_is_sent_then_delivered_then_read(enter: Enter, server: Server) -> None:
    dora = enter("receiptdora", new=True).sign_up()
    emil = enter("receiptemil", new=True).sign_up()
    room = stored.make_room(server.data, "Two", ["receiptdora", "receiptemil"])
    dora.open(room)
    dora.choose_in_room("Members")
    expect(presence(dora, "receiptemil")).to_have_attribute("data-state", "offline")
    dora.page.locator(".panel").get_by_role("link", name="Close").click()
    dora.say("are you there?")
    receipt(dora, "are you there?", None)
    emil.page.goto(f"{emil.address}/account")  # here, but not in the room
    receipt(dora, "are you there?", "delivered")
    emil.open(room)
    receipt(dora, "are you there?", "read")
    dora.reload()
    receipt(dora, "are you there?", "read")


@pytest.mark.long  # a further number of readers
def test_in_a_group_it_is_read_when_all_have_read_it(
    asha: Person, ben: Person, chen: Person, trio: int, server: Server
) -> None:
    asha.open(trio)
    ben.open(trio)
    chen.open("/account", wait=False)
    asha.say("who is coming?")
    ben.sees("who is coming?")
    receipt(asha, "who is coming?", "delivered")
    stored.wait_until_read(server.data, trio, "ben", seq=1)
    choose(asha, "who is coming?", "receipts")
    box = asha.page.get_by_test_id("readers")
    expect(box.locator("[data-part=read]")).to_contain_text("ben")
    expect(box.locator("[data-part=read] time")).not_to_have_text("")
    expect(box.locator("[data-part=delivered]")).to_contain_text("chen")
    asha.page.keyboard.press("Escape")
    receipt(asha, "who is coming?", "delivered")
    chen.open(trio)
    receipt(asha, "who is coming?", "read")


@pytest.mark.long  # read positions have tests of their own
def test_who_looks_at_another_tab_reads_nothing(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    hide(ben)
    asha.say("psst")
    ben.sees("psst")
    receipt(asha, "psst", "delivered")
    # In this time the page would say that it was read; what it says then arrives later.
    ben.page.evaluate("new Promise((done) => setTimeout(done, 400))")
    ben.composer.press_sequentially("hm")
    expect(typists(asha)).to_have_text("ben is typing …")
    asha.say("are you there?")
    receipt(asha, "are you there?", "delivered")
    receipt(asha, "psst", "delivered")
    ben.composer.fill("")
    hide(ben, False)
    receipt(asha, "psst", "read")


@pytest.mark.long  # waits; the tests above move receipts
def test_receipts_survive_an_edit_and_a_broken_line(
    enter: Enter, asha: Person, server: Server, complaints: Complaints, room: int
) -> None:
    complaints.expect(*NO_CONNECTION)
    with Line(server.port) as line:
        far = enter("ben", address=line.address).open(room)
        asha.open(room)
        asha.say("one")
        receipt(asha, "one", "read")
        line.cut()
        expect(far.connection).to_be_visible()
        asha.say("two")
        line.mend()
        receipt(asha, "two", "read")
        far.say("three")
        line.cut()
        expect(far.connection).to_be_visible()
        asha.sees("three")
        line.mend()
        receipt(far, "three", "read")


@pytest.mark.long  # waits; the tests above move receipts
def test_receipts_that_are_off_are_off_both_ways(enter: Enter, server: Server) -> None:
    fritz = enter("receiptfritz", new=True).sign_up()
    gita = enter("receiptgita", new=True).sign_up()
    room = stored.make_room(server.data, "Off", ["receiptfritz", "receiptgita"])
    fritz.open("/account", wait=False)
    fritz.page.locator("input[name=shows_receipts]").uncheck()
    fritz.page.locator("form", has=fritz.page.locator("input[name=shows_receipts]")).locator(
        "button[type=submit]"
    ).click()
    expect(fritz.page.locator(".said.good")).to_be_visible()
    fritz.open(room)
    gita.open(room)
    gita.say("do you read me?")
    fritz.say("I do.")
    gita.sees("I do.")
    stored.wait_until_read(server.data, room, "receiptfritz", seq=2)
    for person in (gita, fritz):  # whoever sends is told the receipts of all they have sent
        person.page.evaluate("socket.on('chat_receipts', () => { window.isTold = true; })")
        person.say("no receipts?")
        person.until("window.isTold")
    receipt(gita, "do you read me?", None)
    receipt(fritz, "I do.", None)
    choose(fritz, "I do.", "receipts")
    expect(fritz.page.locator(".said")).to_contain_text("Turn them on")


# -- typing --------------------------------------------------------------------------------------


def typists(person: Person) -> Locator:
    return person.page.get_by_test_id("typists")


@pytest.mark.long  # waits until a hint expires
def test_typing_appears_and_goes(asha: Person, ben: Person, chen: Person, trio: int) -> None:
    for person in (asha, ben, chen):
        person.open(trio)
    ben.composer.press_sequentially("I thi")
    expect(typists(asha)).to_have_text("ben is typing …")
    expect(typists(ben)).to_have_text("")
    chen.composer.press_sequentially("well")
    expect(typists(asha)).to_have_text("ben and chen are typing …")
    ben.composer.press("Enter")
    asha.sees("I thi")
    expect(typists(asha)).to_have_text("chen is typing …")
    chen.composer.fill("")


@pytest.mark.long  # waits until the hint is too old
def test_who_stops_typing_is_not_shown_for_long(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room).composer.press_sequentially("well")
    expect(typists(asha)).to_have_text("ben is typing …")
    expect(typists(asha)).to_have_text("")
    ben.composer.fill("")


@pytest.mark.long  # tests/chat_ui asks who is told
def test_nobody_elsewhere_is_told_who_types(
    asha: Person, ben: Person, chen: Person, trio: int, room: int
) -> None:
    asha.open(trio)
    ben.open(trio)
    chen.open("/account", wait=False)
    asha.page.evaluate(
        "() => { window.heard = 0; new MutationObserver(() => window.heard++).observe("
        "document.querySelector('.typists'), { childList: true }); }"
    )
    frames: list[str | bytes] = []

    def listen(line: WebSocket) -> None:
        line.on("framereceived", lambda frame: frames.append(str(frame)))

    chen.page.on("websocket", listen)
    chen.page.reload()
    chen.until("window.did_handshake")
    chen.page.remove_listener("websocket", listen)
    ben.composer.press_sequentially("shh")
    asha.until("window.heard > 0")
    asha.say("that reaches chen")
    expect(chen.room_entry(trio)).to_have_attribute("data-unread", "1")
    assert frames
    assert not [frame for frame in frames if "chat_typing" in str(frame)]
    ben.composer.fill("")


# -- presence ------------------------------------------------------------------------------------


def presence(person: Person, name: str) -> Locator:
    """Return the dot beside somebody in the box of members."""
    entry = person.page.locator(".people .entry").filter(has_text=f"@{name}")
    return entry.locator("[data-presence-of]").first


def test_who_is_here_is_shown(asha: Person, ben: Person, room: int) -> None:
    ben.open(room)
    asha.open(room)
    asha.choose_in_room("Members")
    expect(presence(asha, "ben")).to_have_attribute("data-state", "active")


@pytest.mark.long  # waits until the person counts as gone
def test_who_is_away_or_goes_is_shown_so(enter: Enter, server: Server) -> None:
    hana = enter("presencehana", new=True).sign_up()
    ivan = enter("presenceivan", new=True).sign_up()
    room = stored.make_room(server.data, "Here", ["presencehana", "presenceivan"])
    ivan.open(room)
    hana.open(room)
    hana.choose_in_room("Members")
    expect(presence(hana, "presenceivan")).to_have_attribute("data-state", "active")
    hide(ivan)
    expect(presence(hana, "presenceivan")).to_have_attribute("data-state", "away")
    hide(ivan, False)
    expect(presence(hana, "presenceivan")).to_have_attribute("data-state", "active")
    ivan.page.goto("about:blank")
    expect(presence(hana, "presenceivan")).to_have_attribute(
        "data-state", "offline", timeout=GONE_WITHIN
    )
    expect(presence(hana, "presenceivan")).to_have_attribute("title", re.compile("Last seen"))

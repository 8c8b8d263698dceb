"""What seldom goes wrong: an answer that does not come or comes late, storage full or torn."""

import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests import postgres
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.connection import Line
from tests.browser.person import NO_CONNECTION, Complaints, Person
from tests.server import Server

LOSE = """([event, times]) => {
  const lose = (said) => {
    if (said.detail.event !== event) return;
    said.stopPropagation();
    if (--times === 0) removeEventListener('client_event', lose, true);
  };
  addEventListener('client_event', lose, true);
}"""
"""What the page says next does not arrive, which is to it as if nobody answered."""


LOSE_FIRST = """(() => {
  const own = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
  let lost = false;
  Object.defineProperty(WebSocket.prototype, 'onmessage', {
    ...own,
    set(hear) {
      own.set.call(this, (event) => {
        if (lost || !event.data.startsWith?.('42["chat_messages"')) hear(event);
        else lost = true;
      });
    },
  });
})()"""
"""The first messages do not arrive."""


def lose(person: Person, event: str, times: int = 1) -> None:
    """Lose what the page says next with `event`; on the next page, if none is open."""
    if person.has_page:
        person.page.evaluate(LOSE, [event, times])
    else:
        person.run_first(f"({LOSE})(['{event}', {times}])")


# -- questions without an answer -------------------------------------------------------------------


@pytest.mark.long  # one more answer that is lost
def test_a_page_that_its_first_messages_do_not_reach_asks_for_them(
    asha: Person, ben: Person, room: int
) -> None:
    ben.open(room).say("before")
    asha.run_first(LOSE_FIRST)
    asha.open(room, wait=False)
    asha.write("waiting")
    ben.say("meanwhile")
    asha.sees("before", "meanwhile", "waiting")
    ben.sees("waiting")
    assert asha.texts() == ben.texts()


@pytest.mark.long  # one more answer that is lost
def test_older_messages_that_do_not_come_are_asked_for_again(
    asha: Person, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, [f"m{n}" for n in range(80)], author="asha")
    stored.mark_read(server.data, room, "asha", 80)
    asha.open(room)
    lose(asha, "load_older")
    asha.timeline.evaluate("timeline => { timeline.scrollTop = 0; }")
    asha.sees("m0")
    assert [each.seq for each in asha.shown()] == list(range(1, 81))


HOOK = """() => {
  const [receive] = socket.listenersAny();
  window.take = (news) => receive('chat_messages', news);
  window.instead = (listener) => {
    socket.offAny();
    socket.onAny((name, news) => name === 'chat_messages' ? listener(news) : receive(name, news));
  };
}"""
LOSE_MESSAGES = """() => {
  instead((news) => { if (news.how !== 'open') take(news); });
}"""
OVERTAKE = """() => {
  instead((news) => {
    take(news);
    if (news.how === 'open') take({ room: news.room, how: 'live', html: '', crowd: 1 });
  });
}"""
PRECEDE = """() => {
  instead((news) => {
    if (news.how !== 'open') { take(news); return; }
    const pattern = document.createElement('template');
    pattern.innerHTML = news.html;
    const late = pattern.content.lastElementChild;  // it was said after the others were read
    take({ room: news.room, how: 'live', html: late.outerHTML, crowd: 1 });
    late.remove();
    take({ ...news, html: pattern.innerHTML });
  });
}"""
COUNT = """() => {
  window.asked = 0;
  addEventListener('client_event', ({ detail }) => {
    window.asked += detail.event === 'catch_up';
  }, true);
}"""


# Long: answers are lost in test_reconnecting.py, too; the others are late.
@pytest.mark.parametrize(
    ("happens", "asked"),
    [
        pytest.param("() => {}", 0, id="as a rule"),
        pytest.param(LOSE_MESSAGES, 1, id="lost", marks=pytest.mark.long),
        pytest.param(OVERTAKE, 1, id="outdated", marks=pytest.mark.long),
        pytest.param(PRECEDE, 1, id="outdated before they come", marks=pytest.mark.long),
    ],
)
def test_messages_come_along_with_their_room_or_are_asked_for(
    asha: Person, room: int, server: Server, happens: str, asked: int
) -> None:
    other = stored.make_room(server.data, "Reading circle", ["asha"])
    said = [f"m{n}" for n in range(60)]
    stored.put_messages(server.data, other, said, author="asha")
    stored.mark_read(server.data, other, "asha", len(said))
    asha.open(room)
    asha.page.evaluate(COUNT)
    asha.page.evaluate(HOOK)
    asha.page.evaluate(happens)
    asha.go_to(other)
    asha.sees(said[-1])
    assert asha.texts() == said[10:]
    assert asha.page.evaluate("asked") == asked


# -- answers that come late ------------------------------------------------------------------------

HOLD = """(event) => {
  const hold = (said) => {
    const { target, detail } = said;
    if (detail.event !== event) return;
    said.stopPropagation();
    removeEventListener('client_event', hold, true);
    window.held = () => target.dispatchEvent(new CustomEvent('client_event', { detail }));
  };
  addEventListener('client_event', hold, true);
}"""
"""What the page says next with this event is kept back until `held` is called."""


@pytest.mark.long  # one more answer that is late
def test_nothing_is_written_before_the_text_to_change_is_there(asha: Person, room: int) -> None:
    asha.open(room).say("Short")
    asha.composer.fill("a draft")
    asha.page.evaluate(HOLD, "message_action")
    asha.choose("Short", "edit")
    expect(asha.composer).not_to_be_editable()
    asha.composer.press("Enter")
    asha.page.get_by_test_id("send").click()
    asha.composer.press("Escape")
    expect(asha.composer).to_be_editable()
    asha.page.evaluate("held()")  # an answer that nobody waits for any more
    asha.say("a draft")
    assert asha.texts() == ["Short", "a draft"]
    asha.choose("Short", "edit")
    expect(asha.composer).to_have_value("Short")


@pytest.mark.long  # one more answer that is late
def test_an_edit_that_is_refused_gives_the_draft_back(
    asha: Person, room: int, server: Server
) -> None:
    asha.open(room).say("Short")
    asha.composer.fill("a draft")
    asha.page.evaluate(HOLD, "message_action")
    asha.choose("Short", "edit")
    expect(asha.composer).not_to_be_editable()
    stored.delete_messages(server.data, room, 1)
    asha.page.evaluate("held()")
    expect(asha.page.locator(".said")).to_be_visible()
    expect(asha.composer).to_be_editable()
    expect(asha.composer).to_have_value("a draft")


@pytest.mark.long  # a rare case
def test_an_answer_of_the_switcher_leaves_the_arrows_choice(
    asha: Person, room: int, server: Server
) -> None:
    for name in ("Yacht one", "Yacht two"):
        stored.make_room(server.data, name, ["asha"])
    asha.open(room)
    asha.page.keyboard.press("Control+k")
    asha.page.keyboard.type("yach")
    found = asha.page.get_by_test_id("switcher").get_by_role("option")
    expect(found).to_have_count(2)
    asha.page.evaluate(HOLD, "quick_search")
    asha.page.keyboard.type("t")
    asha.until("window.held")  # what was typed before is answered
    asha.page.keyboard.press("ArrowDown")
    chosen = found.nth(1).get_attribute("href")
    asha.page.evaluate("document.querySelector('.switcher-list').firstElementChild.id = 'old'")
    asha.page.evaluate("held()")
    expect(found.first).to_have_id("switcher-0")  # drawn again
    expect(found.and_(asha.page.locator("[aria-selected=true]"))).to_have_attribute(
        "href", str(chosen)
    )


@pytest.mark.long  # one more answer that is late
def test_older_messages_that_come_after_the_top_was_cut_off_leave_no_hole(
    asha: Person, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, [f"m{n}" for n in range(600)], author="asha")
    stored.mark_read(server.data, room, "asha", 600)
    asha.open(room)
    while (first := asha.shown()[0].seq) > 200:
        asha.timeline.evaluate("timeline => { timeline.scrollTop = 0; }")
        asha.until("document.querySelector(`.message[data-seq='${argument}']`)", first - 1)
    # The next page is on its way while the person's own message cuts off the top.
    asha.page.evaluate(HOLD, "load_older")
    asha.timeline.evaluate("timeline => { timeline.scrollTop = 0; }")
    asha.until("window.held")
    asha.write("mine")
    asha.until_stored("mine")
    expect(asha.timeline.locator(".message")).to_have_count(200)
    asha.page.evaluate("held()")
    asha.timeline.evaluate("timeline => { timeline.scrollTop = 0; }")
    asha.until("document.querySelectorAll('.message').length > 200")
    seqs = [each.seq for each in asha.shown()]
    assert seqs == list(range(seqs[0], 602))
    asha.timeline.evaluate("timeline => { timeline.scrollTop = 0; }")
    asha.until("Number(document.querySelector('.message').dataset.seq) < argument", seqs[0])


PIECES = """(() => {
  const own = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
  const cut = (data) => {
    if (!data.startsWith?.('42["chat_messages"')) return data;
    const said = JSON.parse(data.slice(2));
    const pattern = document.createElement('template');
    pattern.innerHTML = said[1].html;
    const all = [...pattern.content.children].map((message) => message.outerHTML);
    if (said[1].how !== 'add' || all.length <= 20) return data;
    Object.assign(said[1], { html: all.slice(0, 20).join(''), rest: true });
    return '42' + JSON.stringify(said);
  };
  Object.defineProperty(WebSocket.prototype, 'onmessage', {
    ...own,
    set(hear) { own.set.call(this, ({ data }) => hear({ data: cut(data) })); },
  });
  window.told = [];
  addEventListener('client_event', ({ detail: { event, detail } }) => {
    if (['catch_up', 'send'].includes(event)) told.push([event, detail.last ?? 0]);
  }, true);
})()"""
"""What was missed comes in pieces of twenty messages."""


@pytest.mark.long  # a rare case
def test_what_comes_in_pieces_is_put_together_before_anything_is_sent(
    enter: Enter, room: int, server: Server, complaints: Complaints
) -> None:
    complaints.expect(*NO_CONNECTION)
    stored.put_messages(server.data, room, ["before"], author="ben")
    with Line(server.port) as line:
        asha = enter("asha", address=line.address)
        asha.run_first(PIECES)
        asha.open(room).sees("before")
        line.cut()
        expect(asha.connection).to_be_visible()
        asha.write("mine")
        missed = [f"missed {n}" for n in range(50)]
        stored.put_messages(server.data, room, missed, author="ben")
        asha.page.evaluate("told.length = 0")
        line.mend()
        expect(asha.mine).to_have_count(1)
        assert asha.texts() == ["before", *missed, "mine"]
        told = asha.page.evaluate("told")
        assert told == [["catch_up", 1], ["catch_up", 21], ["catch_up", 41], ["send", 0]]


# -- what waits to be sent -------------------------------------------------------------------------

LATER = """() => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + 31_000;
}"""
"""Half a minute later: the page sends again what has no answer."""


@pytest.mark.long  # a rare case
def test_a_refused_message_stays_where_nothing_can_be_stored(
    asha: Person, room: int, server: Server
) -> None:
    asha.run_first(
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"
    )
    other = stored.make_room(server.data, "Elsewhere", ["asha"])
    asha.open(room).write("tower " + "e" + "\u0301" * 100)
    refused = asha.timeline.locator("[data-state=failed]")
    expect(refused).to_have_count(1)
    asha.go_to(other)
    expect(refused).to_have_count(0)
    asha.go_to(room)
    expect(refused.get_by_role("alert")).to_contain_text("too many accents")


@pytest.mark.long  # one more answer that is lost
def test_messages_are_sent_in_order_and_again_though_the_clock_was_put_back(
    asha: Person, room: int, server: Server
) -> None:
    asha.open(room)
    lose(asha, "send", times=2)
    asha.write("first")
    asha.page.evaluate("const now = Date.now; Date.now = () => now() - 3600_000")
    asha.write("second")
    asha.page.evaluate(LATER)
    expect(asha.mine).to_have_count(2)
    assert stored.texts(server.data, room) == asha.texts() == ["first", "second"]


@pytest.mark.long  # a rare case
def test_what_is_torn_in_the_storage_is_dropped(asha: Person, room: int) -> None:
    asha.open(room)
    whole = {"id": "whole-message", "room": room, "text": "whole", "at": 1}
    torn = [
        "{",
        "null",
        "7",
        json.dumps(whole),
        json.dumps({**whole, "id": "torn-4", "at": None}),
        json.dumps({**whole, "id": "torn-5", "at": 1e99}),
        json.dumps({**whole, "id": "torn-6", "text": 7}),
    ]
    entries = {f"chat-waiting:asha:torn-{n}": text for n, text in enumerate(torn)}
    entries["chat-waiting:asha:whole-message"] = json.dumps(whole)
    asha.page.evaluate("entries => Object.assign(localStorage, entries)", entries)
    asha.reload()
    expect(asha.mine).to_have_count(1)
    asha.say("after")
    assert asha.texts() == ["whole", "after"]
    asha.until("!Object.keys(localStorage).length")


@pytest.mark.long  # one more answer that is lost
def test_what_one_tab_takes_back_the_other_does_not_send(
    asha: Person, enter: Enter, room: int, server: Server
) -> None:
    asha.open(room)
    lose(asha, "send")
    asha.write("tower " + "e" + "\u0301" * 100)
    second = enter("asha")
    lose(second, "send")
    second.open(room)
    shown = second.timeline.locator(".message")
    expect(shown).to_have_attribute("data-state", "sending")
    asha.page.evaluate(LATER)
    refused = asha.timeline.locator("[data-state=failed]")
    expect(refused).to_have_count(1)
    expect(shown).to_have_attribute("data-state", "failed")
    expect(shown.get_by_role("alert")).to_contain_text("too many accents")
    refused.get_by_role("button", name="Edit").click()
    expect(shown).to_have_count(0)
    asha.write("mended")
    second.sees("mended")
    assert second.texts() == asha.texts() == stored.texts(server.data, room) == ["mended"]


# -- what was read ---------------------------------------------------------------------------------

HIDE = """() => {
  Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def reached(server: Server, room: int) -> int:
    """Return up to where asha has read the room, as it is stored."""
    with postgres.connect(server.data) as connection:
        found = connection.execute(
            "SELECT last_read_seq FROM memberships JOIN users ON users.id = user_id"
            " WHERE username = 'asha' AND room_id = ?",
            [room],
        )
        return int(found.fetchone()[0])


@pytest.mark.long  # read positions have tests of their own
@pytest.mark.parametrize("by", ["leaving", "hiding"])
def test_what_was_read_is_said_when_the_page_goes_out_of_sight(
    asha: Person, ben: Person, room: int, server: Server, by: str
) -> None:
    ben.open(room)
    asha.open(room)
    ben.say("one")
    stored.wait_until_read(server.data, room, "asha", seq=1)
    ben.say("two")  # this is said only seconds later, unless the page goes
    asha.sees("two")
    assert reached(server, room) == 1
    if by == "leaving":
        asha.page.goto("about:blank")
    else:
        asha.page.evaluate(HIDE)
    wait_until(lambda: reached(server, room) == 2)


def wait_until(true: Callable[[], bool], seconds: float = 3) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)

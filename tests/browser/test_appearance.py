"""How the timeline looks: one column, times beside texts, and what its reader chose."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import postgres
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server

COLUMN = 820
"""Pixels that the messages may take."""
OVERLAPS = """(timeline) => {
  const apart = (a, b) => a.right <= b.left || b.right <= a.left
    || a.bottom <= b.top || b.bottom <= a.top;
  const rects = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      found.push(...range.getClientRects());
    }
    return found;
  };
  return [...timeline.querySelectorAll('.message')].filter((message) => {
    const time = message.querySelector('header').getBoundingClientRect();
    const parts = message.querySelectorAll('.author, .quote, .message-body, .reactions, .file');
    return [...parts].flatMap(rects).some((rect) => rect.width && !apart(rect, time));
  }).map((message) => message.innerText);
}"""
"""The messages whose time lies over a text."""
TEXTS = [
    "ok",
    "yes",
    "edited and pinned",
    "so long that it is broken into several lines, " * 6,
    "نص قصير",
    "نص طويل يمتد على عدة أسطر كما يكتب الناس كل يوم " * 6,
    "first\n\nالثاني",
    "```python\nprint(1)\n```",
    "- one\n- two",
    "> quoted",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "unbroken" * 30,
    "$$x^2$$",
    "\N{GRINNING FACE}",
]


@pytest.mark.long  # test_small_things.py looks at some times and texts, too
@pytest.mark.parametrize("density", ["comfortable", "compact"])
@pytest.mark.parametrize("width", [1440, 320])
def test_no_time_lies_over_a_text(enter: Enter, server: Server, density: str, width: int) -> None:
    name = f"uma_{density}_{width}"
    person = enter(name, new=True, viewport={"width": width, "height": 800}).sign_up()
    room = stored.make_room(server.data, "Texts", [name, "ben"])
    for author in ("ben", name):
        stored.put_messages(server.data, room, TEXTS, author=author)
    with postgres.connect(server.data) as connection:
        connection.execute(
            "UPDATE messages SET edited_at = created_at, pinned_at = created_at"
            " WHERE room_id = ? AND seq % 3 = 0",
            (room,),
        )
    person.open("/account", wait=False)
    _choose(person.page, density)
    person.open(room)
    expect(person.timeline.locator(".message")).to_have_count(2 * len(TEXTS))
    assert person.timeline.evaluate(OVERLAPS) == []


def _choose(page: Page, value: str) -> None:
    """Choose something in the account page, and wait until the page has it back."""
    name = "density" if value in {"comfortable", "compact"} else "text"
    page.wait_for_function("window.did_handshake")
    page.locator(f".choice input[value={value}]").check()
    expect(page.locator("[data-frame]")).to_have_attribute(f"data-{name}", value)


@pytest.mark.long  # tests/services/accounts stores the choice
def test_a_choice_is_seen_at_once_and_stays(enter: Enter, server: Server) -> None:
    person = enter("una", new=True).sign_up()
    room = stored.make_room(server.data, "Looks", ["una", "ben"])
    stored.put_messages(server.data, room, ["hello"], author="ben")
    person.open(room)
    bubble = person.message("hello").locator(".bubble")
    expect(bubble).to_have_css("font-size", "15px")
    account = person.context.new_page()
    account.goto(f"{person.address}/account")
    _choose(account, "compact")
    _choose(account, "large")
    expect(bubble).to_have_css("border-radius", "6px")
    expect(bubble).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    expect(bubble).to_have_css("font-size", "17px")
    account.close()
    person.reload()
    expect(bubble).to_have_css("font-size", "17px")
    expect(bubble).to_have_css("background-color", "rgba(0, 0, 0, 0)")


@pytest.mark.long  # a detail of the look
def test_a_short_history_stands_above_the_composer_in_one_column(
    enter: Enter, room: int, server: Server
) -> None:
    asha = enter("asha", viewport={"width": 1440, "height": 900})
    stored.put_messages(server.data, room, ["theirs"], author="ben")
    asha.open(room).say("mine")
    mine = asha.box_at_rest(asha.message("mine").locator(".bubble"))
    theirs = asha.message("theirs").locator(".avatar").bounding_box()
    composer = asha.page.locator(".composer").bounding_box()
    assert theirs
    assert composer
    assert abs(theirs["x"] - composer["x"]) <= 1
    assert abs(mine["x"] + mine["width"] - composer["x"] - composer["width"]) <= 1
    assert composer["width"] <= COLUMN
    assert 0 <= composer["y"] - mine["y"] - mine["height"] < 60
    view = asha.page.locator(".view").bounding_box()
    assert view
    left, right = (
        composer["x"] - view["x"],
        view["x"] + view["width"] - composer["x"] - composer["width"],
    )
    assert abs(left - right) <= 1


@pytest.mark.parametrize("width", [pytest.param(1440, marks=pytest.mark.long), 320])
def test_the_composer_has_room_to_write(enter: Enter, room: int, width: int) -> None:
    asha = enter("asha", viewport={"width": width, "height": 640}).open(room)
    box = asha.composer.bounding_box()
    assert box
    assert box["width"] >= 150
    asha.composer.fill("text")
    expect(asha.page.get_by_test_id("send")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.long), 390])
def test_only_its_parts_scroll_and_never_the_page(
    asha: Person, room: int, server: Server, width: int
) -> None:
    """What only screen readers present takes no space below the window either."""
    stored.make_rooms(server.data, [f"Circle {width} {n}" for n in range(40)], "asha")
    stored.put_messages(server.data, room, [f"line {n}" for n in range(40)], author="ben")
    asha.resize(width, 800)
    for address in (f"/rooms/{room}", f"/rooms/{room}/members", "/account", "/rooms/mine"):
        asha.open(address, wait=False)
        expect(asha.page.get_by_test_id("room-list").locator("[data-place='40']")).to_be_attached()
        size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        assert asha.page.evaluate(size) == [width, 800], address


SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
"""
MAX_SHIFT = 0.02
"""The cumulative layout shift, https://web.dev/articles/cls, of a room that opens."""


@pytest.mark.long  # test_link_previews.py has what comes later, too
def test_nothing_jumps_while_a_room_with_pictures_opens(
    enter: Enter, room: int, tmp_path: Path
) -> None:
    asha = enter("asha", viewport={"width": 1280, "height": 800}).open(room)
    for number, size in enumerate(((900, 600), (300, 800), (1200, 500))):
        picture = tmp_path / f"{number}.png"
        Image.new("RGB", size, (90 * number, 120, 200)).save(picture)
        asha.page.get_by_test_id("file").set_input_files(picture)
        asha.page.get_by_test_id("send").click()
        expect(asha.mine).to_have_count(number + 1)
    expect(asha.timeline.locator("img")).to_have_count(3)
    asha.run_first(SHIFTS).open(room)
    asha.until(
        "[...document.querySelectorAll('.timeline img')].length === 3 &&"
        " [...document.querySelectorAll('.timeline img')].slice(-1)[0].complete"
    )
    asha.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert asha.page.evaluate("window.shifts") < MAX_SHIFT


@pytest.mark.long  # a further detail
@pytest.mark.parametrize(("wanted", "animation"), [("no-preference", "arrive"), ("reduce", "none")])
def test_a_message_moves_in_unless_its_reader_wants_no_motion(
    enter: Enter, ben: Person, room: int, wanted: str, animation: str
) -> None:
    asha = enter("asha", reduced_motion=wanted).open(room)
    ben.open(room).say("news")
    news = asha.message("news")
    expect(news).to_have_css("animation-name", animation)
    expect(asha.message("news")).to_be_in_viewport(ratio=1)
    ben.reload()
    expect(ben.message("news")).to_have_css("animation-name", "none")

"""In a language that is written from right to left, the layout is mirrored."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from services.core.i18n import PSEUDO
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server

OUTSIDE = """() => [...document.querySelectorAll('.main, .main *')].filter((each) => {
  const { left, right, width } = each.getBoundingClientRect();
  return width && (left < -1 || right > innerWidth + 1);
}).map((each) => each.outerHTML.slice(0, 99))"""
"""What does not fit the window."""
LONG = "unbroken" * 30


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has the made-up language."""
    with Server(tmp_path_factory.mktemp("mirrored") / "data", "--edit") as server:
        yield server


def middle(element: Locator) -> float:
    """Return where the middle of an element is, from 0 at the left to 1 at the right."""
    box, window = element.bounding_box(), element.page.viewport_size
    assert box
    assert window
    return (box["x"] + box["width"] / 2) / window["width"]


@pytest.mark.long  # a server in another language
@pytest.mark.parametrize("width", [1280, 390])
def test_the_layout_is_mirrored(enter: Enter, edited: Server, width: int) -> None:
    size = {"width": width, "height": 800}
    ben = enter(f"ben{width}", address=edited.address, new=True).sign_up().open()
    ben.say(f"Hello {width}")
    asha = enter(
        f"asha{width}", address=edited.address, new=True, locale=PSEUDO, viewport=size
    ).sign_up()
    asha.open(ben.room_id()).say(f"Hi {width}", LONG)
    page = asha.page
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    assert middle(asha.message(f"Hello {width}").locator(".bubble")) > 0.5
    assert middle(asha.message(f"Hi {width}").locator(".bubble")) < 0.5
    header = page.locator(".room-header")
    last = middle(header.locator("button:visible").last)
    assert last < 0.3
    assert middle(header.get_by_role("heading", level=1)) > last
    assert middle(page.locator("[data-action=record]:visible").last) < 0.4
    assert page.evaluate(OUTSIDE) == []
    if width < 700:
        page.locator("[data-action=rooms]:visible").click()
    sidebar = page.locator(".sidebar")
    expect(sidebar).to_be_in_viewport(ratio=1)
    assert middle(sidebar) >= 0.5  # on a phone it is as wide as the window
    asha.open(f"/rooms/{ben.room_id()}/files")
    panel = page.get_by_role("complementary")
    expect(panel).to_be_in_viewport(ratio=1)
    assert middle(panel) <= 0.5  # on a phone it is as wide as the window
    asha.composer.fill("so that there is a button to send it")
    pointing = page.locator("[data-testid=send] .pointing")
    expect(pointing).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")


BLOCKS = "p, li, h3, td, th, blockquote, ol, table"
DIRECTIONS = f"""(message) => [...message.querySelectorAll('{BLOCKS}, pre, code')].map((block) =>
  `${{block.localName}} ${{getComputedStyle(block).direction}}`)"""
LAST_SIGN_AT_LEFT = """(block) => {
  const range = document.createRange();
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  let last; while (walker.nextNode()) last = walker.currentNode;
  range.setStart(last, last.length - 1); range.setEnd(last, last.length);
  const { left, right } = block.getBoundingClientRect();
  return range.getBoundingClientRect().left < (left + right) / 2;
}"""
"""Whether the last character of a block, a full stop, stands in its left half."""


DIRECTIONS_OF = [
    ("@asha\nשלום לכולם, נפגש מחר.", ["p rtl"]),
    ("@asha שלום לכולם.", ["p rtl"]),
    ("Hello all.\n\nשלום לכולם.", ["p ltr", "p rtl"]),
    ("שלום לכולם.\n\nHello all.", ["p rtl", "p ltr"]),
    ("1. ראשון\n2. שני", ["ol rtl", "li rtl", "li rtl"]),
    ("https://example.com/a זה הקישור.", ["p rtl"]),
    ("שלום\n\n```py\nprint('a')\n```", ["p rtl", "pre ltr", "code ltr"]),
    ("`a.b/c` בעברית", ["p rtl", "code ltr"]),
    ("|שלום|hi|\n|-|-|\n|a|ב|", ["table rtl", "th rtl", "th ltr", "td ltr", "td rtl"]),
]


def test_each_block_has_its_own_direction(
    ben: Person, room: int, subtests: pytest.Subtests
) -> None:
    ben.open(room)
    for typed, directions in DIRECTIONS_OF:
        with subtests.test(typed=typed):
            ben.say(typed)
            body = ben.mine.last.locator(".message-body")
            assert body.evaluate(DIRECTIONS) == directions
            if directions == ["p rtl"]:
                assert body.locator("p").evaluate(LAST_SIGN_AT_LEFT)

"""Names as people type them: at login, behind an at, in lists, and the keys of other keyboards."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Enter
from tests.browser.person import PASSWORD, Person

KEY = """(target, more) => target.dispatchEvent(
  new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...more }))"""

SMALL_FIELDS = """() => [...document.querySelectorAll("input, select, textarea")]
  .filter((field) => parseFloat(getComputedStyle(field).fontSize) < 16)
  .map((field) => `${getComputedStyle(field).fontSize} ${field.outerHTML.slice(0, 120)}`)"""
"""Fields at which iOS magnifies the page."""


def offered(person: Person) -> Locator:
    return person.page.get_by_test_id("completion").get_by_role("option")


def rename(person: Person, name: str) -> None:
    person.page.goto(f"{person.address}/account")
    person.page.locator("[name=display_name]").fill(name)
    person.page.locator("[name=display_name]").press("Enter")
    expect(person.page.get_by_test_id("user-menu")).to_contain_text(name)


@pytest.mark.long  # tests/services/accounts tries more of these
def test_a_space_behind_the_username_is_no_wrong_password(asha: Person, enter: Enter) -> None:
    asha.open()
    elsewhere = enter("asha", new=True)
    for typed in ("asha ", " asha", "\u00a0Asha", "asha\u200b"):
        elsewhere.page.goto(f"{elsewhere.address}/login")
        elsewhere.page.fill("[name=username]", typed)
        elsewhere.page.fill("[name=password]", PASSWORD)
        elsewhere.page.press("[name=password]", "Enter")
        elsewhere.wait()
        elsewhere.context.clear_cookies()


@pytest.mark.long  # tests/services/mentions offers them, too
def test_people_are_offered_however_their_names_are_typed(
    asha: Person, ben: Person, room: int
) -> None:
    rename(ben, "Ömer Łukasz")
    asha.open(room)
    for typed in ("öm", "Öm", "om", "omer", "łu", "lu", "luk", "be"):
        asha.composer.press_sequentially(f"@{typed}")
        expect(offered(asha)).to_have_count(1)
        expect(offered(asha)).to_contain_text("Ömer Łukasz")
        asha.composer.fill("")
        expect(offered(asha)).to_have_count(0)
    rename(ben, "ben")


OPENS = [
    "请看@b",
    "田中さんと@b",
    "“@b",
    "[@b",
    "{@b",
    "(@b",
    "cc:@b",
    "@asha,@b",
    "@asha/@b",
    "**@b",
    "안녕@b",
    "！@b",
    "one ` two\n\n@b",
    "```\ncode\n```\n@b",
    "~~~\n@x\n~~~\n@b",
    "＠b",
    "请看＠b",
]
STAYS_CLOSED = [
    "name@b",
    "नाम@b",
    "https://example.org/@b",
    "a.@b",
    "\\@b",
    "`@b",
    "@@b",
    "```\n\n@b",
    "- ```\n  @b",
    "~~~\n@b",
]


@pytest.mark.long  # tries many places
def test_the_list_opens_wherever_somebody_would_be_named(
    asha: Person, ben: Person, room: int, subtests: pytest.Subtests
) -> None:
    asha.open(room)
    for text in OPENS:
        with subtests.test(text=text):
            sent = asha.mine.count()
            asha.composer.fill(text[:-1])
            asha.composer.press_sequentially(text[-1])
            expect(offered(asha)).to_have_count(1)
            asha.composer.press("Enter")
            expect(asha.composer).to_have_value(f"{text[:-2]}@ben ")
            asha.composer.press("Enter")
            expect(asha.mine).to_have_count(sent + 1)
            expect(asha.mine.last.locator(".mention")).to_have_text(
                ["@asha", "@ben"] if "@asha" in text else ["@ben"]
            )


@pytest.mark.long  # tries many places
def test_the_list_stays_closed_where_nobody_would_be_named(
    asha: Person, ben: Person, room: int, subtests: pytest.Subtests
) -> None:
    asha.open(room)
    asha.composer.press_sequentially("@b")
    expect(offered(asha)).to_have_count(1)  # from now on, the answer is known
    for text in STAYS_CLOSED:
        with subtests.test(text=text):
            asha.composer.fill("")
            expect(offered(asha)).to_have_count(0)
            asha.composer.fill(text[:-1])
            asha.composer.press_sequentially(text[-1])
            asha.page.evaluate("new Promise(requestAnimationFrame)")
            expect(offered(asha)).to_have_count(0)


@pytest.mark.long  # tests/services/mentions has it, too
def test_a_full_width_at_names_somebody(asha: Person, ben: Person, room: int) -> None:
    asha.open(room).say("＠ben 見て", "请看＠ben", "a＠ben")
    expect(asha.message("＠ben 見て").locator(".mention")).to_have_text("＠ben")
    expect(asha.message("请看＠ben").locator(".mention")).to_have_text("＠ben")
    expect(asha.message("a＠ben").locator(".mention")).to_have_count(0)
    ben.page.goto(f"{ben.address}/mentions")
    expect(ben.page.get_by_test_id("inbox").locator("article")).to_have_count(2)


SWITCH = {"ctrlKey": True}
OTHER_LAYOUTS = [
    {"key": "л", "code": "KeyK"},  # Russian
    {"key": "Л", "code": "KeyK"},
    {"key": "κ", "code": "KeyK"},  # Greek
    {"key": "ל", "code": "KeyK"},  # Hebrew
    {"key": "ن", "code": "KeyK"},  # Arabic
    {"key": "ा", "code": "KeyK"},  # Hindi, a mark
    {"key": "ㅏ", "code": "KeyK"},  # Korean
    {"key": "k", "code": "KeyV"},  # Dvorak: the letter counts
]


@pytest.mark.long  # a further detail
def test_keys_work_on_every_layout(asha: Person, room: int) -> None:
    asha.open(room).say("one")
    switcher = asha.page.get_by_test_id("switcher")
    for event in OTHER_LAYOUTS:
        assert not asha.composer.evaluate(KEY, SWITCH | event), event
        expect(switcher).to_be_visible()
        asha.page.keyboard.press("Escape")
        expect(switcher).not_to_be_visible()
    # Latin letters count, not their place: on Dvorak this is t, on AZERTY a.
    for event in ({"key": "t", "code": "KeyK"}, {"key": "é", "code": "KeyK"}):
        assert asha.composer.evaluate(KEY, SWITCH | event), event
    asha.composer.press("Alt+ArrowUp")
    assert not asha.message("one").evaluate(KEY, {"key": "к", "code": "KeyR"})
    expect(asha.page.locator(".composing")).to_contain_text("one")
    asha.composer.press("Escape")
    for key in ("ь", "µ"):  # Russian; Option+M of a Mac
        asha.open(room)
        assert not asha.composer.evaluate(KEY, {"altKey": True, "key": key, "code": "KeyM"})
        asha.page.wait_for_url("**/mentions")


def test_enter_still_chooses_a_name_on_a_phone(enter: Enter, ben: Person, room: int) -> None:
    phone = enter("asha", phone=True).open(room)
    phone.composer.press_sequentially("one")
    phone.composer.press("Enter")
    phone.composer.press_sequentially("@b")
    expect(offered(phone)).to_have_count(1)
    phone.composer.press("Enter")
    phone.composer.press_sequentially("two")
    expect(phone.composer).to_have_value("one\n@ben two")
    expect(phone.mine).to_have_count(0)
    phone.page.get_by_test_id("send").tap()
    expect(phone.mine).to_have_count(1)


@pytest.mark.long  # loads some fifteen pages
def test_ios_magnifies_no_field(enter: Enter, room: int) -> None:
    phone = enter("asha", phone=True).open(room)
    found: dict[str, list[str]] = {}
    for address in (
        f"/rooms/{room}",
        f"/rooms/{room}/members",
        "/rooms",
        "/rooms/mine",
        "/account",
        "/search?q=a",
        "/people",
        "/branding",
        "/security",
        f"/rooms/{room}/files",
        "/people/asha",
    ):
        phone.page.goto(phone.address + address)
        phone.page.wait_for_load_state("networkidle")
        found[address] = phone.page.evaluate(SMALL_FIELDS)
    phone.open(room)
    for ask in ("new_poll", "new_room"):
        phone.page.evaluate("(ask) => document.querySelector(`[data-ask=${ask}]`).click()", ask)
        phone.page.locator(".q-dialog").wait_for()
        found[ask] = phone.page.evaluate(SMALL_FIELDS)
        phone.page.keyboard.press("Escape")
    outside = enter("nobody", new=True, phone=True)
    for address in ("/login", "/register"):
        outside.page.goto(outside.address + address)
        found[address] = outside.page.evaluate(SMALL_FIELDS)
    assert {place: fields for place, fields in found.items() if fields} == {}

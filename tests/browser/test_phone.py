"""On a phone: one column, the rooms behind a button, in light and in dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.person import Person


# Long: what fits in light fits in dark, too.
@pytest.fixture(params=["light", pytest.param("dark", marks=pytest.mark.long)])
def phone(request: pytest.FixtureRequest, enter: Enter, room: int) -> Iterator[Person]:
    """asha at a phone, with a room open."""
    phone = enter("asha", phone=True)
    phone.page.emulate_media(color_scheme=request.param)
    yield phone.open(room)
    phone.page.emulate_media(color_scheme="null")


def test_a_room_fits_a_phone(phone: Person) -> None:
    phone.say("A sentence long enough that a narrow screen has to break it into lines.")
    phone.say("`unbroken" + "_" * 200 + "`", "| a | b |\n|---|---|\n" + f"| {'wide' * 60} | 1 |")
    expect(phone.composer).to_be_in_viewport(ratio=1)
    expect(phone.page.get_by_test_id("send")).to_be_in_viewport(ratio=1)
    expect(phone.page.get_by_test_id("room-list")).not_to_be_in_viewport()
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
    assert phone.timeline.evaluate("timeline => timeline.scrollWidth") == 390


def test_the_rooms_are_behind_a_button(phone: Person) -> None:
    rooms = phone.page.get_by_test_id("room-list")
    menu = phone.page.locator(".room-header [data-action=rooms]")
    menu.tap()
    expect(rooms).to_be_in_viewport()
    phone.page.touchscreen.tap(380, 400)
    expect(rooms).not_to_be_in_viewport()
    menu.tap()
    rooms.get_by_text("Lobby").tap()
    expect(phone.page.locator(".room-title .name")).to_have_text("Lobby")
    expect(rooms).not_to_be_in_viewport()
    phone.wait()


def test_what_a_room_offers_is_behind_a_button(phone: Person) -> None:
    title = phone.page.locator(".room-title")
    assert title.bounding_box()["width"] > 200, "its name has no room"
    tool = phone.page.get_by_role("button", name="Pinned messages")
    expect(tool).not_to_be_visible()
    phone.page.locator(".room-header").get_by_role("button", name="More").tap()
    expect(tool).to_be_in_viewport(ratio=1)
    tool.tap()
    expect(phone.page.get_by_role("dialog").get_by_text("Pinned messages")).to_be_visible()
    expect(tool).not_to_be_visible()


def test_the_other_pages_fit_too(phone: Person) -> None:
    for path, title in [
        ("/rooms", "Find rooms"),
        ("/account", "My account"),
        ("/people", "People and invites"),
    ]:
        phone.open(path, wait=False)
        expect(phone.page.get_by_role("heading", name=title, level=1)).to_be_visible()
        assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
        phone.page.locator(".page-title [data-action=rooms]").tap()
        expect(phone.page.get_by_test_id("room-list")).to_be_in_viewport()


@pytest.mark.parametrize("phone", ["light", "dark"], indirect=True)
def test_colours_follow_the_device(phone: Person) -> None:
    dark = phone.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    ground, ink = (
        _brightness(phone.style(".main", name)) for name in ("background-color", "color")
    )
    assert (ground < 64 and ink > 192) if dark else (ground > 192 and ink < 64)


def _brightness(colour: str) -> float:
    """Return the mean of the three numbers of `rgb(…)`."""
    numbers = colour.partition("(")[2].rstrip(")").split(",")[:3]
    return sum(map(float, numbers)) / 3

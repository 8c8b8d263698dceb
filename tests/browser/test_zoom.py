"""At any zoom of the browser, where pixels are fractions, the end of a room is its end."""

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


@pytest.mark.parametrize(
    "zoom",
    [pytest.param(0.8, marks=pytest.mark.long), pytest.param(1.1, marks=pytest.mark.long), 1.5],
)
def test_new_messages_come_into_sight(
    enter: Enter, asha: Person, room: int, server: Server, zoom: float
) -> None:
    stored.put_messages(server.data, room, [f"line {at}" for at in range(40)], author="asha")
    stored.mark_read(server.data, room, "ben", 40)
    size = {"width": int(1280 / zoom), "height": int(720 / zoom)}
    ben = enter("ben", viewport=size, device_scale_factor=zoom).open(room)
    asha.open(room).say("one", "two", "three")
    ben.sees("three")
    expect(ben.message("three")).to_be_in_viewport(ratio=1)
    expect(ben.page.locator(".newest")).to_be_hidden()

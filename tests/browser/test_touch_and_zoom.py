"""Fingers, magnified pages, and the colours of Windows' contrast themes."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import views
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.browser.views import Scene
from tests.server import Server

SMALL = """() => {
  const selector = "a[href], button, input, select, textarea, summary, [role=option]";
  const inText = ".message-body, p, .field-hint, .sentence, .author, .edited, "
    + ".cover, .message-card header";
  const isHit = (target, x, y) => {
    const hit = document.elementFromPoint(x, y);
    return target.contains(hit);
  };
  const targets = [...document.querySelectorAll(selector)]
    .map((each) => each.closest("label") ?? each);
  return targets.filter((target) => {
    if (!target.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    if (target.type === "hidden" || target.closest(inText)?.matches(":not(.copy)")) return false;
    target.scrollIntoView({ block: "center", inline: "center" });
    const { left, right, top, bottom } = target.getBoundingClientRect();
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    if (!isHit(target, x, y)) return false; // something lies over it, such as a dialog
    const isWide = right - left >= 44, isHigh = bottom - top >= 44;
    return !(isWide || (isHit(target, x - 21, y) && isHit(target, x + 21, y)))
      || !(isHigh || (isHit(target, x, y - 21) && isHit(target, x, y + 21)));
  }).map((target) => {
    const { width, height } = target.getBoundingClientRect();
    return `${Math.round(width)} x ${Math.round(height)}: ${target.outerHTML.slice(0, 150)}`;
  });
}"""
"""The targets that are smaller than 44 px to a finger.

Links in a text are left out, and those for which the avatar or the whole card serves as well.
"""


@pytest.fixture
def scene(asha: Person, enter: Enter, room: int, server: Server, tmp_path: Path) -> Scene:
    """A room with a bit of everything."""
    made = Scene(asha, enter("ben"), server, room, tmp_path, lambda name: enter(name, new=True))
    views.prepare(made)
    return made


@pytest.mark.long  # looks at some thirty views
def test_fingers_find_large_targets(enter: Enter, scene: Scene, subtests: pytest.Subtests) -> None:
    scene.asha = phone = enter("asha", phone=True, reduced_motion="reduce")
    room = f"/rooms/{scene.room}"
    for address in (
        room,
        f"{room}/files",
        "/rooms",
        "/account",
        "/people",
        "/search?q=two",
        "/saved",
        f"/rooms/{scene.room}/members",
        f"/rooms/{scene.room}/pins",
        f"/rooms/{scene.room}/search?q=two",
        f"/rooms/{scene.room}/people/ben",
        f"/rooms/{scene.room}/replies/4",
    ):
        with subtests.test(view=address):
            phone.page.goto(phone.address + address)
            phone.page.locator("[data-room-id]").first.wait_for(state="attached")
            assert not (small := phone.page.evaluate(SMALL)), "\n".join(small)
    openers = [
        "rooms/room_menu._draw",
        "rooms/settings.show",
        "messages/polls/poll.show_new",
        "rooms/notifications/notification_settings.show",
        "messages/menu.draw",
        "people/user_menu._draw",
        "components/overlays/overflow_menu.draw",
        "components/emoji/emoji_picker._make",
        "search/quick_switcher._box",
    ]
    states = [
        views.a_message_is_forwarded,
        views.the_rooms_are_open,
        views.a_reply_is_written,
        views.files_wait_to_be_sent,
        views.stickers_are_offered,
    ]
    for opener in [*(views.OVERLAYS[each] for each in openers), *states]:
        with subtests.test(view=opener.__name__):
            phone.open(scene.room)
            opener(scene)
            assert not (small := phone.page.evaluate(SMALL)), "\n".join(small)
    stranger = enter("stranger", new=True, phone=True)
    for address in ("/login", "/register"):
        with subtests.test(view=address):
            stranger.page.goto(stranger.address + address)
            assert not (small := stranger.page.evaluate(SMALL)), "\n".join(small)


ZOOMED = {"viewport": {"width": 320, "height": 256}}
"""A window of 1280 × 1024 at 400 % (WCAG 2.2, 1.4.10)."""
SIDEWAYS = "document.documentElement.scrollWidth"


@pytest.mark.long  # looks at four views
def test_a_page_at_400_percent_is_used(enter: Enter, scene: Scene) -> None:
    scene.asha = asha = enter("asha", reduced_motion="reduce", **ZOOMED).open(scene.room)
    assert asha.page.evaluate(SIDEWAYS) <= 320
    box = asha.timeline.bounding_box()
    assert box
    assert box["height"] > 60, "no message is read"
    expect(asha.composer).to_be_in_viewport(ratio=1)
    asha.say("at 400 percent")
    expect(asha.message("at 400 percent")).to_be_in_viewport()
    for opener in ("messages/menu.draw", "rooms/directory/create.show", "rooms/settings.show"):
        asha.open(scene.room)
        views.OVERLAYS[opener](scene)
        over = asha.page.locator(".dialog, .menu:popover-open")
        expect(over.locator(":focus")).to_be_attached()  # which scrolls to what has it
        controls = over.locator("button:visible, input:visible")
        controls.last.scroll_into_view_if_needed()
        expect(controls.last).to_be_in_viewport(ratio=0.9)
        controls.last.click(trial=True)
        assert asha.page.evaluate(SIDEWAYS) <= 320
    asha.open(scene.room)
    asha.page.locator(".room-header [data-action=rooms]").click()
    asha.room_entry(scene.room).scroll_into_view_if_needed()
    expect(asha.room_entry(scene.room)).to_be_in_viewport()


SELECTED = "[aria-current], [aria-selected=true], [aria-checked=true], [aria-pressed=true]"
HAS_OUTLINE = """(element) => {
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
}"""
HAS_BORDER = "(element) => parseFloat(getComputedStyle(element).borderTopWidth) >= 1"


@pytest.mark.long  # looks at four views
def test_contrast_themes_show_edges_focus_and_what_is_selected(enter: Enter, scene: Scene) -> None:
    scene.asha = asha = enter("asha", forced_colors="active").open(scene.room)
    for shown in asha.page.locator(".message[data-seq] .bubble").all():
        assert shown.evaluate(HAS_BORDER)
    selected = asha.page.locator(SELECTED)
    expect(selected.nth(2)).to_be_attached()  # the room, a reaction and a vote
    for each in selected.all():
        assert each.evaluate(HAS_OUTLINE)
    for opener in (
        "people/user_menu._draw",
        "search/quick_switcher._box",
        "rooms/directory/create.show",
    ):
        asha.open(scene.room)
        views.OVERLAYS[opener](scene)
        over = asha.page.locator(".dialog, .switcher, .menu:popover-open")
        assert over.evaluate(HAS_BORDER)
        for each in over.locator(SELECTED).all():
            assert each.evaluate(HAS_OUTLINE)
        for _time in range(4):
            asha.page.keyboard.press("Tab")
            focused = asha.page.evaluate("document.activeElement !== document.body")
            assert not focused or asha.page.evaluate(f"({HAS_OUTLINE})(document.activeElement)")
    asha.open(scene.room).composer.focus()
    assert asha.composer.evaluate(HAS_OUTLINE)


def test_the_time_of_an_edited_message_lies_over_no_text(enter: Enter, room: int) -> None:
    """Its button is larger to a finger than to the eye."""
    phone = enter("asha", phone=True).open(room)
    phone.say("A first draft")
    phone.tell(
        "edit", {"room": room, "seq": 1, "text": "Words that fill two lines on a phone, " * 2}
    )
    edited = phone.page.locator(".message .edited")
    expect(edited).to_be_visible()
    box = phone.box_at_rest(edited)
    bubble = phone.box_at_rest(phone.page.locator(".message .bubble"))
    assert bubble["y"] + bubble["height"] - box["y"] < 30, "it is in the last line"

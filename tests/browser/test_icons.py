"""Icons come with the stylesheet, and those that it lacks from NiceGUI's font."""

from playwright.sync_api import expect

from tests.browser.person import Person

LOADED = """[...document.fonts].filter((font) => font.status === "loaded")
  .map((font) => font.family.replaceAll('"', ""))"""
WRONG = """[...document.querySelectorAll(".material-icons")]
  .filter((icon) => icon.checkVisibility() && icon.textContent)
  .filter((icon) => Math.round(icon.scrollWidth) !== parseInt(getComputedStyle(icon).fontSize))
  .map((icon) => icon.textContent)"""
"""A name that its font has no sign for is as wide as its letters."""


def test_a_room_has_its_icons_without_another_font(asha: Person, room: int) -> None:
    asha.open(room)
    asha.say("hello")
    asha.page.evaluate("document.fonts.ready.then(() => true)")
    expect(asha.page.locator(".chat-icon:visible").nth(8)).to_be_attached()
    asha.until(f"{LOADED}.length")
    assert asha.page.evaluate(LOADED) == ["Chat icons"]
    asha.until(f"!{WRONG}.length")


def test_another_icon_is_drawn_as_well(asha: Person, room: int) -> None:
    asha.open(room)
    asha.page.evaluate(
        """document.body.insertAdjacentHTML("beforeend",
          '<i class="q-icon notranslate material-icons" style="font-size: 24px">gavel</i>')"""
    )
    asha.until(
        "[...document.fonts].some((font) => font.family.includes('Material Icons')"
        " && font.status === 'loaded')"
    )
    asha.until(f"!{WRONG}.length")

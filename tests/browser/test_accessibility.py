"""Everybody can use it: no violation of WCAG 2.2 AA that axe-core finds, in any view."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from chat_ui.plugins import PAGES
from tests.browser import views
from tests.browser.conftest import PHONE, Enter
from tests.browser.person import Person
from tests.browser.views import Scene
from tests.server import Server

AXE = Axe()
OPTIONS = {"resultTypes": ["violations"], "iframes": False, "preload": False}
"""Stylesheets and media are not loaded first: of the two rules that read them, axe-core runs one
only when it is asked for by name, and what the other finds is never a violation."""
FIND = """([within, options]) =>
  axe.run(within ?? document, options).then(({ violations }) => violations)"""
SCHEMES = {
    "light": {"rules": {"target-size": {"enabled": True}}},  # off by default; WCAG 2.2, 2.5.8
    "dark": {"runOnly": ["color-contrast", "link-in-text-block"]},
}
"""What axe-core looks for: a dark view differs from the light one in its colours alone."""
OVER = ".q-dialog, dialog[open], :popover-open"
"""What lies over a page."""
DESKTOP = {"viewport": {"width": 1280, "height": 800}}


def violations(page: Page, within: str | None = None) -> list[str]:
    """Return what axe-core finds: where, the rule, the element, and what is wrong with it."""
    found = []
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    for scheme, options in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        violated = page.evaluate(FIND, [within, OPTIONS | options])
        found += [
            f"{scheme}: {each['id']}: {node['target']} {node['html'][:160]}\n"
            f"   {node['failureSummary']}"
            for each in violated
            for node in each["nodes"]
        ]
    page.emulate_media(color_scheme="light")
    return found


def test_every_view_is_visited() -> None:
    """A new page, dialog, menu or popover is added to `views.py`, with the way to it."""
    assert set(PAGES) <= set(views.PAGES)
    assert set(views.OVERLAYS) == views.drawn_over_pages()


@pytest.mark.long  # looks at some seventy views
@pytest.mark.parametrize("look", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_view_keeps_anybody_out(
    enter: Enter,
    look: dict[str, object],
    room: int,
    server: Server,
    subtests: pytest.Subtests,
    tmp_path: Path,
) -> None:
    def newcomer(name: str) -> Person:
        return enter(name, new=True, reduced_motion="reduce", **look)

    asha = enter("asha", reduced_motion="reduce", **look)
    scene = Scene(asha, enter("ben"), server, room, tmp_path, newcomer)
    views.prepare(scene)
    for name, visit in _visits(scene):
        with subtests.test(view=name):
            page = visit().page
            # What is below a dialog or a menu was looked at already.
            is_covered = name in views.OVERLAYS and page.locator(OVER).count()
            found = violations(page, OVER if is_covered else None)
            assert not found, "\n".join(found)


def _visits(scene: Scene) -> Iterator[tuple[str, Callable[[], Person]]]:
    """Yield each view by name, with what opens it and returns who sees it."""
    for address in views.addresses(scene):
        yield address, lambda address=address: _load(scene.asha, address)
    for address in views.OUTSIDE:
        yield address, lambda address=address: _load(scene.enter("stranger"), address)
    for name, opener in views.OVERLAYS.items():
        yield name, lambda opener=opener: _open_over_room(scene, opener)
    for name, opener in views.STATES.items():
        yield name, lambda opener=opener: _bring_about(scene, opener)


def _load(person: Person, address: str) -> Person:
    person.complaints.expect("404", "401")
    person.page.goto(person.address + address)
    person.until("document.querySelector('main')")
    if person.page.locator(".timeline").count():
        person.wait()
    return person


def _open_over_room(scene: Scene, opener: views.Open) -> Person:
    asha = scene.asha
    is_covered = asha.page.locator("body.rooms-open").count()  # by the list of rooms, on a phone
    if is_covered or asha.page.url != f"{asha.address}/rooms/{scene.room}":
        asha.open(scene.room)
    else:
        asha.page.keyboard.press("Escape")
    expect(asha.page.locator(OVER)).to_have_count(0)
    return opener(scene) or asha


def _bring_about(scene: Scene, opener: views.Open) -> Person:
    scene.asha.context.set_offline(False)
    scene.asha.open(scene.room)
    return opener(scene) or scene.asha

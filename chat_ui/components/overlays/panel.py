"""A panel beside a room, drawn when it is opened: a full sheet on a phone.

It has an address of its own, so a link leads to it, and Back closes it. The timeline beside it stays
as it is; a link to a message in a panel moves it there (`rooms/timeline/timeline.js`).
"""

from collections.abc import Callable, Iterable

import htpy as h
from markupsafe import Markup
from msgspec import Struct
from nicegui import ui

from chat_ui.components import html
from services.core.dto import MessageView
from services.core.i18n import _


class Panel(Struct, frozen=True):
    """What a panel shows: its title, and `content`, below what `draw` draws."""

    title: str
    content: h.Node = None
    draw: Callable[[], object] | None = None
    lists: Callable[[MessageView], bool] | None = None
    """Whether `content` has, or may have by now, a message of the room that has changed."""


class OpenPanel:
    """A panel that is open."""

    def __init__(self, panel: Panel, room_id: int, address: str) -> None:
        """Draw the panel of a room at this address."""
        self._lists = panel.lists
        self.room_id = room_id
        self.address = address
        """Its own: that of the page is another while the next view is looked up."""
        self._html = _markup(panel.content)
        with ui.element("aside").classes("panel") as self.element:
            self.element.props["aria-label"] = panel.title
            html.draw(
                "div",
                h.h2[panel.title],
                html.link("close", _("Close"), f"/rooms/{room_id}", data_testid="close-panel"),
            ).classes("panel-head")
            with ui.element("div").classes("panel-body"):
                if panel.draw is not None:
                    panel.draw()
                self._content = html.draw("div", self._html).classes("panel-content")

    def lists(self, changed: Iterable[MessageView] | None) -> bool:
        """Return whether it may list messages that have changed; None means any."""
        return self._lists is not None and (changed is None or any(map(self._lists, changed)))

    def fill(self, panel: Panel) -> None:
        """Show other content; the same is not drawn again, so that the focus stays in it."""
        self._lists = panel.lists
        drawn = _markup(panel.content)
        if drawn != self._html and not self.element.is_deleted:
            self._html = drawn
            self._content.fill(drawn)

    def delete(self) -> None:
        """Remove it from the page."""
        if not self.element.is_deleted:
            self.element.delete()


def _markup(content: h.Node) -> Markup:
    return Markup(str(h.fragment[content]))  # noqa: S704 - htpy has escaped it


STYLE = """
.panel { grid-column: 3; display: flex; flex-direction: column; min-block-size: 0; min-inline-size: 0; background: var(--surface); border-inline-start: 1px solid var(--line); }
.frame:has(> .panel) { grid-template-columns: 288px minmax(0, 1fr) 330px; }
.panel-head { display: flex; align-items: center; justify-content: space-between; padding-block: 8px; padding-inline: 20px 10px; min-block-size: 57px; border-block-end: 1px solid var(--line); }
.panel-head h2 { margin: 0; font-size: var(--text-xl); font-weight: 700; line-height: 1.3; letter-spacing: 0; }
.panel-body { position: relative; flex: 1; min-block-size: 0; overflow-y: auto; padding: 14px 18px calc(18px + env(safe-area-inset-bottom)); display: grid; grid-template-columns: minmax(0, 1fr); gap: 14px; align-content: start; }
.panel-content { display: grid; grid-template-columns: minmax(0, 1fr); gap: 14px; }
.panel-content:empty { display: none; }
@media (max-width: 1100px) {
  .frame:has(> .panel) { grid-template-columns: 288px minmax(0, 1fr); }
  .panel { position: fixed; inset-block: 0; inset-inline-end: 0; inline-size: min(100vw, 360px); z-index: 18; box-shadow: var(--shadow); }
}
@media (max-width: 700px) {
  .frame:has(> .panel) { grid-template-columns: minmax(0, 1fr); }
  .panel { inset: 0; inline-size: auto; border: 0; box-shadow: none; padding-block: env(safe-area-inset-top) 0; padding-inline: env(safe-area-inset-left) env(safe-area-inset-right); }
}
/* On its side, a phone is low: what stands above a list takes one line of each, and most is left for the list. */
@media (max-height: 480px) {
  .panel-head { min-block-size: 45px; padding-block: 0; }
  .panel-body { padding-block-start: 8px; gap: 8px; }
  .panel-content, .panel .room-files { gap: 8px; }
  .panel .field { grid-template-columns: auto minmax(0, 1fr); align-items: center; gap: 10px; }
  .panel-content > .field-hint { margin: 0; }
  .panel .replied-to { max-block-size: 30dvh; overflow-y: auto; }
  .panel .profile { gap: 8px 14px; }
  .panel .profile > .avatar { inline-size: 40px; block-size: 40px; }
}
@media (max-height: 480px) and (min-width: 560px) and (max-width: 700px) {
  .panel-body:has(> .profile) { grid-template-columns: minmax(0, 1fr) auto; }
  .panel-body > :not(.profile, .profile-buttons) { grid-column: 1 / -1; }
}
"""

"""An error page: what was not found, or what went wrong."""

from nicegui import ui

from chat_ui.components import page_header
from chat_ui.components.forms import form
from services.core.i18n import _


def draw(title: str, sentence: str, *, back: str = "/") -> None:
    """Draw the sentence, and the way back: to the chat, or to another address."""
    with form.card(title):
        ui.label(sentence)
        with ui.element("a").classes("back") as way:
            way.props["href"] = back
            ui.label(_("Back to the chat") if back == "/" else _("Back"))


def draw_within(sentence: str) -> None:
    """Draw the sentence within the frame of the chat."""
    with page_header.draw(_("Not found")):
        draw("", sentence)


def draw_mistake(said: str) -> None:
    """Draw what is wrong with an edited page, for the person who edits it."""
    with ui.element("pre").classes("mistake").props("data-testid=mistake role=alert"):
        ui.label(said)


STYLE = """
.mistake {  /* with --edit: what is wrong with what was saved */
  position: fixed; inset-inline: 0; inset-block-start: 0; z-index: 50; margin: 0; padding: 14px 20px; max-block-size: 50dvh; overflow: auto;
  background: var(--danger); color: var(--surface); font: var(--text-s)/1.5 var(--mono); white-space: pre-wrap;
}
"""

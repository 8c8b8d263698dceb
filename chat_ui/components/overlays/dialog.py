"""A dialog over the page, drawn when it is opened and deleted when it is closed."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from chat_ui.components import icon_button
from services.core.i18n import _


@contextmanager
def show(title: str) -> Iterator[ui.dialog]:
    """Open a dialog with a title around what is drawn inside."""
    with ui.dialog() as dialog, ui.element("div").classes("dialog"):
        dialog.props["aria-label"] = title
        with ui.element("div").classes("dialog-head"):
            ui.label(title).classes("card-title").props("role=heading aria-level=2")
            close = icon_button.draw("close", _("Close"))
        close.on("click", dialog.close)
        yield dialog
    dialog.on("hide", dialog.delete)
    dialog.open()


STYLE = """
.dialog { border-radius: var(--radius-xl); padding: 16px 22px 22px; inline-size: min(94vw, 440px); display: grid; gap: 14px; box-shadow: var(--shadow); max-block-size: 88dvh; overflow-y: auto; }
.dialog-head { display: flex; justify-content: space-between; align-items: center; }
.dialog .people { max-block-size: 44dvh; overflow-y: auto; }
"""

"""The dialog that jumps to where a day begins in a room."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from services.core.i18n import _


def show(on_choose: Callable[[Any], Awaitable[None]]) -> ui.dialog:
    """Open the dialog; the date is chosen with the browser's own calendar."""
    with dialog.show(_("Jump to date")) as shown:
        with form.live() as jump:
            form.field(_("Day"), "day", kind="date", data_testid="day")
            form.button(_("Jump"))
        jump.on("filled", on_choose, args=["detail"])
    return shown

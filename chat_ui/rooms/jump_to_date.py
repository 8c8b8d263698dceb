"""Jump to a date: a small box that leads to where a day begins in a room."""

from typing import TYPE_CHECKING

from nicegui import ui

from chat_ui.components import dialog, form
from services.core.i18n import _

if TYPE_CHECKING:
    from chat_ui.search.handlers import SearchHandlers


def show(room_id: int, page: "SearchHandlers") -> ui.dialog:
    """Open the box; the date is chosen with the browser's own calendar."""
    with dialog.show(_("Jump to a date")) as box:
        with ui.element("form").classes("form").props("data-form") as jump:
            form.field(_("Day"), "day", kind="date", data_testid="day")
            form.button(_("Jump"))
        jump.on("filled", lambda event: page.on_jump(room_id, event), args=["detail"])
    return box

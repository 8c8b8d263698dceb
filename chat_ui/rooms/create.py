"""The dialog for a new room."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from chat_ui.components import dialog, form
from services.core.i18n import _


def show(on_create: Callable[..., Any]) -> ui.dialog:
    """Open the dialog; `on_create` gets what was filled in."""
    with (
        dialog.show(_("New room")) as shown,
        ui.element("form").classes("form").props("data-form") as made,
    ):
        form.field(_("Name"), "name", maxlength="120", autofocus="true")
        form.field(_("Topic"), "topic", required=False, maxlength="400")
        with ui.element("label").classes("check"):
            ui.element("input").props("type=checkbox name=private")
            ui.label(_("Private: only people who are added see it"))
        form.button(_("Make the room"))
    made.on("filled", on_create, args=["detail"])
    return shown

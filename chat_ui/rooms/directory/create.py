"""The dialog for a new room."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from chat_ui.components import encryption, html
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from services.accounts.names.name_rules import ROOM_NAME_LIMIT, TOPIC_LIMIT
from services.core.i18n import _


def show(on_create: Callable[..., Any], *, offers_encryption: bool) -> ui.dialog:
    """Open the dialog; `on_create` gets what was filled in.

    It `offers_encryption` where there are apps, which can read and write in an encrypted room.
    """
    with (
        dialog.show(_("New room")) as shown,
        form.live() as made,
    ):
        form.field(_("Name"), "name", limit=ROOM_NAME_LIMIT, autofocus="true")
        form.field(_("Topic"), "topic", required=False, limit=TOPIC_LIMIT)
        with ui.element("label").classes("check"):
            ui.element("input").props("type=checkbox name=private")
            ui.label(_("Private: only people you add can see it"))
        if offers_encryption:
            with ui.element("div").classes("explained"):
                form.check(_("End-to-end encrypted"), "encrypted", on=False)
                html.draw("div", encryption.meaning()).classes("field-hint")
        form.button(_("Create room"))
    made.on("filled", on_create, args=["detail"])
    return shown

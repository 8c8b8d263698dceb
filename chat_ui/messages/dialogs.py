"""The dialogs that a message's menu opens, and the one with pinned messages."""

from collections.abc import Callable, Sequence
from typing import Any

import htpy as h
from markupsafe import Markup
from nicegui import ui

from chat_ui.components import dialog, form, html
from chat_ui.messages import card
from chat_ui.messages.rendering import text
from services.core.dto import MessageView
from services.core.i18n import _
from services.messages.edits import Version
from services.rooms.views import RoomView


def show_history(versions: Sequence[Version]) -> ui.dialog:
    """Open the dialog with the versions of a message, the newest first."""
    with dialog.show(_("What it said before")) as shown:
        html.draw(
            "div",
            (
                h.div(".version")[
                    h.time(datetime=version.written_at.isoformat(), data_long=True),
                    h.div(".message-body", dir="auto")[Markup(text.to_html(version.text))],  # noqa: S704
                ]
                for version in reversed(versions)
            ),
        ).classes("versions")
    return shown


def ask_to_delete(*, mine: bool, on_delete: Callable[..., Any]) -> ui.dialog:
    """Open the dialog that asks whether to delete a message, and a moderator why."""
    with (
        dialog.show(_("Delete this message?")) as shown,
        ui.element("form").classes("form").props("data-form") as asked,
    ):
        ui.label(_("Its text is erased for everybody. Its place stays.")).classes("field-hint")
        if not mine:
            form.field(
                _("Why"),
                "reason",
                required=False,
                maxlength="200",
                hint=_("The room's moderators read this in its log."),
            )
        form.button(_("Delete")).classes("danger-button")
    asked.on("filled", on_delete, args=["detail"])
    return shown


def choose_room(rooms: Sequence[RoomView], on_choose: Callable[..., Any]) -> ui.dialog:
    """Open the dialog that asks where to forward a message to."""
    with (
        dialog.show(_("Forward to")) as shown,
        ui.element("form").classes("form").props("data-form") as choice,
    ):
        html.draw(
            "div",
            h.select(name="room", size="9", required=True, aria_label=_("Forward to"))[
                (
                    h.option(value=room.room_id, selected=at == 0)[room.title]
                    for at, room in enumerate(rooms)
                )
            ],
        ).classes("field")
        form.button(_("Forward"))
    choice.on("filled", on_choose, args=["detail"])
    return shown


def show_pins(found: Sequence[MessageView]) -> ui.dialog:
    """Open the dialog with the pinned messages of a room."""
    with dialog.show(_("Pinned messages")) as shown:
        html.draw(
            "div",
            (card.draw(message) for message in found)
            if found
            else h.p(".field-hint")[
                _("Nothing is pinned here. Moderators pin from a message's menu.")
            ],
        ).classes("pins")
    return shown


STYLE = """
.pins { max-block-size: 66dvh; overflow-y: auto; margin-inline: -10px; }

.versions { max-block-size: 60dvh; overflow-y: auto; display: grid; gap: 10px; }
.version { border: 1px solid var(--line); border-radius: 12px; padding: 8px 12px; }
.version time { color: var(--muted); font-size: 12px; }
.danger-button { background: var(--danger); }
"""

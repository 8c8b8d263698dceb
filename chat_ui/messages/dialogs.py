"""The dialogs that a message's menu opens."""

from collections.abc import Awaitable, Callable
from typing import Any

import htpy as h
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from chat_ui.messages.lists import message_body
from services.core.i18n import _
from services.messages.edits import EditHistory
from services.messages.rendering import text


def show_history(found: EditHistory, on_older: Callable[[], Awaitable[None]]) -> ui.dialog:
    """Open the dialog with versions of a message, the newest first."""
    with dialog.show(_("Edit history")) as shown:
        html.draw(
            "div",
            (
                h.div(".version")[
                    h.time(datetime=version.written_at.isoformat(), data_long=True),
                    message_body.draw(text.finish(version.text, version.html)),
                ]
                for version in found.versions
            ),
        ).classes("versions")
        if found.before is not None:
            form.button(_("Older"), kind="button", quiet=True).on("click", on_older)
    return shown


def ask_to_delete(*, mine: bool, on_delete: Callable[..., Any]) -> ui.dialog:
    """Open the dialog that asks whether to delete a message, and a moderator why."""
    with (
        dialog.show(_("Delete this message?")) as shown,
        form.live() as asked,
    ):
        ui.label(_("It is deleted for everyone.")).classes("field-hint")
        if not mine:
            form.field(
                _("Reason"),
                "reason",
                required=False,
                limit=200,
                hint=_("The room's moderators see this in the moderation log."),
            )
        form.button(_("Delete")).classes("danger-button")
    asked.on("filled", on_delete, args=["detail"])
    return shown


STYLE = """
.versions { max-block-size: 60dvh; overflow-y: auto; display: grid; gap: 10px; }
.version { border: 1px solid var(--line); border-radius: var(--radius-l); padding: 8px 12px; }
.version time { color: var(--muted); font-size: var(--text-xs); }
.danger-button { background: var(--danger); }
"""

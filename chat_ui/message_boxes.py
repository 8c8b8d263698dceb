"""The boxes that a message's menu opens: its history, and the question before it is deleted."""

from collections.abc import Callable, Sequence
from typing import Any

import htpy as h
from markupsafe import Markup
from nicegui import ui

from chat_ui import dialog, form, plain, text
from services.views import Version
from services.words import _


def show_history(versions: Sequence[Version]) -> ui.dialog:
    """Open the box with what a message says and said, the newest first."""
    with dialog.show(_("What it said before")) as box:
        plain.draw(
            "div",
            (
                h.div(".version")[
                    h.time(datetime=version.written_at.isoformat(), data_long=True),
                    h.div(".message-body", dir="auto")[Markup(text.to_html(version.text))],  # noqa: S704
                ]
                for version in reversed(versions)
            ),
        ).classes("versions")
    return box


def ask_to_delete(*, mine: bool, on_delete: Callable[..., Any]) -> ui.dialog:
    """Open the box that asks whether to delete a message, and of a moderator why."""
    with (
        dialog.show(_("Delete this message?")) as box,
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
    return box


STYLE = """
.versions { max-block-size: 60dvh; overflow-y: auto; display: grid; gap: 10px; }
.version { border: 1px solid var(--line); border-radius: 12px; padding: 8px 12px; }
.version time { color: var(--muted); font-size: 12px; }
.danger-button { background: var(--danger); }
"""

"""Reported messages: the page for administrators, the dialog for a room's moderators."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, html, page_header
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from chat_ui.people import profile
from services.core.i18n import _
from services.messages.reports import PAGE_SIZE, ReportView

Again = Callable[[int], Awaitable[None]]
"""Shows the reports before the one with this id."""


class Actions(Protocol):
    """What happens when a button is pressed; `again` then shows the list as it is."""

    def on_handle_report(self, report_id: int, again: Callable[[], Awaitable[None]], /) -> Any:
        """Mark a report as handled."""

    def on_delete_reported(self, report_id: int, again: Callable[[], Awaitable[None]], /) -> Any:
        """Delete the message of a report."""


def ask(on_report: Callable[..., Any]) -> ui.dialog:
    """Open the dialog that asks why a message is reported."""
    with (
        dialog.show(_("Report this message?")) as shown,
        form.live() as asked,
    ):
        ui.label(
            _(
                "The room's moderators and the administrators will see the message as it "
                "is now, and that you reported it. The author is not told."
            )
        ).classes("field-hint")
        form.field(_("Reason"), "reason", required=False, limit=200)
        form.button(_("Report"))
    asked.on("filled", on_report, args=["detail"])
    return shown


def draw(found: Sequence[ReportView], actions: Actions, again: Again, before: int) -> None:
    """Draw the page for administrators."""
    with page_header.draw(_("Reported messages")), form.card(""):
        _list(found, actions, again, before)


def show(found: Sequence[ReportView], actions: Actions, again: Again, before: int) -> ui.dialog:
    """Open the dialog for the moderators of a room."""
    with dialog.show(_("Reported messages")) as shown:
        _list(found, actions, again, before)
    return shown


def _list(found: Sequence[ReportView], actions: Actions, again: Again, before: int) -> None:
    if not found:
        ui.label(_("No reported messages.")).classes("field-hint")
    with ui.element("div"):
        for each in found:
            _report(each, actions, lambda: again(before))
    if len(found) == PAGE_SIZE:
        older = form.button(_("Older"), kind="button", quiet=True)
        older.on("click", lambda: again(found[-1].report_id))


def _report(found: ReportView, actions: Actions, again: Callable[[], Awaitable[None]]) -> None:
    with ui.element("div").classes("report").props("data-testid=report"):
        html.draw(
            "div",
            h.div(".entry")[
                avatar.draw(found.author),
                h.div(".grow")[
                    profile.link(found.author),
                    h.div(".small")[
                        f"@{found.author.username}",
                        " · ",
                        h.bdi[found.room_name or _("Direct messages")],
                    ],
                ],
            ],
            h.p(".report-text", dir="auto")[found.text or _("Deleted.")],
            h.div(".small.report-by")[
                h.span[_("Reported by {name}").format(name=f"@{found.reporter.username}")],
                h.time(datetime=found.at.isoformat(timespec="milliseconds"), data_long=True),
            ],
            h.q(dir="auto")[found.reason] if found.reason else None,
            h.div(".small")[_("Resolved by {name}").format(name=f"@{found.handled_by.username}")]
            if found.handled_by
            else None,
        )
        if found.handled_by:
            return
        with ui.element("div").classes("report-buttons"):
            form.button(_("Mark as resolved"), kind="button", quiet=True).on(
                "click", lambda: actions.on_handle_report(found.report_id, again)
            )
            form.button(_("Delete message"), kind="button", quiet=True).classes("danger").on(
                "click", lambda: actions.on_delete_reported(found.report_id, again)
            )


STYLE = """
.report { padding-block: 12px; display: grid; gap: 8px; }
.report + .report { border-block-start: 1px solid var(--line); }
.report-text { margin: 4px 0; padding: 10px 13px; border-radius: var(--radius-m); background: var(--hover); white-space: pre-wrap; overflow-wrap: anywhere; max-block-size: 240px; overflow-y: auto; font-size: var(--text-m); }
.report .small { font-size: var(--text-s); color: var(--muted); }
.report-by { display: flex; flex-wrap: wrap; gap: 10px; }
.report q { display: block; margin-block: 3px; padding-inline-start: 10px; border-inline-start: 3px solid var(--line); quotes: none; font-size: var(--text-m); }
.report-buttons { display: flex; flex-wrap: wrap; gap: 8px; }
"""

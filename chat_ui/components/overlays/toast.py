"""A sentence about what was just done, with a button that takes it back."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import htpy as h
from nicegui import ui

from chat_ui.components import html
from services.core.i18n import _

UNDO_SECONDS = 10
"""Seconds for which it is offered."""


def offer_undo(
    sentence: str, undo: Callable[[], Awaitable[None]], at: datetime | None = None
) -> ui.element:
    """Draw the sentence and the button, and return them; they go by themselves.

    `{time}` in the sentence is shown as `at`, by the reader's clock.
    """
    with ui.element("div").classes("toast").props("role=status") as toast:
        if at is None:
            ui.label(sentence)
        else:
            before, _time, after = sentence.partition("{time}")
            moment = at.isoformat(timespec="milliseconds")
            html.draw("span", before, h.time(datetime=moment, data_long=True), after)
        with ui.element("button").props("type=button") as button:
            ui.label(_("Undo"))
        ui.timer(UNDO_SECONDS, toast.delete, once=True)

    async def on_undo() -> None:
        toast.delete()
        await undo()

    button.on("click", on_undo)
    return toast


STYLE = """
.toast {
  position: fixed; z-index: 7000; inset-block-end: calc(88px + env(safe-area-inset-bottom)); inset-inline: 12px; inline-size: fit-content; max-inline-size: min(460px, 100% - 24px);
  margin-inline: auto; display: flex; align-items: center; gap: 16px; padding-block: 10px; padding-inline: 18px 10px; border-radius: var(--radius-l); background: var(--ink);
  color: var(--ground); font-size: var(--text-m); box-shadow: var(--shadow); animation: toast var(--slow) ease-out;
}
.toast button { flex: none; min-block-size: 36px; border: 0; border-radius: var(--radius-m); padding: 6px 12px; background: color-mix(in srgb, var(--ground) 16%, transparent); color: inherit; font: 600 var(--text-m) var(--font); cursor: pointer; }
.toast button:hover { background: color-mix(in srgb, var(--ground) 28%, transparent); }
.toast button:focus-visible { outline: 2px solid currentColor; }
@keyframes toast { from { transform: translateY(12px); opacity: 0; } }
@media (pointer: coarse) { .toast button { min-block-size: 44px; } }
"""

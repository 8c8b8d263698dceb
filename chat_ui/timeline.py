"""The messages of a room, the newest at the bottom.

The element stays empty here: messages come in through `live`, drawn once for everybody,
and the browser puts each in its place by its number.
"""

import json
from collections.abc import Callable
from typing import Any

import htpy as h
from nicegui import ui

from chat_ui import message, plain
from services.views import RoomView, Viewer
from services.words import _, language


def draw(
    viewer: Viewer,
    room: RoomView,
    *,
    on_catch_up: Callable[..., Any],
    on_older: Callable[..., Any],
    on_send: Callable[..., Any],
) -> None:
    """Draw the timeline of `room`; the browser asks for messages by the events handed in."""
    with ui.element("div").classes("timeline-frame"):
        timeline = ui.element("div").classes("timeline")
        timeline.props(f"data-testid=timeline data-room={room.room_id} role=log tabindex=0")
        timeline.props["data-me"] = viewer.username
        timeline.props["data-lang"] = language()
        timeline.props["aria-label"] = _("Messages")
        timeline.style["--word-copy"] = json.dumps(_("Copy"), ensure_ascii=False)
        timeline.style["--word-copied"] = json.dumps(_("Copied"), ensure_ascii=False)
        timeline.props["data-word-unread"] = _("New messages")
        timeline.props["data-word-empty"] = _("Nothing here yet. Say hello.")
        for event, handler in {
            "catchup": on_catch_up,
            "older": on_older,
            "send": on_send,
        }.items():
            timeline.on(event, handler, args=["detail"])
        plain.draw(
            "div",
            h.button(".newest", type="button", data_action="newest", data_word=_("Newest")),
            message.draw_waiting(_("Try again"), _("Edit")),
        )


STYLE = """
.timeline-frame { position: relative; flex: 1; min-block-size: 0; inline-size: 100%; }
.timeline { position: absolute; inset: 0; overflow-y: auto; padding-block: 16px 12px; overflow-anchor: none; outline: none; }
.timeline:empty::before, .timeline[data-empty]::before {
  content: attr(data-word-empty); display: block; text-align: center; color: var(--muted); margin-block-start: 20vh;
}
.timeline:not([data-ready])::before { content: ""; }
.rule { display: flex; align-items: center; gap: 12px; margin: 16px 16px 8px; color: var(--muted); font-size: 12px; font-weight: 600; }
.rule::before, .rule::after { content: ""; flex: 1; border-block-start: 1px solid var(--line); }
.rule.unread { color: var(--danger); }
.rule.unread::before, .rule.unread::after { border-color: currentColor; opacity: .5; }
.newest {
  position: absolute; inset-inline-end: 20px; inset-block-end: 12px; border: 1px solid var(--line);
  background: var(--surface); color: var(--ink); border-radius: 999px; padding: 8px 16px; font: 600 13px var(--font);
  box-shadow: var(--shadow); cursor: pointer; display: none;
}
.newest::after { content: attr(data-word) " ↓"; }
.newest[data-count]::before { content: attr(data-count); background: var(--accent); color: var(--on-accent); border-radius: 999px; padding: 1px 8px; margin-inline-end: 8px; }
.scrolled-up .newest { display: block; }
"""

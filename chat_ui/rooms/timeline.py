"""The messages of a room, the newest at the bottom.

The element is empty here: `chat_ui/server/listeners.py` sends messages, rendered once for all
pages, and the browser inserts each by its `seq`.
"""

import json

import htpy as h
from nicegui import ui

from chat_ui.components import emoji_picker, html
from chat_ui.messages import bubble, menu, poll
from chat_ui.rooms import typing_indicator, unread_bar
from services.core.dto import CurrentUser
from services.core.i18n import _, language
from services.rooms.permissions import may_moderate, may_pin, may_write
from services.rooms.views import RoomView


def draw(viewer: CurrentUser, room: RoomView, *, at: int | None = None) -> ui.element:
    """Draw the timeline of `room`, which begins at message `at`; its messages come by themselves.

    Return the element that the messages come into.
    """
    with ui.element("div").classes("timeline-frame"):
        timeline = ui.element("div").classes("timeline")
        timeline.props.update(_facts(viewer, room, at) | _words() | poll.words())
        timeline.style.update(_words_of_style())
        html.draw("div", _beside())
    return timeline


@html.cached
def _beside() -> h.Fragment:
    """Return what is shown over the messages when it is needed."""
    return h.fragment[
        unread_bar.draw(),
        typing_indicator.draw(),
        h.button(".newest", type="button", data_action="newest", data_word=_("Newest")),
        bubble.draw_waiting(_("Try again"), _("Edit"), _("Do not send it")),
        menu.draw(),
        h.template("#day-separator")[_separator(".day", "")],
        h.template("#unread-separator")[_separator(".unread", _("New messages"))],
    ]


def _separator(kind: str, words: str) -> h.Element:
    """Return what the browser puts between messages."""
    return h.div(f".rule{kind}", role="separator")[h.span[words]]


def show_standing(timeline: ui.element, room: RoomView) -> None:
    """Tell the browser what the viewer may do in the room now."""
    for fact, is_so in _standing(room).items():
        if is_so:
            timeline.props[fact] = True
        else:
            timeline.props.pop(fact, None)


def _facts(viewer: CurrentUser, room: RoomView, at: int | None) -> dict[str, object]:
    """Return what the browser needs to show each viewer their own: see `messages/bubble.py`."""
    facts: dict[str, object] = {
        "role": "log",
        "tabindex": 0,
        "aria-label": _("Messages"),
        "data-testid": "timeline",
        "data-room": str(room.room_id),
        "data-me": viewer.username,
        "data-me-id": viewer.user_id,
        "data-lang": language(),
        "data-emoji": emoji_picker.address(),
    }
    if at:
        facts["data-at"] = at
    return facts | {fact: True for fact, is_so in _standing(room).items() if is_so}


def _standing(room: RoomView) -> dict[str, bool]:
    return {
        "data-writes": may_write(room, room),
        "data-reacts": not room.is_archived,
        "data-moderates": may_moderate(room),
        "data-pins": may_pin(room, room),
    }


def _words() -> dict[str, str]:
    """Return the texts that the browser shows among messages."""
    return {
        "data-word-delivered": _("Delivered"),
        "data-word-read": _("Read"),
        "data-word-react": _("React"),
        "data-word-empty": _("Nothing here yet. Say hello."),
    }


def _words_of_style() -> dict[str, str]:
    """Return the texts that the stylesheet adds to messages, which are drawn for all languages."""
    words = {
        "copy": _("Copy"),
        "copied": _("Copied"),
        "edited": _("edited"),
        "forwarded": _("Forwarded"),
        "deleted-author": _("This message was deleted."),
        "deleted-moderator": _("A moderator deleted this message."),
    }
    return {f"--word-{name}": json.dumps(said, ensure_ascii=False) for name, said in words.items()}


STYLE = """
.timeline-frame { position: relative; flex: 1; min-block-size: 0; inline-size: 100%; }
.timeline { position: absolute; inset: 0 0 18px; overflow-y: auto; padding-block: 16px 12px; overflow-anchor: none; outline: none; }
.timeline:not(:has(.message))::before {
  content: attr(data-word-empty); display: block; text-align: center; color: var(--muted); margin-block-start: 20vh;
}
.timeline:not([data-ready])::before { content: ""; }
.rule { display: flex; align-items: center; gap: 12px; margin: 16px 16px 8px; color: var(--muted); font-size: 12px; font-weight: 600; }
.rule::before, .rule::after { content: ""; flex: 1; border-block-start: 1px solid var(--line); }
.rule.unread { color: var(--danger); }
.rule.unread::before, .rule.unread::after { border-color: currentColor; opacity: .5; }
.newest {
  position: absolute; inset-inline-end: 20px; inset-block-end: 26px; border: 1px solid var(--line);
  background: var(--surface); color: var(--ink); border-radius: 999px; padding: 8px 16px; font: 600 13px var(--font);
  box-shadow: var(--shadow); cursor: pointer; display: none;
}
.newest::after { content: attr(data-word) " ↓"; }
.newest[data-count]::before { content: attr(data-count); background: var(--accent); color: var(--on-accent); border-radius: 999px; padding: 1px 8px; margin-inline-end: 8px; }
.scrolled-up .newest { display: block; }
"""

"""The messages of a room, the newest at the bottom.

The element is empty here: `chat_ui/server/updates/listeners.py` sends messages, rendered once for all
pages, and the browser inserts each by its `seq`.
"""

import json

import htpy as h
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.emoji import emoji_picker
from chat_ui.messages import bubble, menu
from chat_ui.messages.lists import replies
from chat_ui.messages.media import player
from chat_ui.messages.polls import poll
from chat_ui.rooms.timeline import typing_indicator, unread_bar
from services.core.dto import CurrentUser
from services.core.i18n import _, language, plural
from services.rooms.permissions import is_sealed, may_moderate, may_pin, may_write
from services.rooms.views import RoomView


def draw(viewer: CurrentUser, room: RoomView, *, at: int | None = None) -> ui.element:
    """Draw the timeline of `room`, which begins at message `at`; its messages come by themselves.

    Return the element that the messages come into.
    """
    with ui.element("div").classes("timeline-frame"):
        timeline = ui.element("div").classes("timeline")
        timeline.props.update(_words() | poll.words() | player.words() | _facts(viewer, room, at))
        timeline.style.update(words_of_style())
        html.draw("div", _beside())
    return timeline


@html.cached
def _beside() -> h.Fragment:
    """Return what is shown over the messages when it is needed."""
    return h.fragment[
        unread_bar.draw(),
        typing_indicator.draw(),
        _newest(),
        bubble.draw_waiting(),
        menu.draw(),
        h.template("#day-separator")[_separator(".day", "")],
        h.template("#unread-separator")[_separator(".unread", _("New messages"))],
        h.template("#encryption-separator")[
            _separator(".encryption", _("End-to-end encrypted from here on"))
        ],
    ]


def _newest() -> h.Element:
    return h.button(
        ".newest",
        type="button",
        data_action="newest",
        **html.counted(
            "below",
            lambda count: plural("{count} new message below", "{count} new messages below", count),
        ),
    )[_("Newest")]


def _separator(kind: str, words: str) -> h.Element:
    """Return what the browser puts between messages."""
    return h.div(f".rule{kind}", role="separator")[h.span[words]]


def show_permissions(timeline: ui.element, room: RoomView) -> None:
    """Tell the browser what the viewer may do in the room now."""
    for fact, is_so in _permissions(room).items():
        if is_so:
            timeline.props[fact] = True
        else:
            timeline.props.pop(fact, None)


def _facts(viewer: CurrentUser, room: RoomView, at: int | None) -> dict[str, object]:
    """Return what the browser needs to show each viewer their own: see `messages/bubble.py`."""
    facts: dict[str, object] = {
        "role": "log",
        "aria-live": "off",  # see `components/accessibility/announcer.py`
        "tabindex": 0,
        "aria-label": _("Messages"),
        "data-testid": "timeline",
        "data-room": str(room.room_id),
        "data-me": viewer.username,
        "data-me-id": viewer.user_id,
        "data-lang": language(),
        "data-emoji": emoji_picker.address(),
    }
    if room.is_encrypted:
        facts["data-word-empty"] = _("No messages yet.")
    if at:
        facts["data-at"] = at
    return facts | {fact: True for fact, is_so in _permissions(room).items() if is_so}


def _permissions(room: RoomView) -> dict[str, bool]:
    return {
        "data-writes": may_write(room, room),
        "data-reacts": not room.is_archived,
        "data-moderates": may_moderate(room),
        "data-pins": may_pin(room, room),
        "data-encrypted": is_sealed(room),
    }


def _words() -> dict[str, str]:
    """Return the texts that the browser shows among messages."""
    return {
        "data-word-edited": _("edited"),
        "data-word-forwarded": _("Forwarded"),
        "data-word-bot": _("Bot"),
        "data-word-encrypted": _("Encrypted message"),
        "data-word-deleted-author": _("This message was deleted."),
        "data-word-deleted-moderator": _("A moderator deleted this message."),
        "data-word-copy": _("Copy"),
        "data-word-copied": _("Copied"),
        "data-word-sending": _("Sending"),
        "data-word-failed": _("Not sent"),
        "data-word-react": _("React"),
        "data-word-play-picture": _("Play {name}"),
        "data-word-pause-picture": _("Pause {name}"),
        **html.counted(
            "reacted",
            lambda count: plural(
                "{count} person reacted with {emoji}", "{count} people reacted with {emoji}", count
            ),
        ),
        **replies.words_of_browser(),
        "data-word-says": _("{name}: {text}"),
        "data-word-empty": _("No messages yet. Say hello!"),
    }


def words_of_style() -> dict[str, str]:
    """Return the texts that the stylesheet adds to messages, which are drawn for all languages."""
    words = {
        "edited": _("edited"),  # as wide as what is written there
        "show-all": _("Show all"),
        "deleted-author": _("This message was deleted."),
        "sent": _("Sent"),
        "delivered": _("Delivered"),
        "read": _("Read"),
    }
    return {f"--word-{name}": json.dumps(said, ensure_ascii=False) for name, said in words.items()}


STYLE = """
.timeline-frame { position: relative; flex: 1; min-block-size: 0; inline-size: 100%; --gap: var(--space-4); --side: max(var(--gap), 50% - var(--column) / 2); }
/* One column, as wide as the composer: its end does not depend on how wide the scrollbar is. A short history
   stands at the bottom. */
.timeline { position: absolute; inset: 0 0 18px; overflow-y: auto; display: flex; flex-direction: column; padding-block: 16px 10px; padding-inline: var(--side) 0; overflow-anchor: none; outline: none; }
.timeline > *, .timeline::before { flex: none; inline-size: min(var(--column), 100% - var(--gap)); }
.timeline > :first-child { margin-block-start: auto; }
.timeline:not(:has(.message))::before {
  content: attr(data-word-empty); margin: auto; text-align: center; color: var(--muted);
}
.timeline:not([data-ready])::before { content: ""; }
.rule { display: flex; align-items: center; gap: 12px; margin: 14px 0 4px; color: var(--muted); font-size: var(--text-xs); font-weight: 650; }
.rule.day { justify-content: center; }
.rule.day span { color: var(--muted); background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius-full); padding: 2px 12px; }
.rule.encryption { color: var(--good); }
.rule:is(.unread, .encryption)::before, .rule:is(.unread, .encryption)::after { content: ""; flex: 1; border-block-start: 1px solid currentColor; opacity: .5; }
.rule.unread { color: var(--danger); }
.newest {
  position: absolute; inset-inline-end: var(--side); inset-block-end: 26px; border: 1px solid var(--line);
  background: var(--surface); color: var(--ink); border-radius: var(--radius-full); padding: 8px 16px; font: 600 var(--text-s) var(--font);
  box-shadow: var(--shadow); cursor: pointer; display: none;
}
.newest::after { content: " ↓" / ""; }
.newest[data-count]::before { content: attr(data-shown) / ""; background: var(--accent); color: var(--on-accent); border-radius: var(--radius-full); padding: 1px 8px; margin-inline-end: 8px; }
.scrolled-up .newest { display: block; }
@media (max-width: 700px) { .timeline-frame { --gap: 10px; } }
"""

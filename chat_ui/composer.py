"""Where one types."""

import htpy as h
from nicegui import ui

from chat_ui import plain
from services.permissions import silence
from services.text import MESSAGE_LIMIT
from services.views import RoomView
from services.words import _


def draw(room: RoomView) -> ui.element:
    """Draw the composer of `room`, or why one may not write there.

    What is typed stays in the browser until it is sent.
    """
    if why := silence(room, room):
        icon = plain.icon("inventory_2" if room.is_archived else "campaign")
        drawn = plain.draw("p", icon, h.span[why]).classes("silence")
        return drawn.props("role=note data-testid=silence")
    words = _("Message {room}").format(room=room.title)
    form = plain.draw(
        "form",
        _before(),
        h.textarea(
            data_testid="composer",
            data_limit=MESSAGE_LIMIT,
            data_completes=True,
            data_word_completion=_("Suggestions"),
            rows=1,
            dir="auto",
            name="message",
            placeholder=words,
            aria_label=words,
        ),
        _after(),
    ).classes("composer")
    form.props.update({"data-composer": True, "autocomplete": "off"})
    return form


@plain.once
def _before() -> h.Fragment:
    return h.fragment[
        h.div(
            ".composing",
            hidden=True,
            data_word_reply=_("Answer to {name}"),
            data_word_edit=_("Change your message"),
        )[
            h.div(".grow")[h.b(".what"), h.span(".text", dir="auto")],
            h.button(
                ".icon-button", type="button", data_action="compose-new", aria_label=_("Cancel")
            )[plain.icon("close")],
        ],
        plain.button("poll", _("New poll"), data_ask="new_poll"),
        plain.button("mood", _("Emoji"), data_action="emoji"),
    ]


@plain.once
def _after() -> h.Fragment:
    return h.fragment[
        h.button(".send", type="submit", data_testid="send", aria_label=_("Send"), title=_("Send"))[
            plain.icon("send")
        ],
        h.div(
            ".hint",
            role="status",
            data_word_left=_("Characters left: {count}"),
            data_word_over=_("Too long by {count}: shorten it, or send it in parts"),
            data_word_offline=_("The connection is lost. Save it when it is back."),
            data_word_blank=_("Write something first"),
        ),
    ]


STYLE = """
.composer {
  display: flex; flex-wrap: wrap; gap: 8px; align-items: flex-end; padding: 8px 16px calc(14px + env(safe-area-inset-bottom));
  inline-size: 100%; margin: 0;
}
.composer textarea {
  flex: 1; min-inline-size: 0; resize: none; font: 15px/1.45 var(--font); color: var(--ink); background: var(--field);
  border: 1px solid var(--line); border-radius: 22px; padding: 10px 18px; max-block-size: 200px; outline: none; block-size: 44px;
}
.composer textarea:focus { border-color: var(--accent); box-shadow: 0 0 0 3px var(--ring); }
.composer textarea::placeholder { color: var(--muted); }
.composer .icon-button { block-size: 44px; margin-inline-end: -4px; }
.composer .send {
  inline-size: 44px; block-size: 44px; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent);
  font-size: 20px; display: grid; place-items: center; cursor: pointer; flex: none;
}
.composer .send:hover { filter: brightness(1.08); }
.composer .send:focus-visible { outline: 3px solid var(--ring); }
.composing { flex-basis: 100%; display: flex; align-items: center; gap: 8px; border-inline-start: 3px solid var(--accent); border-radius: 6px; background: var(--hover); padding: 4px 4px 4px 12px; min-inline-size: 0; }
.composing[hidden] { display: none; }
.composing .grow { flex: 1; min-inline-size: 0; display: grid; font-size: 13px; }
.composing .what { color: var(--link); font-size: 12.5px; }
.composing .text { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--muted); }
.composing[data-aim="edit"] .text { display: none; }
.composer textarea:read-only { opacity: .6; }
.composer .hint { flex-basis: 100%; font-size: 12.5px; color: var(--muted); padding-inline: 18px; }
.composer .hint:empty { display: none; }
.composer .hint.over { color: var(--danger); font-weight: 600; }
.silence {
  display: flex; gap: 10px; align-items: center; justify-content: center; margin: 0; inline-size: 100%; color: var(--muted); font-size: 14px;
  padding: 14px 20px calc(18px + env(safe-area-inset-bottom)); border-block-start: 1px solid var(--line);
}
.silence .q-icon { font-size: 19px; }
@media (max-width: 700px) { .composer { padding-inline: 10px; gap: 6px; } .composer textarea { font-size: 16px; } }
"""

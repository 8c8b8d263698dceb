"""The composer: where messages are typed."""

import htpy as h
from nicegui import ui

from chat_ui.components import autocomplete, html, overflow_menu
from services.core import app_context, filesize
from services.core.i18n import _
from services.core.text import MESSAGE_LIMIT
from services.rooms.permissions import why_read_only
from services.rooms.views import RoomView

MAX_FILES = 20
"""How many files wait at a time to be sent."""


def draw(room: RoomView) -> ui.element:
    """Draw the composer of `room`, or why the viewer may not write there.

    What is typed stays in the browser until it is sent.
    """
    if why := why_read_only(room, room):
        icon = html.icon("inventory_2" if room.is_archived else "campaign")
        drawn = html.draw("p", icon, h.span[why]).classes("silence")
        return drawn.props("role=note data-testid=silence")
    most = app_context.current().settings.file_size
    form = html.draw("form", _inside(room.title, most)).classes("composer")
    form.props.update({"data-composer": True, "autocomplete": "off"})
    return form


@html.cached
def _inside(title: str, most: int) -> h.Fragment:
    """Return the composer of a room of that title, where files may have `most` bytes."""
    words = _("Message {room}").format(room=title)
    return h.fragment[
        _tray(most),
        _pattern(),
        _recording(),
        _before(),
        h.div(".composer-field")[
            autocomplete.draw(),
            h.textarea(
                data_testid="composer",
                data_limit=MESSAGE_LIMIT,
                data_completes=True,
                aria_autocomplete="list",
                aria_controls=autocomplete.NAME,
                rows=1,
                dir="auto",
                name="message",
                placeholder=words,
                aria_label=words,
            ),
        ],
        _after(),
    ]


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
            )[html.icon("close")],
        ],
        overflow_menu.draw(
            "compose-tools",
            "add",
            _("More to send"),
            _tool("attach_file", _("Send files"), data_action="attach"),
            _tool("mic", _("Record a voice note"), data_action="record"),
            _tool("poll", _("New poll"), data_ask="new_poll"),
        ),
        h.input(type="file", multiple=True, hidden=True, data_testid="file"),
        html.button("mood", _("Emoji"), data_action="emoji"),
    ]


def _tool(icon: str, words: str, **attributes: str) -> h.Element:
    return overflow_menu.tool("compose-tools", icon, words, **attributes)


def _tray(most: int) -> h.Element:
    """Return the place for files that will be sent with the message."""
    return h.div(
        ".tray",
        hidden=True,
        data_limit=most,
        data_most=MAX_FILES,
        data_word_large=_("Larger than {most}").format(most=filesize.text(most)),
        data_word_broken=_("The connection broke. Try again."),
    )


def _pattern() -> h.Element:
    """Return the template of a file that waits; the browser fills it."""
    return h.template("#picked-file")[
        h.div(".tray-file")[
            html.icon("insert_drive_file"),
            h.span(".grow")[h.span(".file-name", dir="auto"), h.span(".file-facts")],
            html.button("close", _("Leave it out"), data_action="drop-file"),
        ]
    ]


def _recording() -> h.Element:
    """Return what is shown while a voice note is recorded."""
    return h.div(
        ".recording",
        hidden=True,
        role="status",
        data_word_name=_("Voice note"),
        data_word_insecure=_("Recording takes HTTPS, or a browser on the server's own machine."),
        data_word_refused=_("The browser gives no microphone. Allow it in the address bar."),
    )[
        h.span(".dot"),
        h.time["0:00"],
        h.span(".grow")[_("Recording")],
        html.button("delete", _("Throw it away"), data_action="record-drop"),
        html.button("check", _("Done"), data_action="record-done"),
    ]


def _after() -> h.Fragment:
    return h.fragment[
        h.button(".send", type="submit", data_testid="send", aria_label=_("Send"), title=_("Send"))[
            html.icon("send")
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
.composer-field { flex: 1; min-inline-size: 0; position: relative; display: flex; }
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
.tray { flex-basis: 100%; display: flex; gap: 8px; overflow-x: auto; padding-block: 4px; min-inline-size: 0; }
.tray[hidden] { display: none; }
.tray-file { display: flex; align-items: center; gap: 10px; flex: none; inline-size: 230px; padding: 6px 4px 6px 8px; border: 1px solid var(--line); border-radius: 14px; background: var(--surface); }
.tray-file > .q-icon { font-size: 30px; color: var(--link); inline-size: 44px; text-align: center; }
.tray-file img, .waiting-file img { inline-size: 44px; block-size: 44px; object-fit: cover; border-radius: 8px; }
.tray-file .grow, .waiting-file .grow { flex: 1; min-inline-size: 0; display: grid; gap: 2px; }
.tray-file .icon-button { block-size: 36px; inline-size: 36px; margin: 0; }
.tray-file.over { border-color: var(--danger); }
.tray-file.over .file-facts { color: var(--danger); font-weight: 600; }
.recording { flex-basis: 100%; display: flex; align-items: center; gap: 10px; padding-inline: 12px; border-radius: 14px; background: var(--hover); }
.recording[hidden] { display: none; }
.recording .dot { inline-size: 12px; block-size: 12px; border-radius: 50%; background: var(--danger); animation: recording 1.2s infinite alternate; }
.recording time { font-variant-numeric: tabular-nums; }
.recording .grow { flex: 1; color: var(--muted); }
@keyframes recording { to { opacity: .25; } }
@media (prefers-reduced-motion: reduce) { .recording .dot { animation: none; } }
.composer .hint { flex-basis: 100%; font-size: 12.5px; color: var(--muted); padding-inline: 18px; }
.composer .hint:empty { display: none; }
.composer .hint.over { color: var(--danger); font-weight: 600; }
.silence {
  display: flex; gap: 10px; align-items: center; justify-content: center; margin: 0; inline-size: 100%; color: var(--muted); font-size: 14px;
  padding: 14px 20px calc(18px + env(safe-area-inset-bottom)); border-block-start: 1px solid var(--line);
}
.silence .q-icon { font-size: 19px; }
@media (max-width: 700px) {
  .composer { padding-inline: 10px; gap: 6px; }
  .composer textarea { font-size: 16px; }
  #compose-tools { inset-block-end: calc(66px + env(safe-area-inset-bottom)); inset-inline-start: 8px; }
}
"""

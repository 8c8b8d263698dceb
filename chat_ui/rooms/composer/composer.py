"""The composer: where messages are typed."""

import htpy as h
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.forms import autocomplete
from chat_ui.components.overlays import overflow_menu
from chat_ui.rooms.composer import encrypted_note, message_preview, send_later
from services.core import app_context, filesize
from services.core.i18n import _
from services.core.text import MESSAGE_LIMIT
from services.rooms.permissions import is_sealed, why_closed
from services.rooms.views import RoomView

MAX_FILES = 20
"""How many files wait at a time to be sent."""


def draw(room: RoomView, address: str) -> ui.element:
    """Draw the composer of `room`, or why the viewer may not write there.

    What is typed stays in the browser until it is sent. In an encrypted room it says how to write;
    the chat is at `address`.
    """
    if why := why_closed(room, room):
        icon = html.icon("inventory_2" if room.is_archived else "campaign")
        drawn = html.draw("p", icon, h.span[why]).classes("silence")
        return drawn.props("role=note data-testid=silence")
    if is_sealed(room):
        return encrypted_note.draw(address)
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
        _formatting(),
        message_preview.draw(),
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
        message_preview.title(),
        _after(),
    ]


def _before() -> h.Fragment:
    return h.fragment[
        h.div(
            ".composing",
            hidden=True,
            data_word_reply=_("Reply to {name}"),
            data_word_edit=_("Edit message"),
        )[
            h.div(".grow")[h.b(".what"), h.span(".text", dir="auto")],
            h.button(
                ".icon-button", type="button", data_action="compose-new", aria_label=_("Cancel")
            )[html.icon("close")],
        ],
        overflow_menu.draw(
            "compose-tools",
            "add",
            _("Add to message"),
            html.button("attach_file", _("Send files"), data_action="attach"),
            html.button("poll", _("New poll"), data_ask="new_poll"),
            html.button(
                "text_format",
                _("Formatting"),
                data_action="formatting",
                data_testid="formatting",
                aria_expanded="false",
            ),
            send_later.tool(),
        ),
        h.input(type="file", multiple=True, hidden=True, data_testid="file"),
    ]


def _formatting() -> h.Element:
    """Return the buttons that put Markdown around what is selected (`rooms/composer/formatting.js`)."""
    return h.div(".formatting", hidden=True, role="toolbar", aria_label=_("Formatting"))[
        html.button(
            "format_bold", _("Bold"), data_action="format", data_around="**", data_key="bold"
        ),
        html.button(
            "format_italic", _("Italic"), data_action="format", data_around="_", data_key="italic"
        ),
        html.button(
            "format_strikethrough", _("Strikethrough"), data_action="format", data_around="~~"
        ),
        html.button("code", _("Code"), data_action="format", data_around="`"),
        html.button("functions", _("Formula"), data_action="format", data_around="$"),
        html.button("link", _("Link"), data_action="format"),
        html.button("format_list_bulleted", _("List"), data_action="format", data_line="- "),
        html.button("format_quote", _("Quote"), data_action="format", data_line="> "),
    ]


def _tray(most: int) -> h.Element:
    """Return the place for files that will be sent with the message."""
    return h.div(
        ".tray",
        hidden=True,
        data_limit=most,
        data_most=MAX_FILES,
        data_word_large=_("Larger than {most}").format(most=filesize.text(most)),
        data_word_place=_("may say where it was taken"),
        data_word_broken=_("Connection lost. Try again."),
        data_word_changed=_("The file was changed or removed. Choose it again."),
        data_word_proxy=_(
            "The proxy in front of the chat takes no file this large. Tell the host."
        ),
        data_word_away=_("The chat can't be reached. Try again in a minute, or tell the host."),
        data_word_refused=_("The file was refused (status {status}). Tell the host."),
    )


def _pattern() -> h.Element:
    """Return the template of a file that waits; the browser fills it."""
    return h.template("#picked-file")[
        h.div(".tray-file")[
            html.icon("insert_drive_file"),
            h.span(".grow")[h.span(".file-name", dir="auto"), h.span(".file-facts")],
            html.button("close", _("Remove"), data_action="drop-file"),
        ]
    ]


def _recording() -> h.Element:
    """Return what is shown while a voice note is recorded."""
    return h.div(
        ".recording",
        hidden=True,
        role="status",
        data_word_name=_("Voice note"),
    )[
        h.span(".dot"),
        h.time["0:00"],
        h.span(".grow")[_("Recording")],
        html.button("delete", _("Discard"), data_action="record-drop"),
        html.button("check", _("Done"), data_action="record-done"),
    ]


def _after() -> h.Fragment:
    return h.fragment[
        html.button("mood", _("Emoji"), data_action="emoji"),
        message_preview.button(),
        html.button("mic", _("Record a voice note"), data_action="record"),
        send_later.draw(),
        h.button(".send", type="submit", data_testid="send", aria_label=_("Send"), title=_("Send"))[
            html.icon("send")
        ],
        _hint(),
    ]


def _hint() -> h.Element:
    """Return the place for what the browser has to say of a message that is written."""
    return h.div(
        ".hint",
        role="status",
        data_word_left=_("Characters left: {count}"),
        data_word_over=_("Too long by {count}. Shorten it or send it in parts."),
        data_word_offline=_("Connection lost. Save again when it is back."),
        data_word_gone=_("That message is gone. What you typed is now a draft."),
        data_word_blank=_("Write something first"),
        data_word_no_preview=_("Connection lost. Look at the preview when it is back."),
        data_word_refused="{sentence}",
        data_word_lost=_("Connection lost. Try again."),
        data_word_files=_("Files can't be sent later. Remove them first."),
        data_word_folder=_("{name} is a folder. Choose the files in it, or pack them."),
        data_word_unread=_(
            "{name} can't be read. Check that it is there and that you may open it."
        ),
        data_word_empty=_("{name} is empty. Choose another file."),
        data_word_most=_("Up to {count} files can wait. Left out: {name}. Send it after them."),
        data_word_waits=_("Recording stopped. The voice note waits where you began it."),
        data_word_insecure=_("Recording needs HTTPS, or a browser on the server's own machine."),
        data_word_blocked=_("The browser blocked the microphone. Allow it in the address bar."),
        data_word_failed=_("Recording failed. Check that no other program uses the microphone."),
    )


STYLE = """
/* One box with everything in it, as wide as the messages. */
.composer {
  display: flex; flex-wrap: wrap; align-items: flex-end; gap: 2px; inline-size: min(100% - 2 * var(--space-4), var(--column)); margin: 0 auto calc(var(--space-4) + env(safe-area-inset-bottom));
  padding: 3px; background: var(--field); border: 1px solid var(--field-line); border-radius: var(--radius-2xl); box-shadow: var(--shadow-1);
}
.composer:has(textarea:focus) { border-color: var(--ring); box-shadow: 0 0 0 1px var(--ring); }
/* The field is as high as the copy of its text behind it. */
.composer-field { flex: 1; min-inline-size: 0; position: relative; display: grid; }
.composer-field::after { content: attr(data-text) " "; visibility: hidden; white-space: pre-wrap; overflow-wrap: break-word; overflow: hidden; }
.composer textarea, .composer-field::after {
  grid-area: 1 / 1; min-inline-size: 0; resize: none; font: var(--text-l)/1.45 var(--font); color: var(--ink); background: none;
  border: 0; padding: 9px 8px; min-block-size: 40px; max-block-size: 200px; outline: none;
}
.composer textarea::placeholder { color: var(--muted); opacity: 1; white-space: nowrap; text-overflow: ellipsis; overflow: hidden; }
.composer > .icon-button { block-size: 40px; inline-size: 40px; border-radius: 50%; }
@media (min-width: 700.1px) { .composer > .tools > .icon-button { block-size: 40px; inline-size: 40px; border-radius: 50%; } }
.composer .send {
  inline-size: 40px; block-size: 40px; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent);
  font-size: var(--icon-m); display: grid; place-items: center; cursor: pointer; flex: none;
}
.composer .send:hover { filter: brightness(1.08); }
.composer .send:focus-visible { outline: 2px solid var(--ring); outline-offset: 2px; }
/* Where there is nothing to send, one may record. */
.composer:has(> .tray[hidden]):has(> .composing[hidden]):has(> .composer-field textarea:placeholder-shown) > :is(.send, .later-button),
.composer:has(> .composing[data-aim="edit"]:not([hidden])) :is(.later-button, [data-action="send-later"]) { display: none; }
.composer:is(:has(> .tray:not([hidden])), :has(> .composing:not([hidden])), :has(> .composer-field textarea:not(:placeholder-shown))) > [data-action="record"] { display: none; }
.composing { flex-basis: 100%; margin: 3px 6px; display: flex; align-items: center; gap: 8px; border-inline-start: 3px solid var(--accent); border-radius: var(--radius-s); background: var(--hover); padding-block: 4px; padding-inline: 12px 4px; min-inline-size: 0; }
.composing[hidden] { display: none; }
.composing .grow { flex: 1; min-inline-size: 0; display: grid; font-size: var(--text-s); }
.composing .what { color: var(--link); font-size: var(--text-s); }
.composing .text { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--muted); }
.composing[data-aim="edit"] .text { display: none; }
.composer textarea:read-only { opacity: .6; }
.formatting { flex-basis: 100%; display: flex; flex-wrap: wrap; gap: 2px; padding: 2px 4px; }
.formatting[hidden] { display: none; }
.tray { flex-basis: 100%; display: flex; gap: 8px; overflow-x: auto; padding: 4px 6px; min-inline-size: 0; }
.tray[hidden] { display: none; }
.tray-file { display: flex; align-items: center; gap: 10px; flex: none; inline-size: 230px; padding-block: 6px; padding-inline: 8px 4px; border: 1px solid var(--line); border-radius: var(--radius-l); background: var(--surface); }
.tray-file > .q-icon { font-size: var(--icon-l); color: var(--link); inline-size: 44px; text-align: center; }
.tray-file img, .waiting-file img { inline-size: 44px; block-size: 44px; object-fit: cover; border-radius: var(--radius-m); }
.tray-file .grow, .waiting-file .grow { flex: 1; min-inline-size: 0; display: grid; gap: 2px; }
.tray-file .icon-button { block-size: 36px; inline-size: 36px; margin: 0; }
.tray-file.over { border-color: var(--danger); }
.tray-file.over .file-facts { color: var(--danger); font-weight: 600; }
.recording { flex-basis: 100%; margin: 3px 6px; display: flex; align-items: center; gap: 10px; padding-inline: 12px; border-radius: var(--radius-l); background: var(--hover); }
.recording[hidden] { display: none; }
.recording .dot { inline-size: 12px; block-size: 12px; border-radius: 50%; background: var(--danger); animation: recording 1.2s infinite alternate; }
.recording time { font-variant-numeric: tabular-nums; }
.recording .grow { flex: 1; color: var(--muted); }
@keyframes recording { to { opacity: .25; } }
@media (prefers-reduced-motion: reduce) { .recording .dot { animation: none; } }
.composer .hint { flex-basis: 100%; font-size: var(--text-s); color: var(--muted); padding: 0 14px 5px; }
.composer .hint:empty { display: none; }
.composer .hint[data-says="over"] { color: var(--danger); font-weight: 600; }
.silence {
  display: flex; gap: 10px; align-items: center; justify-content: center; margin: 0; inline-size: 100%; color: var(--muted); font-size: var(--text-m);
  padding: 14px 20px calc(18px + env(safe-area-inset-bottom)); border-block-start: 1px solid var(--line);
}
.silence .q-icon { font-size: var(--icon-m); }
@media (max-width: 700px) {
  .composer { inline-size: calc(100% - 20px); margin-block-end: calc(10px + env(safe-area-inset-bottom)); gap: 0; }
}
"""

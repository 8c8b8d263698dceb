"""Where one types."""

from nicegui import ui

from services.text import MESSAGE_LIMIT
from services.views import RoomView
from services.words import _


def draw(room: RoomView) -> None:
    """Draw the composer of `room`; what is typed stays in the browser until it is sent."""
    with ui.element("form").classes("composer") as form:
        form.props("data-composer autocomplete=off")
        box = ui.element("textarea").props("data-testid=composer rows=1 dir=auto name=message")
        box.props["data-limit"] = MESSAGE_LIMIT
        box.props["placeholder"] = _("Message {room}").format(room=room.name)
        box.props["aria-label"] = _("Message {room}").format(room=room.name)
        with ui.element("button").classes("send").props("type=submit data-testid=send") as send:
            send.props["aria-label"] = send.props["title"] = _("Send")
            ui.icon("send").props("aria-hidden=true")
        hint = ui.element("div").classes("hint").props("role=status")
        hint.props["data-word-left"] = _("Characters left: {count}")
        hint.props["data-word-over"] = _("Too long by {count}: shorten it, or send it in parts")
        hint.props["data-word-blank"] = _("Write something first")


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
.composer .send {
  inline-size: 44px; block-size: 44px; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent);
  font-size: 20px; display: grid; place-items: center; cursor: pointer; flex: none;
}
.composer .send:hover { filter: brightness(1.08); }
.composer .send:focus-visible { outline: 3px solid var(--ring); }
.composer .hint { flex-basis: 100%; font-size: 12.5px; color: var(--muted); padding-inline: 18px; }
.composer .hint:empty { display: none; }
.composer .hint.over { color: var(--danger); font-weight: 600; }
@media (max-width: 700px) { .composer { padding-inline: 10px; } .composer textarea { font-size: 16px; } }
"""

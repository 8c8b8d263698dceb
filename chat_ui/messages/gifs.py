"""The pictures that move in one's rooms, to send again: in the picker of emoji."""

from collections.abc import Sequence

import htpy as h

from chat_ui.messages.media import attachment
from services.core.i18n import _
from services.files.gifs import Gif

FOUND = "/gifs/found"
"""Where they are looked for, by `words`."""


def draw_found(gifs: Sequence[Gif], words: str) -> str:
    """Return those that were found by these words, as HTML for the picker."""
    if gifs:
        return str(h.div(".picker-grid")[map(_button, gifs)])
    sentence = (
        _("No GIF found. Try another word.")
        if words.strip()
        else _("No GIFs yet. Those that are sent in your rooms appear here, to send again.")
    )
    return str(h.p(".picker-nothing")[sentence])


def _button(gif: Gif) -> h.Element:
    file = attachment.address(gif.room_id, gif.seq)
    still = attachment.preview(gif.room_id, gif.seq) if gif.has_preview else file
    return h.button(
        type="button", title=gif.name, data_gif=f"{gif.room_id}/{gif.seq}", data_moving=file
    )[h.img(src=still, alt=gif.name, loading="lazy", draggable="false")]

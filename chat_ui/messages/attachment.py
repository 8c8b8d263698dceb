"""The file of a message: shown inline if that is safe, otherwise as a card.

Like the message it is drawn once for everybody. What it is was decided by its content when it
came in (`services/files/inspection.py`); a picture's place is kept free before it is there.
"""

import htpy as h
from markupsafe import Markup

from chat_ui.components import html
from models import FileKind
from services.core import filesize
from services.core.dto import FileView, MessageView

LARGEST = 360
"""Dots that a picture is wide or high at the most."""
ICONS = {
    FileKind.PICTURE: "image",
    FileKind.AUDIO: "graphic_eq",
    FileKind.VIDEO: "movie",
    FileKind.DOCUMENT: "picture_as_pdf",
    FileKind.TEXT: "article",
    FileKind.OTHER: "insert_drive_file",
}


def address(room_id: int, seq: int) -> str:
    """Return the address of a message's file."""
    return f"/rooms/{room_id}/messages/{seq}/file"


def preview(room_id: int, seq: int) -> str:
    """Return the address of a file's preview."""
    return f"/rooms/{room_id}/messages/{seq}/preview"


def draw(message: MessageView, file: FileView) -> h.Element:
    """Return the file of a message as HTML."""
    return h.div(".file", data_kind=file.kind, data_name=file.name, data_size=file.size)[
        _shown(message, file), _card(message, file)
    ]


def _shown(message: MessageView, file: FileView) -> h.Node:
    where = address(message.room_id, message.seq)
    if file.kind == FileKind.AUDIO:
        player = h.audio(controls=True, preload="metadata", src=where, aria_label=file.name)
        return h.fragment[_wave(file.wave) if file.wave else None, player]
    if file.kind == FileKind.VIDEO:
        return h.video(controls=True, preload="metadata", src=where, aria_label=file.name)
    if file.kind == FileKind.TEXT:
        return _text(file)
    if not file.has_preview:
        return None
    scale = min(1, LARGEST / max(file.width, file.height, 1))
    dots = [max(1, round(length * scale)) for length in (file.width, file.height)]
    return picture(message.room_id, message.seq, file, width=dots[0], height=dots[1])


def _wave(digits: str) -> h.Element:
    """Return the waveform of a recording, as a row of centred bars."""
    bars = (
        f"M{3 * at + 1} {10 - height}v{2 * height}"
        for at, height in enumerate(max(int(digit), 0.5) for digit in digits)
    )
    return h.svg(
        ".wave", viewBox=f"0 0 {3 * len(digits)} 20", aria_hidden="true", preserveAspectRatio="none"
    )[h.path(d="".join(bars))]


def picture(room_id: int, seq: int, file: FileView, **dots: int) -> h.Element:
    """Return the small picture of a file, which opens it (a picture in components/lightbox.js)."""
    return h.a(
        ".picture",
        href=address(room_id, seq),
        data_action="picture" if file.kind == FileKind.PICTURE else None,
        target="_blank",
        rel="noopener",
    )[
        h.img(
            src=preview(room_id, seq),
            alt=file.name,
            loading="lazy",
            decoding="async",
            **dots,
        )
    ]


def _text(file: FileView) -> h.Element:
    """Return the beginning of a text, folded, highlighted by the file's extension."""
    # Loaded when it is needed, as in `chat_ui/messages/rendering/text.py`.
    from chat_ui.messages.rendering import code

    ending = file.name.rpartition(".")[2]
    return h.details(".excerpt")[
        h.summary[html.icon("expand_more"), h.span(dir="auto")[_first_line(file.excerpt)]],
        Markup(code.code_html(file.excerpt, ending)),  # noqa: S704
    ]


def _first_line(text: str) -> str:
    return text.lstrip().partition("\n")[0][:80]


def facts(file: FileView) -> str:
    """Return the file's type, from its name, and its size."""
    name, dot, ending = file.name.rpartition(".")
    kind = ending.upper()[:6] if name and dot else ""
    return " · ".join(filter(None, (kind, filesize.text(file.size))))


def named(file: FileView, *pieces: h.Node) -> h.Element:
    """Return a file by its name, for where it is not shown; its name in `pieces` if they are
    given.
    """
    return h.span(".named-file")[
        html.icon(ICONS[FileKind(file.kind)]),
        h.span(".file-name", dir="auto")[pieces or file.name],
    ]


def _card(message: MessageView, file: FileView) -> h.Element:
    return h.a(
        ".file-card",
        href=f"{address(message.room_id, message.seq)}?save",
        download=file.name,
    )[
        html.icon(ICONS[FileKind(file.kind)]),
        h.span(".grow")[
            h.span(".file-name", dir="auto")[file.name],
            h.span(".file-facts")[facts(file)],
        ],
        html.icon("download"),
    ]


STYLE = """
.message .file { display: grid; gap: 6px; margin: 4px 0 2px; min-inline-size: 0; max-inline-size: 360px; }
.file .picture { display: block; line-height: 0; border-radius: 12px; overflow: hidden; background: var(--code); inline-size: fit-content; max-inline-size: 100%; }
.file .picture img { max-inline-size: 100%; block-size: auto; object-fit: contain; }
.file .picture:focus-visible { outline: 3px solid var(--ring); }
.file audio { inline-size: min(340px, 60vw); block-size: 44px; }
.file .wave { inline-size: min(340px, 60vw); block-size: 40px; }
.file .wave path { stroke: var(--link); stroke-width: 2; stroke-linecap: round; fill: none; }
.file video { inline-size: 100%; max-block-size: 360px; border-radius: 12px; background: #000; }
.file .excerpt { border: 1px solid var(--line); border-radius: 12px; overflow: hidden; background: var(--code); min-inline-size: 0; }
.file .excerpt summary { display: flex; gap: 6px; align-items: center; padding: 7px 10px; font: 13px/1.4 var(--mono); cursor: pointer; list-style: none; overflow: hidden; white-space: nowrap; }
.file .excerpt summary span { overflow: hidden; text-overflow: ellipsis; }
.file .excerpt[open] summary .q-icon { transform: rotate(180deg); }
.file .excerpt .code { margin: 0; border: 0; border-block-start: 1px solid var(--line); border-radius: 0; }
.file .excerpt pre { max-block-size: 320px; overflow: auto; margin: 0; padding: 10px 12px; font: 12.5px/1.5 var(--mono); }
.file .excerpt figcaption { display: none; }
.file-card { display: flex; align-items: center; gap: 10px; padding: 8px 12px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); color: var(--ink); text-decoration: none; min-inline-size: 0; }
.file-card:hover { background: var(--hover); }
.file-card > .q-icon:first-child { font-size: 26px; color: var(--link); }
.file-card > .q-icon:last-child { color: var(--muted); font-size: 20px; }
.file-card .grow { flex: 1; min-inline-size: 0; display: grid; }
.file-name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; font-size: 14px; }
.file-facts { color: var(--muted); font-size: 12px; }
.named-file { display: flex; align-items: center; gap: 6px; min-inline-size: 0; max-inline-size: 100%; }
.named-file .q-icon { font-size: 18px; color: var(--muted); flex: none; }
.file[data-kind="picture"] .file-card { border: 0; padding: 0 2px; background: none; }
.file[data-kind="picture"] .file-card > .q-icon:first-child { display: none; }
.file[data-kind="picture"] .file-name { font-size: 12px; color: var(--muted); }
.file[data-kind="picture"] .file-facts { display: none; }
"""

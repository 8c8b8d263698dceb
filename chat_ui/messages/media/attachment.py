"""The file of a message: shown inline if that is safe, otherwise as a card.

Like the message it is drawn once for everybody. What it is was decided by its content when it
came in (`services/files/inspection/inspection.py`); a picture's place is kept free before it is there.
"""

import htpy as h
from markupsafe import Markup

from chat_ui.components import html
from chat_ui.messages.media import player
from models import FileKind
from services.core.dto import FileView, MessageView

LARGEST = 360
"""Dots that a picture is wide or high at the most."""
STICKER = 160
"""Dots that a sticker is wide or high at the most."""
MAX_PLAYED_BYTES = 8 * 1024 * 1024
"""A larger picture that moves plays when it is pressed, not by itself."""
PAGE = (452, 640)
"""The size of a PDF's preview until it is there: most pages are upright A4."""
MAX_EXCERPT_HTML = 6_000
"""Characters of HTML for the beginning of a text file; what needs more has no colours."""
ICONS = {
    FileKind.PICTURE: "image",
    FileKind.STICKER: "mood",
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
    """Return the file of a message as HTML: pictures and voice notes without their name."""
    is_named = not (file.kind in (FileKind.PICTURE, FileKind.STICKER) or file.seconds)
    return h.div(".file", data_kind=file.kind, data_name=file.name, data_size=file.size)[
        _inline(message, file), _card(message, file) if is_named else None
    ]


def _inline(message: MessageView, file: FileView) -> h.Node:
    where = address(message.room_id, message.seq)
    if file.kind == FileKind.AUDIO:
        return player.draw(where, file)
    if file.kind == FileKind.VIDEO:
        return h.video(controls=True, preload="metadata", src=where, aria_label=file.name)
    if file.kind == FileKind.TEXT:
        return _text(file)
    if file.awaits_preview:
        return _place(file)
    is_sticker = file.kind == FileKind.STICKER
    width, height = _dots(file.width, file.height, STICKER if is_sticker else LARGEST)
    if file.is_animated and file.has_preview:
        return _moving(message, file, width, height)
    if is_sticker:
        return h.img(
            ".sticker", src=where, alt=file.name, loading="lazy", width=width, height=height
        )
    if not file.has_preview:
        return None
    return picture(message.room_id, message.seq, file, width=width, height=height)


def _dots(width: int, height: int, most: int = LARGEST) -> tuple[int, int]:
    """Return how large a picture of these pixels is shown, each side at most so large."""
    scale = min(1, most / max(width, height, 1))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _moving(message: MessageView, file: FileView, width: int, height: int) -> h.Element:
    """Return a picture that moves: a still, which the browser lets play (messages/media/animations.js)."""
    is_sticker = file.kind == FileKind.STICKER
    return h.button(
        ".sticker" if is_sticker else ".picture",
        type="button",
        data_action="animation",
        data_moving=address(message.room_id, message.seq),
        data_waits=file.size > MAX_PLAYED_BYTES,
    )[
        h.img(
            src=preview(message.room_id, message.seq),
            alt=file.name,
            loading="lazy",
            decoding="async",
            width=width,
            height=height,
        ),
        None if is_sticker else h.span(".gif", aria_hidden="true")["GIF"],
    ]


def _place(file: FileView) -> h.Element:
    """Return what is drawn where the preview will be, so that nothing moves when it comes."""
    width, height = _dots(file.width or PAGE[0], file.height or PAGE[1])
    return h.svg(
        ".awaited", width=width, height=height, viewBox=f"0 0 {width} {height}", aria_hidden="true"
    )


def picture(room_id: int, seq: int, file: FileView, **dots: int) -> h.Element:
    """Return the small picture of a file, which opens it (a picture in components/overlays/lightbox.js)."""
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
    # Loaded when it is needed, as in `services/messages/rendering/text.py`.
    from services.messages.rendering import code

    ending = file.name.rpartition(".")[2]
    return h.details(".excerpt")[
        h.summary[html.icon("expand_more"), h.span(dir="auto")[_first_line(file.excerpt)]],
        Markup(code.code_html(file.excerpt, ending, MAX_EXCERPT_HTML)),  # noqa: S704
    ]


def _first_line(text: str) -> str:
    return text.lstrip().partition("\n")[0][:80]


def facts(file: FileView, size: h.Node) -> h.Fragment:
    """Return the file's type, from its name, and its size as it is to be written."""
    name, dot, ending = file.name.rpartition(".")
    return h.fragment[f"{ending.upper()[:6]} · " if name and dot and ending else None, size]


def size(file: FileView) -> h.Element:
    """Return the size of a file in a message: the browser writes it in its reader's language."""
    return h.span(data_figure=file.size, data_unit="bytes")


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
            h.span(".file-facts")[facts(file, size(file))],
        ],
        html.icon("download"),
    ]


STYLE = """
.message .file { display: grid; gap: 6px; margin: 4px 0 2px; min-inline-size: 0; max-inline-size: 360px; }
.file .picture { display: block; line-height: 0; border-radius: var(--radius-l); overflow: hidden; background: var(--code); inline-size: fit-content; max-inline-size: 100%; }
.file .awaited { display: block; max-inline-size: 100%; block-size: auto; border-radius: var(--radius-l); background: var(--code); animation: awaited 1.6s ease-in-out infinite alternate; }
@keyframes awaited { to { opacity: .55; } }
@media (prefers-reduced-motion: reduce) { .file .awaited { animation: none; } }
.file .picture img { max-inline-size: 100%; block-size: auto; object-fit: contain; }
.file button.picture { position: relative; border: 0; padding: 0; cursor: pointer; }
.file .gif { position: absolute; inset-block-start: 6px; inset-inline-start: 6px; padding: 5px 8px; border-radius: var(--radius-full); background: var(--over-picture); color: var(--on-black); font: 650 var(--text-xs)/1 var(--font); }
.file button:not([data-plays]) > .gif::before { content: "▶\\fe0e\\2002"; }
.message .sticker { display: block; border: 0; padding: 0; background: none; border-radius: var(--radius-s); line-height: 0; inline-size: fit-content; max-inline-size: 100%; }
.file button.sticker { cursor: pointer; }
.message .sticker, .sticker img { max-inline-size: 100%; object-fit: contain; }
.message.stickered[data-state] .bubble > :is(.file, .sticker) { inline-size: fit-content; margin-inline-start: auto; }
.bubble > .sticker { max-inline-size: 160px; max-block-size: 160px; } /* one that waits */
.file .sticker:focus-visible { outline: 2px solid var(--ring); outline-offset: 2px; }
.file .picture:focus-visible { outline: 2px solid var(--ring); }
.file video { inline-size: 360px; max-inline-size: 100%; aspect-ratio: 16 / 9; border-radius: var(--radius-l); background: var(--black); }
.file .excerpt { border: 1px solid var(--line); border-radius: var(--radius-l); overflow: hidden; background: var(--code); min-inline-size: 0; }
.file .excerpt summary { display: flex; gap: 6px; align-items: center; padding: 7px 10px; font: var(--text-s)/1.4 var(--mono); cursor: pointer; list-style: none; overflow: hidden; white-space: nowrap; }
.file .excerpt summary span { overflow: hidden; text-overflow: ellipsis; }
.file .excerpt[open] summary .q-icon { transform: rotate(180deg); }
.file .excerpt .code { margin: 0; border: 0; border-block-start: 1px solid var(--line); border-radius: 0; }
.file .excerpt pre { max-block-size: 320px; overflow: auto; margin: 0; padding: 10px 12px; font: var(--text-s)/1.5 var(--mono); }
.file .excerpt figcaption { display: none; }
.file-card { display: flex; align-items: center; gap: 10px; padding: 8px 12px; border: 1px solid var(--line); border-radius: var(--radius-l); background: var(--surface); color: var(--ink); text-decoration: none; min-inline-size: 0; }
.file-card:hover { background: var(--hover); }
.file-card > .q-icon:first-child { font-size: var(--icon-l); color: var(--link); }
.file-card > .q-icon:last-child { color: var(--muted); font-size: var(--icon-m); }
.file-card .grow { flex: 1; min-inline-size: 0; display: grid; }
.file-name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; font-size: var(--text-m); }
.file-facts { color: var(--muted); font-size: var(--text-xs); }
.named-file { display: flex; align-items: center; gap: 6px; min-inline-size: 0; max-inline-size: 100%; }
.named-file .q-icon { font-size: var(--icon-s); color: var(--muted); flex: none; }
/* A picture reaches to the edges of its bubble, and makes it as wide as it is itself. */
[data-density="comfortable"] .message.pictured .bubble { padding: 0; border: 0; }
.message.pictured .bubble > .file { margin: 0; border-radius: inherit; }
.message.pictured .file > * { border-radius: inherit; }
.message.pictured .picture { display: grid; place-items: center; min-inline-size: 120px; min-block-size: 44px; }
[data-density="comfortable"] .message.pictured .bubble > :is(.author, .forwarded, .quote, .message-body, .link-card, .reactions, .replies) { inline-size: 0; min-inline-size: calc(100% - 24px); margin-inline: 12px; }
[data-density="comfortable"] .message.pictured .bubble > :is(.author, .forwarded) { padding-block: 5px 4px; }
[data-density="comfortable"] .message.pictured .bubble > .quote { margin-block-start: 6px; }
[data-density="comfortable"] .message.pictured .bubble > .message-body { padding-block-start: 6px; }
[data-density="comfortable"] .message.pictured .bubble > :is(.message-body:not(.goes-on), .reactions:not(:has(+ .replies)), .replies) { padding-block-end: 6px; }
[data-density="comfortable"] .message.pictured:not(.bare) .bubble > .file { border-end-start-radius: 0; border-end-end-radius: 0; }
[data-density="comfortable"] .message.pictured:not(.continued, [data-state]) .bubble > .file, [data-density="comfortable"] .message.pictured .bubble > :is(.quote, .forwarded) ~ .file { border-start-start-radius: 0; border-start-end-radius: 0; }
/* A sticker stands without a bubble; the time is below it. */
.timeline .message.stickered:not([data-folded]) .bubble { background: none; border-color: transparent; box-shadow: none; color: var(--ink); padding: 0 0 22px; }
/* Without a text, the time stands at its foot. */
[data-density="comfortable"] .message.bare .bubble:not(:has(> .reactions)) > header, [data-density="compact"] .timeline .message.pictured.continued:not([data-folded]) .bubble > header, [data-density="comfortable"] .message.bare[data-tile]:not([data-folded]) .bubble > header {
  --muted: var(--on-black); --link: var(--read-on-black); position: absolute; z-index: 1; float: none; margin: 0; inset-block-end: 6px; inset-inline-end: 6px; padding: 4px 8px; border-radius: var(--radius-full); background: var(--over-picture); color: var(--on-black);
}
[data-density="compact"] .timeline .message.pictured.continued:not([data-folded]) .bubble > header { inset-block: 6px auto; inset-inline: 6px auto; }
"""

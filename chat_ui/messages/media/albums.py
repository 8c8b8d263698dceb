"""Pictures that somebody sends one after the other, side by side.

Each is a message of its own, with its own menu, reactions and receipt. Which of them are grouped
follows from their neighbours on the page, so the browser says it (messages/media/albums.js).
"""

STYLE = """
/* Two in a row: the first one of a row ("start"), the one beside it ("end"), or one that has the row for itself ("wide"). */
.timeline-frame > .timeline { --lead: 46px; --tile: min(178px, 37vw); --pair: calc(2 * var(--tile) + 3px); }
[data-density="compact"] .timeline { --lead: 48px; }
.message[data-tile]:not([data-folded]) { align-self: flex-start; inline-size: auto; margin-inline-start: var(--lead); }
.message[data-tile].continued:not([data-folded], [data-tile="end"]) { padding-block-start: 3px !important; }
.message[data-tile="end"]:not([data-folded]) { margin-inline-start: calc(var(--lead) + var(--tile) + 3px); margin-block-start: calc(-1 * var(--tile)); padding-block-start: 0 !important; }
[data-density="comfortable"] .message[data-tile][data-state] { --lead: calc(min(var(--column), 100% - var(--gap)) - var(--pair)); }
.message[data-tile].continued:not([data-folded]) > .avatar, .message[data-tile="end"]:not([data-folded]) > .avatar { display: none !important; }
.message[data-tile]:not([data-folded], .continued, [data-state]), [data-density="compact"] .message[data-tile]:not([data-folded], .continued) { margin-inline-start: 0; }
.timeline .message[data-tile]:not([data-folded]) .bubble { flex: none; inline-size: var(--tile); max-inline-size: none; }
.timeline .message.bare[data-tile]:not([data-folded]) .bubble { background: none; box-shadow: none; }
.timeline .message[data-tile="wide"]:not([data-folded]) .bubble { inline-size: var(--pair); }
.message[data-tile]:not([data-folded]) .file { max-inline-size: none !important; inline-size: auto !important; border-radius: var(--radius-s) !important; }
.message[data-tile]:not([data-folded]) .file > * { inline-size: 100%; block-size: var(--tile); min-inline-size: 0; max-inline-size: none; }
.message[data-tile="wide"]:not([data-folded]) .file > * { block-size: calc(1.3 * var(--tile)); }
.message[data-tile]:not([data-folded]) .file img { inline-size: 100%; block-size: 100%; object-fit: cover; }
.timeline .message.bare[data-tile]:not([data-folded]) .reactions { position: absolute; inset-block: auto calc(var(--tile) - 32px); inset-inline: 6px; min-inline-size: 0; inline-size: auto; margin: 0; padding: 0; }
.timeline .message.bare[data-tile]:not([data-folded]) .reactions::after { content: none; }
.timeline .message[data-tile]:not([data-folded]) .message-menu { inset-inline: auto 4px; }
.timeline .message[data-tile]:not([data-folded]) .message-menu .bar > :not([popovertarget]) { display: none !important; }
"""

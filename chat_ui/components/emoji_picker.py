"""The emoji one can choose from: a file that a browser fetches once, when it first needs one.

`components/emoji.js` looks through it, and `components/emoji_picker.js` draws it.
"""

import hashlib
import json
from contextvars import copy_context
from functools import cache

from services.core.i18n import _, language, set_language
from services.messages import emoji

FREQUENT = ("👍", "❤️", "😂", "🎉", "😮", "🙏")
"""What is offered at once to react with."""


def address() -> str:
    """Return where the list is, in the reader's language."""
    return f"/static/{_version(language())}/emoji-{language()}.json"


@cache
def content(code: str) -> str:
    """Return the list in the language of this code, as JSON."""
    return copy_context().run(_make, code)


def _make(code: str) -> str:
    set_language(code)
    made = {
        "words": {
            "title": _("Emoji"),
            "search": _("Search emoji"),
            "recent": _("Recently used"),
            "found": _("Found"),
            "nothing": _("No emoji of that name. Try another word."),
            "tone": _("Skin tone"),
        },
        "groups": [
            {
                "name": _(group),
                "emoji": [
                    [each.sign, " ".join(each.codes), each.words, int(each.has_tones)]
                    for each in listed
                ],
            }
            for group, listed in emoji.catalog(code).items()
        ],
    }
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


@cache
def _version(code: str) -> str:
    return hashlib.sha256(content(code).encode()).hexdigest()[:12]


STYLE = """
.picker {
  position: fixed; z-index: 6000; display: flex; flex-direction: column; inline-size: min(352px, calc(100vw - 16px));
  block-size: min(400px, calc(100dvh - 16px)); background: var(--surface); color: var(--ink); border: 1px solid var(--line);
  border-radius: 16px; box-shadow: var(--shadow); overflow: hidden;
}
.picker:focus { outline: none; }
.picker-head { display: flex; gap: 6px; padding: 10px 10px 6px; }
.picker-head input {
  flex: 1; min-inline-size: 0; font: 15px/1.3 var(--font); color: var(--ink); background: var(--field);
  border: 1px solid var(--line); border-radius: 11px; padding: 8px 12px; outline: none;
}
.picker-head input:focus { border-color: var(--accent); box-shadow: 0 0 0 3px var(--ring); }
.picker button { border: 0; background: none; color: inherit; font: inherit; padding: 0; cursor: pointer; border-radius: 9px; }
.picker button:hover { background: var(--hover); }
.picker button:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.picker-tone { inline-size: 38px; font-size: 20px; }
.picker-groups { display: flex; justify-content: space-between; padding: 0 8px 4px; border-block-end: 1px solid var(--line); }
.picker-groups button { flex: 1; block-size: 34px; font-size: 18px; filter: grayscale(1); opacity: .75; }
.picker-groups button[aria-current] { filter: none; opacity: 1; box-shadow: inset 0 -2px var(--accent); border-radius: 0; }
.picker-list { flex: 1; overflow-y: auto; padding: 0 8px 8px; overscroll-behavior: contain; position: relative; }
.picker-list h3 { margin: 0; padding: 8px 4px 4px; font: 600 12px var(--font); color: var(--muted); position: sticky; inset-block-start: 0; background: var(--surface); z-index: 1; }
.picker-list section { content-visibility: auto; contain-intrinsic-size: auto 600px; }
.picker-grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(40px, 1fr)); }
.picker-grid button { block-size: 40px; font-size: 24px; line-height: 1; }
.picker-nothing { color: var(--muted); text-align: center; padding: 32px 16px; font-size: 14px; }
@media (max-width: 700px) {
  .picker { inset-inline: 8px !important; inset-block: auto calc(8px + var(--keyboard, 0px) + env(safe-area-inset-bottom)) !important; inline-size: auto; block-size: min(420px, 60dvh, calc(100dvh - var(--keyboard, 0px) - 16px)); }
  .picker-head input { font-size: 16px; }
}
"""

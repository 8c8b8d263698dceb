"""The emoji to choose from: HTML that a browser fetches once, when it first needs one.

`components/emoji/emoji_list.js` looks through it, and `components/emoji/emoji_picker.js` shows it. The stickers
and GIFs beside them are each person's own, so they are fetched whenever they are opened (`stickers.py`
and `gifs.py` of `messages`).
"""

import hashlib
from contextvars import copy_context
from functools import cache

import htpy as h

from services.core.i18n import _, language, languages, set_language
from services.messages.emoji import emoji

FREQUENT = ("👍", "❤️", "😂", "🎉", "😮", "🙏")
"""What is offered at once to react with."""


def address() -> str:
    """Return the address of the picker in the reader's language."""
    code = language() if language() in languages() else "en"
    return f"/static/{_version(code)}/emoji-{code}.html"


@cache
def content(code: str) -> str:
    """Return the picker in a language, as HTML."""
    return copy_context().run(_make, code)


def _make(code: str) -> str:
    set_language(code)
    groups = emoji.catalog(code)
    return str(
        h.div(
            ".picker",
            popover="auto",
            role="dialog",
            tabindex="-1",
            aria_label=_("Emoji"),
            data_testid="emoji-picker",
        )[
            _tabs(),
            _head(),
            h.div(".picker-groups")[
                (
                    h.button(type="button", data_group=number, title=_(group), aria_label=_(group))[
                        listed[0].sign
                    ]
                    for number, (group, listed) in enumerate(groups.items())
                )
            ],
            h.div(".picker-list")[
                _section(_("Recently used"), data_part="recent"),
                _section(_("Results"), data_part="found"),
                (
                    _section(_(group), *map(_button, listed), data_group=str(number))
                    for number, (group, listed) in enumerate(groups.items())
                ),
                h.p(".picker-nothing")[_("No emoji found. Try another word.")],
            ],
            h.div(
                ".picker-stickers",
                data_word_search=_("Search stickers"),
                data_word_lost=_("Connection lost. Open this again when it is back."),
            ),
            h.div(
                ".picker-gifs",
                data_word_search=_("Search GIFs of your rooms"),
                data_word_lost=_("Connection lost. Open this again when it is back."),
            ),
        ]
    )


def _tabs() -> h.Element:
    """Return what chooses between emoji, stickers and GIFs, where a message is written."""
    return h.div(".picker-tabs", role="group", aria_label=_("Emoji, stickers or GIFs"))[
        h.button(type="button", data_tab="emoji", aria_pressed="true")[_("Emoji")],
        h.button(type="button", data_tab="stickers", aria_pressed="false")[_("Stickers")],
        h.button(type="button", data_tab="gifs", aria_pressed="false")[_("GIFs")],
    ]


def _head() -> h.Element:
    search, tone = _("Search emoji"), _("Skin tone")
    return h.div(".picker-head")[
        h.input(type="search", autocomplete="off", placeholder=search, aria_label=search),
        h.button(".picker-tone", type="button", title=tone, aria_label=tone),
    ]


def _section(title: str, *buttons: h.Node, **attributes: str) -> h.Element:
    return h.section(**attributes)[h.h3[title], h.div(".picker-grid")[buttons]]


def _button(each: emoji.CatalogEntry) -> h.Element:
    """Return an emoji; the browser names it by its first code, which halves what it fetches."""
    return h.button(
        data_codes=" ".join(each.codes), data_words=each.words, data_tones=each.has_tones
    )[each.sign]


@cache
def _version(code: str) -> str:
    return hashlib.sha256(content(code).encode()).hexdigest()[:12]


STYLE = """
.picker:not(:popover-open) { display: none; }
.picker {
  position: fixed; inset: var(--y) auto auto var(--x); margin: 0; padding: 0; display: flex; flex-direction: column; inline-size: min(352px, calc(100vw - 16px));
  block-size: min(400px, calc(100dvh - 16px)); background: var(--surface); color: var(--ink); border: 1px solid var(--line);
  border-radius: var(--radius-xl); box-shadow: var(--shadow); overflow: hidden;
}
.picker:focus { outline: none; }
.picker-tabs { display: none; gap: 2px; padding: 8px 10px 0; }
.picker[data-stickers] .picker-tabs { display: flex; }
.picker-tabs button { flex: 1; min-block-size: 36px; font-size: var(--text-m); color: var(--muted); }
.picker-tabs button[aria-pressed="true"] { background: var(--selected); color: var(--ink); font-weight: 600; }
.picker:not([data-tab="emoji"]) :is(.picker-tone, .picker-groups, .picker-list), .picker:not([data-tab="stickers"]) .picker-stickers,
.picker:not([data-tab="gifs"]) .picker-gifs { display: none; }
.picker-head { display: flex; gap: 6px; padding: 10px 10px 6px; }
.picker-head input {
  flex: 1; min-inline-size: 0; font: var(--text-l)/1.3 var(--font); color: var(--ink); background: var(--field);
  border: 1px solid var(--field-line); border-radius: var(--radius-m); padding: 8px 12px; outline: none;
}
.picker-head input:focus { border-color: var(--accent); box-shadow: 0 0 0 1px var(--ring); }
.picker button { border: 0; background: none; color: inherit; font: inherit; padding: 0; cursor: pointer; border-radius: var(--radius-m); }
.picker button:hover { background: var(--hover); }
.picker button:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.picker-tone { inline-size: 38px; font-size: var(--icon-m); }
.picker-groups { display: flex; justify-content: space-between; padding: 0 8px 4px; border-block-end: 1px solid var(--line); }
.picker-groups button { flex: 1; block-size: 34px; font-size: var(--icon-s); filter: grayscale(1); opacity: .75; }
.picker-groups button:is(:hover, :focus-visible) { filter: none; opacity: 1; }
:is(.picker-list, .picker-stickers, .picker-gifs) { flex: 1; overflow-y: auto; padding: 0 8px 8px; overscroll-behavior: contain; position: relative; }
:is(.picker-list, .picker-stickers) h3 { margin: 0; padding: 8px 4px 4px; font: 600 var(--text-xs) var(--font); color: var(--muted); position: sticky; inset-block-start: 0; background: var(--surface); z-index: 1; }
.picker-list section { content-visibility: auto; contain-intrinsic-size: auto 600px; }
.picker-grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(40px, 1fr)); }
.picker-grid button { block-size: 40px; font-size: var(--icon-l); line-height: 1; }
.picker-list [data-part]:not(:has(button)), .picker-head:has(input:not(:placeholder-shown)) ~ .picker-list section:not([data-part="found"]),
.picker-head:has(input:placeholder-shown) ~ .picker-list .picker-nothing, .picker-list [data-part="found"]:has(button) ~ .picker-nothing { display: none; }
.picker-stickers .picker-grid { grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); gap: 4px; }
.picker-stickers .picker-grid button { block-size: 76px; padding: 4px; }
.picker-stickers img { inline-size: 100%; block-size: 100%; object-fit: contain; }
.picker-stickers section:not(:has(button:not([hidden]))), .picker-stickers .picker-nothing[hidden] { display: none; }
.picker-stickers .picker-nothing { display: block; }
.picker-gifs .picker-grid { grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 6px; padding-block-start: 8px; }
.picker-gifs .picker-grid button { block-size: 84px; overflow: hidden; background: var(--hover); }
.picker-gifs img { inline-size: 100%; block-size: 100%; object-fit: cover; display: block; }
.picker-more { display: block; min-block-size: 44px; margin: 8px 4px 0; padding: 12px; text-align: center; color: var(--link); font-size: var(--text-m); border-block-start: 1px solid var(--line); }
.picker-nothing { color: var(--muted); text-align: center; padding: 32px 16px; font-size: var(--text-m); }
@media (max-width: 700px) {
  .picker { inset: auto 8px calc(8px + env(safe-area-inset-bottom)); inline-size: auto; block-size: min(420px, 50dvh); }
  .picker:has(input:focus) { inset-block: 8px auto; } /* while one searches, the keyboard is below */
  .picker-head input { font-size: var(--text-xl); }
}
"""

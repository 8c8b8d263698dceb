"""The look of the whole, in one place: colours, type, space, corners, shadows and motion.

Change a value here, save, and with `python main.py --edit` every open page follows. Light and dark
have the same names. Parts use these names and no values of their own.
"""

from collections.abc import Mapping

from chat_ui.colours import VISIBLE, mix, over, readable, tint

ACCENT = "#4b57d6"
"""The colour of buttons, links and counts, unless the host chooses another."""
ACCENT_PALE = "#8f97ff"
BADGE = "#d6293e"
"""The number on the icon of the tab, which stands on the browser's own colours."""

LIGHT = {
    "ground": "#f6f5f2",  # behind the messages
    "surface": "#ffffff",  # headers, menus, dialogs
    "sidebar": "#efede8",
    "ink": "#1d1c1a",  # text
    "muted": "#5f5b53",  # secondary text
    "line": "#e3e0d8",
    "bubble": "#ffffff",
    "bubble-line": "#e3e0d8",
    "code": "#fcfbf9",
    "field": "#ffffff",
    "hover": "#1d1c1a0f",
    "notice": "#fdf0cd",
    "danger": "#b3261e",
    "good": "#17683f",
}
DARK = {
    "ground": "#17181c",
    "surface": "#24262c",
    "sidebar": "#1d1e23",
    "ink": "#eceae6",
    "muted": "#b0ada6",
    "line": "#34363e",
    "bubble": "#24262c",
    "bubble-line": "#34363e",
    "code": "#1b1c21",
    "field": "#1d1e23",
    "hover": "#ffffff12",
    "notice": "#463a17",
    "danger": "#ff9b92",
    "good": "#74d3a2",
}
SHADES = {
    # The colour of a person is made from their `--hue`: see PERSON.
    "light": {"avatar": "48% .105", "name": "46% .115"},
    "dark": {"avatar": "48% .095", "name": "80% .085"},
}
"""How light, and how colourful, an avatar and a name are in OKLCH: equally for every hue."""
TINTS = {"light": (0.16, 0.13, 0.19), "dark": (0.4, 0.24, 0.34)}
"""How much of the accent is in the viewer's own bubbles, in mentions, and in what is selected."""

ALWAYS = {
    "on-avatar": "#ffffff",
    "scrim": "#0000006b",  # over a page, behind what is in front of it
    "black": "#000000f0",  # around a picture
    "over-picture": "#000000a6",  # under a time on a picture
    "on-black": "#ffffff",
    "read-on-black": "#a8ddff",
    "hover-black": "#ffffff33",
    "paper": "#ffffff",  # under a QR code, which is read from dark on light
}
SHADOWS = {
    "light": {"shadow-1": "0 1px 2px #1e190a14", "shadow": "0 8px 28px #1e190a2e"},
    "dark": {"shadow-1": "none", "shadow": "0 8px 28px #00000080"},
}
FONTS = {
    "font": "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans Devanagari', sans-serif",
    "mono": "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono', monospace",
}
TYPE = {  # pixels
    "text-xs": 12,  # times, counts
    "text-s": 13,  # hints, names over messages
    "text-m": 14,  # menus, lists
    "text-l": 15,  # messages, fields
    "text-xl": 16,  # titles
    "text-2xl": 22,  # the title of a page
    "text-huge": 38,  # emoji that are sent alone
}
SIZES = {
    "space-1": "4px",
    "space-2": "8px",
    "space-3": "12px",
    "space-4": "16px",
    "space-5": "20px",
    "space-6": "24px",
    "radius-s": "6px",
    "radius-m": "10px",
    "radius-l": "14px",
    "radius-xl": "18px",
    "radius-2xl": "24px",
    "radius-full": "999px",
    "icon-s": "18px",
    "icon-m": "20px",
    "icon-l": "26px",
    "column": "800px",  # the messages, and what belongs to them
    "beside": "136px",  # half of what the sidebar, and whatever else stands there, takes
    "fast": ".12s",
    "slow": ".2s",
}

TEXT_SIZES = {"small": 0.92, "large": 1.15}
"""By which factor a reader may change all sizes of text: see `data-text` in layout.py."""

BASE = """
*, *::before, *::after { box-sizing: border-box; scrollbar-width: thin; }
html { font-size: 16px; }
body { margin: 0; --q-primary: var(--accent); accent-color: var(--accent); font: var(--text-l)/1.45 var(--font); color: var(--ink); background: var(--ground); scrollbar-color: var(--field-line) transparent; -webkit-font-smoothing: antialiased; }
.nicegui-content { padding: 0; gap: 0; display: block; }
.q-page { min-height: 0 !important; }
.q-dialog__inner > div { background: var(--surface); color: var(--ink); }
a { color: var(--link); }
/* A name in another direction stays where the others begin; texts of several lines follow their own. */
[dir="auto"]:not(.message-body, textarea, input) { text-align: -webkit-match-parent; text-align: match-parent; }
.said { background: var(--surface); color: var(--ink); border: 1px solid var(--line); border-inline-start: 4px solid var(--danger); border-radius: var(--radius-l); box-shadow: var(--shadow); font-size: var(--text-m); }
.said.good { border-inline-start-color: var(--good); }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
"""

PERSON = """
[style^="--hue"] { --avatar: oklch(var(--avatar-shade) var(--hue)); --name: oklch(var(--name-shade) var(--hue)); }
"""


def palette(mode: str, accent: str = ACCENT) -> dict[str, str]:
    """Return the colours of the `light` or `dark` mode by name, with an accent that is readable.

    What follows from the accent is computed, unless `LIGHT` or `DARK` has it.
    """
    named = LIGHT if mode == "light" else DARK
    colours = dict(named)
    plain = [colours[name] for name in ("surface", "ground", "sidebar", "bubble", "code")]
    own, mention, selected = TINTS[mode]
    texts = [colours["ink"], colours["muted"]]
    colours |= {
        "bubble-mine": tint(accent, colours["surface"], own, texts),
        "mention": tint(accent, colours["surface"], mention, texts),
        "selected": tint(accent, colours["surface"], selected, texts),
        "accent": readable(accent, plain),
        "danger-soft": tint(colours["danger"], colours["surface"], 0.12, [colours["danger"]]),
        "good-soft": tint(colours["good"], colours["surface"], 0.12, [colours["good"]]),
    }
    colours["on-accent"] = readable(colours["surface"], [colours["accent"]])
    mine = [colours["bubble-mine"], over(colours["hover"], colours["bubble-mine"])]
    tinted = [colours[name] for name in ("mention", "selected", "notice")]
    hovered = [over(colours["hover"], each) for each in plain]
    colours |= {
        "link": readable(colours["accent"], [*plain, *hovered, *tinted, *mine]),
        "ring": colours["accent"],
        "ink-mine": readable(colours["ink"], mine),
        "muted-mine": readable(mix(colours["muted"], accent, 0.3), [*mine, *plain]),
        "danger-mine": readable(colours["danger"], [*mine, *plain]),
        "field-line": readable(colours["line"], [*plain, *tinted], VISIBLE),
    }
    return colours | named


def css(accent: str = ACCENT) -> str:
    """Return all names and values as CSS variables, and what holds for every element."""
    return "\n".join(
        [
            f"body {{ {_variables(FONTS | _type(1) | SIZES | ALWAYS)} }}",
            f"body {{ {_of_mode('light', accent)} }}",
            # Paper is white.
            f"@media not print {{ body.body--dark {{ {_of_mode('dark', accent)} }} }}",
            *(
                f'body:has(.frame[data-text="{name}"]) {{ {_variables(_type(factor))} }}'
                for name, factor in TEXT_SIZES.items()
            ),
            BASE,
            PERSON,
        ]
    )


def _type(factor: float) -> dict[str, str]:
    """Return the sizes of text, no text smaller than 11 pixels."""
    return {name: f"{max(11, round(2 * factor * size) / 2):g}px" for name, size in TYPE.items()}


def _of_mode(mode: str, accent: str) -> str:
    shades = {f"{name}-shade": shade for name, shade in SHADES[mode].items()}
    values = palette(mode, accent) | shades | SHADOWS[mode]
    return f"{_variables(values)} color-scheme: {mode};"


def _variables(values: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in values.items())

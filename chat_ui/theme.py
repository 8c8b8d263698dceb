"""Colours and type: the look of the whole, in one place.

Change a colour here, save, and with `python main.py --edit` every open page follows.
"""

LIGHT = {
    "ground": "#f7f8fa",  # behind the messages
    "surface": "#ffffff",  # headers, menus, dialogs
    "sidebar": "#eef0f5",
    "ink": "#1c2230",  # what one reads
    "muted": "#5e6779",  # what one need not read
    "line": "#dfe3ea",
    "accent": "#4c56d6",  # buttons and counts
    "on-accent": "#ffffff",
    "link": "#3c46c4",
    "ring": "#4c56d633",
    "bubble": "#ffffff",
    "bubble-mine": "#dfe3ff",
    "ink-mine": "#1c2230",
    "bubble-shadow": "0 1px 2px #1c22301a",
    "code": "#f1f3f7",
    "field": "#ffffff",
    "hover": "#1c22300f",
    "selected": "#4c56d61f",
    "notice": "#fff0c9",
    "danger": "#b3261e",
    "good": "#1f7a4d",
    "shadow": "0 8px 28px #1c22302e",
}
DARK = {
    "ground": "#14161b",
    "surface": "#1c1f26",
    "sidebar": "#181b21",
    "ink": "#e8eaf0",
    "muted": "#9aa3b5",
    "line": "#2c313b",
    "accent": "#7f89ff",
    "on-accent": "#10121c",
    "link": "#aab1ff",
    "ring": "#7f89ff40",
    "bubble": "#232730",
    "bubble-mine": "#33397a",
    "ink-mine": "#eef0ff",
    "bubble-shadow": "none",
    "code": "#191c22",
    "field": "#1c1f26",
    "hover": "#ffffff12",
    "selected": "#7f89ff2b",
    "notice": "#4a3d14",
    "danger": "#ff8a80",
    "good": "#6fd6a0",
    "shadow": "0 8px 28px #00000080",
}
FONTS = {
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
    "mono": "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono', monospace",
}

BASE = """
*, *::before, *::after { box-sizing: border-box; }
html { font-size: 16px; }
body { margin: 0; font: 15px/1.45 var(--font); color: var(--ink); background: var(--ground); -webkit-font-smoothing: antialiased; }
.nicegui-content { padding: 0; gap: 0; display: block; }
.q-page { min-height: 0 !important; }
.q-dialog__inner > div { background: var(--surface); color: var(--ink); }
a { color: var(--link); }
.said { background: var(--surface); color: var(--ink); border: 1px solid var(--line); border-inline-start: 4px solid var(--danger); border-radius: 12px; box-shadow: var(--shadow); font-size: 14px; }
.said.good { border-inline-start-color: var(--good); }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
"""


def css() -> str:
    """Return the colours and fonts as CSS variables, and what holds for every element."""
    return "\n".join(
        [
            f"body {{ {_variables(LIGHT)} {_variables(FONTS)} color-scheme: light; }}",
            f"body.body--dark {{ {_variables(DARK)} color-scheme: dark; }}",
            BASE,
        ]
    )


def _variables(values: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in values.items())

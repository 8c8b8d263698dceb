"""What is shown where nothing is yet: a small drawing, a sentence, and the next step."""

import htpy as h
from markupsafe import Markup

_DRAWINGS = {
    "rooms": """<rect x="14" y="22" width="56" height="38" rx="11" class="far"/><path d="M26 60v11l12-11z" class="far"/>
<rect x="40" y="36" width="52" height="34" rx="11" class="near"/><path d="M80 70v10l-11-10z" class="near"/>
<path d="M53 49h26M53 57h16" class="line"/>""",
    "people": """<circle cx="38" cy="38" r="13" class="far"/><path d="M14 78c0-16 11-24 24-24s24 8 24 24z" class="far"/>
<circle cx="70" cy="42" r="11" class="near"/><path d="M48 78c1-14 10-21 22-21s21 7 22 21z" class="near"/>""",
    "messages": """<rect x="12" y="26" width="80" height="48" rx="14" class="near"/><path d="M30 74v12l14-12z" class="near"/>
<circle cx="36" cy="50" r="4" class="dot"/><circle cx="52" cy="50" r="4" class="dot"/><circle cx="68" cy="50" r="4" class="dot"/>""",
}
"""Shapes by what is missing, in 104 × 96 units; the stylesheet colours them."""


def draw(drawing: str, sentence: str, *steps: h.Node) -> h.Element:
    """Return the drawing, the sentence, and what can be done about it."""
    shapes = Markup(_DRAWINGS[drawing])  # noqa: S704 - from above
    return h.div(".empty")[
        h.svg(viewBox="0 0 104 96", aria_hidden="true")[shapes], h.p[sentence], steps or None
    ]


STYLE = """
.empty { display: grid; justify-items: center; gap: 6px; padding: 6px 18px 10px; text-align: center; color: var(--muted); font-size: var(--text-m); }
.empty svg { inline-size: 84px; block-size: 78px; }
.empty .far { fill: var(--selected); }
.empty .near { fill: var(--accent); opacity: .85; }
.empty .line { stroke: var(--on-accent); stroke-width: 4; stroke-linecap: round; fill: none; }
.empty .dot { fill: var(--on-accent); }
.empty p { margin: 0; text-wrap: balance; }
.empty .link { border: 0; background: none; padding: 4px 8px; border-radius: var(--radius-m); color: var(--link); font: 600 var(--text-m) var(--font); cursor: pointer; }
.empty .link:hover { background: var(--hover); }
"""

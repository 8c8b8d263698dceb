"""The round picture of a person: initials on a colour, drawn without any outside service."""

from functools import lru_cache

import htpy as h
from markupsafe import Markup

from services.accounts.name_rules import initials
from services.core.dto import UserSummary


def draw(person: UserSummary) -> Markup:
    """Return the avatar as inline SVG; it adds nothing to the name beside it, so screen readers skip it."""
    return _picture(int(person.hue), initials(person.display_name))


@lru_cache(maxsize=1000)  # every message and every list has them
def _picture(hue: int, letters: str) -> Markup:
    drawn = h.svg(".avatar", viewBox="0 0 40 40", style=f"--hue:{hue}", aria_hidden="true")[
        h.circle(cx="20", cy="20", r="20"),
        h.text(x="20", y="20", dy=".35em", text_anchor="middle")[letters],
    ]
    return Markup(drawn)  # noqa: S704 - drawn by htpy


STYLE = """
.avatar { inline-size: 36px; block-size: 36px; flex: none; border-radius: 50%; }
.avatar circle { fill: hsl(var(--hue) 45% 46%); }
.avatar text { fill: #fff; font: 600 15px/1 var(--font); }
.body--dark .avatar circle { fill: hsl(var(--hue) 38% 42%); }
"""

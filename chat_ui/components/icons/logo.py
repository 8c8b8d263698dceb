"""Our logo: two speech bubbles; and how an icon says how much is unread."""

from markupsafe import Markup

from chat_ui.theme import ACCENT, ACCENT_PALE, ALWAYS, BADGE

PAPER = ALWAYS["paper"]

LOGO = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="Simple Chat">
<rect x="3" y="5" width="30" height="23" rx="9" fill="{ACCENT}"/>
<path d="M10 26v9l9-8z" fill="{ACCENT}"/>
<rect x="17" y="18" width="28" height="20" rx="8" fill="{ACCENT_PALE}"/>
<path d="M38 36v8l-9-7z" fill="{ACCENT_PALE}"/>
<circle cx="25" cy="28" r="2" fill="{PAPER}"/><circle cx="31" cy="28" r="2" fill="{PAPER}"/><circle cx="37" cy="28" r="2" fill="{PAPER}"/>
</svg>"""

_BADGE = f"""<circle cx="{{x}}" cy="{{radius}}" r="{{radius}}" fill="{BADGE}"/>
<text x="{{x}}" y="22.5" fill="{PAPER}" text-anchor="middle" style="font: bold 21px sans-serif">{{words}}</text>
</svg>"""


BESIDE_NAME = Markup(LOGO.replace(' role="img" aria-label="Simple Chat"', ' aria-hidden="true"'))  # noqa: S704
"""Our logo, where the name of the chat is beside it."""


def with_counts(svg: str) -> dict[str, str]:
    """Return an icon, an SVG of 48 × 48, by file: with a dot for 0, numbers, and 9+ for 10.

    See `rooms/sidebar/unread_badge.js`.
    """
    return {
        f"unread-{count}.svg": _with_count(svg, words)
        for count, words in enumerate(["", *map(str, range(1, 10)), "9+"])
    }


def _with_count(svg: str, words: str) -> str:
    """Return an icon with a number on it, or with a dot."""
    radius = 15 if words else 9.75
    return svg.removesuffix("</svg>") + _BADGE.format(x=48 - radius, radius=radius, words=words)

"""The logo of the chat: two speech bubbles; as an icon it says how much is unread."""

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="Simple Chat">
<rect x="3" y="5" width="30" height="23" rx="9" fill="#4c56d6"/>
<path d="M10 26v9l9-8z" fill="#4c56d6"/>
<rect x="17" y="18" width="28" height="20" rx="8" fill="#8f97ff"/>
<path d="M38 36v8l-9-7z" fill="#8f97ff"/>
<circle cx="25" cy="28" r="2" fill="#fff"/><circle cx="31" cy="28" r="2" fill="#fff"/><circle cx="37" cy="28" r="2" fill="#fff"/>
</svg>"""

_BADGE = """<circle cx="{x}" cy="{radius}" r="{radius}" fill="#d6293e"/>
<text x="{x}" y="22.5" fill="#fff" text-anchor="middle" style="font: bold 21px sans-serif">{words}</text>
</svg>"""


def _with_count(words: str) -> str:
    """Return the logo with a number on it, or with a dot."""
    radius = 15 if words else 9.75
    return LOGO.removesuffix("</svg>") + _BADGE.format(x=48 - radius, radius=radius, words=words)


UNREAD = {
    f"unread-{count}.svg": _with_count(words)
    for count, words in enumerate(["", *map(str, range(1, 10)), "9+"])
}
"""Icons by their file: with a dot for 0, and with 9+ for 10 (see rooms/unread_badge.js)."""

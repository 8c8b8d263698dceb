"""The icons: those of NiceGUI's Material Icons that the chat uses, in a font of a twentieth the size.

`python -m docs.make_icons` makes the font here from the one that comes with NiceGUI. An icon
that is not in it, such as one of a file in `chat_ui/custom/`, is taken from NiceGUI's whole font,
which a browser loads when the first such icon is drawn.
"""

from base64 import b64encode
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
FONT = FOLDER / "icons.woff2"
NAMES = FOLDER / "names.txt"
POINTING = frozenset(
    {
        "arrow_back",
        "chevron_left",
        "chevron_right",
        "forward",
        "logout",
        "reply",
        "schedule_send",
        "send",
    }
)
"""The icons that point along the line: mirrored where text runs from right to left."""


@cache
def names() -> frozenset[str]:
    """Return the names of the icons that are in the font."""
    return frozenset(NAMES.read_text(encoding="utf-8").split())


def css() -> str:
    """Return the font, as a part of the stylesheet: so no icon is shown later than its button."""
    font = b64encode(FONT.read_bytes()).decode()
    return f"""
@font-face {{
  font-family: "Chat icons"; font-display: block; src: url(data:font/woff2;base64,{font}) format("woff2");
}}
.chat-icon {{ font-family: "Chat icons"; }}
[dir="rtl"] .pointing {{ transform: scaleX(-1); }}
"""

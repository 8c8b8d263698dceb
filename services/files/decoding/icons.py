"""The icons of the chat: in which sizes they are drawn, and how a picture is made into them.

`services/files/decoding/worker.py` does that, outside the server.
"""

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from PIL import Image

GROUND = "#ffffff"
"""Behind a picture that lets light through, where an icon must not."""
SAME = 16
"""How much the corners of a picture on one colour may differ, of 255: JPEG blurs them."""


class AppIcon(NamedTuple):
    """An icon, a square PNG."""

    name: str
    size: int
    """Width and height in pixels."""
    share: float
    """Which part of its width our logo takes."""
    is_filled: bool
    """Whether it has a ground; else it is transparent."""
    purpose: str = ""
    """In the manifest (W3C Web Application Manifest §1.15.2); empty for one that is not in it."""


ICONS = (
    AppIcon("icon-192.png", 192, 0.92, False, "any"),
    AppIcon("icon-512.png", 512, 0.92, False, "any"),
    # Systems cut these to a shape of theirs: what counts is in a circle of 80 %.
    AppIcon("maskable-192.png", 192, 0.64, True, "maskable"),
    AppIcon("maskable-512.png", 512, 0.64, True, "maskable"),
    AppIcon("apple-touch-icon.png", 180, 0.72, True),
)
"""The icons of the installed app."""
APPLE = ICONS[-1].name
TAB = AppIcon("icon-64.png", 64, 0.92, False)
"""The icon of a host in the tab of the browser; ours is an SVG there."""
UPLOADED = (*ICONS, TAB)
"""What is made of a picture that a host uploads."""


def draw(picture: "Image.Image", icon: AppIcon) -> "Image.Image":
    """Return an icon of a picture, which is not cut: it is centred, and keeps its proportions.

    Where an icon has a ground, a picture on one colour gets that colour around it, and one that
    lets light through a white one; any other, such as a photo, takes all of the icon.
    """
    from PIL import Image, ImageOps

    picture = picture.convert("RGBA")
    right, bottom = picture.width - 1, picture.height - 1
    corners = [
        cast(tuple[int, ...], picture.getpixel(at))
        for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))
    ]
    spread = max(max(channel) - min(channel) for channel in zip(*corners, strict=True))
    is_opaque = picture.getchannel("A").getextrema()[0] == 255
    is_whole = not icon.is_filled or (is_opaque and spread > SAME)
    side = icon.size if is_whole else round(icon.size * icon.share)
    fitted = ImageOps.contain(picture, (side, side), Image.Resampling.LANCZOS)
    ground = (corners[0] if is_opaque else GROUND) if icon.is_filled else "#0000"
    drawn = Image.new("RGBA", (icon.size, icon.size), ground)
    at = ((icon.size - fitted.width) // 2, (icon.size - fitted.height) // 2)
    drawn.alpha_composite(fitted, at)
    return drawn.convert("RGB") if icon.is_filled else drawn

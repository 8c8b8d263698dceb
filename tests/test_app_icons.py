"""The icons of the installed app are those of the logo, and what counts is not cut off."""

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from chat_ui import theme
from chat_ui.components.icons import app_icons
from docs import make_app_icons
from services.files.decoding.icons import ICONS, AppIcon

SAFE = 0.8
"""The part of a maskable icon that is always shown: a circle (Web Application Manifest §1.15.2)."""


def stored(icon: AppIcon) -> Image.Image:
    return Image.open(app_icons.FOLDER / icon.name).convert("RGBA")


@pytest.mark.parametrize("icon", ICONS, ids=lambda icon: icon.name)
def test_an_icon_is_drawn_from_the_logo(icon: AppIcon) -> None:
    difference = ImageChops.difference(stored(icon), make_app_icons.draw(icon))
    # Other versions of Pillow may smooth edges a little differently.
    assert max(ImageStat.Stat(difference).mean) < 1, "run python -m docs.make_app_icons"


@pytest.mark.parametrize(
    "icon", [each for each in ICONS if each.is_filled], ids=lambda icon: icon.name
)
def test_outside_the_circle_there_is_only_the_ground(icon: AppIcon) -> None:
    outside = Image.new("L", (icon.size, icon.size), 255)
    edge = icon.size * (1 - SAFE) / 2
    ImageDraw.Draw(outside).ellipse((edge, edge, icon.size - edge, icon.size - edge), 0)
    ground = Image.new("RGBA", (icon.size, icon.size), theme.LIGHT["surface"])
    difference = ImageChops.difference(stored(icon).convert("RGB"), ground.convert("RGB"))
    assert not any(ImageStat.Stat(difference, outside).sum)
    assert any(ImageStat.Stat(difference).sum), "there is a logo inside"

"""Make the icons of the installed app: `python -m docs.make_app_icons`.

They are in `chat_ui/components/icons/app/`; run it after you change
`chat_ui/components/icons/logo.py`. It draws the few forms of SVG that the logo has, and says so of
any other.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from PIL import Image, ImageDraw

from chat_ui import theme
from chat_ui.components.icons import app_icons, logo
from services.files.decoding.icons import ICONS, AppIcon

FINER = 8
"""How many times larger it is drawn: edges become smooth when it is made smaller."""
SIZE = 48
"""Width and height of the logo, in its own units."""
_STEP = re.compile(r"([MvlLz])([-\d. ]*)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def main() -> None:
    """Write all of them."""
    app_icons.FOLDER.mkdir(exist_ok=True)
    for icon in ICONS:
        draw(icon).save(app_icons.FOLDER / icon.name, optimize=True)
        print(f"{icon.name}: {(app_icons.FOLDER / icon.name).stat().st_size:,} bytes")


def draw(icon: AppIcon) -> Image.Image:
    """Return an icon: the logo in the middle, on a ground if it is to have one."""
    side = icon.size * FINER
    ground = theme.LIGHT["surface"] if icon.is_filled else "#0000"
    picture = Image.new("RGBA", (side, side), ground)
    pen = ImageDraw.Draw(picture)
    scale = side * icon.share / SIZE
    margin = side * (1 - icon.share) / 2
    for form in ElementTree.fromstring(logo.LOGO):  # noqa: S314 - our own
        _draw(pen, form, scale, margin)
    return picture.resize((icon.size, icon.size), Image.Resampling.LANCZOS)


def _draw(pen: ImageDraw.ImageDraw, form: ElementTree.Element, scale: float, margin: float) -> None:
    fill = form.attrib["fill"]

    def at(*values: float) -> list[float]:
        return [value * scale + margin for value in values]

    def number(name: str) -> float:
        return float(form.attrib[name])

    match form.tag.rpartition("}")[2]:
        case "rect":
            left, top = number("x"), number("y")
            right, bottom = left + number("width"), top + number("height")
            pen.rounded_rectangle(at(left, top, right, bottom), number("rx") * scale, fill)
        case "circle":
            x, y, radius = number("cx"), number("cy"), number("r")
            pen.ellipse(at(x - radius, y - radius, x + radius, y + radius), fill)
        case "path":
            pen.polygon([tuple(at(*point)) for point in _corners(form.attrib["d"])], fill)
        case other:
            raise SystemExit(f"The logo has a <{other}>, which docs/make_app_icons.py cannot draw.")


def _corners(path: str) -> Iterator[tuple[float, float]]:
    """Yield the corners of a path that has straight lines only (SVG 2 §9.3)."""
    if left := _STEP.sub("", path).strip():
        raise SystemExit(f"The logo has a path with {left}, which cannot be drawn.")
    x = y = 0.0
    for letter, numbers in _STEP.findall(path):
        values = [float(each) for each in _NUMBER.findall(numbers)]
        if letter == "v":
            values = [0.0, *values]
        for dx, dy in zip(values[::2], values[1::2], strict=True):
            x, y = (dx, dy) if letter in "ML" else (x + dx, y + dy)
            yield x, y


if __name__ == "__main__":
    main()

"""The pictures in `docs/pictures/` show what the demo looks like."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser

from docs import take_pictures
from docs.take_pictures import PICTURES

COMPARED = tuple(picture for picture in take_pictures.ALL if picture.is_compared)
SCALE = 8
"""Pixels that are compared as one, in each direction: letters need not be drawn the same way."""
DIFFERS = 24
"""By how much a colour, of 255, is another."""
MAX_DIFFERENCE = 0.01
"""The part of the pixels that may differ."""


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the part of two pictures that differs, from 0 to 1."""
    if one.size != other.size:
        return 1.0
    small = (one.width // SCALE, one.height // SCALE)
    parts = [each.convert("RGB").resize(small, Image.Resampling.BOX) for each in (one, other)]
    bands = ImageChops.difference(*parts).split()
    worst = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return sum(worst.histogram()[DIFFERS:]) / (small[0] * small[1])


@pytest.mark.long  # starts the demo, and draws eight views
def test_views_look_as_in_the_pictures(
    browser: Browser, subtests: pytest.Subtests, tmp_path: Path
) -> None:
    """What differs on purpose is drawn again: `python -m docs.take_pictures`."""
    for picture, png in zip(COMPARED, take_pictures.take(browser, tmp_path, COMPARED), strict=True):
        with subtests.test(view=picture.name):
            shown = Image.open(io.BytesIO(png))
            with Image.open(PICTURES / f"{picture.name}.png") as expected:
                found = difference(shown, expected)
            if found > MAX_DIFFERENCE:
                shown.save(tmp_path / f"{picture.name}.png")
            assert found <= MAX_DIFFERENCE, f"see {tmp_path / picture.name}.png"


def test_a_shift_and_another_colour_are_differences() -> None:
    with Image.open(PICTURES / "chat-light.png") as picture:
        shifted = ImageChops.offset(picture, 16, 0)
        tinted = Image.blend(picture.convert("RGB"), Image.new("RGB", picture.size, "red"), 0.15)
        assert difference(picture, picture) == 0
        assert difference(picture, shifted) > MAX_DIFFERENCE
        assert difference(picture, tinted) > MAX_DIFFERENCE


def test_eight_are_compared() -> None:
    assert len(COMPARED) == 8
    assert {picture.name for picture in take_pictures.ALL} == {
        path.stem for path in PICTURES.glob("*.png")
    }

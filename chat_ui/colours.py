"""Colours as numbers: how well one is read on another, and what has to change so that it is.

Colours are written as in CSS, `#rrggbb` or `#rrggbbaa`.
"""

from collections.abc import Iterable
from functools import cache

READABLE = 4.5
"""The contrast of text: WCAG 2.2, 1.4.3, https://www.w3.org/TR/WCAG22/#contrast-minimum."""
VISIBLE = 3.0
"""The contrast of the edge of a field and of the focus: the same, 1.4.11."""
STEPS = 100


def contrast(one: str, other: str) -> float:
    """Return the contrast of two opaque colours, 1 to 21, as WCAG 2.2 defines it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """Return `one` with a `share` of `other`, 0 to 1, opaque."""
    pairs = zip(_channels(one)[:3], _channels(other)[:3], strict=True)
    return _colour(a + (b - a) * share for a, b in pairs)


def over(colour: str, ground: str) -> str:
    """Return what is seen where `colour`, which may let some light through, lies on `ground`."""
    return mix(ground, colour, _channels(colour)[3] / 255)


def readable(colour: str, grounds: Iterable[str], limit: float = READABLE) -> str:
    """Return `colour`, moved only so far to black or white that it is read on all `grounds`.

    Where neither is read on all of them, the better of the two is returned.
    """
    grounds = list(grounds)

    def worst(tried: str) -> float:
        return min(contrast(tried, ground) for ground in grounds)

    ends = sorted(("#000000", "#ffffff"), key=worst, reverse=True)
    shades = (mix(colour, end, step / STEPS) for step in range(STEPS + 1) for end in ends)
    return next((shade for shade in shades if worst(shade) >= limit), ends[0])


def tint(colour: str, ground: str, most: float, texts: Iterable[str]) -> str:
    """Return `ground` with up to a share of `most` of `colour`, on which all `texts` are read."""
    texts = list(texts)
    shares = (most * step / STEPS for step in range(STEPS, -1, -1))
    tints = (mix(ground, colour, share) for share in shares)
    return next(
        (each for each in tints if all(contrast(text, each) >= READABLE for text in texts)), ground
    )


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#").ljust(8, "f")))


def _colour(channels: Iterable[float]) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in channels)


@cache
def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

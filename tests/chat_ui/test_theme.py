"""The look of the whole: every text is read on what it stands on, with any accent, and every part
takes its colours, sizes of text, corners and times from the theme."""

import math
import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat_ui import stylesheet, theme
from chat_ui.colours import READABLE, VISIBLE, contrast, over
from chat_ui.rooms.timeline import timeline
from services.messages.rendering import code

ACCENTS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
MODES = pytest.mark.parametrize("mode", ["light", "dark"])
PLAIN = ("surface", "ground", "sidebar", "bubble", "code", "field")
TINTED = ("mention", "selected", "notice")
TEXTS = {
    "ink": (*PLAIN, *TINTED),
    "muted": (*PLAIN, *TINTED),
    "link": (*PLAIN, *TINTED, "bubble-mine"),
    "accent": ("surface", "ground", "sidebar", "bubble", "code"),
    "on-accent": ("accent",),
    "danger": (*PLAIN, "danger-soft"),
    "good": (*PLAIN, "good-soft"),
    "surface": ("danger",),
    "ground": ("ink",),
    "ink-mine": ("bubble-mine",),
    "muted-mine": ("bubble-mine", *PLAIN),
    "danger-mine": ("bubble-mine", *PLAIN),
}
"""Texts, and what they stand on."""
HOVERED = {
    "ink": PLAIN,
    "muted": PLAIN,
    "link": (*PLAIN, "bubble-mine"),
    "danger": ("surface",),
    "ink-mine": ("bubble-mine",),
    "muted-mine": ("bubble-mine",),
}
"""Texts on what the mouse is over, and in what is quoted."""
SEEN = {"field-line": PLAIN, "ring": ("surface", "ground", "sidebar", "bubble", "field")}
"""The edges of fields, and of what has the focus."""

LITERAL = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|color)\(|oklch\((?!var)"
    r"|(?<![\w-])(?:white|black|red|green|blue|gr[ae]y|silver|orange|yellow|purple)(?![\w-])",
    re.IGNORECASE,
)
SIZE = re.compile(r"(?:font-size|font|border(?:-\w+)*-radius): [^;}]*?[\d.]+px")
TIME = re.compile(r"transition[\w-]*: [^;}]*?\b\.?\d[\d.]*m?s")


def pairs(colours: dict[str, str]) -> Iterator[tuple[str, str, str, float]]:
    for limit, table in ((READABLE, TEXTS), (VISIBLE, SEEN)):
        for text, grounds in table.items():
            for ground in grounds:
                yield text, ground, colours[ground], limit
    for text, grounds in HOVERED.items():
        for ground in grounds:
            yield text, f"hovered {ground}", over(colours["hover"], colours[ground]), READABLE


@MODES
@given(accent=ACCENTS)
@example(accent=theme.ACCENT)
@example(accent="#ffffff")
@example(accent="#000000")
@example(accent="#ffff00")
@example(accent="#808080")
def test_everything_is_read_with_any_accent(mode: str, accent: str) -> None:
    colours = theme.palette(mode, accent)
    weak = {
        (text, name): round(contrast(colours[text], ground), 2)
        for text, name, ground, limit in pairs(colours)
        if contrast(colours[text], ground) < limit
    }
    assert weak == {}


def test_an_accent_that_is_readable_stays_as_it_is() -> None:
    assert theme.palette("light", "#0a5c36")["accent"] == "#0a5c36"


def test_light_and_dark_have_the_same_names() -> None:
    assert theme.palette("light").keys() == theme.palette("dark").keys()
    assert theme.LIGHT.keys() == theme.DARK.keys()


@MODES
@pytest.mark.parametrize("hue", range(0, 360, 15))
def test_every_name_and_every_avatar_is_read(mode: str, hue: int) -> None:
    colours = theme.palette(mode)
    name = _srgb(theme.SHADES[mode]["name"], hue)
    for ground in ("bubble", "ground", "surface"):
        assert contrast(name, colours[ground]) >= READABLE
    avatar = _srgb(theme.SHADES[mode]["avatar"], hue)
    assert contrast(theme.ALWAYS["on-avatar"], avatar) >= READABLE


def _srgb(shade: str, hue: int) -> str:
    """Return a colour of OKLCH as a browser shows it: https://bottosson.github.io/posts/oklab/."""
    lightness, chroma = (float(part) for part in shade.replace("%", "").split())
    a, b = (chroma * turn(math.radians(hue)) for turn in (math.cos, math.sin))
    parts = (
        (0.3963377774, 0.2158037573),
        (-0.1055613458, -0.0638541728),
        (-0.0894841775, -1.291485548),
    )
    long, medium, short = ((lightness / 100 + x * a + y * b) ** 3 for x, y in parts)
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
    )
    bounded = (min(max(value, 0.0), 1.0) for value in linear)
    shown = (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in bounded)
    return "#" + "".join(f"{round(value * 255):02x}" for value in shown)


def _sheets() -> dict[str, str]:
    """Return the rules of every part by its name, without those that make the names."""
    comments = re.compile(r"/\*.*?\*/", re.DOTALL)
    return {part.__name__: comments.sub("", part.STYLE) for part in stylesheet.PARTS}


@pytest.mark.parametrize("wrong", [LITERAL, SIZE, TIME], ids=["colour", "size", "time"])
def test_parts_take_their_look_from_the_theme(wrong: re.Pattern[str]) -> None:
    found = {name: wrong.findall(_values(css)) for name, css in _sheets().items()}
    assert {name: each for name, each in found.items() if each} == {}


def _values(css: str) -> str:
    """Return the declarations without the selectors, which may hold a word such as `#more`."""
    return ";".join(re.findall(r"\{([^{}]*)\}", css))


def test_a_literal_is_found() -> None:
    css = "a { color: #fff; font: 600 13px/1 serif; border-radius: 4px; transition: all .2s }"
    assert all(wrong.search(_values(css)) for wrong in (LITERAL, SIZE, TIME))
    assert LITERAL.search(_values("a { background: white }"))
    assert not LITERAL.search(_values("a#fee { white-space: nowrap }"))


def test_every_name_that_is_used_is_made() -> None:
    css = stylesheet.css()
    made = set(re.findall(r"(--[\w-]+)\s*:", css))
    used = set(re.findall(r"var\((--[\w-]+)", css))
    assert used - made - GIVEN_BY_PAGES - set(timeline.words_of_style()) == set()


GIVEN_BY_PAGES = {"--at", "--clock", "--hue", "--share", "--x", "--y"}
"""What stands in the `style` of an element."""


@MODES
def test_colours_of_code_are_read(mode: str) -> None:
    page = "body.body--dark" if mode == "dark" else "body:not(.body--dark)"
    ground = theme.palette(mode)["code"]
    rule = re.compile(re.escape(page) + r" \.highlight \.(\w+) \{ *color: (#\w{6})")
    found = dict(rule.findall(code.code_css()))
    assert len(found) > 20
    found.pop("w", None)  # blanks
    assert {name: c for name, c in found.items() if contrast(c, ground) < READABLE} == {}

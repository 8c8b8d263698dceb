"""Each icon that the pages use is in the font that browsers get."""

import ast
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from chat_ui.components import html
from chat_ui.components.icons import icon_font
from docs import make_icons
from tests import icons


def test_all_icons_are_in_the_font() -> None:
    assert icons.used() - icon_font.names() == set(), "run: python -m docs.make_icons"


def test_the_font_has_what_its_list_says() -> None:
    font, whole = TTFont(icon_font.FONT), make_icons.whole_font()
    assert set(make_icons.ligatures(font)) == icon_font.names()
    assert set(make_icons.ligatures(whole)) > icon_font.names()
    assert len(font.getGlyphOrder()) < len(icon_font.names()) + 50
    assert icon_font.FONT.stat().st_size < 8_000


def test_icons_look_as_in_the_whole_font() -> None:
    font, whole = TTFont(icon_font.FONT), make_icons.whole_font()
    glyphs = {drawn(font, name) for name in icon_font.names()}
    assert len(glyphs) == len(icon_font.names())
    assert glyphs == {drawn(whole, name) for name in icon_font.names()}


def drawn(font: TTFont, name: str) -> tuple[object, ...]:
    """Return the outline that a font draws for a name."""
    letters = font.getBestCmap()
    for table in font["GSUB"].table.LookupList.Lookup[0].SubTable:
        for each in getattr(table, "ExtSubTable", table).ligatures[letters[ord(name[0])]]:
            if each.Component == [letters[ord(letter)] for letter in name[1:]]:
                points, ends, _flags = font["glyf"][each.LigGlyph].getCoordinates(font["glyf"])
                return (*points, *ends)
    raise AssertionError(f"{name} is not there")


def test_the_licence_lies_beside_the_font() -> None:
    licence = (icon_font.FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "Google" in TTFont(icon_font.FONT)["name"].getDebugName(0)


def test_an_icon_that_is_not_in_it_comes_from_the_whole_font() -> None:
    assert "chat-icon" in str(html.icon("search"))
    assert "chat-icon" not in str(html.icon("gavel"))
    assert "material-icons" in str(html.icon("gavel"))


@pytest.mark.parametrize(
    "source",
    ["html.icon(chosen())", 'ui.button(icon="add")', 'ui.icon("add")', "ICONS = {1: one}"],
)
def test_an_icon_that_cannot_be_read_from_the_source_is_found(source: str) -> None:
    with pytest.raises(AssertionError):
        list(icons.in_file(Path("x.py"), ast.parse(source), {"html.icon": 0}))

"""Make the font of icons in `chat_ui/components/icons/`: `python -m docs.make_icons`.

Run it after you use an icon that was not used before. It takes those that `chat_ui/` uses from
NiceGUI's Material Icons, under the Apache License 2.0, a copy of which lies beside the font. It
needs the libraries of the tests (`pip install -e '.[test]'`).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nicegui
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from chat_ui.components.icons import icon_font
from tests import icons

STATIC = Path(nicegui.__file__).parent / "static"


def main() -> None:
    """Write the font, and the names of what is in it."""
    names = icons.used()
    font = whole_font()
    if unknown := names - set(ligatures(font)):
        raise SystemExit(f"There is no icon called {', '.join(sorted(unknown))}.")
    keep(font, names)
    font.save(icon_font.FONT)
    listed = "\n".join([*sorted(names), ""])
    icon_font.NAMES.write_text(listed, encoding="utf-8", newline="\n")
    print(f"{len(names)} icons, {icon_font.FONT.stat().st_size:,} bytes")


def whole_font() -> TTFont:
    """Return the Material Icons that come with NiceGUI."""
    fonts = (STATIC / "fonts.css").read_text(encoding="utf-8")
    found = re.search(r'font-family: "Material Icons";[^}]*url\(([^)]+)\)', fonts)
    assert found, "NiceGUI names its icons differently"
    return TTFont(STATIC / found[1], recalcTimestamp=False)


def ligatures(font: TTFont) -> Iterator[str]:
    """Yield the names that a font has an icon for: each is a ligature of its letters."""
    for _several, name, _each in _ligatures(font):
        yield name


def keep(font: TTFont, names: set[str]) -> None:
    """Remove all other icons from a font."""
    for several, name, each in _ligatures(font):
        if name not in names:
            several.remove(each)
    # Glyphs that no ligature leads to are left out.
    subsetter = Subsetter(Options(layout_features=["*"]))
    subsetter.populate(text="".join(names))
    subsetter.subset(font)
    font.flavor = "woff2"


def _ligatures(font: TTFont) -> Iterator[tuple[list[Any], str, Any]]:
    """Yield each ligature, with the list that it is in and the letters that it stands for."""
    letters = {glyph: chr(min(codes)) for glyph, codes in font["cmap"].buildReversed().items()}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, several in getattr(table, "ExtSubTable", table).ligatures.items():
                for each in list(several):
                    name = "".join(letters[glyph] for glyph in (first, *each.Component))
                    yield several, name, each


if __name__ == "__main__":
    main()

"""The style sheet: every part of the page brings its own rules, and none touches another's."""

import re
from collections import defaultdict
from pathlib import Path

from chat_ui import stylesheet
from chat_ui.components import printing
from chat_ui.components.accessibility import contrast_themes, touch

RULE = re.compile(r"([^{}]+)\{")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
COMMA = re.compile(r",(?![^(]*\))")
"""Between two selectors, not within `:is(…)`."""
BARE_CLASS = re.compile(r"(\.[\w-]+)(?::[\w-]+)*")


def test_every_part_with_a_style_is_in_the_stylesheet() -> None:
    folder = Path(stylesheet.__file__).parent
    styled = {
        ".".join(("chat_ui", *path.relative_to(folder).with_suffix("").parts))
        for path in folder.rglob("*.py")
        if "\nSTYLE = " in path.read_text(encoding="utf-8")
    }
    shown = {part.__name__ for part in stylesheet.PARTS}
    assert {name for name in styled if not name.startswith("chat_ui.custom.")} == shown


ABOUT_ALL = {touch, contrast_themes, printing}
"""They say how all parts differ under a finger, in a theme of high contrast, and on paper."""


def test_one_part_alone_says_how_a_class_looks_everywhere() -> None:
    owners = defaultdict[str, set[str]](set)
    for part in set(stylesheet.PARTS) - ABOUT_ALL:
        for selectors in RULE.findall(COMMENT.sub("", part.STYLE)):
            for selector in COMMA.split(selectors):
                if found := BARE_CLASS.fullmatch(selector.strip()):
                    owners[found[1]].add(part.__name__)
    assert owners
    assert {name: parts for name, parts in owners.items() if len(parts) > 1} == {}

"""The style sheet: every part of the page brings its own rules, and none touches another's."""

import re
from collections import defaultdict

from chat_ui import stylesheet

RULE = re.compile(r"([^{}]+)\{")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
BARE_CLASS = re.compile(r"(\.[\w-]+)(?::[\w-]+)*")


def test_one_part_alone_says_how_a_class_looks_everywhere() -> None:
    owners = defaultdict[str, set[str]](set)
    for part in stylesheet.PARTS:
        for selectors in RULE.findall(COMMENT.sub("", part.STYLE)):
            for selector in selectors.split(","):
                if found := BARE_CLASS.fullmatch(selector.strip()):
                    owners[found[1]].add(part.__name__)
    assert owners
    assert {name: parts for name, parts in owners.items() if len(parts) > 1} == {}

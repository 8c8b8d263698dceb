"""Each block has the direction of its own words: names, links and code are no part of them."""

import pytest

from services.messages.rendering import direction
from services.messages.rendering.text import to_html
from tests.services.messages.rendering.test_text import Page

MENTIONS = (("asha", 3), ("אשר", 4))


def directions(typed: str) -> list[str]:
    """Return the elements that have a direction, as `p rtl`."""
    found = Page(to_html(typed, MENTIONS)).elements
    return [f"{tag} {has['dir']}" for tag, has in found if has.get("dir")]


@pytest.mark.parametrize(
    ("typed", "blocks"),
    [
        ("@asha\nשלום לכולם, נפגש מחר.", ["p rtl"]),
        ("@asha שלום לכולם.", ["p rtl"]),
        ("Hello all.\n\nשלום לכולם.", ["p ltr", "p rtl"]),
        ("שלום לכולם.\n\nHello all.", ["p rtl", "p ltr"]),
        ("1. ראשון\n2. שני", ["ol rtl", "li rtl", "li rtl"]),
        ("https://example.com/a זה הקישור.", ["p rtl"]),
        ('שלום\n\n```py\nprint("a")\n```', ["p rtl"]),
        ("`a.b/c` בעברית", ["p rtl"]),
        ("|שלום|hi|\n|-|-|\n|a|ב|", ["table rtl", "th rtl", "th ltr", "td ltr", "td rtl"]),
        # others of the kind
        ("[link](https://a.org) قال", ["p rtl"]),
        ("**@asha** and שלום", ["p ltr"]),
        ("> @asha: שלום\n\nHello", ["blockquote rtl", "p rtl", "p ltr"]),
        ("# @asha العنوان", ["h3 rtl"]),
        ("$x$ שווה", ["p rtl"]),
        ("- hi\n- שלום", ["ul ltr", "li ltr", "li rtl"]),
        ("123\n\nשלום", ["p rtl"]),
        ("@אשר hello", ["p ltr"]),
        ("@אשר", ["p rtl"]),  # nothing else
        ("[קישור](https://a.org)", ["p rtl"]),
        ("**hello** @asha", []),
    ],
)
def test_each_block_has_its_own(typed: str, blocks: list[str]) -> None:
    assert directions(typed) == blocks


@pytest.mark.parametrize(
    ("typed", "whole", "ends_right_to_left"),
    [
        ("hello", None, False),
        ("שלום", "rtl", True),
        ("Hello\n\nשלום", "ltr", True),
        ("שלום\n\nHello", "rtl", False),
        ("Hello,\nשלום", "ltr", True),
        ("שלום\n\n@asha", "rtl", False),
        ("@asha שלום", "rtl", True),
        ("שלום https://example.com", "rtl", True),
        ("שלום\n\n123", "rtl", True),
    ],
)
def test_a_message_as_a_whole(typed: str, whole: str | None, ends_right_to_left: bool) -> None:
    html = to_html(typed, MENTIONS)
    assert direction.of_html(html) == whole
    assert direction.ends_right_to_left(html) == ends_right_to_left

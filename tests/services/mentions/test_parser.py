"""Possible mentions in a text: in prose, in any script, but not in code or addresses."""

import time

import pytest

from services.mentions.parser import candidates
from services.messages.rendering import facts
from services.messages.rendering import text as rendering


def longest(text: str) -> list[str]:
    """Return the longest possible name of each mention."""
    return [candidate.names[0][1] for candidate in facts.names(rendering.render(text))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@asha", ["asha"]),
        ("hi @Asha and @ben-k, @c_d!", ["asha", "ben-k", "c_d"]),
        (
            "(@asha) [@ben] {@chen} “@dev” cc:@eve,@fay",
            ["asha", "ben", "chen", "dev", "eve", "fay"],
        ),
        ("**@asha** _@ben_ ~~@chen~~", ["asha", "ben", "chen"]),
        ("@asha/@ben", ["asha", "ben"]),
        ("@आशा, @李明 @Жанна @أمل", ["आशा", "李明", "жанна", "أمل"]),
        ("@asha's turn", ["asha"]),
        ("＠asha 見て 请看＠ben、＠eve ＠asha/＠ben", ["asha", "ben", "eve", "asha", "ben"]),
        ("“＠Asha” [＠ben] cc:＠eve", ["asha", "ben", "eve"]),
    ],
)
def test_mentions_in_prose_are_found(text: str, names: list[str]) -> None:
    assert longest(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "asha@example.org",
        "first.last+tag@example.org",
        "mailto:x_@example.org/y",
        "आशा@example.org",
        "https://example.org/@asha",
        "example.org/@asha",
        "a@",
        "@ asha",
        "@@",
        "@＠asha",
        "asha＠example.org",
        "`＠asha`",
        "@.asha",
        "\\@asha",
        "`@asha`",
        "``a ` @asha``",
        "```\n@asha\n```",
        "~~~python\n@asha\n~~~~",
        "> ```\n> @asha\n> ```",
        "```\n@asha never closed",
    ],
)
def test_addresses_and_code_are_no_mentions(text: str) -> None:
    assert longest(text) == []


def test_mentions_next_to_code_are_found() -> None:
    assert longest("`x` @asha `y` and ` @ben alone") == ["asha", "ben"]
    assert longest("```\n@no\n```\n@yes") == ["yes"]
    assert longest("a ` b\n\n@asha\n\nc ` d") == ["asha"]


def test_a_mention_may_end_within_a_word() -> None:
    (candidate,) = candidates("@asha.then-we")
    assert [key for _end, key in candidate.names] == ["asha.then-we", "asha.then", "asha"]
    (candidate,) = candidates("@asha. ")
    assert candidate.longest_in({"asha"}) == (5, "asha")
    assert candidate.longest_in({"asha", "asha."}) == (6, "asha.")
    assert candidate.longest_in({"ben"}) is None
    (candidate,) = candidates("你好@李明你好")
    assert candidate.longest_in({"李明"}) == (5, "李明")
    (candidate,) = candidates("@asha님")
    assert candidate.longest_in({"asha"}) == (5, "asha")


@pytest.mark.parametrize(
    "text",
    [
        "@" * 4000,
        "＠" * 4000,
        "@＠a" * 1333,
        "@a" * 2000,
        "@a/" * 1333,
        "`" * 4000,
        "`@a `` " * 570,
        "@a.a.a.a.a" * 400,
    ],
)
def test_hostile_texts_are_parsed_quickly(text: str) -> None:
    began = time.process_time()
    list(candidates(text))
    assert time.process_time() - began < 0.25

"""Where a text may name somebody: in prose, in any script, and never in code or an address."""

import time

import pytest

from services.mentions.parser import spots, without_code


def longest(text: str) -> list[str]:
    """Return the longest name at each place."""
    return [spot.names[0][1] for spot in spots(without_code(text))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@asha", ["asha"]),
        ("hi @Asha and @ben-k, @c_d!", ["asha", "ben-k", "c_d"]),
        (
            "(@asha) [@ben] {@chen} “@dev” cc:@eve,@fay",
            ["asha", "ben", "chen", "dev", "eve", "fay"],
        ),
        ("**@asha** _@ben_ ~~@chen~~", ["asha", "ben_", "chen"]),
        ("@asha/@ben", ["asha", "ben"]),
        ("@आशा, @李明 @Жанна @أمل", ["आशा", "李明", "жанна", "أمل"]),
        ("@asha's turn", ["asha"]),
    ],
)
def test_names_in_prose_are_found(text: str, names: list[str]) -> None:
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
def test_addresses_and_code_name_nobody(text: str) -> None:
    assert longest(text) == []


def test_what_stands_beside_code_is_found() -> None:
    assert longest("`x` @asha `y` and ` @ben alone") == ["asha", "ben"]
    assert longest("```\n@no\n```\n@yes") == ["yes"]
    assert longest("a ` b\n\n@asha\n\nc ` d") == ["asha"]


def test_a_name_may_end_before_the_word_does() -> None:
    (spot,) = spots("@asha.then-we")
    assert [key for _end, key in spot.names] == ["asha.then-we", "asha.then", "asha"]
    (spot,) = spots("@asha. ")
    assert spot.choose({"asha"}) == (5, "asha")
    assert spot.choose({"asha", "asha."}) == (6, "asha.")
    assert spot.choose({"ben"}) is None
    (spot,) = spots("你好@李明你好")
    assert spot.choose({"李明"}) == (5, "李明")
    (spot,) = spots("@asha님")
    assert spot.choose({"asha"}) == (5, "asha")


@pytest.mark.parametrize(
    "text", ["@" * 4000, "@a" * 2000, "@a/" * 1333, "`" * 4000, "`@a `` " * 570, "@a.a.a.a.a" * 400]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    began = time.process_time()
    list(spots(without_code(text)))
    assert time.process_time() - began < 0.25

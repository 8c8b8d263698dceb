"""Mentions are marked for exactly the users that a message mentions, and only there."""

import pytest

from services.messages.rendering.text import to_html

NAMED = (("asha", 3), ("a.b-c", 4), ("आशा", 5), ("room", 0))


def mark(name: str, number: int) -> str:
    return f'<span class="mention" data-user-id="{number}">{name}</span>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("hi @asha!", f"<p>hi {mark('@asha', 3)}!</p>"),
        ("@Asha. @a.b-c.", f"<p>{mark('@Asha', 3)}. {mark('@a.b-c', 4)}.</p>"),
        ("**@आशा** @ROOM", f"<p><strong>{mark('@आशा', 5)}</strong> {mark('@ROOM', 0)}</p>"),
        ("@asha_rao @ben", "<p>@asha_rao @ben</p>".replace("@asha", mark("@asha", 3), 1)),
        ("> @asha", f"<blockquote>\n<p>{mark('@asha', 3)}</p>\n</blockquote>"),
        ("`@asha`", "<p><code>@asha</code></p>"),
        ("@ben alone", "<p>@ben alone</p>"),
    ],
)
def test_names_are_marked(text: str, html: str) -> None:
    assert to_html(text, NAMED) == html


@pytest.mark.parametrize(
    "text",
    [
        "asha@asha.com",
        "https://example.org/@asha",
        "[@asha](https://example.org)",
        "```\n@asha\n```",
    ],
)
def test_addresses_links_and_code_are_let_be(text: str) -> None:
    assert "mention" not in to_html(text, NAMED)
    assert to_html(text, NAMED) == to_html(text)


def test_without_anybody_named_nothing_is_marked() -> None:
    assert to_html("hi @asha!") == "<p>hi @asha!</p>"


def test_nobody_can_write_a_mark_themselves() -> None:
    typed = '<span class="mention" data-user-id="3">@ben</span>'
    assert "<span" not in to_html(typed, NAMED)

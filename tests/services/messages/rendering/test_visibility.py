"""Marks of Markdown with nothing in them are shown as they were typed."""

import pytest

from services.messages import summary
from services.messages.rendering.text import to_html, to_plain
from tests.services.messages.rendering.test_text import Page

ALONE = [
    *("#", "##", ">", ">>>>>>", "> \n>", "-", "+", "*", "1.", "1.\n2.", "```", "~~~", "****"),
    *("______", "---", "| |", "[]()", "![]()", "$$$$", "@", ":"),
    # others of the kind
    *(
        "###### #",
        "- -",
        "* * *",
        "> -",
        "1) >",
        "```py",
        "~~~\n\n~~~",
        "` `",
        "| |\n|-|",
        "- [ ]()",
    ),
    *("> \n\n#", "***", ">:(", ">_<", "> ```", "+\n+", "\\", "<!-- -->", "** **", "# ##", "===="),
]


@pytest.mark.parametrize("typed", ALONE)
def test_marks_alone_are_shown_as_typed(typed: str) -> None:
    html = to_html(typed)
    words = "\n".join(line.strip() for line in typed.split("\n"))
    assert "\n".join(line.strip() for line in Page(html).words.split("\n")) == words
    assert {tag for tag, _ in Page(html).elements} <= {"p", "br"}
    assert (
        " ".join(to_plain(typed).split()) == summary.plain(typed, html) == " ".join(typed.split())
    )


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("ok\n\n#", "<p>ok</p>\n<p>#</p>"),
        ("ok\n\n> \n\nyes", "<p>ok</p>\n<p>&gt; </p>\n<p>yes</p>"),
        ("ok\n```", "<p>ok</p>\n<p>```</p>"),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"),
        ("# 1", "<h3>1</h3>"),
        ("> 👍", "<blockquote>\n<p>👍</p>\n</blockquote>"),
        ("**…**", "<p><strong>…</strong></p>"),
        ("`&&`", "<p><code>&amp;&amp;</code></p>"),
        ("- a\n-\n- b", "<ul>\n<li>a</li>\n<li></li>\n<li>b</li>\n</ul>"),
    ],
)
def test_an_empty_part_of_a_message_is_shown_as_typed(typed: str, html: str) -> None:
    assert to_html(typed) == html


def test_html_of_an_older_version_that_shows_nothing_gives_the_text() -> None:
    assert summary.plain("#", "<h3></h3>") == "#"

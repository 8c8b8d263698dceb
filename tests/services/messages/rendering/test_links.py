"""Links without brackets: where they end beside other scripts, and what is one at all."""

import subprocess
import sys

import pytest

from services.messages.rendering.text import to_html, to_plain
from tests.services.messages.rendering.test_text import Page

A = "https://example.com/a"
WIKI = "https://zh.wikipedia.org/wiki/"


@pytest.mark.parametrize(
    ("typed", "links"),
    [
        (f"见{A}。然后再说", [A]),
        (f"{A}，谢谢", [A]),
        (f"{A}！", [A]),
        (f"{A}、https://example.com/b", [A, "https://example.com/b"]),
        (f"（{A}）", [A]),
        (f"「{A}」です", [A]),
        (f"{A}【详情】", [A]),
        (f"“{A}”", [A]),
        (f"„{A}“", [A]),
        (f"«{A}»", [A]),
        (f"{A}…", [A]),
        (f"{A}!?", [A]),
        (f"{WIKI}中国", [f"{WIKI}中国"]),
        (
            "https://en.wikipedia.org/wiki/Blur_(band)",
            ["https://en.wikipedia.org/wiki/Blur_(band)"],
        ),
        ("(see https://example.com/).", ["https://example.com/"]),
        ("https://example.com/?q=你好&x=1", ["https://example.com/?q=你好&x=1"]),
        # others of the kind
        (f"{A}।फिर देखो", [A]),
        (f"{A}؟ نعم", [A]),
        (f"{A}、、", [A]),
        (f"{A}～です", [A]),
        (f"{A}（详情）", [A]),
        (f"{A}——然后", [A]),
        (f"{A}👍🏽 🎉", [A]),
        (f"{A}\u200b然后", [A]),
        (f"**{A}**。", [A]),
        (f"{A}?!?!", [A]),
        ("https://example.com谢谢", ["https://example.com"]),
        ("http://localhost:8080然后", ["http://localhost:8080"]),
        (f"{WIKI}列奥纳多·达·芬奇", [f"{WIKI}列奥纳多·达·芬奇"]),
        ("https://he.wikipedia.org/wiki/צה״ל", ["https://he.wikipedia.org/wiki/צה״ל"]),
        (
            "https://fa.wikipedia.org/wiki/می\u200cشود",
            ["https://fa.wikipedia.org/wiki/می\u200cشود"],
        ),
        ("https://example.org/Michelson–Morley", ["https://example.org/Michelson–Morley"]),
        ("https://例え.jp/a", ["https://例え.jp/a"]),
    ],
)
def test_a_link_ends_where_the_sentence_goes_on(typed: str, links: list[str]) -> None:
    page = Page(to_html(typed))
    shown = [link.replace("\u200c", "%E2%80%8C") for link in links]
    assert [decoded(link) for link in page.links] == [decoded(link) for link in shown]
    assert page.words == to_plain(typed) == typed.replace("*", "")


def decoded(link: str | None) -> str:
    """Return a link as it was typed: hrefs are percent-encoded, and hosts are in Punycode."""
    from urllib.parse import unquote

    return unquote(link or "").replace("xn--r8jz45g", "例え")


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("www.uni-jena.de", "http://www.uni-jena.de"),
        ("www.example.co.nz/a", "http://www.example.co.nz/a"),
        ("asha@example.de", "mailto:asha@example.de"),
        ("asha@uni.edu.au", "mailto:asha@uni.edu.au"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://[2001:db8::1]/", "http://[2001:db8::1]/"),
        ("https://exa_mple.com/", "https://exa_mple.com/"),
        # others of the kind
        ("WWW.Example.XYZ.", "http://WWW.Example.XYZ"),
        ("见www.uni-jena.de。", "http://www.uni-jena.de"),
        ("ดูwww.example.co.th/a", "http://www.example.co.th/a"),
        ("请写信给asha@example.de或来", "mailto:asha@example.de"),
        ("info@пример.рф", "mailto:info@пример.рф"),
        ("[x](http://[::1]/)", "http://[::1]/"),
        ("(http://[fe80::1:2]:80)", "http://[fe80::1:2]:80"),
        ("http://[::ffff:192.0.2.1]/a_b", "http://[::ffff:192.0.2.1]/a_b"),
        ("https://my_host/x", "https://my_host/x"),
        ("www.exa_mple.museum/a_b", "http://www.exa_mple.museum/a_b"),
        ("asha@192.0.2.1", "mailto:asha@192.0.2.1"),
    ],
)
def test_whatever_is_plainly_an_address_is_a_link(typed: str, link: str) -> None:
    (href,) = Page(to_html(typed)).links
    assert (href or "").lower().replace("xn--e1afmkfd.xn--p1ai", "пример.рф") == link.lower()


@pytest.mark.parametrize(
    "typed",
    [
        *("main.py", "notes.md", "full stop.Like this", "www.", "asha@home", "a@b", "example.de"),
        *("www.foo.nosuchending", "asha@notes.nosuchending", "http://[zz]/", "http://[1:2]/"),
        *("www.1.2", "caféwww.uni-jena.de", "josé@example.de", "v1.2.3", "第3行.py"),
    ],
)
def test_what_is_no_address_stays_text(typed: str) -> None:
    assert Page(to_html(typed)).links == []


@pytest.mark.parametrize("letters", [64, 65, 4000])
def test_many_letters_behind_a_dot_take_no_time(letters: int) -> None:
    """In a process of its own, which can be ended: a regular expression cannot."""
    code = (
        "from services.messages.rendering.links import Links;"
        f"Links().match('www.x.' + chr(0x4e00) * {letters})"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

"""What the head of a page says, whoever wrote it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.links import page_head
from services.links.page_head import PageHead

FULL = """<!doctype html><html><head>
<meta charset=utf-8><title>Tab &amp; title</title>
<meta property="og:title" content="Comets &mdash; a guide">
<meta property="og:site_name" content="Sky &amp; Co">
<meta name="description" content="Plain">
<meta property="og:description" content="How to find
  one">
</head><body>"""


def read(text: str, charset: str | None = None) -> PageHead:
    return page_head.read(text.encode("utf-8", "surrogatepass"), charset)


def test_what_pages_say_for_previews_comes_first() -> None:
    assert read(FULL) == PageHead("Comets — a guide", "How to find one", "Sky & Co")


def test_other_pages_have_the_title_of_the_tab_and_the_description_for_searches() -> None:
    head = read('<TITLE>\n A  page\n</TITLE><META NAME="Description" CONTENT="Of mine">')
    assert head == PageHead("A page", "Of mine", "")


def test_the_first_of_two_counts_and_what_is_empty_does_not() -> None:
    assert read("<title>One</title><title>Two</title>").title == "One"
    assert read('<meta property="og:title" content=""><title>One</title>').title == "One"


def test_the_body_is_not_read() -> None:
    assert read("<head></head><title>No</title>").title == ""
    assert read("<body><svg><title>No</title>").title == ""


def test_scripts_are_no_pages() -> None:
    said = (
        "<script>var a = '<title>No</title>';</script><!-- <title>No</title> --><title>Yes</title>"
    )
    assert read(said).title == "Yes"


def test_markup_in_a_title_stays_text_or_is_left_out() -> None:
    said = '<meta property="og:title" content="<script>alert(1)</script><b>x</b>">'
    assert read(said).title == "<script>alert(1)</script><b>x</b>"  # escaped where it is drawn


def test_hidden_characters_are_left_out() -> None:
    said = "a\x00b\x07c\u202ed\u2066e\u200ff\x85g\u2028h" + "e\u0301" + "o" + "\u0334" * 500
    title = read(f"<title>{said}</title>").title
    assert title == "abcdef g h" + "é" + "o" + "\u0334" * 4
    assert read("<title>\u200b\u3164\u2800</title>").title == ""


def test_long_texts_are_cut() -> None:
    head = read(f"<title>{'x' * 50_000}</title><meta name=description content='{'y ' * 20_000}'>")
    assert head.title == "x" * (page_head.TITLE_LENGTH - 1) + "…"
    assert len(head.description) == page_head.DESCRIPTION_LENGTH
    assert head.description.endswith("y…")


# -- encodings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "charset", "declared"),
    [
        ("utf-8", "utf-8", ""),
        ("utf-8", None, ""),
        ("utf-8-sig", "iso-8859-1", ""),
        ("utf-16", None, ""),
        ("utf-16-le", "UTF-16LE", ""),
        ("shift_jis", "Shift_JIS", ""),
        ("shift_jis", None, "<meta charset='shift_jis'>"),
        (
            "euc-jp",
            "nonsense",
            '<meta http-equiv=content-type content="text/html; charset=EUC-JP">',
        ),
        ("gbk", " GB2312 ", ""),
    ],
)
def test_the_encoding_is_found(encoding: str, charset: str | None, declared: str) -> None:
    content = f"<html>{declared}<title>日本</title>".encode(encoding)
    assert page_head.read(content, charset).title == "日本"


@pytest.mark.parametrize("charset", ["iso-8859-1", "latin1", "us-ascii", "windows-1252"])
def test_latin_1_is_that_of_windows(charset: str) -> None:
    assert page_head.read(b"<title>a \x80 \x93b\x94</title>", charset).title == "a € “b”"


@pytest.mark.parametrize(
    "charset",
    [
        *("unicode_escape", "raw_unicode_escape", "utf-7", "idna", "punycode", "rot13", "zlib"),
        *("base64", "bz2", "undefined", "mbcs", "oem", "hex", "uu", "quopri", "utf-32", "aliases"),
        *("", "\0", "a\0b", "../../etc/passwd", "os", "é", "x" * 10_000, "utf-8\n", "-", "."),
    ],
)
def test_made_up_encodings_are_none(charset: str) -> None:
    content = "<title>\\u0041 +AGE- é</title>".encode()
    assert page_head.read(content, charset).title == "\\u0041 +AGE- é"
    assert read(f"<meta charset='{charset}'><title>é</title>").title == "é"


@given(st.binary(max_size=3000), st.sampled_from(sorted(page_head.ENCODINGS)))
def test_any_bytes_can_be_read(content: bytes, charset: str) -> None:
    for begin in (b"", b"<title>", b"<meta property='og:title' content='"):
        head = page_head.read(begin + content, charset)
        assert len(head.title) <= page_head.TITLE_LENGTH


# -- time ------------------------------------------------------------------------------------------

SIZE = 256 * 1024
LONG = 3 * page_head.MAX_SECONDS
PARTS = [
    *("<", "</", "<!", "<!--", "<!-->", "<![", "<![CDATA[", "<!DOCTYPE", "<?", "<a", "<a ", "<a b"),
    *("<a b=", "<a b='", '<a b="', "a", "&", "&#", "&#9", "&amp", "=", "'", '"', " ", "/", ">"),
    *("<script>", "</script", "<title>", "<title></", "]]>", "--", "-- ", "<a/", "a=", "a=''"),
    *("\0", "é", "<meta ", "<meta content=", "<meta content='&#x", "\u0301", "<textarea>", "<svg>"),
]


def seconds(begin: str, part: str, end: str = "") -> float:
    """Return the processor time that it takes to read a page of so many parts."""
    content = (begin + part * (SIZE // len(part)) + end).encode()[:SIZE]
    began = time.thread_time()
    page_head.read(content)
    return time.thread_time() - began


@pytest.mark.parametrize("part", ["<", "<!--", "<a ", "<a b='", "<meta ", "&#9", "</", "<title>"])
def test_no_page_takes_long(part: str) -> None:
    """Some parsers need a time that grows with the square of the length for such pages."""
    assert seconds("", part) < LONG
    assert seconds("<title>", part, "</title>") < LONG


@pytest.mark.long  # tries more cases
@pytest.mark.parametrize("part", PARTS)
def test_no_mixture_takes_long(part: str) -> None:
    for begin in ("", "<title>", "<a "):
        for end in ("", ">"):
            assert seconds(begin, part, end) < LONG, (begin, end)
    for other in ("<", "<!--", "&", "'"):
        assert seconds("", part + other) < LONG, other

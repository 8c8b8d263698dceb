"""What the head of a web page says: its title, description, picture, and the name of the site.

The page is whatever somebody's server has sent, so reading it is bounded in time, and its text is
cleaned. https://ogp.me describes the properties that begin with `og:`.
"""

import codecs
import re
from encodings import normalize_encoding
from encodings.aliases import aliases
from html.parser import HTMLParser
from time import thread_time

from msgspec import Struct

from services.core.text import tidy

MAX_SECONDS = 0.15
"""Processor time to read a head; what comes after that is not read."""
PIECE = 8192
"""Characters that are read between two looks at the time."""
MAX_VALUE = 4096
"""Characters of a title or description that are taken from the page, before it is cleaned."""
SITE_LENGTH, TITLE_LENGTH, DESCRIPTION_LENGTH = 60, 160, 300
"""Characters that are kept."""
TITLES = ("og:title", "twitter:title", "<title>")
"""Where the title is looked for, in this order; `<title>` is that of the browser's tab."""
DESCRIPTIONS = ("og:description", "twitter:description", "description")
SITE = "og:site_name"
PICTURES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
ALTS = ("og:image:alt", "twitter:image:alt")
CARD = "twitter:card"
"""Says how large the picture is meant to be shown."""
ENCODINGS = frozenset(
    (
        *("utf_8", "utf_16_le", "utf_16_be", "big5", "big5hkscs", "gbk", "gb18030"),
        *("euc_jp", "shift_jis", "cp932", "iso2022_jp", "euc_kr", "cp949"),
        *("koi8_r", "koi8_u", "mac_roman", "tis_620", "cp874", "cp866"),
        *(f"iso8859_{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *(f"cp{number}" for number in range(1250, 1259)),
    )
)
"""Python's modules for the encodings of the web (https://encoding.spec.whatwg.org).

It has more, of which some are none of text, and some take long.
"""
AS_ON_THE_WEB = {
    "ascii": "cp1252",
    "latin_1": "cp1252",
    "iso8859_9": "cp1254",
    "gb2312": "gbk",
    "utf_16": "utf_16_le",
}
"""Encodings for which browsers take another one."""
_CHARSET = re.compile(rb"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE)
_MARKS = {
    codecs.BOM_UTF8: "utf_8",
    codecs.BOM_UTF16_LE: "utf_16_le",
    codecs.BOM_UTF16_BE: "utf_16_be",
}


class PageHead(Struct, frozen=True):
    """What a page says of itself, each in one line; empty is what it does not say."""

    title: str
    description: str = ""
    site: str = ""
    picture: str = ""
    """The address of its picture, as it stands there."""
    alt: str = ""
    """What is to be seen on the picture."""
    wants_large: bool = False
    """Whether the picture is to be shown large."""


def read(content: bytes, charset: str | None = None) -> PageHead:
    """Return what the beginning of a page says of itself.

    `charset` is the encoding that its server has named. Nothing is raised: what cannot be read is
    as if it were not there. Takes up to about `MAX_SECONDS`, so it belongs on a thread.
    """
    began = thread_time()
    text = _decoded(content, charset)
    head = _Head()
    for start in range(0, len(text), PIECE):
        try:
            head.feed(text[start : start + PIECE])
        except Exception:  # the parser raises all kinds of them at malformed declarations
            break
        if head.is_over or thread_time() - began > MAX_SECONDS:
            break
    # Never `close()`: it reads what is left in a time that grows with the square of its length.
    return PageHead(
        tidy(head.first(TITLES), TITLE_LENGTH),
        tidy(head.first(DESCRIPTIONS), DESCRIPTION_LENGTH),
        tidy(head.first((SITE,)), SITE_LENGTH),
        head.first(PICTURES).strip(),
        tidy(head.first(ALTS), TITLE_LENGTH),
        head.first((CARD,)).strip().lower() == "summary_large_image",
    )


class _Head(HTMLParser):
    """Reads up to where the head ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.is_over = False
        self._said: dict[str, str] = {}
        self._is_in_title = False

    def first(self, names: tuple[str, ...]) -> str:
        """Return the first of these that the page says."""
        return next(filter(None, map(self._said.get, names)), "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a property, or that the title follows."""
        if self.is_over:
            return
        if tag == "meta":
            given = dict(attrs)
            name = (given.get("property") or given.get("name") or "").lower()
            if name in _WANTED:
                self._said.setdefault(name, (given.get("content") or "")[:MAX_VALUE])
        elif tag == "title":
            self._is_in_title = "<title>" not in self._said
        elif tag == "body":
            self.is_over = True

    def handle_endtag(self, tag: str) -> None:
        """Note the end of the title or the head."""
        if tag == "title":
            self._is_in_title = False
        elif tag == "head":
            self.is_over = True

    def handle_data(self, data: str) -> None:
        """Note a part of the title."""
        if self._is_in_title:
            before = self._said.get("<title>", "")
            self._said["<title>"] = before + data[: MAX_VALUE - len(before)]


_WANTED = frozenset((*TITLES, *DESCRIPTIONS, SITE, *PICTURES, *ALTS, CARD))


def _decoded(content: bytes, charset: str | None) -> str:
    """Return the text, by the encoding of the browsers' rules; UTF-8 if that is none of the web.

    https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding
    """
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    found = _CHARSET.search(content[:1024])
    said = found[1].decode("ascii", "replace") if found else None
    encoding = marked or _known(charset) or _known(said) or "utf_8"
    return content.decode(encoding, "replace").removeprefix("\ufeff")


def _known(charset: str | None) -> str | None:
    # Not by `codecs.lookup`: that would import whatever module the page names.
    name = normalize_encoding((charset or "").strip()[:40]).lower()
    name = aliases.get(name, name)
    name = AS_ON_THE_WEB.get(name, name)
    return name if name in ENCODINGS else None

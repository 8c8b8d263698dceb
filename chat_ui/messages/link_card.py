"""The preview of a message's first link: what the site says of itself, and where it really is."""

import re
import unicodedata
from urllib.parse import urlsplit

import htpy as h

from services.core.dto import LinkView

_HOST_LIKE = re.compile("[.。]|://")
"""What a name has that may be taken for a host's, once its compatibility forms are plain."""


def draw(link: LinkView, *, is_last: bool) -> h.Element:
    """Return the card; `is_last` tells that the time of the message stands in its last line.

    The title may say anything, so the host to which it leads stands above it, and no other.
    """
    host = urlsplit(link.url).netloc
    named = "" if _HOST_LIKE.search(unicodedata.normalize("NFKC", link.site)) else link.site
    return h.div(class_=["link-card", {"ends": is_last}])[
        h.div(".from")[h.bdi(".host")[host], h.span(".site", dir="auto")[named] if named else None],
        h.a(
            ".title",
            href=link.url,
            target="_blank",
            rel="noopener noreferrer nofollow ugc",
            dir="auto",
        )[link.title],
        h.div(".about", dir="auto")[link.description] if link.description else None,
    ]


STYLE = """
.link-card { display: grid; gap: 1px; margin-block: 6px 2px; padding: 4px 10px; border-inline-start: 3px solid var(--accent); border-radius: var(--radius-s); background: var(--hover); font-size: var(--text-s); line-height: 1.4; max-inline-size: 460px; min-inline-size: 0; }
.link-card.ends { margin-block-end: 20px; }
.link-card > * { min-inline-size: 0; overflow-wrap: anywhere; }
.link-card .from { display: flex; flex-wrap: wrap; column-gap: 8px; font-size: var(--text-xs); color: var(--muted); }
.link-card .site { font-weight: 600; unicode-bidi: isolate; }
.link-card .title { color: var(--link); font-weight: 600; text-decoration: none; justify-self: start; }
.link-card .title:hover { text-decoration: underline; }
.link-card :is(.title, .about) { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; unicode-bidi: isolate; }
[data-density="compact"] .timeline .link-card.ends { margin-block-end: 2px; }
@media (pointer: coarse) { .link-card .title { min-block-size: 44px; min-inline-size: 44px; -webkit-box-pack: center; } }
"""

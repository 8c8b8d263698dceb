"""The preview of a message's first link: what the site says of itself, and where it really is.

The picture is asked for here, never at the site, and its place is kept free before it is there.
"""

import re
import unicodedata
from urllib.parse import urlsplit

import htpy as h

from services.core.dto import LinkPictureView, LinkView, MessageView

REL = "noopener noreferrer nofollow ugc"
_HOST_LIKE = re.compile("[.。]|://")
"""What a name has that may be taken for a host's, once its compatibility forms are plain."""
LARGEST = (436, 320)
"""Dots that a large picture is wide and high at the most: as wide as the text of the card."""
SQUARE = 72
"""Dots of each side of a small one."""


def draw(message: MessageView, link: LinkView) -> h.Element:
    """Return the card of a message.

    The title may say anything, so the host to which it leads stands above it, and no other.
    """
    host = urlsplit(link.url).netloc
    named = "" if _HOST_LIKE.search(unicodedata.normalize("NFKC", link.site)) else link.site
    # The time of the message stands in its last line.
    is_last = not (message.reactions or message.replies)
    picture = link.picture
    is_small = picture is not None and not picture.is_large
    return h.div(class_=["link-card", {"ends": is_last, "aside": is_small}])[
        h.div(".from")[h.bdi(".host")[host], h.span(".site", dir="auto")[named] if named else None],
        h.a(".title", href=link.url, target="_blank", rel=REL, dir="auto")[link.title],
        h.div(".about", dir="auto")[link.description] if link.description else None,
        _picture(message, link.url, picture) if picture else None,
    ]


def _picture(message: MessageView, url: str, picture: LinkPictureView) -> h.Element:
    """Return the picture, which leads where the title does: the keyboard stops at one of them."""
    width, height = _dots(picture)
    return h.a(
        ".link-picture",
        href=url,
        target="_blank",
        rel=REL,
        tabindex="-1",
        aria_hidden=None if picture.alt else "true",
    )[
        h.img(
            src=address(message.room_id, message.seq, picture.hash),
            alt=picture.alt,
            width=width,
            height=height,
            loading="lazy",
            decoding="async",
        )
    ]


def address(room_id: int, seq: int, digest: str) -> str:
    """Return the address of the picture of a message's link."""
    return f"/rooms/{room_id}/messages/{seq}/link-picture/{digest}"


def _dots(picture: LinkPictureView) -> tuple[int, int]:
    if not picture.is_large:
        return SQUARE, SQUARE
    width, height = max(1, picture.width), max(1, picture.height)
    scale = min(1, LARGEST[0] / width, LARGEST[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


STYLE = """
.link-card { display: grid; gap: 1px; margin-block: 6px 2px; padding: 4px 10px; border-inline-start: 3px solid var(--accent); border-radius: var(--radius-s); background: var(--hover); font-size: var(--text-s); line-height: 1.4; max-inline-size: 460px; min-inline-size: 0; }
.link-card.ends { margin-block-end: 20px; }
.link-card > * { min-inline-size: 0; overflow-wrap: anywhere; }
.link-card .from { display: flex; flex-wrap: wrap; column-gap: 8px; font-size: var(--text-xs); color: var(--muted); }
.link-card .site { font-weight: 600; unicode-bidi: isolate; }
.link-card .title { color: var(--link); font-weight: 600; text-decoration: none; justify-self: start; }
.link-card .title:hover { text-decoration: underline; }
.link-card :is(.title, .about) { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; unicode-bidi: isolate; }
.link-card .link-picture { display: block; justify-self: start; max-inline-size: 100%; line-height: 0; border-radius: var(--radius-s); overflow: hidden; background: var(--code); }
.link-card:not(.aside) .link-picture { margin-block: 4px 2px; }
.link-card img { max-inline-size: 100%; block-size: auto; }
.link-card.aside { grid-template-columns: minmax(0, 1fr) auto; column-gap: 10px; }
.link-card.aside > * { grid-column: 1; }
.link-card.aside .link-picture { grid-area: 1 / 2 / span 3; align-self: start; margin-block: 2px; }
[data-density="compact"] .timeline .link-card.ends { margin-block-end: 2px; }
@media (pointer: coarse) { .link-card .title { min-block-size: 44px; min-inline-size: 44px; align-content: center; } }
"""

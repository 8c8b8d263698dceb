"""Asks a site for a linked page.

Anybody who may write decides which page, so the address, the site and its answer may all be
hostile. Where the server connects to is checked for every address of every redirect, in
`services/core/outbound.py`; this bounds the time, the bytes, and what is read.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from msgspec import Struct

from services.core import outbound
from services.core.outbound import Reach
from services.links import page_head
from services.links.page_head import PageHead
from services.messages import first_link

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

log = logging.getLogger(__name__)
TOTAL_SECONDS = 5.0
"""From the first name that is looked up to the last byte, with all redirects."""
MAX_BYTES = 256 * 1024
"""Of a page: what comes after them is not read."""
MAX_RECEIVED = 2 * MAX_BYTES
"""Of an answer with its headers, and with how it is put into pieces on the way."""
MAX_REDIRECTS = 3
MAX_HEADER_BYTES = 8190
"""Bytes of one header of an answer. aiohttp takes at most 128 of them."""
REDIRECTS = (301, 302, 303, 307, 308)
HEADERS = {
    "User-Agent": "SimpleChat (link preview)",
    "Accept": "text/html",
    # What is not packed cannot be a bomb.
    "Accept-Encoding": "identity",
}
HEAD_ENDS = b"</head"

_lookups = ThreadPoolExecutor(4, thread_name_prefix="link-names")
"""Threads that look up names: a name without an answer holds up other previews at the most."""
_reading = ThreadPoolExecutor(1, thread_name_prefix="link-pages")


class Page(Struct, frozen=True):
    """A page, and where it was found."""

    url: str
    head: PageHead


async def fetch(address: str, reach: Reach) -> Page | None:
    """Return what the page at an address says of itself, or None if there is no such page.

    `address` is one that `first_link.normalise` returned. No answer, and no bad one, is an error.
    """
    from aiohttp import ClientError

    try:
        async with (
            asyncio.timeout(TOTAL_SECONDS),
            outbound.client(
                reach,
                _lookups,
                seconds=TOTAL_SECONDS,
                most_bytes=MAX_RECEIVED,
                longest_header=MAX_HEADER_BYTES,
            ) as client,
        ):
            return await _follow(client, address)
    except (ClientError, OSError, TimeoutError, ValueError) as error:
        log.debug("No preview of a link: %s", error)
        return None


async def _follow(client: "ClientSession", address: str) -> Page | None:
    for _redirect in range(1 + MAX_REDIRECTS):
        async with client.get(address, headers=HEADERS, allow_redirects=False) as answer:
            if answer.status not in REDIRECTS:
                return await _read(answer)
            leads_to = urljoin(str(answer.url), answer.headers.get("Location", ""))
        following = first_link.normalise(leads_to)
        if following is None:
            return None
        address = following
    return None


async def _read(answer: "ClientResponse") -> Page | None:
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    url = first_link.normalise(str(answer.url))
    if answer.status != 200 or answer.content_type != "text/html" or encoding != "identity":
        return None
    content = await _beginning(answer)
    loop = asyncio.get_running_loop()
    head = await loop.run_in_executor(_reading, page_head.read, content, answer.charset)
    return Page(url, head) if url and head.title else None


async def _beginning(answer: "ClientResponse") -> bytes:
    """Return the page up to the end of its head, or its first bytes."""
    content = bytearray()
    async for piece in answer.content.iter_any():
        looked_at = max(0, len(content) - len(HEAD_ENDS))
        content += piece
        if len(content) >= MAX_BYTES or HEAD_ENDS in content[looked_at:].lower():
            break
    return bytes(content[:MAX_BYTES])

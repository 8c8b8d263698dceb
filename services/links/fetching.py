"""Asks a site for a linked page, and for the picture of that page.

Anybody who may write decides which page, so the address, the site and its answer may all be
hostile. Where the server connects to is checked for every address of every redirect, in
`services/core/network/outbound.py`; this bounds the time, the bytes, and what is read.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from services.core.network import outbound
from services.core.network.outbound import Allowance, NotPublicError, Reach
from services.core.text import tidy
from services.files.inspection.media_types import PICTURES
from services.links import page_head
from services.links.page_head import PageHead
from services.messages import first_link

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)
TOTAL_SECONDS = 5.0
"""From the first name that is looked up to the last byte, with all redirects: for a page, and once
more for its picture."""
MAX_BYTES = 256 * 1024
"""Of a page: what comes after them is not read."""
MAX_PICTURE_BYTES = 5 * 1024 * 1024
"""A larger picture is not shown."""
MAX_RECEIVED = 2 * MAX_BYTES
"""Of an answer with its headers, and with how it is put into pieces on the way."""
MAX_REDIRECTS = 3
MAX_HEADER_BYTES = 8190
"""Bytes of one header of an answer. aiohttp takes at most 128 of them."""
REDIRECTS = (301, 302, 303, 307, 308)
PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
"""Refusals that may be over later, as are all that begin with 5."""
HEADERS = {
    "User-Agent": "SimpleChat (link preview)",
    # What is not packed cannot be a bomb.
    "Accept-Encoding": "identity",
}
ACCEPT_PAGE = {"Accept": f"text/html, {', '.join(PICTURES)}"}
ACCEPT_PICTURE = {"Accept": ", ".join(PICTURES)}
HEAD_ENDS = b"</head"
MAX_LOOKUPS = 16
"""Names that are looked up at a time. One without an answer takes a thread for half a minute,
and each author has one at the most (`services/links/turns.py`)."""

_threads = ThreadPoolExecutor(MAX_LOOKUPS, thread_name_prefix="link-names")
_reading = ThreadPoolExecutor(1, thread_name_prefix="link-pages")


class TryLaterError(Exception):
    """There was no answer, or none yet."""


class Page(Struct, frozen=True):
    """A page, and where it was found."""

    url: str
    head: PageHead
    is_picture: bool = False
    """Whether there is no page, but a picture."""


class Lookups(Executor):
    """Has names looked up, and knows which of them have no answer yet.

    A thread that looks up a name cannot be stopped, so it may outlast who waits for it.
    """

    def __init__(self) -> None:
        self._running: list[Future[Any]] = []

    def submit(self, work: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Look up a name."""
        started = _threads.submit(work, *args, **options)
        self._running.append(started)
        return started

    def unanswered(self) -> list[Future[Any]]:
        """Return those that still run."""
        return [each for each in self._running if not each.done()]


async def fetch(address: str, reach: Reach, lookups: Lookups) -> Page | None:
    """Return what the page at an address says of itself, or None if there is no such page.

    `address` is one that `first_link.normalise` returned. Raises `TryLaterError` if there may be
    one later; no other answer is an error.
    """
    return await _ask(address, reach, lookups, ACCEPT_PAGE, _read_page)


async def fetch_picture(address: str, reach: Reach, lookups: Lookups) -> bytes | None:
    """Return the file at an address if it may be a picture, else None.

    Raises as `fetch` does.
    """
    return await _ask(address, reach, lookups, ACCEPT_PICTURE, _read_picture)


async def _ask(
    address: str,
    reach: Reach,
    lookups: Lookups,
    headers: Mapping[str, str],
    read: "Callable[[ClientResponse, Allowance], Awaitable[Answer | None]]",
) -> Answer | None:
    try:
        return await _follow(address, reach, lookups, headers, read)
    except Exception as error:
        if not _is_of_the_site(error):
            raise
        log.debug("No preview of a link: %s", error)
        if _may_pass(error):
            raise TryLaterError from error
        return None


async def _follow(
    address: str,
    reach: Reach,
    lookups: Lookups,
    headers: Mapping[str, str],
    read: "Callable[[ClientResponse, Allowance], Awaitable[Answer | None]]",
) -> Answer | None:
    """Ask for an address, and for where it leads; return what `read` makes of the answer."""
    allowance = Allowance(MAX_RECEIVED)
    async with (
        asyncio.timeout(TOTAL_SECONDS),
        outbound.client(
            reach,
            lookups,
            seconds=TOTAL_SECONDS,
            allowance=allowance,
            longest_header=MAX_HEADER_BYTES,
        ) as client,
    ):
        for _redirect in range(1 + MAX_REDIRECTS):
            async with _get(client, address, headers) as answer:
                if answer.status not in REDIRECTS:
                    return await read(answer, allowance) if _is_good(answer) else None
                following = _joined(str(answer.url), answer.headers.get("Location", ""))
            if following is None:
                return None
            address = following
    return None


def _get(client: "ClientSession", address: str, headers: Mapping[str, str]) -> Any:
    return client.get(address, headers={**HEADERS, **headers}, allow_redirects=False)


def _is_good(answer: "ClientResponse") -> bool:
    """Return whether an answer is to be read. Raises `TryLaterError` if it may be later."""
    if answer.status >= 500 or answer.status in PASSING:
        raise TryLaterError(answer.status)
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    return answer.status == HTTPStatus.OK and encoding == "identity"


async def _read_page(answer: "ClientResponse", _allowance: Allowance) -> Page | None:
    url = first_link.normalise(str(answer.url))
    if url and answer.content_type in PICTURES:
        return Page(url, PageHead(_file_name(url), picture=url), is_picture=True)
    if answer.content_type != "text/html":
        return None
    content = await _beginning(answer)
    loop = asyncio.get_running_loop()
    head = await loop.run_in_executor(_reading, page_head.read, content, answer.charset)
    if not (url and head.title):
        return None
    picture = _joined(url, head.picture) if head.picture else None
    return Page(url, replace(head, picture=picture or ""))


def _joined(url: str, to: str) -> str | None:
    """Return where a link on a page leads; None if that is no address of the web."""
    try:
        return first_link.normalise(urljoin(url, to))
    except ValueError:
        return None


def _file_name(url: str) -> str:
    """Return what a picture is called by its address."""
    parts = urlsplit(url)
    name = tidy(unquote(parts.path.rpartition("/")[2]), page_head.TITLE_LENGTH)
    return name or parts.netloc


async def _beginning(answer: "ClientResponse") -> bytes:
    """Return the page up to the end of its head, or its first bytes."""
    content = bytearray()
    async for piece in answer.content.iter_any():
        looked_at = max(0, len(content) - len(HEAD_ENDS))
        content += piece
        if len(content) >= MAX_BYTES or HEAD_ENDS in content[looked_at:].lower():
            break
    return bytes(content[:MAX_BYTES])


async def _read_picture(answer: "ClientResponse", allowance: Allowance) -> bytes | None:
    if answer.content_type not in PICTURES:
        return None
    content = bytearray()
    async for piece in answer.content.iter_any():
        content += piece
        if len(content) > MAX_PICTURE_BYTES:
            return None
        # As much around the content as there is content: not a piece for each byte.
        allowance.most_bytes = MAX_RECEIVED + 2 * len(content)
    return bytes(content)


def _is_of_the_site(error: Exception) -> bool:
    """Return whether an error is what a site, or a name that is none, may cause."""
    from aiohttp import ClientError

    return isinstance(error, ClientError | OSError | TimeoutError | ValueError | TryLaterError)


def _may_pass(error: Exception) -> bool:
    """Return whether the same question may have another answer later."""
    from aiohttp import ClientConnectorError, ClientSSLError, ServerConnectionError

    if isinstance(error, ClientSSLError):
        return False
    if isinstance(error, ClientConnectorError):
        cause = error.os_error
        is_no_name = isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN
        return not (is_no_name or isinstance(cause, NotPublicError))
    return isinstance(error, TryLaterError | TimeoutError | ServerConnectionError)

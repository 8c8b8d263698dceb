"""The HTML of messages: rendered once, before a message is stored, and kept beside its text.

A message that is one line of words has none: rendering it costs nothing. HTML that another
version of this program or of its libraries has made is made again when the message is read, and
stored a little later.
"""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import version as version_of
from time import thread_time
from typing import Any
from weakref import WeakValueDictionary
from zlib import crc32

from sqlalchemy import bindparam, update
from sqlmodel import Session, SQLModel, col

from models import Message
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.core.tasks import BackgroundTask
from services.db import database
from services.messages.rendering import text as rendering

log = logging.getLogger(__name__)

FORMAT = 2
"""Raised with every change to `services/messages/rendering` that shows in the HTML."""
LIBRARIES = ("markdown-it-py", "linkify-it-py", "nh3", "Pygments", "latex2mathml")
INLINE_LENGTH = 400
"""Characters that are rendered at once, in a few milliseconds; longer texts go to a thread."""
MAX_WAITING = 1_000
"""Messages whose new HTML waits to be stored, at most 16 MB; the rest are rendered once more."""
STORE_SECONDS = 5.0

_thread = ThreadPoolExecutor(1, thread_name_prefix="rendering")
_turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
"""By who pays, while something is rendered for them."""
_waiting: dict[int, tuple[str, str]] = {}
"""Text and new HTML of messages, by id; filled by the threads that read."""
_storing = BackgroundTask()
_STORE = (
    update(SQLModel.metadata.tables["messages"])
    .where(col(Message.id) == bindparam("message"), col(Message.text) == bindparam("of"))
    .values(html=bindparam("new"), html_version=bindparam("made_by"))
)


@cache
def version() -> int:
    """Return a number for what renders here: `FORMAT`, and the versions of the libraries."""
    libraries = (f"{name} {version_of(name)}" for name in LIBRARIES)
    return crc32("\n".join([str(FORMAT), *libraries]).encode()) >> 1  # fits a signed column


async def render(viewer: CurrentUser, text: str, *, payer: int | None = None) -> str | None:
    """Return the HTML to store with a text that the viewer writes; None if it needs none.

    It is paid for from the budgets of the viewer, or of `payer`, an id like a user's.

    One text of each user is rendered at a time. So nobody can queue more than they can pay for,
    and what is stored right after this is in the order of the calls.

    Raises `RateLimited` when the viewer has written too much, or texts that cost too much.
    """
    payer = viewer.user_id if payer is None else payer
    async with _turn(payer):
        app_context.current().rate_limits.text.require(payer)
        html = await _render(payer, text)
        _count(payer, text, html)
        return html


async def render_unstored(viewer: CurrentUser, text: str) -> str | None:
    """Return what `render` does, for a text that is shown to the viewer alone and not stored.

    It takes its turn among what they send, and is paid for from the same budget.
    """
    async with _turn(viewer.user_id):
        return await _render(viewer.user_id, text)


def _turn(payer: int) -> asyncio.Lock:
    return _turns.setdefault(payer, asyncio.Lock())


async def _render(payer: int, text: str) -> str | None:
    if rendering.is_plain(text):
        return None
    budget = app_context.current().rate_limits.rendering
    budget.require(payer)
    if len(text) <= INLINE_LENGTH:
        html, seconds = _timed(text)
    else:
        loop = asyncio.get_running_loop()
        html, seconds = await loop.run_in_executor(_thread, _timed, text)
    budget.spend(payer, seconds)
    return html


def count(viewer: CurrentUser, text: str, html: str | None) -> None:
    """Count what the viewer stores against the text they may store in a day."""
    _count(viewer.user_id, text, html)


def _count(payer: int, text: str, html: str | None) -> None:
    size = len(text.encode()) + len((html or "").encode())
    app_context.current().rate_limits.text.spend(payer, size)


def of(message_id: int, text: str, html: str | None, html_version: int) -> str | None:
    """Return the HTML of a stored message, made again if it is not of this version.

    Called on the threads that read, as rendering may take long.
    """
    current = of_version(text, html, html_version)
    if current is not None and html_version != version() and len(_waiting) < MAX_WAITING:
        _waiting[message_id] = (text, current)
    return current


def of_version(text: str, html: str | None, html_version: int) -> str | None:
    """Return the HTML of an earlier version of a message, as `of` does, but without storing it."""
    if html_version == version():
        return html
    return None if rendering.is_plain(text) else rendering.render(text)


def start() -> None:
    """Start storing, every few seconds, the HTML that was made again."""
    _storing.start(_store_repeatedly)


async def stop() -> None:
    """Stop that. What is not stored is rendered again when it is read."""
    await _storing.stop()
    _waiting.clear()


async def store_waiting() -> None:
    """Store the HTML that was made again. Raises `Unavailable`."""
    made = {number: _waiting.pop(number) for number in list(_waiting)}
    if made:
        await database.write(lambda session: _store(session, made))


async def _store_repeatedly() -> None:
    while True:
        await asyncio.sleep(STORE_SECONDS)
        try:
            await store_waiting()
        except ServiceError as error:
            log.warning("Failed to store rendered messages: %s", error.message)


def _store(session: Session, made: Mapping[int, tuple[str, str]]) -> None:
    values: list[dict[str, Any]] = [
        {"message": number, "of": text, "new": html, "made_by": version()}
        for number, (text, html) in made.items()
    ]
    session.connection().execute(_STORE, values)


def _timed(text: str) -> tuple[str, float]:
    began = thread_time()
    html = rendering.render(text)
    return html, thread_time() - began

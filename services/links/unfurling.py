"""Gets the previews of links in the background, after the messages are stored.

No message waits for it, and nothing is asked on the way. What waits when the server stops is not
asked for later: a preview is a help, and the link is there without it.
"""

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import delete, exists, func
from sqlmodel import Session, col, select

from models import LinkPicture, LinkPreview, Message, MessageLink, Room
from models.clock import now
from services.core import app_context, events
from services.core.errors import RateLimited, ServiceError, Unavailable
from services.core.tasks import BackgroundTask, RequestedTask
from services.db import database
from services.links import fetching, pictures, switch
from services.links.failures import Failures
from services.links.fetching import Lookups, Page, TryLaterError
from services.links.pictures import Picture
from services.links.turns import Link, Turns
from services.messages import first_link, revisions

log = logging.getLogger(__name__)
MAX_AT_ONCE = 4
"""Sites that are asked at a time: one that is slow takes ten seconds, with its picture."""
KEPT = timedelta(days=7)
"""For how long the same address is not asked again."""
FAILED_SECONDS = 3600.0
"""And after it has failed."""
RETRY_SECONDS = (60.0, 600.0)
"""After how long a site is asked again that gave no answer, the first and the second time."""
MAX_KEPT = 10_000
"""Previews that are kept, about 1 kB each; then the oldest go, also from the messages."""
MAX_PICTURE_BYTES = 100 * 1024 * 1024
"""Of all pictures; then the oldest go, and leave the words."""
TIDY_SECONDS = 5.0
"""How long deletions are gathered before what no message shows any more is erased."""

_work = BackgroundTask()
_turns: Turns | None = None
_failures = Failures()
_tidying = RequestedTask(
    events.MessageDeleted, events.MessageEdited, events.RoomsPurged, events.LinkPreviewRemoved
)


class _Known(Struct, frozen=True):
    """What is stored about a link."""

    is_settled: bool
    """Whether its message has a preview of it, had one that was removed, or has another link."""
    preview_id: int | None
    """What its site has said lately, for this message or another."""


class _Answer(Struct, frozen=True):
    """What a site has said, for the first time or again."""

    page: Page
    picture: Picture | None


def start() -> None:
    """Begin to listen for messages with links; does nothing if it has started."""
    global _turns, _failures
    if not _work.is_running:
        _turns, _failures = Turns(), Failures()
        _work.start(_run)
        _tidying.start(_tidy)
        _tidying.request()


async def stop() -> None:
    """Stop; links that wait are forgotten."""
    global _turns
    await _work.stop()
    await _tidying.stop()
    if _turns is not None:
        _turns.close()
    _turns = None


async def _run() -> None:
    assert _turns is not None
    undo = [
        events.subscribe(events.MessageSent, _on_sent),
        events.subscribe(events.MessageEdited, _on_edited),
    ]
    try:
        async with asyncio.TaskGroup() as group:
            for _number in range(MAX_AT_ONCE):
                group.create_task(_serve(_turns))
    finally:
        for each in undo:
            each()


def _on_sent(event: events.MessageSent) -> None:
    sent = event.message
    _look(sent.message_id, sent.author.user_id, sent.html)


def _on_edited(event: events.MessageEdited) -> None:
    _look(event.message_id, event.author_id, event.html)


def _look(message_id: int, author_id: int, html: str | None) -> None:
    """Let the link of a message wait, if it has one. Every message that is sent comes here."""
    if html is None or _turns is None or not switch.is_on():
        return
    if address := first_link.of(html):
        _turns.add(Link(message_id, author_id, address))


async def _serve(turns: Turns) -> None:
    while True:
        async with turns.next() as link:
            try:
                await _unfurl(link, turns)
            except RateLimited:
                log.debug("User %d sends many links: no preview of this one", link.author_id)
            except ServiceError as error:
                log.warning("Failed to store the preview of a link: %s", error)
            except Exception:
                log.exception("Failed to get the preview of a link")


async def _unfurl(link: Link, turns: Turns) -> None:
    """Give a message the preview of its link, from what is known or from the site."""
    if not switch.is_on():
        return
    known = await database.read(partial(_known, link))
    if known.is_settled:
        return
    preview: int | _Answer | None = known.preview_id
    if preview is None:
        preview = await _ask(link, turns)
    if preview is None:
        return
    changed = await database.write(partial(_store, link, preview))
    if changed:
        events.publish(events.MessageChanged(*changed))


async def _ask(link: Link, turns: Turns) -> _Answer | None:
    """Return what the site says; if it says nothing, remember that, or let the link wait again."""
    key = first_link.key(link.address)
    if failed := _failures.of(key):
        seconds, may_pass = failed
        if may_pass and _may_wait(link):
            _wait(link, turns, seconds)
        return None
    context = app_context.current()
    context.rate_limits.link.consume(link.author_id)
    lookups = Lookups()
    try:
        page = await fetching.fetch(link.address, context.link_reach, lookups)
        answer = await _with_picture(page, link, lookups) if page else None
    except TryLaterError:
        if _may_wait(link):
            _failures.note(key, RETRY_SECONDS[link.tries], may_pass=True)
            _wait(link, turns, RETRY_SECONDS[link.tries])
            return None
        answer = None
    except (RateLimited, Unavailable) as error:  # about the author, or the disk
        log.info("No picture yet of a link of user %d: %s", link.author_id, error)
        if _may_wait(link):
            _wait(link, turns, RETRY_SECONDS[link.tries])
        return None
    finally:
        for each in lookups.unanswered():
            turns.keep_busy(link, asyncio.wrap_future(each))
    if answer is None:
        _failures.note(key, FAILED_SECONDS, may_pass=False)
    return answer


def _wait(link: Link, turns: Turns, seconds: float) -> None:
    """Let a link wait until it may be asked for again."""
    turns.add_later(replace(link, tries=link.tries + 1), seconds + 0.1)


def _may_wait(link: Link) -> bool:
    """Return whether a link has not waited often enough yet."""
    return link.tries < len(RETRY_SECONDS)


async def _with_picture(page: Page, link: Link, lookups: Lookups) -> _Answer | None:
    """Return a page with its picture, if it has one and pictures are wanted."""
    picture = None
    if page.head.picture and switch.has_pictures():
        reach = app_context.current().link_reach
        try:
            file = await fetching.fetch_picture(page.head.picture, reach, lookups)
        except TryLaterError:
            if page.is_picture:
                raise
            file = None  # the page has words
        if file:
            picture = await pictures.make(
                file,
                link.author_id,
                wants_large=page.head.wants_large,
                is_alone=page.is_picture,
            )
    return None if page.is_picture and picture is None else _Answer(page, picture)


def _known(link: Link, session: Session) -> _Known:
    key, moment = first_link.key(link.address), now()
    message = session.get(Message, link.message_id)
    settled = session.get(MessageLink, link.message_id)
    found = session.exec(
        select(LinkPreview)
        .where(col(LinkPreview.address_hash) == key)
        .order_by(col(LinkPreview.id).desc())
        .limit(1)
    ).first()
    is_recent = found is not None and moment - KEPT < found.fetched_at <= moment
    return _Known(
        is_settled=message is None
        or first_link.of(message.html) != link.address
        or (settled is not None and settled.address_hash == key),
        preview_id=found.id if found and is_recent else None,
    )


def _store(link: Link, said: int | _Answer, session: Session) -> tuple[int, int] | None:
    """Within a write, give the message its preview, which is stored if it has no id yet.

    Return room and change, if it shows. By now the message may be deleted, or lead elsewhere, and
    what was known may be erased, with its id given to another.
    """
    key = first_link.key(link.address)
    message = session.get(Message, link.message_id)
    if message is None or first_link.of(message.html) != link.address:
        return None
    if isinstance(said, _Answer):
        preview = _keep(session, key, said)
    else:
        known = session.get(LinkPreview, said)
        if known is None or known.address_hash != key:
            return None
        preview = known
    session.merge(
        MessageLink(
            message_id=link.message_id,
            address_hash=key,
            preview_id=preview.id,
        )
    )
    room = session.get_one(Room, message.room_id)
    return message.room_id, revisions.bump(session, room, message)


def _keep(session: Session, key: str, answer: _Answer) -> LinkPreview:
    """Store what a site has answered, and drop the oldest."""
    head = answer.page.head
    preview = LinkPreview(
        address_hash=key,
        url=answer.page.url,
        site=head.site,
        title=head.title,
        description=head.description,
    )
    session.add(preview)
    session.flush()
    assert preview.id is not None
    oldest = _beyond(session, preview.id)
    session.connection().execute(delete(LinkPreview).where(col(LinkPreview.id) <= oldest))
    if answer.picture:
        _keep_picture(session, preview.id, answer.picture, head.alt)
    return preview


def _beyond(session: Session, newest: int) -> Any:
    """Return up to which id previews are too many, with this one as the newest."""
    number = col(LinkPreview.id)
    if session.connection().dialect.name == "postgresql":
        # There ids have gaps, as of writes that were rolled back, so that they do not count.
        return select(number).order_by(number.desc()).offset(MAX_KEPT).limit(1).scalar_subquery()
    return newest - MAX_KEPT


def _keep_picture(session: Session, preview_id: int, picture: Picture, alt: str) -> None:
    """Store the picture of a preview, and drop the oldest."""
    session.add(
        LinkPicture(
            preview_id=preview_id,
            hash=picture.hash,
            size=len(picture.content),
            width=picture.width,
            height=picture.height,
            is_large=picture.is_large,
            alt=alt,
            content=picture.content,
        )
    )
    session.flush()
    number, size = col(LinkPicture.preview_id), col(LinkPicture.size)
    together = 0
    for each, its_size in session.exec(select(number, size).order_by(number.desc())):
        together += its_size
        if together > MAX_PICTURE_BYTES:
            session.connection().execute(delete(LinkPicture).where(number <= each))
            return


# -- what no message shows any more ----------------------------------------------------------------


async def _tidy() -> None:
    while True:
        await _tidying.requested.wait()
        await asyncio.sleep(TIDY_SECONDS)
        _tidying.requested.clear()
        try:
            if await database.read(_count_unused):
                await database.write(_erase_unused, uses_reserve=True)
        except ServiceError as error:
            log.warning("Failed to erase previews of links: %s", error)
        except Exception:
            log.exception("Failed to erase previews of links")


_IS_USED = exists().where(col(MessageLink.preview_id) == LinkPreview.id)


def _count_unused(session: Session) -> int:
    return session.exec(select(func.count()).select_from(LinkPreview).where(~_IS_USED)).one()


def _erase_unused(session: Session) -> None:
    session.connection().execute(delete(LinkPreview).where(~_IS_USED))

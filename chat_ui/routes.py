"""What is shown at which address."""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from chat_ui.admin import audit_log, storage, users
from chat_ui.components import error_view
from chat_ui.messages import bookmarks as kept
from chat_ui.people import account, profile
from chat_ui.realtime.client_events import to_int
from chat_ui.rooms import directory, mention_inbox, my_rooms, room
from chat_ui.rooms import files as room_files
from chat_ui.search import page as search_page
from chat_ui.view import View
from services.accounts import accounts, audit, blocks, invites, sessions
from services.accounts import people as persons
from services.backup import schedule
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.files import files
from services.files import usage as file_usage
from services.messages import bookmarks, inbox
from services.rooms import rooms
from services.search import search as searching
from services.search.query import LIMIT
from services.search.search import Order

if TYPE_CHECKING:
    from chat_ui.admin.handlers import AdministrationHandlers
    from chat_ui.messages.handlers import MessageHandlers
    from chat_ui.page import Page
    from chat_ui.rooms.handlers import RoomHandlers
    from chat_ui.rooms.mention_handlers import MentionHandlers


Parameters = Mapping[str, str]
"""What an address asks for: the parts of its path, and what comes after a `?`."""


async def look_up(page: "Page", address: str) -> View:
    """Return the view at `address`; what is not there, or not for this person, is one page."""
    path, _mark, query = address.partition("?")
    try:
        for pattern, view in VIEWS.items():
            if found := _expression(pattern).fullmatch(path):
                asked = {name: values[0] for name, values in parse_qs(query).items()}
                parts = {name: unquote(part) for name, part in found.groupdict().items()}
                return await view(page, asked | parts)
        raise NotFound
    except ServiceError as refused:
        sentence = refused.message
        return View(_("Not here"), lambda: error_view.draw_within(sentence), status=404)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", pattern))


async def find(page: "RoomHandlers", words: str) -> View:
    """Return the view of the public rooms that hold `words`."""
    found = await rooms.discover(page.viewer, words)
    return View(_("Find rooms"), lambda: directory.draw(found, words, page))


async def _find(page: "Page", _asked: Parameters) -> View:
    return await find(page, "")


async def _search(page: "Page", asked: Parameters) -> View:
    """Return the view of what was found, or of why nothing was."""
    typed, skip = asked.get("q", ""), to_int(asked.get("skip"))
    order = Order.BEST if asked.get("order") == Order.BEST else Order.NEWEST
    found, sentence = None, ""
    try:
        if typed.strip():
            found = await searching.find(page.viewer, typed, order=order, skip=skip)
    except ServiceError as refused:
        sentence = refused.message
    typed = typed or asked.get("begin", "")[:LIMIT]
    return View(_("Search"), lambda: search_page.draw(typed, order, skip, found, sentence))


async def _saved(page: "Page", _asked: Parameters) -> View:
    return await saved_messages(page, 0)


async def saved_messages(page: "MessageHandlers", skip: int) -> View:
    """Return the view of what one keeps for later, after the first `skip`."""
    found = await bookmarks.mine(page.viewer, skip)
    return View(_("Saved for later"), lambda: kept.draw(found, skip, page))


async def find_mine(page: "RoomHandlers", words: str) -> View:
    """Return the view of one's own rooms that hold `words`."""
    found = await rooms.all_mine(page.viewer, words)
    return View(_("My rooms"), lambda: my_rooms.draw(found, words, page))


async def _find_mine(page: "Page", _asked: Parameters) -> View:
    return await find_mine(page, "")


async def audit_page(page: "AdministrationHandlers", before: int = audit.NEWEST) -> View:
    """Return the view of what was done, before the entry of that number."""
    found = await audit.everything(page.viewer, before)
    return View(_("What was done"), lambda: audit_log.draw(found, page.on_older_audit))


async def _audit(page: "Page", _asked: Parameters) -> View:
    return await audit_page(page)


async def inbox_of(page: "MentionHandlers", before: int | None) -> View:
    """Return the view of what names one, older than the message `before`."""
    found = await inbox.mine(page.viewer, before)
    return View(_("Mentions"), lambda: mention_inbox.draw(found, page))


async def _mentions(page: "Page", _asked: Parameters) -> View:
    return await inbox_of(page, None)


async def _last_room(page: "Page", _asked: Parameters) -> View:
    room_id = await rooms.last(page.viewer)
    return await find(page, "") if room_id is None else await _show_room(page, room_id)


async def _room(page: "Page", asked: Parameters) -> View:
    return await _show_room(page, to_int(asked["room_id"]))


async def _message(page: "Page", asked: Parameters) -> View:
    return await _show_room(page, to_int(asked["room_id"]), at=to_int(asked["seq"]))


async def _files(page: "Page", asked: Parameters) -> View:
    found = await rooms.get(page.viewer, to_int(asked["room_id"]))
    kind = asked.get("kind", "")
    wanted = room_files.FilesFilter(
        found.room_id,
        files.Kinds(kind) if kind in set(files.Kinds) else None,
        to_int(asked.get("from")) or None,
        to_int(asked.get("before")) or None,
    )
    listed = await files.of_room(
        page.viewer,
        wanted.room_id,
        kind=wanted.kind,
        user_id=wanted.user_id,
        before=wanted.before,
    )
    title = _("Files in {room}").format(room=found.title)
    return View(title, lambda: room_files.draw(page.viewer, found, wanted, listed))


async def _show_room(page: "Page", room_id: int, at: int | None = None) -> View:
    found = await rooms.get(page.viewer, room_id)
    if at is not None and not 0 < at <= found.last_seq:
        raise NotFound(_("That message is not there any more."))
    return View(found.title, lambda: room.draw(page.viewer, found, at), found, at)


async def _account(page: "Page", _asked: Parameters) -> View:
    mine = await sessions.mine(page.viewer)
    about = await accounts.about(page.viewer)
    blocked = await blocks.mine(page.viewer)
    viewer = page.viewer
    person = viewer.person
    return View(_("My account"), lambda: account.draw(viewer, person, about, blocked, mine, page))


async def _profile(page: "Page", asked: Parameters) -> View:
    person = await persons.profile(page.viewer, asked["username"])
    return View(person.display_name, lambda: profile.draw(page.viewer, person, page))


async def _people(page: "Page", _asked: Parameters) -> View:
    everyone = await accounts.everyone(page.viewer)
    invited = await invites.list_all(page.viewer)
    return View(_("People and invites"), lambda: users.draw(everyone, invited, page))


async def _storage(page: "Page", _asked: Parameters) -> View:
    usage = await file_usage.usage(page.viewer)
    backups = schedule.overview(page.viewer)
    return View(_("Files kept here"), lambda: storage.draw(usage, backups))


VIEWS: dict[str, Callable[["Page", Parameters], Awaitable[View]]] = {
    "/": _last_room,
    "/rooms": _find,
    "/rooms/mine": _find_mine,
    "/rooms/{room_id}": _room,
    "/rooms/{room_id}/files": _files,
    "/rooms/{room_id}/messages/{seq}": _message,
    "/mentions": _mentions,
    "/saved": _saved,
    "/account": _account,
    "/people": _people,
    "/people/{username}": _profile,
    "/search": _search,
    "/audit": _audit,
    "/storage": _storage,
}
"""What is drawn at which address; of two that fit, the first."""

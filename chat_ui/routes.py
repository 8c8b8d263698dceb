"""The built-in pages and their addresses. Your own pages are in `chat_ui/custom/`."""

import re
from functools import cache
from urllib.parse import parse_qs, unquote

from chat_ui.admin import storage
from chat_ui.admin.handlers import AdministrationHandlers
from chat_ui.components import error_view
from chat_ui.messages.handlers import MessageHandlers
from chat_ui.page_context import PageContext
from chat_ui.people.account_handlers import AccountHandlers
from chat_ui.people.handlers import PeopleHandlers
from chat_ui.plugins import PAGES, page
from chat_ui.realtime.protocol import to_int
from chat_ui.rooms import files as room_files
from chat_ui.rooms import room
from chat_ui.rooms.handlers import RoomHandlers
from chat_ui.rooms.mention_handlers import MentionHandlers
from chat_ui.search import page as search_page
from chat_ui.view import View
from services.backup import schedule
from services.core.errors import NotFound, ServiceError
from services.core.i18n import N_, _
from services.files import files
from services.files import usage as file_usage
from services.rooms import rooms
from services.search import search
from services.search.query import LIMIT
from services.search.search import Order

Query = dict[str, str]
"""The query of an address, by name."""


async def look_up(context: PageContext, address: str) -> View:
    """Return the view at `address`; missing and forbidden ones get the same error page."""
    path, _mark, asked = address.partition("?")
    try:
        for entry in PAGES.values():
            if found := _expression(entry.address).fullmatch(path):
                query = {name: values[0] for name, values in parse_qs(asked).items()}
                parts = {name: unquote(part) for name, part in found.groupdict().items()}
                return await entry.view(context, parts, query)
        raise NotFound
    except ServiceError as refused:
        sentence = refused.message
        return View(_("Not here"), lambda: error_view.draw_within(sentence), status=404)


@cache
def _expression(address: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", address))


@page("/")
async def last_room(context: PageContext) -> View:
    """Show the room that was open last, or the public rooms to users without a room."""
    room_id = await rooms.last(context.viewer)
    return await find_rooms(context) if room_id is None else await _room(context, room_id)


@page("/rooms")
async def find_rooms(context: PageContext) -> View:
    """Show the public rooms."""
    return await RoomHandlers(context).directory("")


@page("/rooms/mine")
async def my_rooms(context: PageContext) -> View:
    """Show all rooms that the person is in."""
    return await RoomHandlers(context).my_rooms("")


@page("/rooms/{room_id}")
async def show_room(context: PageContext, room_id: str) -> View:
    """Show a room, at the end of its messages."""
    return await _room(context, to_int(room_id))


@page("/rooms/{room_id}/messages/{seq}")
async def show_message(context: PageContext, room_id: str, seq: str) -> View:
    """Show a room from a message on."""
    return await _room(context, to_int(room_id), at=to_int(seq))


async def _room(context: PageContext, room_id: int, at: int | None = None) -> View:
    found = await rooms.get(context.viewer, room_id)
    if at is not None and not 0 < at <= found.last_seq:
        raise NotFound(_("That message is not there any more."))
    return View(found.title, lambda: room.draw(context.viewer, found, at), found, at)


@page("/rooms/{room_id}/files")
async def room_files_page(context: PageContext, room_id: str, query: Query) -> View:
    """Show the files of a room."""
    found = await rooms.get(context.viewer, to_int(room_id))
    kind = query.get("kind", "")
    wanted = room_files.FilesFilter(
        found.room_id,
        files.Kinds(kind) if kind in set(files.Kinds) else None,
        to_int(query.get("from")) or None,
        to_int(query.get("before")) or None,
    )
    listed = await files.of_room(
        context.viewer,
        wanted.room_id,
        kind=wanted.kind,
        user_id=wanted.user_id,
        before=wanted.before,
    )
    title = _("Files in {room}").format(room=found.title)
    return View(title, lambda: room_files.draw(context.viewer, found, wanted, listed))


@page("/mentions")
async def mentions(context: PageContext) -> View:
    """Show the messages that mention the person."""
    return await MentionHandlers(context).inbox(None)


@page("/saved", title=N_("Saved for later"), icon="bookmark", menu=10)
async def saved(context: PageContext) -> View:
    """Show the messages that the person saved."""
    return await MessageHandlers(context).bookmarks(0)


@page("/account", title=N_("My account"), icon="manage_accounts", menu=30)
async def account(context: PageContext) -> View:
    """Show the person's account."""
    return await AccountHandlers(context).account()


@page("/people", title=N_("People and invites"), icon="group", menu=60, admins=True)
async def people(context: PageContext) -> View:
    """Show all users and invites."""
    return await AdministrationHandlers(context).users()


@page("/people/{username}")
async def profile(context: PageContext, username: str) -> View:
    """Show the profile of a user."""
    return await PeopleHandlers(context).profile(username)


@page("/search")
async def search_messages(context: PageContext, query: Query) -> View:
    """Show search results, or why there are none."""
    typed, skip = query.get("q", ""), to_int(query.get("skip"))
    order = Order.BEST if query.get("order") == Order.BEST else Order.NEWEST
    found, sentence = None, ""
    try:
        if typed.strip():
            found = await search.find(context.viewer, typed, order=order, skip=skip)
    except ServiceError as refused:
        sentence = refused.message
    typed = typed or query.get("begin", "")[:LIMIT]
    return View(_("Search"), lambda: search_page.draw(typed, order, skip, found, sentence))


@page("/storage", title=N_("Files kept here"), icon="folder_open", menu=70, admins=True)
async def stored_files(context: PageContext) -> View:
    """Show how much space files take."""
    usage = await file_usage.usage(context.viewer)
    backups = schedule.overview(context.viewer)
    return View(_("Files kept here"), lambda: storage.draw(usage, backups))


@page("/audit", title=N_("What was done"), icon="policy", menu=80, admins=True)
async def audit_log(context: PageContext) -> View:
    """Show the audit log."""
    return await AdministrationHandlers(context).audit_log()

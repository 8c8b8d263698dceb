"""What can be shown beside a room: each panel has an address below that of its room.

As a page, the address shows the room with the panel. Where the room is shown already, only the panel
opens or closes, and the timeline, its place and the draft stay as they are.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from msgspec.structs import replace

from chat_ui.components.overlays.panel import Panel
from chat_ui.messages.handlers import MessageHandlers
from chat_ui.page_context import PageContext
from chat_ui.people.handlers import PeopleHandlers
from chat_ui.plugins import find_page, page
from chat_ui.realtime.validation import to_int
from chat_ui.rooms import files
from chat_ui.rooms.handlers import RoomHandlers
from chat_ui.rooms.members.member_handlers import MemberHandlers
from chat_ui.search import page as search_page
from chat_ui.search.handlers import SearchHandlers
from chat_ui.view import View
from services.core.errors import NotFound
from services.core.i18n import _
from services.files import files as stored_files
from services.rooms import rooms

Make = Callable[..., Awaitable[Panel]]
"""Makes a panel: it gets the page's context, the room's id, and the rest of the address by name."""

_PANELS: dict[str, Make] = {}
"""By the address of its page."""


def panel(name: str) -> Callable[[Make], Make]:
    """Register what makes the panel at `/rooms/{room_id}/` and `name`, and its page."""

    def register(make: Make) -> Make:
        @wraps(make)
        async def beside_its_room(context: PageContext, room_id: str, **rest: Any) -> View:
            view = await RoomHandlers(context).room(to_int(room_id))
            if view.room is None:  # a public room that they are not in
                return view
            return replace(view, panel=await make(context, view.room.room_id, **rest))

        address = f"/rooms/{{room_id}}/{name}"
        _PANELS[address] = make
        page(address)(beside_its_room)
        return make

    return register


def is_beside(room_id: int, address: str) -> bool:
    """Return whether there is a panel of the room at an address."""
    try:
        entry, parts, _query = find_page(address)
    except NotFound:
        return False
    return entry.address in _PANELS and to_int(parts["room_id"]) == room_id


async def make(context: PageContext, room_id: int, address: str) -> Panel:
    """Return the panel of the room at an address where `is_beside` says there is one.

    Raises as the services that it asks, `NotFound` for non-members.
    """
    entry, parts, query = find_page(address)
    return await _PANELS[entry.address](
        context, **entry.arguments({**parts, "room_id": room_id}, query)
    )


@panel("members")
async def members(context: PageContext, room_id: int) -> Panel:
    """Show the members of a room."""
    return await MemberHandlers(context).panel(room_id)


@panel("pins")
async def pins(context: PageContext, room_id: int) -> Panel:
    """Show the pinned messages of a room."""
    return await MessageHandlers(context).pins(room_id)


@panel("files")
async def room_files(context: PageContext, room_id: int, query: dict[str, str]) -> Panel:
    """Show the files of a room, perhaps of one kind and person."""
    asked = files.read(query, room_id)
    found = await stored_files.of_room(
        context.viewer, room_id, kind=asked.kind, user_id=asked.user_id, before=asked.before
    )
    return files.panel(context.viewer, asked, found)


@panel("search")
async def search(context: PageContext, room_id: int, query: dict[str, str]) -> Panel:
    """Show the messages of a room that were searched for."""
    asked = search_page.read(query, room_id)
    await rooms.get(context.viewer, room_id)  # also if nothing is asked for yet
    found, sentence = await SearchHandlers(context).find(asked)
    shown = {each.seq for each in search_page.messages(found)}
    return Panel(
        _("Search in this room"),
        search_page.results(asked, found, sentence),
        lambda: search_page.draw_form(asked),
        lists=lambda each: each.seq in shown,
    )


@panel("people/{username}")
async def person(context: PageContext, room_id: int, username: str) -> Panel:
    """Show the profile of a user beside a room of the viewer."""
    await rooms.get(context.viewer, room_id)
    return await PeopleHandlers(context).panel(username)


@panel("replies/{seq}")
async def replies(context: PageContext, room_id: int, seq: str) -> Panel:
    """Show a message and what was replied to it."""
    return await MessageHandlers(context).replies(room_id, to_int(seq))

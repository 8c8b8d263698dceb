"""An open page: it draws the frame, and in it what is at its address.

Who looks at it is settled when it is built. What people do on it is in `handlers/`.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from nicegui import Client, ui

from chat_ui import layout, routes
from chat_ui.admin.handlers import AdministrationHandlers
from chat_ui.handlers import handler
from chat_ui.messages import batches
from chat_ui.messages.handlers import MessageHandlers
from chat_ui.messages.poll_handlers import PollHandlers
from chat_ui.messages.reaction_handlers import ReactionHandlers
from chat_ui.people import user_menu
from chat_ui.people.account_handlers import DARK, AccountHandlers
from chat_ui.people.handlers import PeopleHandlers
from chat_ui.people.presence_handlers import HintHandlers
from chat_ui.realtime import protocol, push, subscriptions
from chat_ui.realtime.dispatch import Hearing
from chat_ui.rooms import sidebar
from chat_ui.rooms.handlers import RoomHandlers
from chat_ui.rooms.mention_handlers import MentionHandlers
from chat_ui.rooms.settings_handlers import OwnershipHandlers
from chat_ui.rooms.timeline_handlers import TimelineHandlers
from chat_ui.search.handlers import SearchHandlers
from chat_ui.view import DrawnRoom, View
from services.core import events
from services.core.dto import CurrentUser, Preferences, RoomView
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _, language, set_language
from services.messages import initial_state
from services.rooms import read_positions, rooms

log = logging.getLogger(__name__)


class Page(
    MentionHandlers,  # the first: others ask it whom a message names in vain
    TimelineHandlers,
    MessageHandlers,
    ReactionHandlers,
    PollHandlers,
    HintHandlers,
    RoomHandlers,
    SearchHandlers,
    OwnershipHandlers,
    PeopleHandlers,
    AccountHandlers,
    AdministrationHandlers,
    Hearing,
):
    """One page in one browser."""

    layout: layout.Frame
    drawn_room: DrawnRoom | None = None
    coming_to: int | None = None

    def __init__(self, viewer: CurrentUser, client: Client, path: str) -> None:
        self.viewer = viewer
        self.client = client
        self.path = path
        self.language = language()
        self.room_id = None
        self._at = 0
        self._is_new = True
        self._asked_rooms = self._shown_rooms = 0
        self.unlisted: frozenset[int] = frozenset()

    # -- the line -----------------------------------------------------------------------

    async def connected(self) -> None:
        """The line is up: fill the page. When it is up again, the timeline asks for itself."""
        if self._is_new:
            self._is_new = False
            await self.fill()
        else:
            await self.refresh_rooms()

    @handler
    async def fill(self) -> None:
        """Show what is not in the page as it is built: the rooms, and the messages of this one."""
        asked, room_id, at = self._ask_rooms(), self.room_id, self._at
        try:
            found = await self._read(room_id, at)
        except NotFound:
            await self.refresh_rooms()
            raise
        await self._list_rooms(asked, found.rooms)
        went_on = (room_id, at) != (self.room_id, self._at)
        if room_id and found.messages and not went_on:
            await batches.send(self.client.id, room_id, found.messages, how="start", at=at)
            await self.show_receipts(found.messages)

    async def _read(self, room_id: int | None, at: int) -> initial_state.Opening:
        if room_id is None:
            return await initial_state.read(self.viewer)
        async with subscriptions.subscribed(self.client.id, room_id):
            return await initial_state.read(self.viewer, room_id, at)

    # -- drawing ------------------------------------------------------------------------

    async def build(self) -> int:
        """Draw the page for the first time; return the HTTP status it deserves."""
        self.client.page.dark = DARK[self.viewer.theme]  # the page is this client's own
        view = await self._draw_all()
        subscriptions.add_page(self.client.id, self)
        self.client.on_connect(self.arrived)
        self.client.on_connect(self.connected)
        self.client.on_disconnect(self.went)
        return view.status

    async def redraw(self) -> None:
        """Draw everything anew. Should that fail, the old page stays, and the error is raised."""
        set_language(self.language)
        old = self.frame.outer
        await self._draw_all()
        old.delete()
        await self.refresh_rooms()

    async def open(self, path: str) -> None:
        """Show another view in the frame; the page stays."""
        await self._open(path)

    async def go(self, path: str) -> None:
        """Show another view, and its address in the browser."""
        await self._open(path, tells=True)

    async def _open(self, path: str, *, tells: bool = False) -> None:
        set_language(self.language)  # whoever caused it may read another
        self.path = path
        view = await routes.look_up(self, path)
        if self.path != path:
            return  # the person went on before this was found
        if tells:  # first: who follows a link in the view goes on from this address
            into = view.room if "/messages/" not in path else None
            shown = f"/rooms/{into.room_id}" if into else path
            await push.to_page(self.client.id, protocol.Address(shown))
        self.coming_to = room_id = view.room.room_id if view.room else None
        at = view.at or 0
        asked, found = self._ask_rooms(), None
        with suppress(ServiceError):  # said when the view is there, and asks once more
            found = await self._read(room_id, at)
            if self.path == path and room_id and found.messages:
                # They go first, so that the browser draws both at once.
                await batches.send(self.client.id, room_id, found.messages, how="open", at=at)
        if self.path != path:
            return
        self.show(view)
        if found and asked >= self._shown_rooms:
            await self._list_rooms(asked, found.rooms)
        else:
            await self.refresh_rooms()
        if found and found.messages:
            await self.show_receipts(found.messages)

    def show(self, view: View) -> None:
        """Show `view` in the frame."""
        user_menu.close(self.frame.foot)
        self.close_dialog()
        self.frame.main.clear()
        with self.frame.main:
            self.drawn_room = view.draw()
        self._entered(view)

    async def _draw_all(self) -> View:
        """Draw frame and view, beside whatever is there; on a mistake nothing of them stays."""
        view = await routes.look_up(self, self.path)
        with self.client.content as content:
            before = len(content.default_slot.children)
            try:
                drawn = layout.draw(self.viewer, self)
                with drawn.main:
                    self.drawn_room = view.draw()
            except Exception:
                for half_drawn in content.default_slot.children[before:]:
                    half_drawn.delete()
                raise
        self.frame = drawn
        self._entered(view)
        return view

    def _entered(self, view: View) -> None:
        self.room_id, self.coming_to = view.room.room_id if view.room else None, None
        self._at = view.at or 0
        self._entitle(view.title)
        if view.room and not view.room.is_last_open:
            read_positions.remember(self.viewer, view.room.room_id)

    def _entitle(self, title: str) -> None:
        with self.client:  # not in the slot of the button that was pressed: it may be gone
            ui.page_title(f"{title} · Simple Chat")

    # -- what live tells ------------------------------------------------------------------

    async def refresh_rooms(self) -> None:
        """Show the rooms as they are now, and hear of news in each."""
        set_language(self.language)
        asked = self._ask_rooms()
        await self._list_rooms(asked, await rooms.mine(self.viewer, self.room_id))

    def _ask_rooms(self) -> int:
        self._asked_rooms += 1
        return self._asked_rooms

    async def _list_rooms(self, asked: int, listed: Sequence[RoomView]) -> None:
        if asked < self._shown_rooms:
            return  # newer ones are shown already: these may be from before something happened
        self._shown_rooms = asked
        drawn = sidebar.draw(listed, self.room_id)
        await push.to_page(self.client.id, protocol.RoomList(drawn))
        self.unlisted = frozenset(
            each.room_id for each in listed if not sidebar.is_listed(each, self.room_id)
        )
        await subscriptions.sync(self.client.id, [each.room_id for each in listed])

    def preferences_changed(self, preferences: Preferences) -> None:
        """Follow what this person has chosen, here or on another page."""
        self.viewer = replace(self.viewer, preferences=preferences)
        self.frame.show_preferences(preferences)

    def blocks_changed(self, blocked: frozenset[int]) -> None:
        """Follow whom this person has blocked, here or on another page."""
        self.viewer = replace(self.viewer, blocked=blocked)
        self.frame.show_blocks(blocked)

    async def room_changed(self, room_id: int) -> None:
        """Show a room as it is now, wherever it stands: its name, and what one may do in it."""
        shown = self.drawn_room
        if room_id == self.room_id and shown is not None:
            with suppress(NotFound):  # out of it meanwhile: `removed_from` is told of that
                found = await rooms.get(self.viewer, room_id)
                set_language(self.language)
                shown.update(found)
                self._entitle(found.title)
        await self.refresh_rooms()

    async def removed_from(self, room_id: int, event: subscriptions.AccessRevoked) -> None:
        """Show nothing more of a room."""
        set_language(self.language)
        if sentence := _farewell(event):
            self.say(sentence)
        if room_id == self.room_id:
            self.room_id = None  # nothing that waits to be done here is for that room any more
            await self.go("/")
        else:
            await self.refresh_rooms()


def _farewell(event: subscriptions.AccessRevoked) -> str:
    """Say what became of a room; nothing to who has left of their own accord."""
    if isinstance(event, events.RoomDeleted):
        return _("{room} was deleted, with everything said in it.").format(room=event.name)
    if event.removed_from:
        return _("You were removed from {room}.").format(room=event.removed_from)
    return ""

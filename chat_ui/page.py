"""An open page: it draws the frame, and the view at its address in it.

What people do on it is in `handlers.py` and `*_handlers.py` of the packages; `PageContext` is
what they know of it.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from weakref import proxy

from msgspec.structs import replace
from nicegui import Client, ui

from chat_ui import (
    all_handlers,  # noqa: F401 - fills `handlers.TABLE`
    handlers,
    layout,
    panels,
    routes,
)
from chat_ui.components import branding, html
from chat_ui.messages import batches
from chat_ui.page_context import PageContext
from chat_ui.people import security_notices as notices_view
from chat_ui.people.account_handlers import DARK
from chat_ui.people.presence_handlers import PresenceHandlers
from chat_ui.people.reauthentication_handlers import ReauthenticationHandlers
from chat_ui.realtime import protocol, push, subscriptions, turns
from chat_ui.rooms.composer.scheduled_handlers import ScheduledHandlers
from chat_ui.rooms.sidebar import sidebar
from chat_ui.rooms.timeline.timeline_handlers import TimelineHandlers
from chat_ui.view import DrawnRoom, View
from services.accounts.security import security_notices
from services.core import events
from services.core.dto import CurrentUser, MessageView, NoticeView, Preferences, UserSummary
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _, language, set_language
from services.core.limits.rate_limited import by_itself
from services.messages import initial_state
from services.rooms import rooms
from services.rooms.reading import read_positions

_APPLE = re.compile("Macintosh|iPhone|iPad")


class Page:
    """One page in one browser."""

    frame: layout.Frame
    drawn_room: DrawnRoom | None = None
    coming_to: int | None = None

    def __init__(self, viewer: CurrentUser, client: Client, path: str) -> None:
        # Weak: two that hold each other would both wait for the garbage collector.
        self.context = PageContext(viewer, client, language(), navigation=proxy(self))
        self.client = client
        self.path = path
        self._at = 0
        self._title = ""
        self._under = ""  # the address at which a panel was opened
        self._is_new = True
        self._notices: ui.element | None = None
        self._rooms_asked = self._rooms_shown = 0
        self.unlisted: frozenset[int] = frozenset()

    @property
    def viewer(self) -> CurrentUser:
        """The user who has the page open."""
        return self.context.viewer

    @property
    def language(self) -> str:
        """The language it is drawn in."""
        return self.context.language

    @property
    def room_id(self) -> int | None:
        """The room that is shown."""
        return self.context.room_id

    def reloaded(self) -> None:
        """Use the classes that `--edit` has just loaded; the state of the page stays."""
        self.__class__ = Page
        self.context.__class__ = PageContext

    # -- The connection -----------------------------------------------------------------

    async def connected(self) -> None:
        """The page has connected: fill it. After a reconnect the timeline catches up by itself."""
        is_new, self._is_new = self._is_new, False
        with handlers.refusals_shown(self.context):
            await (self._fill() if is_new else self._catch_up())

    async def _catch_up(self) -> None:
        await self.refresh_rooms()
        await self.refresh_panel()
        await self.refresh_list()
        await self._show_missed(await security_notices.mine(self.viewer))

    async def _fill(self) -> None:
        """Send what is not in the page as it is built: the rooms, the messages of this one, notices."""
        asked, room_id, at = self._ask_rooms(), self.room_id, self._at
        try:
            found = await self._read(room_id, at)
        except NotFound:
            await self._catch_up()
            raise
        await self._list_rooms(asked, found.sidebar)
        await self._show_missed(found.notices)
        went_on = (room_id, at) != (self.room_id, self._at)
        if room_id and found.messages and not went_on:
            await batches.send(self.context, room_id, found.messages, how="start", at=at)
            await TimelineHandlers(self.context).show_own(room_id, found.messages)

    async def _read(self, room_id: int | None, at: int) -> initial_state.Opening:
        if room_id is None:
            return await initial_state.read(self.viewer)
        async with subscriptions.subscribed(self.client.id, room_id):
            return await initial_state.read(self.viewer, room_id, at)

    # -- Drawing ------------------------------------------------------------------------

    async def build(self) -> int:
        """Draw the page for the first time; return its HTTP status."""
        self.client.page.dark = DARK[self.viewer.theme]  # the page is this client's own
        html.without_main(self.client)
        presence = PresenceHandlers(self.context)
        view = await self._draw_all()
        subscriptions.add_page(self.client.id, self)
        self.client.on_connect(presence.arrive)
        self.client.on_connect(self.connected)
        self.client.on_disconnect(presence.leave)
        return view.status

    async def redraw(self) -> None:
        """Draw everything again. If that fails, the old page stays, and the error is raised."""
        set_language(self.context.language)
        old = self.frame.outer
        await self._draw_all()
        old.delete()
        await self.refresh_rooms()

    async def open(self, path: str) -> None:
        """Show another view in the frame; the page stays."""
        await self._open(path)

    async def go(self, path: str) -> None:
        """Show another view, and its address in the browser."""
        await self._open(path, shows_address=True)

    async def _open(self, path: str, *, shows_address: bool = False) -> None:
        set_language(self.context.language)  # what caused it may be in another
        before, self.path = self.path, path
        if await self._turned_panel(before):
            if shows_address:
                await push.to_page(self.client.id, protocol.Address(path))
            return
        view = await routes.look_up(self.context, path)
        if self.path != path:
            return  # the person went on before this was found
        if shows_address:  # first: people who follow a link in the view go on from this address
            into = view.room if "/messages/" not in path and not view.panel else None
            shown = f"/rooms/{into.room_id}" if into else path
            await push.to_page(self.client.id, protocol.Address(shown))
        self.coming_to = room_id = view.room.room_id if view.room else None
        at = view.at or 0
        asked, found = self._ask_rooms(), None
        with suppress(ServiceError):  # shown when the view asks once more
            found = await self._read(room_id, at)
        await turns.own_turn()
        if self.path == path and room_id and found and found.messages:
            with suppress(ServiceError):
                # They go first, so that the browser draws both at once.
                await batches.send(self.context, room_id, found.messages, how="open", at=at)
        if self.path != path:
            return
        self.show(view, path)
        if found and asked >= self._rooms_shown:
            await self._list_rooms(asked, found.sidebar)
        else:
            await self.refresh_rooms()
        if room_id and found and found.messages:
            await TimelineHandlers(self.context).show_own(room_id, found.messages)

    async def _turned_panel(self, before: str) -> bool:
        """Open or close the panel of the room that is shown, and stays; return whether it is that.

        If a panel is refused, the address is as `before`.
        """
        room_id, path = self.room_id, self.path
        if room_id is None or self.coming_to is not None:
            return False
        if panels.is_beside(room_id, path):
            try:
                panel = await panels.make(self.context, room_id, path)
            except ServiceError:
                if self.path == path:
                    self.path = before
                    await push.to_page(self.client.id, protocol.Address(before))
                raise
            if self.path == path:
                if not panels.is_beside(room_id, before):
                    self._under = before
                self.context.open_panel(panel, room_id, path)
            return True
        if panels.is_beside(room_id, before) and path in {f"/rooms/{room_id}", self._under}:
            self.context.close_panel()
            return True
        return False

    async def refresh_panel(self, changed: Sequence[MessageView] | None = None) -> None:
        """Have the open panel list messages as they are now, if it may have those that changed."""
        shown = self.context.panel
        if shown is None or not shown.lists(changed):
            return
        set_language(self.context.language)
        with suppress(ServiceError), by_itself():
            found = await panels.make(self.context, shown.room_id, shown.address)
            if self.context.panel is shown:
                shown.fill(found)

    def lists(self, room_id: int, changed: Collection[MessageView]) -> bool:
        """Return whether the page lists, from any rooms, one of the messages of a room that changed."""
        shown = self.context.listed
        return shown is not None and shown.shows(room_id, changed)

    async def refresh_list(self) -> None:
        """Have a list of messages from any rooms show them as they are now."""
        if shown := self.context.listed:
            set_language(self.context.language)
            with suppress(ServiceError), by_itself():
                await shown.refresh()

    async def ask_who(self, go_on: Callable[[], Awaitable[None]]) -> None:
        """Have the user confirm who they are, then call `go_on`."""
        await ReauthenticationHandlers(self.context).ask(go_on)

    def show(self, view: View, path: str | None = None) -> None:
        """Show `view` in the frame: what is at `path`, by default the address as it is."""
        path = self.path if path is None else path
        self.context.close_dialog()
        self.context.close_toast()
        self.frame.main.clear()
        with self.frame.main:
            self.drawn_room = view.draw()
        self._entered(view, path)

    async def _draw_all(self) -> View:
        """Draw a new frame and view beside the old; if that fails, remove them again."""
        path = self.path
        view = await routes.look_up(self.context, path)
        await turns.own_turn()
        with self.client.content as content:
            before = len(content.default_slot.children)
            try:
                agent = self.client.request.headers.get("user-agent", "")
                is_apple = _APPLE.search(agent) is not None
                drawn = layout.draw(self.viewer, is_apple=is_apple)
                handlers.listen(self.context, drawn.outer)
                with drawn.main:
                    self.drawn_room = view.draw()
            except Exception:
                for half_drawn in content.default_slot.children[before:]:
                    half_drawn.delete()
                raise
        self.frame = drawn
        self.context.main, self.context.user_menu = drawn.main, drawn.user_menu
        self.context.outer = drawn.outer
        self._entered(view, path)
        return view

    def _entered(self, view: View, path: str) -> None:
        self.context.room_id = view.room.room_id if view.room else None
        self.coming_to = None
        self._at = view.at or 0
        self._under = ""
        self._entitle(view.title)
        self.context.close_panel()
        if view.room and view.panel:
            self.context.open_panel(view.panel, view.room.room_id, path)
        if view.room and not view.room.is_last_open:
            read_positions.remember(self.viewer, view.room.room_id)

    def _entitle(self, title: str) -> None:
        self._title = title
        with self.client:  # not in the slot of the button that was pressed: it may be gone
            ui.page_title(branding.title(title))

    # -- What is pushed ------------------------------------------------------------------

    async def refresh_rooms(self) -> None:
        """Show the rooms as they are now, and subscribe to what happens in them."""
        set_language(self.context.language)
        asked = self._ask_rooms()
        await self._list_rooms(asked, await initial_state.sidebar(self.viewer, self.room_id))

    def _ask_rooms(self) -> int:
        self._rooms_asked += 1
        return self._rooms_asked

    async def _list_rooms(self, asked: int, found: initial_state.Sidebar) -> None:
        if asked < self._rooms_shown:
            return  # newer ones are shown already: these may be from before something happened
        self._rooms_shown = asked
        listed = found.rooms
        drawn = sidebar.draw(listed, self.room_id, found.invitations, found.refused)
        await push.to_page(self.client.id, protocol.RoomList(drawn))
        self.unlisted = frozenset(
            each.room_id for each in listed if not sidebar.is_listed(each, self.room_id)
        )
        await subscriptions.sync(self.client.id, [each.room_id for each in listed])

    async def _show_missed(self, notices: Sequence[NoticeView]) -> None:
        """Show what happened to the account while no page was open to tell it."""
        if notices:
            self.show_notices(notices)
            await security_notices.mark_shown(self.viewer, [each.notice_id for each in notices])

    def show_notices(self, notices: Sequence[NoticeView]) -> None:
        """Show what happened to the account, until the person closes it."""
        set_language(self.context.language)
        if self._notices is None or self._notices.is_deleted:
            with self.client:
                self._notices = notices_view.draw()
        notices_view.add(self._notices, notices)

    def hub_refused(self, sentence: str) -> None:
        """Show what the hub of this node says about something that it has refused."""
        set_language(self.context.language)
        self.context.notify(_("The hub has refused this: {sentence}").format(sentence=sentence))

    def preferences_changed(self, preferences: Preferences) -> None:
        """Apply the preferences, changed here or on another page."""
        self.context.viewer = replace(self.viewer, preferences=preferences)
        self.frame.show_preferences(preferences)

    def person_changed(self, person: UserSummary) -> None:
        """Apply the person's own name, colour and picture, changed here, elsewhere, or by a namesake."""
        self.context.viewer = replace(
            self.viewer, display_name=person.display_name, hue=person.hue, avatar=person.avatar
        )

    def blocks_changed(self, blocked: frozenset[int]) -> None:
        """Apply the list of blocked users, changed here or on another page."""
        self.context.viewer = replace(self.viewer, blocked=blocked)
        self.frame.show_blocks(blocked)

    def branding_changed(self) -> None:
        """Show the name and the icon of the chat, which an administrator has changed."""
        set_language(self.context.language)
        self.frame.show_branding()
        self._entitle(self._title)

    async def admin_changed(self, is_admin: bool) -> None:
        """Draw what the person may see now: not the page of administrators that may be shown."""
        self.context.viewer = replace(self.viewer, is_admin=is_admin)
        self.context.close_dialog()
        await self.redraw()

    async def room_changed(self, room_id: int) -> None:
        """Show a room as it is now: its name, and what the person may do in it."""
        shown = self.drawn_room
        if room_id == self.room_id and shown is not None:
            with suppress(NotFound):  # no member any more: `removed_from` is called
                found = await rooms.get(self.viewer, room_id)
                # Meanwhile the person may have gone to another room, or closed the page.
                if shown is self.drawn_room and not self.context.client.is_deleted:
                    set_language(self.context.language)
                    shown.update(found)
                    self._entitle(found.title)
        await self.refresh_rooms()

    async def scheduled_changed(self, room_ids: Collection[int], *, is_refused: bool) -> None:
        """Show what the person sends later as it is now: in the room, in the list of it, and beside."""
        set_language(self.context.language)
        if is_refused:
            self.context.notify(_("A scheduled message could not be sent."))
        room_id = self.room_id
        if room_id is not None and room_id in room_ids:
            await self.room_changed(room_id)
        else:
            await self.refresh_rooms()
        with suppress(ServiceError):
            await ScheduledHandlers(self.context).refresh()

    async def removed_from(self, room_id: int, event: subscriptions.AccessRevoked) -> None:
        """Stop showing a room."""
        set_language(self.context.language)
        if sentence := _farewell(event):
            self.context.notify(sentence)
        if room_id == self.room_id:
            self.context.room_id = None  # pending work is not for that room
            await self.go("/")
        else:
            await self.refresh_rooms()


def _farewell(event: subscriptions.AccessRevoked) -> str:
    """Return why a room is gone, as a sentence; "" if the user left it."""
    if isinstance(event, events.RoomDeleted):
        if not event.name:  # another process deleted it, and the database knows its name no more
            return _("A room and all its messages were deleted.")
        return _("{room} and all its messages were deleted.").format(room=event.name)
    if event.removed_from:
        return _("You were removed from {room}.").format(room=event.removed_from)
    return ""

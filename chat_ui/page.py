"""An open page: it puts the parts together and calls the services for what people do there.

Who looks at it is settled when it is built. Every handler checks the shape of what the
browser sent, calls one service, and shows its sentence when it refuses.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from nicegui import Client, background_tasks, ui

from chat_ui import (
    account,
    find_rooms,
    frame,
    inbound,
    live,
    members,
    new_room,
    notice,
    people,
    room,
    room_settings,
    user_menu,
)
from services import accounts, invites, messages, resets, rooms, sessions
from services.refusal import NotFound, Refused
from services.views import Person, RoomView, Viewer
from services.words import _, choose_language, language

log = logging.getLogger(__name__)
THEMES = {"auto": None, "light": False, "dark": True}


@dataclass(frozen=True)
class View:
    """What stands in the frame: a title, how to draw it, and the room it is, if it is one."""

    title: str
    draw: Callable[[], None]
    room: RoomView | None = None
    status: int = 200


def handler(work: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Show the sentence of a service that refuses, on the page that asked."""

    @wraps(work)
    async def handle(page: "Page", *args: Any) -> None:
        choose_language([page.language])
        try:
            await work(page, *args)
        except Refused as refused:
            page.say(refused.sentence)

    return handle


class Page:
    """One page in one browser."""

    def __init__(self, viewer: Viewer, client: Client, path: str) -> None:
        self.viewer = viewer
        self.client = client
        self.path = path
        self.language = language()
        self.room_id: int | None = None
        self.view: View | None = None
        self.frame: frame.Frame
        self.root: ui.element
        self.dark: ui.dark_mode

    # -- drawing ------------------------------------------------------------------------

    async def build(self) -> int:
        """Draw the page for the first time; return the HTTP status it deserves."""
        self.dark = ui.dark_mode(THEMES[self.viewer.theme])
        self.root = ui.element("div")
        await self.redraw()
        live.add_page(self.client.id, self)
        return self.view.status if self.view else 200

    async def redraw(self) -> None:
        """Draw everything anew beside the old, then take the old away.

        Should drawing fail, the old page stays as it was and the error is the caller's.
        """
        choose_language([self.language])
        view = await self._look_up(self.path)
        listed = await rooms.mine(self.viewer)
        room_id = view.room.room_id if view.room else None
        old = list(self.root.default_slot.children)
        with self.root, ui.element("div") as new:
            try:
                drawn = frame.draw(self.viewer, listed, room_id, self)
                with drawn.main:
                    view.draw()
            except Exception:
                new.delete()
                raise
        for element in old:
            element.delete()
        self.frame = drawn
        self._entered(view)

    async def open(self, path: str) -> None:
        """Show another view in the frame; the page stays."""
        self.path = path
        view = await self._look_up(path)
        if self.path != path:
            return  # the person went on before this was found
        user_menu.close(self.frame.menu)
        self.frame.main.clear()
        with self.frame.main:
            view.draw()
        self._entered(view)
        await self.refresh_rooms()

    def _entered(self, view: View) -> None:
        self.view = view
        self.room_id = view.room.room_id if view.room else None
        with self.client:  # not in the slot of the button that was pressed: it may be gone
            ui.page_title(f"{view.title} · Simple Chat")
        if self.room_id is not None:
            background_tasks.create(self._remember(self.room_id), name="remember room")

    async def _remember(self, room_id: int) -> None:
        try:
            await rooms.remember(self.viewer, room_id)
        except Refused as refused:
            log.info("the last room was not noted: %s", refused.sentence)

    async def _look_up(self, path: str) -> View:
        """Return the view at `path`; what is not there, or not for this person, is one page."""
        try:
            if path == "/":
                return await self._room(await rooms.last(self.viewer))
            if found := re.fullmatch(r"/rooms/(\d{1,15})", path):
                return await self._room(int(found[1]))
            if path == "/rooms":
                return await self._find_rooms("")
            if path == "/account":
                return await self._account()
            if path == "/people":
                return await self._people()
            raise NotFound
        except Refused as refused:
            sentence = refused.sentence
            return View(
                _("Not here"), lambda: notice.draw_within(_("Not here"), sentence), status=404
            )

    async def _room(self, room_id: int | None) -> View:
        if room_id is None:
            return await self._find_rooms("")
        found = await rooms.get(self.viewer, room_id)
        return View(found.name, lambda: room.draw(self.viewer, found, self), found)

    async def _find_rooms(self, words: str) -> View:
        found = await rooms.discover(self.viewer, words)
        return View(_("Find rooms"), lambda: find_rooms.draw(found, words, self))

    async def _account(self) -> View:
        mine = await sessions.mine(self.viewer)
        viewer = self.viewer
        person = Person(viewer.user_id, viewer.username, viewer.display_name, viewer.hue)
        return View(_("My account"), lambda: account.draw(viewer, person, mine, self))

    async def _people(self) -> View:
        everyone = await accounts.everyone(self.viewer)
        invited = await invites.list_all(self.viewer)
        return View(_("People and invites"), lambda: people.draw(everyone, invited, self))

    def say(self, sentence: str, *, good: bool = False) -> None:
        """Show a sentence for a few seconds."""
        if not self.client.is_deleted:
            with self.client:
                ui.notify(sentence, type="positive" if good else "warning", position="top")

    # -- what live tells ------------------------------------------------------------------

    async def refresh_rooms(self) -> None:
        """Show the rooms as they are now, and hear of news in each."""
        listed = await rooms.mine(self.viewer)
        self.frame.show_rooms(listed, self.room_id)
        await live.follow(self.client.id, [each.room_id for each in listed])

    async def room_changed(self, room_id: int) -> None:
        """Show a room's new name, wherever it stands."""
        if room_id == self.room_id:
            await self.open(self.path)
        else:
            await self.refresh_rooms()

    async def removed_from(self, room_id: int) -> None:
        """Show nothing more of a room."""
        if room_id == self.room_id:
            await self.go("/")
        else:
            await self.refresh_rooms()

    async def go(self, path: str) -> None:
        """Show another view, and its address in the browser."""
        await self.open(path)
        shown = f"/rooms/{self.room_id}" if self.room_id else path
        await live.address(self.client.id, shown)

    # -- what people do: the timeline -------------------------------------------------------

    @handler
    async def on_catch_up(self, event: Any) -> None:
        """The timeline is there, or there again: bring what it lacks."""
        wanted = inbound.CatchUp.read(event.args)
        if wanted.room != self.room_id:
            return
        # First listen, then ask: what comes in between is shown twice over, and put down once.
        await self.refresh_rooms()
        page = await messages.since(self.viewer, wanted.room, wanted.last)
        how = "add" if page.follows else "start"
        await live.show(self.client.id, wanted.room, page, how=how)

    @handler
    async def on_older(self, event: Any) -> None:
        """The person has scrolled up to the oldest message shown."""
        wanted = inbound.Older.read(event.args)
        page = await messages.older(self.viewer, wanted.room, wanted.before)
        await live.show(self.client.id, wanted.room, page, how="older")

    @handler
    async def on_read(self, event: Any) -> None:
        """The newest message was really on the screen."""
        reached = inbound.Read.read(event.args)
        await rooms.mark_read(self.viewer, reached.room, reached.seq)

    @handler
    async def on_send(self, event: Any) -> None:
        """The person sent a message, for the first time or again."""
        sent = inbound.Send.read(event.args)
        try:
            stored, is_new = await messages.send(self.viewer, sent.room, sent.text, sent.id)
        except Refused as refused:
            await live.refuse(self.client.id, sent.id, refused.sentence)
            return
        if not is_new or sent.room != self.room_id:  # then it does not come with the live feed
            alone = messages.Page([stored], more=True)
            await live.show(self.client.id, sent.room, alone, how="live")

    # -- what people do: rooms ----------------------------------------------------------------

    @handler
    async def on_navigate(self, event: Any) -> None:
        """The person followed a link within the chat."""
        await self.open(inbound.Navigate.read(event.args).path)

    async def on_new_room(self) -> None:
        """Open the box for a new room."""
        with self.client:
            self.box = new_room.show(self.on_create)

    @handler
    async def on_create(self, event: Any) -> None:
        """Make the room that was filled in, and open it."""
        filled = inbound.Filled.read(event.args)
        room_id = await rooms.create(
            self.viewer,
            name=filled.get("name"),
            topic=filled.get("topic"),
            private=filled.get("private") == "on",
        )
        self.box.close()
        await self.go(f"/rooms/{room_id}")

    @handler
    async def on_find(self, event: Any) -> None:
        """Show the public rooms that hold the words."""
        words = inbound.Filled.read(event.args).get("words")
        view = await self._find_rooms(words if isinstance(words, str) else "")
        self.frame.main.clear()
        with self.frame.main:
            view.draw()

    @handler
    async def on_join(self, room_id: int) -> None:
        """Come into a public room."""
        await rooms.join(self.viewer, room_id)
        await self.go(f"/rooms/{room_id}")

    @handler
    async def on_members(self) -> None:
        """Open the box with who is here."""
        if self.room_id is not None:
            found = await rooms.members(self.viewer, self.room_id)
            with self.client:
                self.box = members.show(found, self)

    @handler
    async def on_add_member(self, event: Any) -> None:
        """Bring somebody into the room."""
        if self.room_id is not None:
            username = inbound.Filled.read(event.args).get("username")
            await rooms.add_member(self.viewer, self.room_id, username)
            self.box.close()
            await self.on_members()

    @handler
    async def on_room_settings(self) -> None:
        """Open the box about the room."""
        if self.room_id is not None:
            found = await rooms.get(self.viewer, self.room_id)
            with self.client:
                self.box = room_settings.show(found, self)

    @handler
    async def on_rename(self, event: Any) -> None:
        """Give the room another name and topic."""
        if self.room_id is not None:
            filled = inbound.Filled.read(event.args)
            await rooms.change(
                self.viewer, self.room_id, name=filled.get("name"), topic=filled.get("topic")
            )
            self.box.close()

    @handler
    async def on_leave(self) -> None:
        """Leave the room; `live` then shows another."""
        if self.room_id is not None:
            self.box.close()
            await rooms.leave(self.viewer, self.room_id)

    # -- what people do: their account --------------------------------------------------------

    @handler
    async def on_theme(self, theme: str) -> None:
        """Turn the lights on or off."""
        await accounts.change_theme(self.viewer, theme)
        self.viewer = replace(self.viewer, theme=theme)
        self.dark.set_value(THEMES[theme])

    @handler
    async def on_profile(self, event: Any) -> None:
        """Save the name and the colour."""
        filled = inbound.Filled.read(event.args)
        hue = filled.get("hue")
        person = await accounts.change_profile(
            self.viewer,
            display_name=filled.get("display_name"),
            hue=int(hue) if isinstance(hue, str) and hue.isdecimal() else hue,
        )
        self.viewer = replace(self.viewer, display_name=person.display_name, hue=person.hue)
        await self.redraw()
        self.say(_("Saved."), good=True)

    @handler
    async def on_password(self, event: Any) -> None:
        """Change the password."""
        filled = inbound.Filled.read(event.args)
        await accounts.change_password(self.viewer, filled.get("old"), filled.get("new"))
        await self.open("/account")
        self.say(_("Your password is changed. You are logged out everywhere else."), good=True)

    @handler
    async def on_end_session(self, session_id: int) -> None:
        """Log out on another device."""
        await sessions.end(self.viewer, session_id)
        await self.open("/account")

    # -- what administrators do ------------------------------------------------------------------

    @handler
    async def on_make_invite(self, event: Any) -> None:
        """Make an invite and show its link."""
        filled = inbound.Filled.read(event.args)
        invite = await invites.make(
            self.viewer, days=_number(filled.get("days")), uses=_number(filled.get("uses"))
        )
        await self.open("/people")
        await self.on_show_invite(invite.code)

    @handler
    async def on_show_invite(self, code: str) -> None:
        """Show the link of an invite."""
        with self.client:
            people.show_link(
                _("Invite"),
                _("Whoever has this link can make an account."),
                self._link(f"/register?invite={code}"),
            )

    @handler
    async def on_end_invite(self, invite_id: int) -> None:
        """End an invite."""
        await invites.revoke(self.viewer, invite_id)
        await self.open("/people")

    @handler
    async def on_make_reset(self, user_id: int) -> None:
        """Make a link for a forgotten password and show it."""
        token = await resets.make(self.viewer, user_id)
        with self.client:
            people.show_link(
                _("New password"),
                _("Hand this link to its owner. It works once, within 24 hours."),
                self._link(f"/reset/{token}"),
            )

    def _link(self, path: str) -> str:
        return str(self.client.request.base_url).rstrip("/") + path


def _number(value: Any) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 9 else 0

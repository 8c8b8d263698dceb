"""The pages and the message actions that there are: `@page` and `@message_action` add to them.

The built-in ones register here like those in `chat_ui/custom/`.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, wraps
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote

from msgspec import Struct

from chat_ui.page_context import PageContext
from chat_ui.view import View
from models import FileKind
from services.accounts.admin import require_admin
from services.core.dto import CurrentUser, MessageView
from services.core.errors import NotFound
from services.core.i18n import _, translate
from services.messages import messages
from services.rooms import permissions, rooms
from services.rooms.views import RoomView

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)

# -- Pages ----------------------------------------------------------------------------------------

MENU_PLACE = 50
"""The place in the user menu of pages that name none: after the built-in ones for everybody."""


class PageEntry(Struct, frozen=True):
    """A page: its address, the function that makes its view, and its entry in the user menu."""

    address: str
    function: Function
    title: str
    icon: str
    menu: int | None
    """Its place in the menu, counted from the top; None: it is not in it."""
    admins: bool

    def is_listed_for(self, *, is_admin: bool) -> bool:
        """Return whether it is in the menu of administrators, or of everybody else."""
        return self.menu is not None and (is_admin or not self.admins)

    def arguments(self, parts: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
        """Return what the function gets besides the context."""
        arguments = dict(parts)
        if _takes_query(self.function):
            arguments["query"] = query
        return arguments

    async def view(
        self, context: PageContext, parts: dict[str, str], query: dict[str, str]
    ) -> View:
        """Return the view of the page."""
        if self.admins:
            require_admin(context.viewer)
        arguments = self.arguments(parts, query)
        if not inspect.iscoroutinefunction(self.function):
            return View(translate(self.title), lambda: _drawn(self.function(context, **arguments)))
        made = await self.function(context, **arguments)
        return (
            made if isinstance(made, View) else View(translate(self.title), lambda: _drawn(made()))
        )


@cache
def _takes_query(function: Function) -> bool:
    return "query" in inspect.signature(function).parameters


def _drawn(_returned: object) -> None:
    """Return nothing: only the view of a room can be updated."""


PAGES: dict[str, PageEntry] = {}
"""The pages by their addresses; of two that fit, the first is shown."""


def find_page(address: str) -> tuple[PageEntry, dict[str, str], dict[str, str]]:
    """Return the page at an address, its parameters, and what is after a `?`, by name.

    Raises `NotFound` if there is none.
    """
    path, _mark, asked = address.partition("?")
    for entry in PAGES.values():
        if found := _expression(entry.address).fullmatch(path):
            parts = {name: unquote(part) for name, part in found.groupdict().items()}
            return entry, parts, {name: values[0] for name, values in parse_qs(asked).items()}
    raise NotFound


@cache
def _expression(address: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", address))


def page(
    address: str,
    *,
    title: str = "",
    icon: str = "article",
    menu: bool | int = False,
    admins: bool = False,
) -> Callable[[F], F]:
    """Have a function show the page at `address` to people who are logged in.

    It gets the page's context and, by name, the `{parameters}` of the address; if it has an
    argument `query`, also what is after a `?`. A plain function draws with NiceGUI's `ui`. One
    that asks a service first is `async`, and returns a function that draws, or a `View`.

    With `menu` the page is in the user menu, under its `title` and `icon` (a Material icon); a
    number says in which place. With `admins` it is for administrators only, in the menu and at its
    address. Who may see what is on a page, services decide.
    """

    def register(function: F) -> F:
        if address in PAGES:
            raise ValueError(f"there is a page at {address} already")
        if address.startswith("/{"):
            raise ValueError(f"{address} would be every address: begin with a word")
        if menu and "{" in address:
            raise ValueError(f"a page in the menu has no parameters, unlike {address}")
        place = MENU_PLACE if menu is True else menu or None
        PAGES[address] = PageEntry(address, function, title, icon, place, admins)
        return function

    return register


# -- Message actions ------------------------------------------------------------------------------

Act = Callable[[PageContext, MessageView], Awaitable[None]]
Run = Callable[[PageContext, int, int], Awaitable[None]]


class ActionEntry(Struct, frozen=True):
    """A message action, and its entry in the message menu."""

    name: str
    icon: str
    label: str
    """Without one it is not in the menu, but somewhere on the message."""
    who: str
    run: Run | None
    """What does it, by the room and the `seq` of the message; None: the browser does."""


ACTIONS: dict[str, ActionEntry] = {}
"""What can be done with a message, by name, in the order of the menu."""

MAY: dict[str, Callable[[CurrentUser, RoomView, MessageView], bool]] = {
    "all": lambda _viewer, _room, _message: True,
    "write": lambda _viewer, room, _message: permissions.may_write(room, room),
    "mine": lambda viewer, _room, message: _is_mine(viewer, message),
    "others": lambda viewer, _room, message: not _is_mine(viewer, message),
    "edit": lambda viewer, room, message: (
        _is_mine(viewer, message)
        and permissions.may_write(room, room)
        and not message.poll
        and not _has_file(message, FileKind.STICKER)
    ),
    "delete": lambda viewer, room, message: (
        _is_mine(viewer, message) or permissions.may_moderate(room)
    ),
    "pin": lambda _viewer, room, message: permissions.may_pin(room, room) and not message.is_pinned,
    "unpin": lambda _viewer, room, message: permissions.may_pin(room, room) and message.is_pinned,
    "react": lambda _viewer, room, _message: not room.is_archived,
    "pictured": lambda _viewer, _room, message: _has_file(
        message, FileKind.PICTURE, FileKind.STICKER
    ),
    "replied": lambda _viewer, _room, message: message.replies > 0,
    "reacted": lambda _viewer, _room, message: bool(message.reactions),
    "named": lambda _viewer, _room, message: (
        message.poll is not None and not message.poll.is_anonymous
    ),
    "linked": lambda viewer, room, message: (
        message.link is not None and (_is_mine(viewer, message) or permissions.may_moderate(room))
    ),
    "poll": lambda viewer, room, message: (
        message.poll is not None
        and not room.is_archived
        and (_is_mine(viewer, message) or permissions.may_moderate(room))
    ),
}
"""Who is offered an action, by the word for it. The stylesheet of the menu knows the same words."""


def message_action(name: str, *, icon: str, label: str, who: str = "all") -> Callable[[Act], Act]:
    """Have a function do something with a message, from its menu.

    It gets the page's context and the message. Who is no member of the room, or not among those
    in `who`, gets "no such message", and the function is not called: `all`
    members, those who may `write`, the author (`mine`), everybody else (`others`), who may `edit`, `delete`, `pin`, `unpin`
    it or `react`, and with messages that have a picture or sticker (`pictured`), replies (`replied`), reactions (`reacted`) or a poll (`poll`: who may
    close it; `named`: it is not anonymous), or a preview of a link (`linked`: who may remove it).
    """
    may = MAY[who]

    def register(act: Act) -> Act:
        @wraps(act)
        async def run(page: PageContext, room_id: int, seq: int) -> None:
            message = await messages.get(page.viewer, room_id, seq)
            room = await rooms.get(page.viewer, room_id)
            if message.deleted or not may(page.viewer, room, message):
                raise NotFound(_("This message no longer exists."))
            await act(page, message)

        _add(ActionEntry(name, icon, label, who, run))
        return act

    return register


def service_action(
    name: str, *, icon: str = "", label: str = "", who: str = "all"
) -> Callable[[Run], Run]:
    """Do as `message_action` for a function that only calls a service.

    It gets the room and the `seq` of the message. The service checks who may do it, and says why not.
    """

    def register(run: Run) -> Run:
        _add(ActionEntry(name, icon, label, who, run))
        return run

    return register


def browser_action(name: str, *, icon: str, label: str, who: str = "all") -> None:
    """Add to the menu what the browser does by itself: see `chat_ui/messages/menu.js`."""
    _add(ActionEntry(name, icon, label, who, None))


def _add(entry: ActionEntry) -> None:
    if entry.name in ACTIONS:
        raise ValueError(f"there is an action {entry.name} already")
    ACTIONS[entry.name] = entry


def _has_file(message: MessageView, *kinds: FileKind) -> bool:
    return message.file is not None and message.file.kind in kinds


def _is_mine(viewer: CurrentUser, message: MessageView) -> bool:
    return message.author.user_id == viewer.user_id

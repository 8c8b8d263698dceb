"""The panel with the members of a room, and a form to add somebody."""

from collections.abc import Awaitable
from typing import Any, Protocol

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, html
from chat_ui.components.forms import form
from chat_ui.components.overlays.panel import Panel
from chat_ui.people import presence, profile
from models import Role, RoomKind
from services.accounts.names.name_rules import USERNAME_LENGTHS
from services.core.i18n import _, number, plural
from services.rooms.members.memberships import Member, Members
from services.rooms.permissions import may_own, may_remove
from services.rooms.views import RoomView

SEARCHED_FROM = 12
"""How many there must be before one is offered to look for a name among them."""


class Actions(Protocol):
    """What happens when something in the panel is pressed or filled in."""

    def on_add_member(self, room_id: int, event: Any, /) -> Awaitable[None]:
        """Add somebody."""

    def on_find_member(self, room_id: int, event: Any, /) -> Awaitable[None]:
        """Show the members whose names hold the words."""

    def on_manage_member(self, room_id: int, event: Any, /) -> Awaitable[None]:
        """Open the dialog about a member."""


def address(room_id: int) -> str:
    """Return the address of a room with its members beside it."""
    return f"/rooms/{room_id}/members"


def panel(room: RoomView, members: Members, words: str, actions: Actions) -> Panel:
    """Return the panel with the `members` of a room whose names hold `words`."""
    return Panel(_("Members"), draw=lambda: _draw(room, members, words, actions))


def _draw(room: RoomView, members: Members, words: str, actions: Actions) -> None:
    if room.kind != RoomKind.DIRECT:
        _add_form(room, actions)
    if members.total >= SEARCHED_FROM:
        _search_form(room, words, actions)
    people = html.draw("div", _list(room, members, words)).classes("people")
    people.props("data-presses")
    people.on("press", lambda event: actions.on_manage_member(room.room_id, event), args=["detail"])


def _add_form(room: RoomView, actions: Actions) -> None:
    with form.live("inline-add") as add:
        form.field(_("Add by username"), "username", limit=USERNAME_LENGTHS[-1] + 1)
        form.button(_("Add"))
    add.on("filled", lambda event: actions.on_add_member(room.room_id, event), args=["detail"])


def _search_form(room: RoomView, words: str, actions: Actions) -> None:
    with ui.element("form").classes("form").props("data-form role=search") as search:
        form.field(
            _("Search by name"),
            "words",
            kind="search",
            value=words,
            required=False,
            limit=60,
        )
    search.on("filled", lambda event: actions.on_find_member(room.room_id, event), args=["detail"])


def _list(room: RoomView, members: Members, words: str) -> h.Node:
    more = members.total - sum(not member.is_bot for member in members.found)
    return [
        (_entry(room, member) for member in members.found),
        h.p(".small")[
            plural(
                "{count} more. Search for the name.", "{count} more. Search for a name.", more
            ).format(count=number(more))
        ]
        if more and not words
        else None,
        h.p(".small")[_("No members found. Try another name.")] if not members.found else None,
    ]


def _entry(room: RoomView, member: Member) -> h.Element:
    is_manageable = room.kind != RoomKind.DIRECT and not member.is_bot and not may_own(member)
    may = is_manageable and may_remove(room, member)
    return h.div(".entry", data_member=member.username)[
        avatar.draw(member) if member.is_bot else presence.on_avatar(member),
        h.div(".grow")[
            h.div[profile.link(member, room.room_id)],
            h.div(".small")[f"@{member.username}"],
        ],
        bot_sign() if member.is_bot else role_sign(member.role),
        html.button(
            "more_horiz",
            _("Actions for {name}").format(name=member.display_name),
            data_action="press",
            data_user=str(member.user_id),
        )
        if may
        else None,
    ]


def bot_sign() -> h.Element:
    """Return what is written beside a program."""
    return h.span(".role")[_("Bot")]


def role_sign(role: str) -> h.Element | None:
    """Return what is written beside an owner or a moderator."""
    if role == Role.OWNER:
        return h.span(".role.owner")[_("owner")]
    if role == Role.MODERATOR:
        return h.span(".role")[_("moderator")]
    return None


STYLE = """
.role { font-size: var(--text-xs); color: var(--muted); border: 1px solid var(--line); border-radius: var(--radius-full); padding: 2px 9px; flex: none; }
.role.owner { color: var(--link); border-color: currentColor; }
.inline-add { grid-template-columns: minmax(0, 1fr) auto; align-items: end; gap: 8px; }
"""

"""The profile page of a user: name, local time, and rooms shared with the viewer."""

from collections.abc import Awaitable
from typing import Protocol
from urllib.parse import quote

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, form, html, page_header, room_sign
from services.accounts.people import Profile, RoomName
from services.core.dto import CurrentUser, UserSummary
from services.core.i18n import _


class Actions(Protocol):
    """What happens when something on the page is pressed."""

    def on_message(self, username: str, /) -> Awaitable[None]:
        """Open the conversation with the person."""

    def on_block(self, username: str, wanted: bool, /) -> Awaitable[None]:
        """Block or unblock the person."""


def draw(viewer: CurrentUser, person: Profile, actions: Actions) -> None:
    """Draw the page of `person` for `viewer`."""
    with page_header.draw(_("About {name}").format(name=person.display_name)):
        with form.card(""):
            html.draw("div", *_facts(person)).classes("profile")
            with ui.element("div").classes("profile-buttons"):
                _buttons(viewer, person, actions)
        if person.rooms:
            with form.card(_("Rooms where you both are")):
                html.draw("ul", (_room(room) for room in person.rooms)).classes("common-rooms")


def address(username: str) -> str:
    """Return the address of a user's profile page."""
    return f"/people/{quote(username)}"


def link(person: UserSummary) -> h.Element:
    """Return a user's name as a link to their profile page."""
    return h.a(".person-link", dir="auto", href=address(person.username))[person.display_name]


def _facts(person: Profile) -> list[h.Node]:
    return [
        avatar.draw(person),
        h.div(".grow")[
            h.div(".profile-name", dir="auto")[person.display_name],
            h.div(".profile-small")[
                h.span[f"@{person.username}"],
                h.span(".presence.in-words", data_presence_of=person.user_id),
                h.span(
                    ".there",
                    data_zone_of=person.time_zone,
                    data_word_there=_("{time} there"),
                    hidden=True,
                )
                if person.time_zone
                else None,
            ],
        ],
        h.p(".profile-about", dir="auto")[person.about] if person.about else None,
    ]


def _buttons(viewer: CurrentUser, person: Profile, actions: Actions) -> None:
    name = person.username
    is_me = person.user_id == viewer.user_id
    if is_me:
        with ui.element("a").classes("button quiet").props("href=/account"):
            ui.label(_("Change"))
    if not person.is_blocked:
        words = _("Notes to myself") if is_me else _("Message")
        talk = form.button(words, kind="button").props("data-testid=talk")
        talk.on("click", lambda: actions.on_message(name))
    if not is_me:
        words = _("Unblock") if person.is_blocked else _("Block")
        block = form.button(words, kind="button", quiet=True).props("data-testid=block")
        block.classes("" if person.is_blocked else "danger")
        block.on("click", lambda: actions.on_block(name, not person.is_blocked))
        if person.is_blocked:
            ui.label(_("Blocked: what they write is folded away.")).classes("field-hint")


def _room(room: RoomName) -> h.Element:
    return h.li[
        h.a(href=f"/rooms/{room.room_id}")[
            room_sign.draw(room.kind), h.span(".name", dir="auto")[room.name]
        ]
    ]


STYLE = """
.profile { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 14px 18px; align-items: center; }
.profile > .avatar { inline-size: 72px; block-size: 72px; }
.profile-name { font-size: 20px; font-weight: 700; letter-spacing: -.01em; overflow-wrap: anywhere; unicode-bidi: isolate; }
.profile-small { display: flex; flex-wrap: wrap; gap: 4px 14px; color: var(--muted); font-size: 13.5px; }
.profile-small .presence:empty { display: none; }
.profile-about { grid-column: 1 / -1; margin: 0; white-space: pre-line; overflow-wrap: anywhere; }
.profile-buttons { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; }
.profile-buttons .button { padding: 9px 18px; font-size: 14.5px; }
.common-rooms { list-style: none; margin: 0; padding: 0; display: grid; gap: 2px; }
.common-rooms a { display: flex; gap: 8px; align-items: center; padding: 7px 8px; border-radius: 9px; color: var(--ink); text-decoration: none; overflow-wrap: anywhere; }
.common-rooms a:hover { background: var(--hover); }
.person-link { color: inherit; text-decoration: none; }
.person-link:hover { text-decoration: underline; }
a.author { color: inherit; text-decoration: none; }
a.author:hover { text-decoration: underline; }
.message > .avatar { cursor: pointer; }
.message[data-folded=""] > .avatar, .message[data-folded=""] > .bubble { display: none; }
.unfold { margin-inline-start: 46px; border: 1px dashed var(--line); border-radius: 10px; background: none; color: var(--muted); font: 12.5px var(--font); padding: 4px 12px; cursor: pointer; }
.unfold:hover { color: var(--ink); }
"""

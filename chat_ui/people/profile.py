"""A user's profile, as a page and beside a room: name, local time, and rooms shared with the viewer."""

from collections.abc import Awaitable
from typing import Protocol
from urllib.parse import quote

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, html, page_header, person_name, room_sign
from chat_ui.components.forms import form
from chat_ui.components.overlays import menu
from chat_ui.components.overlays.panel import Panel
from services.accounts.people import Profile, RoomName
from services.core.dto import CurrentUser, UserSummary
from services.core.i18n import _


class Actions(Protocol):
    """What happens when something is pressed."""

    def on_message(self, username: str, /) -> Awaitable[None]:
        """Open the conversation with the person."""

    def on_block(self, username: str, wanted: bool, /) -> Awaitable[None]:
        """Block or unblock the person."""


def draw(viewer: CurrentUser, person: Profile, actions: Actions) -> None:
    """Draw the page of `person` for `viewer`."""
    with page_header.draw(_("About {name}").format(name=person.display_name)), form.card(""):
        _draw(viewer, person, actions, level=2)


def panel(viewer: CurrentUser, person: Profile, actions: Actions) -> Panel:
    """Return the panel about `person` for `viewer`."""
    return Panel(_("Profile"), draw=lambda: _draw(viewer, person, actions, level=3))


def _draw(viewer: CurrentUser, person: Profile, actions: Actions, *, level: int) -> None:
    """Draw what the page and the panel have in common, with headings of a level."""
    html.draw("div", _facts(person)).classes("profile")
    with ui.element("div").classes("profile-buttons"):
        _buttons(viewer, person, actions)
    if person.rooms:
        title = ui.label(_("Rooms in common")).classes("card-title")
        title.props(f"role=heading aria-level={level}")
        html.draw("ul", (_room(room) for room in person.rooms)).classes("common-rooms")


def draw_card_place() -> h.Element:
    """Return what a card about the author of a message opens in."""
    return h.div(
        "#profile-card.menu",
        role="dialog",
        aria_label=_("Profile"),
        popover="auto",
        tabindex=-1,
        data_menu=True,
    )


def card(viewer: CurrentUser, person: Profile, room_id: int) -> h.Fragment:
    """Return what a card about `person` says, which opens over a room."""
    return h.fragment[
        h.div(".profile")[_facts(person)],
        h.div(role="menu")[
            menu.entry(
                "send",
                _message_words(viewer, person),
                data_action="talk",
                data_username=person.username,
            )
            if not (person.is_blocked or person.is_bot)
            else None,
            menu.link("account_circle", _("Open profile"), address(person.username, room_id)),
        ],
    ]


def _message_words(viewer: CurrentUser, person: Profile) -> str:
    return _("Notes to myself") if person.user_id == viewer.user_id else _("Message")


def address(username: str, room_id: int = 0) -> str:
    """Return the address of a user's profile: beside a room, or as a page."""
    within = f"/rooms/{room_id}" if room_id else ""
    return f"{within}/people/{quote(username)}"


def link(person: UserSummary, room_id: int = 0) -> h.Element:
    """Return a user's name as a link to their profile, beside a room if one is given."""
    return h.a(".person-link", dir="auto", href=address(person.username, room_id))[
        person_name.draw(person)
    ]


def _facts(person: Profile) -> h.Fragment:
    """Return what is said of a user: face, names, presence, local time, and their own words."""
    return h.fragment[
        avatar.draw(person, large=True),
        h.div(".grow")[
            h.div(".profile-name", dir="auto")[person.own_name],
            h.div(".profile-small")[
                h.span[f"@{person.username}"],
                h.span[_("Bot")]
                if person.is_bot
                else h.span(".presence.in-words", data_presence_of=person.user_id),
                h.span(
                    ".there",
                    data_zone_of=person.time_zone,
                    data_word_there=_("Local time {time}"),
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
            ui.label(_("Edit profile"))
    if not (person.is_blocked or person.is_bot):
        talk = form.button(_message_words(viewer, person), kind="button").props("data-testid=talk")
        talk.on("click", lambda: actions.on_message(name))
    if not is_me:
        words = _("Unblock") if person.is_blocked else _("Block")
        block = form.button(words, kind="button", quiet=True).props("data-testid=block")
        block.classes("" if person.is_blocked else "danger")
        block.on("click", lambda: actions.on_block(name, not person.is_blocked))
        if person.is_blocked:
            ui.label(_("Blocked. Their messages are hidden.")).classes("field-hint")


def _room(room: RoomName) -> h.Element:
    return h.li[
        h.a(href=f"/rooms/{room.room_id}")[
            room_sign.draw(room.kind), h.span(".name", dir="auto")[room.name]
        ]
    ]


STYLE = """
.profile { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 14px 18px; align-items: center; }
.profile > .avatar { inline-size: 72px; block-size: 72px; }
#profile-card:popover-open { gap: 6px; }
@media (min-width: 701px) { #profile-card:popover-open { inline-size: 300px; } }
#profile-card .profile { padding: 10px 10px 6px; gap: 10px 14px; }
#profile-card .profile > .avatar { inline-size: 56px; block-size: 56px; }
#profile-card .profile-name { font-size: var(--text-xl); }
#profile-card .profile-about { max-block-size: 6.5em; overflow-y: auto; }
.profile-name { font-size: var(--text-2xl); font-weight: 700; letter-spacing: -.01em; overflow-wrap: anywhere; unicode-bidi: isolate; }
.profile-small { display: flex; flex-wrap: wrap; gap: 4px 14px; color: var(--muted); font-size: var(--text-s); }
.profile-small .presence:empty { display: none; }
.profile-about { grid-column: 1 / -1; margin: 0; white-space: pre-line; overflow-wrap: anywhere; }
.profile-buttons { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; }
.profile-buttons .button { padding: 9px 18px; font-size: var(--text-m); }
.common-rooms { list-style: none; margin: 0; padding: 0; display: grid; gap: 2px; }
.common-rooms a { display: flex; gap: 8px; align-items: center; padding: 7px 8px; border-radius: var(--radius-m); color: var(--ink); text-decoration: none; overflow-wrap: anywhere; }
.common-rooms a:hover { background: var(--hover); }
.person-link { color: inherit; text-decoration: none; }
.person-link:hover { text-decoration: underline; }
a.author { color: inherit; text-decoration: none; }
a.author:hover { text-decoration: underline; }
.message > .avatar { cursor: pointer; }
.message[data-folded=""] > .avatar, .message[data-folded=""] > .bubble, :is(.message-card, .hit, .quote, .hit-beside)[data-folded=""] > :not(.unfold, .folded) { display: none !important; }
:is(.message-card, .hit) > .unfold { margin: 0; }
.folded { color: var(--muted); }
.unfold { margin-inline-start: 46px; border: 1px dashed var(--line); border-radius: var(--radius-m); background: none; color: var(--muted); font: var(--text-s) var(--font); padding: 4px 12px; cursor: pointer; }
.unfold:hover { color: var(--ink); }
"""

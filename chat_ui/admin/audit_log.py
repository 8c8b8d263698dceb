"""The log of what moderators, owners and administrators did: a page, and a dialog for a room."""

from collections.abc import Awaitable, Callable, Sequence

import htpy as h
from markupsafe import escape
from nicegui import ui

from chat_ui.components import html, page_header
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from models import Action
from services.accounts.security.audit import PAGE_SIZE, AuditView
from services.core.dto import UserSummary
from services.core.i18n import _

Older = Callable[[int], Awaitable[None]]
"""Shows the entries before the one with this id."""


def draw(entries: Sequence[AuditView], on_older: Older) -> None:
    """Draw the page with everything, for administrators."""
    with page_header.draw(_("Audit log")), form.card(""):
        _list(entries, on_older, rooms=True)


def show(entries: Sequence[AuditView], on_older: Older) -> ui.dialog:
    """Open the dialog with the log of one room, for its moderators."""
    with dialog.show(_("Moderation log")) as shown:
        _list(entries, on_older, rooms=False)
    return shown


def _list(entries: Sequence[AuditView], on_older: Older, *, rooms: bool) -> None:
    if not entries:
        ui.label(_("Nothing yet.")).classes("field-hint")
        return
    html.draw("ol", (_entry(entry, room=rooms) for entry in entries)).classes("audit").props(
        "data-testid=audit"
    )
    if len(entries) == PAGE_SIZE:
        older = form.button(_("Older"), kind="button", quiet=True)
        older.on("click", lambda: on_older(entries[-1].entry_id))


def _entry(entry: AuditView, *, room: bool) -> h.Element:
    sentence = escape(_sentence(entry.action)).format(
        actor=_name(entry.actor),
        person=_name(entry.person),
        room=h.bdi[entry.room_name],
        number=entry.message_seq or "",
    )
    return h.li(data_action_done=entry.action)[
        h.div[sentence],
        h.q(dir="auto")[entry.reason] if entry.reason else None,
        h.div(".small")[
            h.span(dir="auto")[entry.room_name] if room and entry.room_name else None,
            h.time(datetime=entry.at.isoformat(timespec="milliseconds"), data_long=True),
        ],
    ]


def _name(person: UserSummary | None) -> h.Element:
    if person is None:
        return h.bdi
    return h.b(title=f"@{person.username}")[h.bdi[person.display_name]]


def _sentence(action: str) -> str:
    sentences = {
        Action.ROOM_RENAMED: _("{actor} renamed the room to {room}"),
        Action.ROOM_ANNOUNCES: _("{actor} limited the room to announcements"),
        Action.ROOM_OPENED: _("{actor} let everyone post again"),
        Action.ROOM_ARCHIVED: _("{actor} archived the room"),
        Action.ROOM_RESTORED: _("{actor} unarchived the room"),
        Action.ROOM_DELETED: _("{actor} deleted the room"),
        Action.ROOM_ENCRYPTED: _("{actor} encrypted the room"),
        Action.ROOM_HANDED_OVER: _("{actor} transferred ownership to {person}"),
        Action.MEMBER_REMOVED: _("{actor} removed {person}"),
        Action.MODERATOR_MADE: _("{actor} made {person} a moderator"),
        Action.MODERATOR_UNMADE: _("{actor} removed {person} as moderator"),
        Action.MESSAGE_DELETED: _("{actor} deleted message {number} by {person}"),
        Action.PREVIEW_REMOVED: _("{actor} removed the preview from message {number} by {person}"),
        Action.WEBHOOK_CREATED: _("{actor} created the webhook {person}"),
        Action.WEBHOOK_REMOVED: _("{actor} removed the webhook {person}"),
        Action.CHAT_RENAMED: _("{actor} changed the name of the chat"),
        Action.CHAT_COLOURED: _("{actor} changed the colour of the chat"),
        Action.CHAT_ICON_CHANGED: _("{actor} changed the icon of the chat"),
        Action.CHAT_ICON_REMOVED: _("{actor} removed the icon of the chat"),
        Action.LINK_PREVIEWS_ON: _("{actor} turned previews of links on"),
        Action.LINK_PREVIEWS_OFF: _("{actor} turned previews of links off"),
        Action.LINK_PICTURES_ON: _("{actor} turned pictures of linked pages on"),
        Action.LINK_PICTURES_OFF: _("{actor} turned pictures of linked pages off"),
        Action.PASSWORD_LINK_MADE: _("{actor} created a password reset link for {person}"),
        Action.INVITE_MADE: _("{actor} created an invite"),
        Action.INVITE_ENDED: _("{actor} revoked an invite"),
    }
    return sentences[Action(action)]


STYLE = """
.audit { list-style: none; margin: 0; padding: 0; }
.audit li { padding-block: 9px; overflow-wrap: anywhere; font-size: var(--text-m); }
.audit li + li { border-block-start: 1px solid var(--line); }
.audit q { display: block; margin-block: 3px; padding-inline-start: 10px; border-inline-start: 3px solid var(--line); quotes: none; }
.audit .small { display: flex; gap: 10px; flex-wrap: wrap; font-size: var(--text-s); color: var(--muted); }
"""

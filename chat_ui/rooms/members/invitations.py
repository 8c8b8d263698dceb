"""The page with the invitations to rooms, to accept or decline."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, html, page_header
from chat_ui.components.forms import form
from chat_ui.people import profile
from models import RoomKind
from services.core.i18n import _
from services.rooms.members.invitations import InvitationView


class Actions(Protocol):
    """What happens when a button is pressed."""

    def on_accept_invitation(self, room_id: int, /) -> Awaitable[None]:
        """Become a member of the room."""

    def on_decline_invitation(self, room_id: int, /) -> Awaitable[None]:
        """Decline the invitation."""


def draw(invitations: Sequence[InvitationView], actions: Actions) -> None:
    """Draw the page."""
    with page_header.draw(_("Invitations")), form.card(""):
        hint = _(
            "People who share no room with you can only invite you. They are not told your answer."
        )
        ui.label(hint).classes("field-hint")
        if not invitations:
            ui.label(_("No invitations.")).props("data-testid=no-invitations")
        with ui.element("div"):
            for invitation in invitations:
                _invitation(invitation, actions)


def _invitation(invitation: InvitationView, actions: Actions) -> None:
    with ui.element("div").classes("entry invitation").props("data-testid=invitation"):
        html.draw(
            "div",
            avatar.draw(invitation.invited_by),
            h.div(".grow")[
                h.div(dir="auto")[
                    h.b[
                        _("Group conversation")
                        if invitation.kind == RoomKind.DIRECT
                        else invitation.name
                    ]
                ],
                h.div(".small")[
                    profile.link(invitation.invited_by),
                    h.span[f"@{invitation.invited_by.username}"],
                ],
            ],
        ).classes("entry grow")
        form.button(_("Accept"), kind="button").on(
            "click", lambda: actions.on_accept_invitation(invitation.room_id)
        )
        form.button(_("Decline"), kind="button", quiet=True).on(
            "click", lambda: actions.on_decline_invitation(invitation.room_id)
        )


STYLE = """
.invitation { flex-wrap: wrap; justify-content: flex-end; }
.invitation > .grow { flex: 1 1 240px; }
.invitation > .button { padding: 7px 13px; font-size: var(--text-s); }
.open-invitations { display: flex; margin: 0 8px 6px; padding: 8px 10px; border-radius: var(--radius-m); color: var(--ink); font-size: var(--text-m); font-weight: 700; text-decoration: none; gap: 8px; align-items: center; }
.open-invitations:hover { background: var(--hover); }
.open-invitations b { margin-inline-start: auto; font: 700 var(--text-xs)/1 var(--font); border-radius: var(--radius-full); padding: 4px 7px; min-inline-size: 20px; text-align: center; background: var(--accent); color: var(--on-accent); }
"""

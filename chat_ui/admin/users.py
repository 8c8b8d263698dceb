"""For administrators: who has an account, links for forgotten passwords, and invites."""

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

import htpy as h
from markupsafe import Markup
from nicegui import ui

from chat_ui.components import avatar, dialog, form, html, page_header
from services.accounts.invites import InviteView
from services.core.dto import UserSummary
from services.core.i18n import _


class Actions(Protocol):
    """What happens when something on the page is pressed."""

    def on_make_invite(self, event: Any, /) -> Awaitable[None]:
        """Make an invite."""

    def on_show_invite(self, code: str, /) -> Awaitable[None]:
        """Show the link of an invite."""

    def on_end_invite(self, invite_id: int, /) -> Awaitable[None]:
        """End an invite."""

    def on_make_reset(self, user_id: int, /) -> Awaitable[None]:
        """Make a link for a forgotten password."""


def draw(people: Sequence[UserSummary], invites: Sequence[InviteView], actions: Actions) -> None:
    """Draw the page of all users and invites."""
    with page_header.draw(_("People and invites")):
        with form.card(_("Invites")):
            with ui.element("form").classes("form inline-form").props("data-form") as make:
                form.field(_("Days"), "days", kind="number", value="7", min="1", max="365")
                form.field(_("People"), "uses", kind="number", value="10", min="1", max="1000")
                form.button(_("Make an invite"))
            make.on("filled", actions.on_make_invite, args=["detail"])
            with ui.element("div"):
                for invite in invites:
                    _invite(invite, actions)
        with form.card(_("People")), ui.element("div"):
            for person in people:
                _person(person, actions)


def show_link(title: str, words: str, link: str) -> ui.dialog:
    """Open a dialog with a link to hand on, as text and as a QR code."""
    import segno  # as in `server/network.py`

    with dialog.show(title) as shown:
        ui.label(words).classes("field-hint")
        with ui.element("div").classes("qr"):
            drawn = segno.make(link).svg_inline(scale=5, border=2, dark="#1c2230")
            html.draw("div", Markup(drawn))  # noqa: S704 - drawn by segno
        with ui.element("div").classes("link-line"):
            ui.element("input").props.update({"readonly": True, "^value": link, "name": "link"})
            form.button(_("Copy"), kind="button", quiet=True).props("data-action=copy-link")
    return shown


def _invite(invite: InviteView, actions: Actions) -> None:
    with ui.element("div").classes("entry"):
        with ui.element("div").classes("grow"):
            ui.label(_("{uses} of {most} used").format(uses=invite.uses, most=invite.max_uses))
            with ui.element("div").classes("small"):
                if invite.ended:
                    ui.label(_("ended"))
                else:
                    ui.label(_("Ends:"))
                    ui.element("time").props(f"datetime={invite.expires_at.isoformat()} data-long")
        if not invite.ended:
            form.button(_("Show"), kind="button", quiet=True).on(
                "click", lambda: actions.on_show_invite(invite.code)
            )
            form.button(_("End"), kind="button", quiet=True).on(
                "click", lambda: actions.on_end_invite(invite.invite_id)
            )


def _person(person: UserSummary, actions: Actions) -> None:
    with ui.element("div").classes("entry"):
        html.draw(
            "div",
            avatar.draw(person),
            h.div(".grow")[
                h.div(dir="auto")[person.display_name],
                h.div(".small")[f"@{person.username}"],
            ],
        ).classes("entry grow")
        form.button(_("Password link"), kind="button", quiet=True).on(
            "click", lambda: actions.on_make_reset(person.user_id)
        )


STYLE = """
.inline-form { grid-template-columns: 1fr 1fr auto; align-items: end; }
.entry .small { display: flex; gap: 6px; }
.qr { display: grid; place-items: center; background: #fff; border-radius: 12px; padding: 8px; }
.qr svg { inline-size: min(100%, 240px); block-size: auto; }
.link-line { display: flex; gap: 8px; }
.link-line input { flex: 1; min-inline-size: 0; font: 13px var(--mono); padding: 8px 10px; border: 1px solid var(--line); border-radius: 10px; background: var(--field); color: var(--ink); }
@media (max-width: 700px) { .inline-form { grid-template-columns: 1fr 1fr; } .inline-form .button { grid-column: 1 / -1; } }
"""

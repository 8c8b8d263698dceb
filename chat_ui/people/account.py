"""My account: name, colour, password, and where I am logged in."""

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

from nicegui import ui

from chat_ui.auth import register
from chat_ui.components import avatar, form, html, page_header
from chat_ui.people import profile
from services.accounts.name_rules import ABOUT_LIMIT
from services.accounts.sessions import SessionView
from services.core.dto import CurrentUser, Preferences, UserSummary
from services.core.i18n import _


class Actions(Protocol):
    """What happens when something on the page is pressed or filled in."""

    def on_profile(self, event: Any, /) -> Awaitable[None]:
        """Save the name and the colour."""

    def on_preferences(self, event: Any, /) -> Awaitable[None]:
        """Save what others see, and what notifies."""

    def on_password(self, event: Any, /) -> Awaitable[None]:
        """Change the password."""

    def on_end_session(self, session_id: int, /) -> Awaitable[None]:
        """Log out on another device."""

    def on_unblock(self, username: str, /) -> Awaitable[None]:
        """Unblock a user."""


def draw(
    viewer: CurrentUser,
    about: str,
    blocked: Sequence[UserSummary],
    sessions: Sequence[SessionView],
    actions: Actions,
) -> None:
    """Draw the page for its owner."""
    with page_header.draw(_("My account")):
        _profile(viewer.person, about, actions)
        _preferences(viewer.preferences, actions)
        if blocked:
            _blocked(blocked, actions)
        _password(actions)
        _sessions(viewer, sessions, actions)


def _profile(person: UserSummary, about: str, actions: Actions) -> None:
    with form.card(_("Name and colour")):
        with ui.element("div").classes("entry"):
            html.draw("div", avatar.draw(person))
            with ui.element("div").classes("grow"):
                ui.label(person.display_name).props("dir=auto")
                ui.label(f"@{person.username}").classes("small")
        with ui.element("form").classes("form").props("data-form") as profile:
            form.field(
                _("Name that others see"), "display_name", value=person.display_name, maxlength="80"
            )
            form.area(_("About you"), "about", value=about, most=ABOUT_LIMIT)
            form.field(
                _("Colour"), "hue", kind="range", value=str(person.hue), min="0", max="359"
            ).classes("hue")
            form.button(_("Save"))
        profile.on("filled", actions.on_profile, args=["detail"])


def _preferences(chosen: Preferences, actions: Actions) -> None:
    with form.card(_("Being seen and being disturbed")):
        with ui.element("form").classes("form").props("data-form") as preferences:
            form.check(
                _("Others see how far I have read, and I see it of them"),
                "shows_receipts",
                on=chosen.shows_receipts,
            )
            form.check(
                _("Others see when I was last here"), "shows_last_seen", on=chosen.shows_last_seen
            )
            form.check(_("Notifications make a sound"), "has_sound", on=chosen.has_sound)
            with ui.element("div").classes("hours"):
                for words, name, minutes in (
                    (_("Do not disturb from"), "quiet_from", chosen.quiet_from),
                    (_("until"), "quiet_until", chosen.quiet_until),
                ):
                    time = "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"
                    form.field(words, name, kind="time", value=time, required=False)
            ui.label(_("Leave both empty to be disturbed at any time.")).classes("field-hint")
            form.button(_("Save"))
        preferences.on("filled", actions.on_preferences, args=["detail"])


def _blocked(blocked: Sequence[UserSummary], actions: Actions) -> None:
    with form.card(_("People you have blocked")), ui.element("div"):
        for person in blocked:
            with ui.element("div").classes("entry"):
                html.draw("div", avatar.draw(person), profile.link(person)).classes("entry grow")
                form.button(_("Unblock"), kind="button", quiet=True).on(
                    "click", lambda name=person.username: actions.on_unblock(name)
                )


def _password(actions: Actions) -> None:
    with form.card(_("Password")):
        ui.label(_("Changing it logs you out everywhere else.")).classes("field-hint")
        with ui.element("form").classes("form").props("data-form") as change:
            form.field(_("Old password"), "old", kind="password", autocomplete="current-password")
            register.password("new", _("New password"))
            form.button(_("Change password"))
        change.on("filled", actions.on_password, args=["detail"])


def _sessions(viewer: CurrentUser, sessions: Sequence[SessionView], actions: Actions) -> None:
    with form.card(_("Where you are logged in")), ui.element("div"):
        for session in sessions:
            with ui.element("div").classes("entry"):
                with ui.element("div").classes("grow"):
                    ui.label(session.device or _("Unknown device")).props("dir=auto")
                    with ui.element("div").classes("small"):
                        ui.label(_("this one") if session.session_id == viewer.session_id else "")
                        ui.element("time").props(
                            f"datetime={session.last_seen_at.isoformat()} data-long"
                        )
                if session.session_id != viewer.session_id:
                    form.button(_("Log out"), kind="button", quiet=True).on(
                        "click", lambda ended=session.session_id: actions.on_end_session(ended)
                    )


STYLE = """
.hours { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; }
.hue { background: linear-gradient(90deg, hsl(0 45% 46%), hsl(60 45% 46%), hsl(120 45% 46%), hsl(180 45% 46%), hsl(240 45% 46%), hsl(300 45% 46%), hsl(359 45% 46%)) !important; appearance: none; block-size: 16px; border-radius: 8px !important; }
.hue::-webkit-slider-thumb { appearance: none; inline-size: 22px; block-size: 22px; border-radius: 50%; background: #fff; border: 2px solid #0005; }
"""

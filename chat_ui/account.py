"""My account: name, colour, password, and where I am logged in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nicegui import ui

from chat_ui import avatar, form, page_head, register
from services.views import Person, SessionView, Viewer
from services.words import _

if TYPE_CHECKING:
    from chat_ui.handlers.account import AccountHandlers


def draw(
    viewer: Viewer, person: Person, sessions: Sequence[SessionView], page: "AccountHandlers"
) -> None:
    """Draw the page for its owner."""
    with page_head.draw(_("My account")):
        _profile(person, page)
        _password(page)
        _sessions(viewer, sessions, page)


def _profile(person: Person, page: "AccountHandlers") -> None:
    with form.card(_("Name and colour")):
        with ui.element("div").classes("entry"):
            ui.html(str(avatar.draw(person)), sanitize=False)
            with ui.element("div").classes("grow"):
                ui.label(person.display_name).props("dir=auto")
                ui.label(f"@{person.username}").classes("small")
        with ui.element("form").classes("form").props("data-form") as profile:
            form.field(
                _("Name that others see"), "display_name", value=person.display_name, maxlength="80"
            )
            form.field(
                _("Colour"), "hue", kind="range", value=str(person.hue), min="0", max="359"
            ).classes("hue")
            form.button(_("Save"))
        profile.on("filled", page.on_profile, args=["detail"])


def _password(page: "AccountHandlers") -> None:
    with form.card(_("Password")):
        ui.label(_("Changing it logs you out everywhere else.")).classes("field-hint")
        with ui.element("form").classes("form").props("data-form") as change:
            form.field(_("Old password"), "old", kind="password", autocomplete="current-password")
            register.password("new", _("New password"))
            form.button(_("Change password"))
        change.on("filled", page.on_password, args=["detail"])


def _sessions(viewer: Viewer, sessions: Sequence[SessionView], page: "AccountHandlers") -> None:
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
                        "click", lambda ended=session.session_id: page.on_end_session(ended)
                    )


STYLE = """
.hue { background: linear-gradient(90deg, hsl(0 45% 46%), hsl(60 45% 46%), hsl(120 45% 46%), hsl(180 45% 46%), hsl(240 45% 46%), hsl(300 45% 46%), hsl(359 45% 46%)) !important; appearance: none; block-size: 16px; border-radius: 8px !important; }
.hue::-webkit-slider-thumb { appearance: none; inline-size: 22px; block-size: 22px; border-radius: 50%; background: #fff; border: 2px solid #0005; }
"""

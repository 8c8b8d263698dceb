"""My account: name, colour, password, and where I am logged in."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import htpy as h
from nicegui import ui

from chat_ui.auth import register
from chat_ui.components import avatar, html, page_header
from chat_ui.components.forms import form
from chat_ui.people import profile, push, second_factor
from models import SessionKind
from services.accounts.factors.second_factor import Overview
from services.accounts.names.name_rules import ABOUT_LIMIT, DISPLAY_NAME_LIMIT
from services.accounts.sessions.sessions import SessionView
from services.core.dto import CurrentUser, Preferences, UserSummary
from services.core.i18n import _, languages, number, own_name, plural
from services.files.inspection.media_types import PICTURES

ICONS = {
    SessionKind.BROWSER: "computer",
    SessionKind.APP: "smartphone",
    SessionKind.BOT: "smart_toy",
}


class Actions(Protocol):
    """What happens when something on the page is pressed or filled in."""

    def on_profile(self, event: Any, /) -> Awaitable[None]:
        """Save the name and the colour."""

    def on_remove_avatar(self) -> Awaitable[None]:
        """Show the initials again."""

    def on_preferences(self, event: Any, /) -> Awaitable[None]:
        """Save what others see, and what notifies."""

    def on_density(self, density: str, /) -> Awaitable[None]:
        """Choose how messages are shown."""

    def on_text_size(self, text_size: str, /) -> Awaitable[None]:
        """Choose how large texts are."""

    def on_animations(self, animations: str, /) -> Awaitable[None]:
        """Choose when pictures that move play."""

    def on_language(self, code: str, /) -> Awaitable[None]:
        """Choose the language of the pages."""

    def on_password(self, event: Any, /) -> Awaitable[None]:
        """Change the password."""

    def on_end_session(self, session_id: int, /) -> Awaitable[None]:
        """Log out on another device."""

    def on_end_others(self) -> Awaitable[None]:
        """Log out on all other devices."""

    def on_unblock(self, username: str, /) -> Awaitable[None]:
        """Unblock a user."""


def draw(
    viewer: CurrentUser,
    about: str,
    blocked: Sequence[UserSummary],
    sessions: Sequence[SessionView],
    scheduled: int,
    factors: Overview,
    actions: Actions,
    factor_actions: second_factor.Actions,
    draw_programs: Callable[[], None],
) -> None:
    """Draw the page for its owner, who has so many messages `scheduled`.

    `draw_programs` draws the cards about phone apps and bots, and about their encrypted files.
    """
    with page_header.draw(_("My account")):
        _profile(viewer.person, about, actions)
        _appearance(viewer.preferences, actions)
        _preferences(viewer.preferences, actions)
        push.draw(is_admin=viewer.is_admin)
        if blocked:
            _blocked(blocked, actions)
        _password(viewer.username, actions)
        second_factor.draw(factors, factor_actions)
        draw_programs()
        _sessions(viewer, sessions, scheduled, actions)


def _profile(person: UserSummary, about: str, actions: Actions) -> None:
    with form.card(_("Name and colour")):
        with ui.element("div").classes("entry"):
            html.draw("div", avatar.draw(person, large=True)).classes("own-avatar")
            with ui.element("div").classes("grow"):
                ui.label(person.own_name).props("dir=auto")
                ui.label(f"@{person.username}").classes("small")
        _picture(person, actions)
        with form.live() as profile:
            form.field(
                _("Display name"),
                "display_name",
                value=person.own_name,
                limit=DISPLAY_NAME_LIMIT,
            )
            form.area(_("About you"), "about", value=about, most=ABOUT_LIMIT)
            form.field(
                _("Colour"), "hue", kind="range", value=str(person.hue), min="0", max="359"
            ).classes("hue")
            form.button(_("Save"))
        profile.on("filled", actions.on_profile, args=["detail"])


def _picture(person: UserSummary, actions: Actions) -> None:
    """Draw the form for a picture, which goes by HTTP as any file does."""
    with form.post("/account/avatar") as upload:
        upload.props["enctype"] = "multipart/form-data"
        with ui.element("label").classes("field"):
            with ui.element("span").classes("field-name"):
                ui.label(_("Picture"))
            accepted = ",".join(PICTURES)
            picture = {"type": "file", "name": "file", "accept": accepted, "required": True}
            ui.element("input").props.update(picture)
        with ui.element("div").classes("buttons"):
            form.button(_("Upload"))
            if person.avatar:
                form.button(_("Remove picture"), kind="button", quiet=True).on(
                    "click", actions.on_remove_avatar
                )


def _appearance(chosen: Preferences, actions: Actions) -> None:
    with form.card(_("Appearance")):
        densities = (("comfortable", _("Comfortable")), ("compact", _("Compact")))
        form.choice(_("Messages"), "density", densities, chosen.density, actions.on_density)
        sizes = (("small", _("Small")), ("normal", _("Normal")), ("large", _("Large")))
        form.choice(_("Text size"), "text_size", sizes, chosen.text_size, actions.on_text_size)
        plays = (("always", _("Always")), ("click", _("On click")))
        form.choice(
            _("Play animations"), "animations", plays, chosen.animations, actions.on_animations
        )
        known = (("", _("Same as the browser")), *((code, own_name(code)) for code in languages()))
        form.choice(_("Language"), "language", known, chosen.language, actions.on_language)


def _preferences(chosen: Preferences, actions: Actions) -> None:
    with form.card(_("Privacy and notifications")):
        with form.live() as preferences:
            form.check(
                _("Read receipts"),
                "shows_receipts",
                on=chosen.shows_receipts,
            )
            form.check(
                _("Show when I was last active"), "shows_last_seen", on=chosen.shows_last_seen
            )
            form.check(_("Play a sound for notifications"), "has_sound", on=chosen.has_sound)
            with ui.element("div").classes("hours"):
                for words, name, minutes in (
                    (_("Do not disturb from"), "quiet_from", chosen.quiet_from),
                    (_("until"), "quiet_until", chosen.quiet_until),
                ):
                    time = "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"
                    form.field(words, name, kind="time", value=time, required=False)
            ui.label(_("Leave both empty to get notifications at any time.")).classes("field-hint")
            form.button(_("Save"))
        preferences.on("filled", actions.on_preferences, args=["detail"])


def _blocked(blocked: Sequence[UserSummary], actions: Actions) -> None:
    with form.card(_("Blocked people")), ui.element("div"):
        for person in blocked:
            with ui.element("div").classes("entry"):
                html.draw("div", avatar.draw(person), profile.link(person)).classes("entry grow")
                form.button(_("Unblock"), kind="button", quiet=True).on(
                    "click", lambda name=person.username: actions.on_unblock(name)
                )


def _password(username: str, actions: Actions) -> None:
    with form.card(_("Password")):
        ui.label(
            _("Changing your password logs you out everywhere else, also in apps and bots.")
        ).classes("field-hint")
        with form.live() as change:
            form.owner(username)
            form.field(
                _("Current password"), "old", kind="password", autocomplete="current-password"
            )
            register.password("new", _("New password"))
            form.button(_("Change password"))
        change.on("filled", actions.on_password, args=["detail"])


def _sessions(
    viewer: CurrentUser, sessions: Sequence[SessionView], scheduled: int, actions: Actions
) -> None:
    with form.card(_("Active sessions")), ui.element("div"):
        for session in sessions:
            _session(session, actions, is_here=session.session_id == viewer.session_id)
        if len(sessions) > 1:
            form.button(_("Log out everywhere else"), kind="button", quiet=True).on(
                "click", actions.on_end_others
            )
        if any(session.kind == SessionKind.BOT for session in sessions):
            html.draw("p", _("That also revokes the tokens of bots.")).classes("field-hint")
        if scheduled:  # they are sent though the device on which they were written is logged out
            words = plural(
                "{count} message will be sent later. Check that it is yours.",
                "{count} messages will be sent later. Check that they are yours.",
                scheduled,
            )
            link = h.a(href="/scheduled")[words.format(count=number(scheduled))]
            html.draw("p", link).classes("field-hint").props("data-testid=check-scheduled")


def _session(session: SessionView, actions: Actions, *, is_here: bool) -> None:
    kind = SessionKind(session.kind)
    words = {SessionKind.APP: _("App"), SessionKind.BOT: _("Token of a bot")}
    what = _("this device") if is_here else words.get(kind, "")
    seen = h.time(datetime=session.last_seen_at.isoformat(), data_long=True)
    is_used = session.last_seen_at >= session.created_at
    with ui.element("div").classes("entry").props(f"data-testid=session-{session.kind}"):
        html.draw(
            "div",
            html.icon(ICONS[kind]),
            h.div(".grow")[
                h.div(dir="auto")[session.device or _("Unknown device")],
                h.div(".small")[
                    h.span[what] if what else None,
                    seen if is_used else h.span[_("Not used yet")],
                ],
            ],
        ).classes("session grow")
        if not is_here:
            ends = _("Revoke") if kind is SessionKind.BOT else _("Log out")
            form.button(ends, kind="button", quiet=True).on(
                "click", lambda: actions.on_end_session(session.session_id)
            )


STYLE = """
.session { display: flex; align-items: center; gap: 12px; }
.session > .q-icon { font-size: var(--icon-m); color: var(--muted); }
.own-avatar .avatar { inline-size: 64px; block-size: 64px; }
.hours { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(128px, 100%), 1fr)); gap: 14px; }
.hue { background: linear-gradient(90deg in oklch longer hue, oklch(var(--avatar-shade) 0), oklch(var(--avatar-shade) 359)) !important; appearance: none; block-size: 16px; border-radius: var(--radius-m) !important; }
.hue::-webkit-slider-thumb { appearance: none; inline-size: 22px; block-size: 22px; border-radius: 50%; background: var(--on-avatar); border: 2px solid var(--scrim); }
"""

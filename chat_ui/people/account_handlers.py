"""What people do with their own account."""

from dataclasses import replace
from typing import Any

from nicegui import ui

from chat_ui.handlers import Handlers, handler
from chat_ui.layout import Frame
from chat_ui.people import user_menu
from chat_ui.realtime import client_events
from services.accounts import accounts, preferences, sessions
from services.core.i18n import _

DARK = {"auto": None, "light": False, "dark": True}
"""What NiceGUI calls the three choices of light."""


class AccountHandlers(Handlers):
    """What people do with their own account."""

    dark: ui.dark_mode | None = None
    """What turns the lights on and off: made when that is first done."""
    frame: Frame

    @handler
    async def on_user_menu(self) -> None:
        """Open one's own menu, or close it."""
        user_menu.toggle(self.frame.foot, self.viewer, self)

    @handler
    async def on_theme(self, theme: str) -> None:
        """Turn the lights on or off."""
        await accounts.change_theme(self.viewer, theme)
        self.viewer = replace(self.viewer, theme=theme)
        if self.dark is not None:
            self.dark.set_value(DARK[theme])
        else:
            with self.client:
                self.dark = ui.dark_mode(DARK[theme])

    @handler
    async def on_profile(self, event: Any) -> None:
        """Save the name and the colour."""
        filled = client_events.FormData.read(event.args)
        hue = filled.get("hue")
        person = await accounts.change_profile(
            self.viewer,
            display_name=filled.get("display_name"),
            about=filled.get("about"),
            hue=int(hue) if isinstance(hue, str) and hue.isdecimal() and len(hue) < 4 else hue,
        )
        self.viewer = replace(self.viewer, display_name=person.display_name, hue=person.hue)
        await self.redraw()
        self.say(_("Saved."), good=True)

    @handler
    async def on_preferences(self, event: Any) -> None:
        """Save how this person is seen and disturbed."""
        filled = client_events.FormData.read(event.args)
        await preferences.change(
            self.viewer,
            shows_receipts=filled.get("shows_receipts") == "on",
            shows_last_seen=filled.get("shows_last_seen") == "on",
            has_sound=filled.get("has_sound") == "on",
            quiet_from=filled.get("quiet_from"),
            quiet_until=filled.get("quiet_until"),
        )
        self.say(_("Saved."), good=True)

    @handler
    async def on_zone(self, event: Any) -> None:
        """The browser is in another time zone than we knew."""
        await preferences.tell_zone(self.viewer, client_events.Zone.read(event.args).zone)

    @handler
    async def on_password(self, event: Any) -> None:
        """Change the password."""
        filled = client_events.FormData.read(event.args)
        await accounts.change_password(self.viewer, filled.get("old"), filled.get("new"))
        await self.open("/account")
        self.say(_("Your password is changed. You are logged out everywhere else."), good=True)

    @handler
    async def on_end_session(self, session_id: int) -> None:
        """Log out on another device."""
        await sessions.end(self.viewer, session_id)
        await self.open("/account")

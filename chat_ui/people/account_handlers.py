"""What people do with their own account."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from nicegui import ui

from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.people import account, apps_and_bots, encrypted_files, own_copy, user_menu
from chat_ui.people.apps_and_bots_handlers import AppsAndBotsHandlers
from chat_ui.people.encrypted_files_handlers import EncryptedFilesHandlers
from chat_ui.people.own_copy_handlers import OwnCopyHandlers
from chat_ui.people.second_factor_handlers import SecondFactorHandlers
from chat_ui.realtime import protocol
from chat_ui.view import View
from services.accounts import accounts, blocks, preferences
from services.accounts import own_copy as own_copy_state
from services.accounts.factors import second_factor
from services.accounts.sessions import sessions
from services.core.i18n import _
from services.files import avatars
from services.messages.scheduling import scheduled

DARK = {"auto": None, "light": False, "dark": True}
"""NiceGUI's values for the three themes."""


class AccountHandlers(Handlers):
    """What people do with their own account."""

    async def account(self) -> View:
        """Return the view of the account page."""
        viewer = self.page.viewer
        mine = await sessions.mine(viewer)
        about = await accounts.about(viewer)
        blocked = await blocks.mine(viewer)
        factors = await second_factor.overview(viewer)
        waiting = await scheduled.count(viewer)
        programs, files = AppsAndBotsHandlers(self.page), EncryptedFilesHandlers(self.page)
        shown, held = await programs.shown(), await files.held()

        state = await own_copy_state.state(viewer)
        copies = OwnCopyHandlers(self.page)

        def draw_programs() -> None:
            own_copy.draw(state, copies)
            apps_and_bots.draw(shown, programs)
            encrypted_files.draw(held, files)

        theirs = SecondFactorHandlers(self.page)
        return View(
            _("My account"),
            lambda: account.draw(
                viewer, about, blocked, mine, waiting, factors, self, theirs, draw_programs
            ),
        )

    @on(protocol.ChooseTheme)
    async def on_theme(self, chosen: protocol.ChooseTheme) -> None:
        """Choose light or dark."""
        theme = chosen.theme
        await accounts.change_theme(self.page.viewer, theme)
        self.page.viewer = replace(self.page.viewer, theme=theme)
        self.page.user_menu.fill(user_menu.draw(self.page.viewer))
        if self.page.dark_mode is not None:
            self.page.dark_mode.set_value(DARK[theme])
        else:
            with self.page.client:
                self.page.dark_mode = ui.dark_mode(DARK[theme])

    @form_callback
    async def on_profile(self, fields: Mapping[str, Any]) -> None:
        """Save the name and the colour."""
        hue = fields.get("hue")
        person = await accounts.change_profile(
            self.page.viewer,
            display_name=fields.get("display_name"),
            about=fields.get("about"),
            hue=int(hue) if isinstance(hue, str) and hue.isdecimal() and len(hue) < 4 else hue,
        )
        self.page.viewer = replace(
            self.page.viewer,
            display_name=person.display_name,
            hue=person.hue,
            avatar=person.avatar,
        )
        await self.page.navigation.redraw()
        is_kept = str(person.hue) == str(hue)
        self.page.notify(
            _("Saved.")
            if is_kept
            else _("Saved with a different colour: someone with the same name has a similar one."),
            good=True,
        )

    @callback
    async def on_remove_avatar(self) -> None:
        """Show the initials again."""
        await avatars.remove(self.page.viewer)
        self.page.viewer = replace(self.page.viewer, avatar="")
        await self.page.navigation.redraw()
        self.page.notify(_("Picture removed."), good=True)

    @form_callback
    async def on_preferences(self, fields: Mapping[str, Any]) -> None:
        """Save what others see of this person, and what notifies them."""
        await preferences.change(
            self.page.viewer,
            shows_receipts=fields.get("shows_receipts") == "on",
            shows_last_seen=fields.get("shows_last_seen") == "on",
            has_sound=fields.get("has_sound") == "on",
            quiet_from=fields.get("quiet_from"),
            quiet_until=fields.get("quiet_until"),
        )
        self.page.notify(_("Saved."), good=True)

    @callback
    async def on_density(self, density: str) -> None:
        """Choose how messages are shown."""
        await preferences.change_appearance(self.page.viewer, density=density)

    @callback
    async def on_text_size(self, text_size: str) -> None:
        """Choose how large texts are."""
        await preferences.change_appearance(self.page.viewer, text_size=text_size)

    @callback
    async def on_animations(self, animations: str) -> None:
        """Choose when pictures that move play."""
        await preferences.change_appearance(self.page.viewer, animations=animations)

    @callback
    async def on_language(self, code: str) -> None:
        """Choose the language, and load the page in it."""
        await preferences.choose_language(self.page.viewer, code)
        self.page.client.open("/account")

    @on(protocol.TimeZone)
    async def on_time_zone(self, event: protocol.TimeZone) -> None:
        """The time zone of the browser has changed."""
        await preferences.set_time_zone(self.page.viewer, event.zone)

    @form_callback
    async def on_password(self, fields: Mapping[str, Any]) -> None:
        """Change the password."""
        await accounts.change_password(self.page.viewer, fields.get("old"), fields.get("new"))
        await self.page.navigation.open("/account")
        self.page.notify(_("Password changed. You are logged out everywhere else."), good=True)

    @callback
    async def on_end_session(self, session_id: int) -> None:
        """Log out on another device."""
        await sessions.end(self.page.viewer, session_id)
        await self.page.navigation.open("/account")

    @callback
    async def on_end_others(self) -> None:
        """Log out on all other devices."""
        await sessions.end_others(self.page.viewer)
        await self.page.navigation.open("/account")

    @callback
    async def on_unblock(self, username: str) -> None:
        """Unblock a user, from the list on the account page."""
        await blocks.unblock(self.page.viewer, username)
        await self.page.navigation.open("/account")

"""The context that handlers, page functions and message actions get: one open page."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from nicegui import Client, ui

from chat_ui.components import html
from chat_ui.components.listed import Listed
from chat_ui.components.overlays import panel, toast
from chat_ui.realtime import protocol, push
from chat_ui.view import View
from services.core import app_context
from services.core.dto import CurrentUser


class Navigation(Protocol):
    """Showing something else on the page."""

    path: str
    """The address of what is shown, or about to be shown."""

    async def open(self, path: str) -> None:
        """Show what is at an address; the address in the browser stays."""

    async def go(self, path: str) -> None:
        """Show what is at an address, and the address in the browser."""

    def show(self, view: View) -> None:
        """Show a view."""

    async def redraw(self) -> None:
        """Draw everything again."""

    async def ask_who(self, go_on: Callable[[], Awaitable[None]]) -> None:
        """Have the user confirm who they are, then call `go_on`."""


class PageContext:
    """One open page, as handlers see it."""

    main: ui.element
    """Where the view is drawn."""
    user_menu: html.Plain
    outer: ui.element
    """The frame around the view, in which a panel is opened beside it."""

    def __init__(
        self, viewer: CurrentUser, client: Client, language: str, navigation: Navigation
    ) -> None:
        self.viewer = viewer
        self.client = client
        self.language = language
        self.navigation = navigation
        self.room_id: int | None = None
        """The room that is shown."""
        self.dialog: ui.dialog | None = None
        """The dialog that is open, or was last."""
        self.panel: panel.OpenPanel | None = None
        """The panel beside the view, if one is open."""
        self.toast: ui.element | None = None
        """The sentence with Undo that is shown, or was last."""
        self.dark_mode: ui.dark_mode | None = None
        """What switches between light and dark, made when that is first done."""
        self.take_passkey: Callable[[str], Awaitable[None]] | None = None
        """What takes the answer of the device that was asked for a passkey."""
        self.undelivered_bar: ui.element | None = None
        """The bar about mentions that notify nobody, if it was drawn."""
        self.scheduled: html.Plain | None = None
        """The list of scheduled messages, if it was drawn."""
        self.listed: Listed | None = None
        """The list of messages from any rooms, if one was drawn."""

    def open_dialog(self, show: Callable[[], ui.dialog]) -> None:
        """Open a dialog, and close any other."""
        self.close_dialog()
        with self.client:
            self.dialog = show()

    def close_dialog(self) -> None:
        """Close the dialog."""
        if self.dialog is not None and not self.dialog.is_deleted:
            self.dialog.delete()
        self.dialog = None

    def open_panel(self, wanted: panel.Panel, room_id: int, address: str) -> None:
        """Open a panel beside the room that is shown, in place of any other."""
        self.close_panel()
        with self.outer:
            self.panel = panel.OpenPanel(wanted, room_id, address)

    def close_panel(self) -> None:
        """Close the panel."""
        if self.panel is not None:
            self.panel.delete()
        self.panel = None

    def link(self, path: str) -> str:
        """Return an address of the chat as a link for others."""
        settings = app_context.current().settings
        if settings.public_url or settings.lan:
            return settings.address_for_others + path
        return str(self.client.request.base_url).rstrip("/") + path

    async def ask_passkey(
        self, kind: str, options: str, take: Callable[[str], Awaitable[None]]
    ) -> None:
        """Have the browser `create` or `get` a passkey; `take` gets the answer, once."""
        self.take_passkey = take
        await push.to_page(self.client.id, protocol.PasskeyWanted(kind, options))

    async def copy(self, text: str) -> None:
        """Put a text on the clipboard of the browser."""
        await push.to_page(self.client.id, protocol.Clipboard(text))

    def offer_undo(
        self, sentence: str, undo: Callable[[], Awaitable[None]], *, at: datetime | None = None
    ) -> None:
        """Show a sentence with a button that takes back what was done, for ten seconds.

        `{time}` in the sentence is shown as `at`.
        """
        self.close_toast()
        if not self.client.is_deleted:
            with self.client:
                self.toast = toast.offer_undo(sentence, undo, at)

    def close_toast(self) -> None:
        """Remove the sentence with Undo."""
        if self.toast is not None and not self.toast.is_deleted:
            self.toast.delete()
        self.toast = None

    def notify(self, sentence: str, *, good: bool = False) -> None:
        """Show a sentence for a few seconds."""
        if not self.client.is_deleted:
            with self.client:
                classes = "said good" if good else "said"
                ui.notify(sentence, position="top", classes=classes, textColor="inherit")

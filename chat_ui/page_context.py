"""The context that handlers, page functions and message actions get: one open page."""

from collections.abc import Callable
from typing import Protocol

from nicegui import Client, ui

from chat_ui.realtime import protocol, push
from chat_ui.view import View
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


class PageContext:
    """One open page, as handlers see it."""

    main: ui.element
    """Where the view is drawn."""
    foot: ui.element
    """Where the user menu is drawn."""

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
        self.dark_mode: ui.dark_mode | None = None
        """What switches between light and dark, made when that is first done."""
        self.undelivered_bar: ui.element | None = None
        """The bar about mentions that notify nobody, if it was drawn."""

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

    def link(self, path: str) -> str:
        """Return an address of the chat as a link that works anywhere."""
        return str(self.client.request.base_url).rstrip("/") + path

    async def copy(self, text: str) -> None:
        """Put a text on the clipboard of the browser."""
        await push.to_page(self.client.id, protocol.Clipboard(text))

    def notify(self, sentence: str, *, good: bool = False) -> None:
        """Show a sentence for a few seconds."""
        if not self.client.is_deleted:
            with self.client:
                classes = "said good" if good else "said"
                ui.notify(sentence, position="top", classes=classes, textColor="inherit")

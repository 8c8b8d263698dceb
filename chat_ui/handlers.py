"""What every handler has at hand, and how a refusal is shown."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from nicegui import Client, ui

from chat_ui.view import View
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.core.i18n import set_language


def handler(work: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Show the sentence of a service that refuses, on the page that asked."""

    @wraps(work)
    async def handle(page: "Handlers", *args: Any) -> None:
        set_language(page.language)
        try:
            await work(page, *args)
        except ServiceError as refused:
            page.say(refused.message)

    return handle


class Handlers:
    """A page as its handlers see it: who looks at it, where, and how to show something else."""

    viewer: CurrentUser
    client: Client
    language: str
    room_id: int | None
    box: ui.dialog | None = None
    """The dialog that is open, or was last."""

    def open_dialog(self, show: Callable[[], ui.dialog]) -> None:
        """Open a dialog in the place of any other."""
        self.close_dialog()
        with self.client:
            self.box = show()

    def close_dialog(self) -> None:
        """Take the dialog away."""
        if self.box is not None and not self.box.is_deleted:
            self.box.delete()
        self.box = None

    async def open(self, path: str) -> None:
        """Show another view in the frame; the page stays."""
        raise NotImplementedError

    async def go(self, path: str) -> None:
        """Show another view, and its address in the browser."""
        raise NotImplementedError

    def show(self, view: View) -> None:
        """Show `view` in the frame."""
        raise NotImplementedError

    async def redraw(self) -> None:
        """Draw everything anew."""
        raise NotImplementedError

    async def refresh_rooms(self) -> None:
        """Show the rooms as they are now."""
        raise NotImplementedError

    def say(self, sentence: str, *, good: bool = False) -> None:
        """Show a sentence for a few seconds."""
        if not self.client.is_deleted:
            with self.client:
                looks = "said good" if good else "said"
                ui.notify(sentence, position="top", classes=looks, textColor="inherit")

"""What people do with stickers; sending one is in `handlers.py`."""

from collections.abc import Mapping
from typing import Any

from chat_ui.handlers import Handlers, callback, form_callback
from chat_ui.messages import stickers
from chat_ui.messages.media import attachment
from chat_ui.view import View
from models import FileKind
from services.core.i18n import _
from services.files.stickers import making
from services.files.stickers import stickers as sticker_service
from services.files.stickers.stickers import StickerView


class StickerHandlers(Handlers):
    """Handlers of stickers."""

    async def page_of_stickers(self) -> View:
        """Return the view of the page with the person's stickers."""
        viewer = self.page.viewer
        found = await sticker_service.offered(viewer)
        return View(
            _("Stickers"),
            lambda: stickers.draw(found.kept, found.starting, self, is_admin=viewer.is_admin),
        )

    @callback
    async def on_remove_sticker(self, sticker_id: int) -> None:
        """Remove a sticker of the person's, or for an administrator one of the chat's."""
        self.page.close_dialog()
        await sticker_service.remove(self.page.viewer, sticker_id)
        await self.page.navigation.open(stickers.PAGE)
        self.page.notify(_("Removed."), good=True)

    def ask_to_remove(self, sticker: StickerView) -> None:
        """Ask whether to remove a sticker that comes with the chat."""
        number = sticker.sticker_id
        self.page.open_dialog(
            lambda: stickers.ask_to_remove(sticker.name, lambda: self.on_remove_sticker(number))
        )

    @callback
    async def on_share_sticker(self, sticker_id: int, with_everyone: bool) -> None:
        """Share a sticker with everyone, or no longer."""
        await sticker_service.share(self.page.viewer, sticker_id, with_everyone=with_everyone)
        await self.page.navigation.open(stickers.PAGE)

    async def ask_name(self, room_id: int, seq: int) -> None:
        """Ask for the name of the sticker that a message's picture is to be."""
        file = await making.check_message(self.page.viewer, room_id, seq)
        name = file.name if file.kind == FileKind.STICKER else ""

        async def on_save(event: Any) -> None:
            await self.on_save_sticker(room_id, seq, event)

        shown = attachment.preview if file.has_preview else attachment.address
        picture = shown(room_id, seq)
        self.page.open_dialog(lambda: stickers.ask_name(name, picture, on_save))

    @form_callback
    async def on_save_sticker(self, room_id: int, seq: int, fields: Mapping[str, Any]) -> None:
        """Save a message's picture as a sticker."""
        await making.save_from_message(self.page.viewer, room_id, seq, fields.get("name"))
        self.page.close_dialog()
        self.page.notify(_("Saved. Find it beside the emoji, under “Stickers”."), good=True)

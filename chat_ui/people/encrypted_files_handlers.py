"""What people do with what their apps have uploaded for encrypted messages."""

from collections.abc import Mapping
from typing import Any

from chat_ui.handlers import Handlers, form_callback
from chat_ui.people import encrypted_files
from chat_ui.realtime import validation
from services.core.i18n import _, number, plural
from services.files import kept_files
from services.files.kept_files import Held


class EncryptedFilesHandlers(Handlers):
    """What people do with these files, on their account page."""

    async def held(self) -> Held:
        """Return what the card shows."""
        return await kept_files.mine(self.page.viewer)

    @form_callback
    async def on_delete_encrypted_files(self, fields: Mapping[str, Any]) -> None:
        """Delete the files that were uploaded longer ago than was chosen."""
        days = fields.get("days")
        if not isinstance(days, str) or days not in map(str, encrypted_files.AGES):
            raise validation.malformed()
        count = await kept_files.remove(self.page.viewer, older_than_days=int(days))
        await self.page.navigation.open("/account")
        words = plural("{count} file deleted.", "{count} files deleted.", count)
        said = words.format(count=number(count)) if count else _("There are no files that old.")
        self.page.notify(said, good=True)

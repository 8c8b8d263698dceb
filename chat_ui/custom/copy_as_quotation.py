"""A message action: puts a message on the clipboard as a quotation in Markdown."""

from chat_ui.page_context import PageContext
from chat_ui.plugins import message_action
from services.core.dto import MessageView
from services.core.i18n import N_, _
from services.messages.rendering.text import to_markdown


@message_action("copy_as_quotation", icon="format_quote", label=N_("Copy as quotation"))
async def copy_as_quotation(page: PageContext, message: MessageView) -> None:
    """Copy the text with its author and a link to it."""
    text = message.text or (to_markdown(message.file.name) if message.file else "")
    quoted = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    link = page.link(f"/rooms/{message.room_id}/messages/{message.seq}")
    author = to_markdown(message.author.display_name)
    await page.copy(f"{quoted}\n>\n> {author}, {link}\n")
    page.notify(_("Copied as a quotation."), good=True)

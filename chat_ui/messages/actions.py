"""The entries of a message's menu, in its order.

What the browser does alone is only listed here; the services decide who may do the rest.
"""

from typing import Any

from chat_ui.messages import dialogs, read_receipts, reports
from chat_ui.messages.handlers import MessageHandlers
from chat_ui.messages.polls import poll
from chat_ui.messages.polls.poll_handlers import PollHandlers
from chat_ui.messages.reactions import reactions
from chat_ui.messages.report_handlers import ReportHandlers
from chat_ui.messages.sticker_handlers import StickerHandlers
from chat_ui.page_context import PageContext
from chat_ui.plugins import browser_action, service_action
from services.core.i18n import N_, _
from services.messages import bookmarks, edits, link_previews, messages, pins, polls
from services.messages import reactions as reactions_service
from services.rooms.members import member_settings
from services.rooms.reading import receipts

browser_action("reply", icon="reply", label=N_("Reply"), who="write")
browser_action("replies", icon="forum", label=N_("View replies"), who="replied")
browser_action("forward", icon="forward", label=N_("Forward"))


@service_action("edit", icon="edit", label=N_("Edit"), who="edit")
async def edit(page: PageContext, room_id: int, seq: int) -> None:
    """Put the text of a message into the composer."""
    await MessageHandlers(page).start_editing(room_id, seq)


@service_action("save", icon="bookmark_add", label=N_("Save for later"))
async def save(page: PageContext, room_id: int, seq: int) -> None:
    """Save a message for later."""
    await bookmarks.save(page.viewer, room_id, seq)
    page.notify(_("Saved. Find it in your menu under “Saved for later”."), good=True)


@service_action("sticker", icon="mood", label=N_("Save as sticker"), who="pictured")
async def save_sticker(page: PageContext, room_id: int, seq: int) -> None:
    """Ask for the name of the sticker that the picture of a message is to be."""
    await StickerHandlers(page).ask_name(room_id, seq)


@service_action("pin", icon="push_pin", label=N_("Pin"), who="pin")
async def pin(page: PageContext, room_id: int, seq: int) -> None:
    """Pin a message."""
    await pins.pin(page.viewer, room_id, seq)


@service_action("unpin", icon="push_pin", label=N_("Unpin"), who="unpin")
async def unpin(page: PageContext, room_id: int, seq: int) -> None:
    """Unpin a message."""
    await pins.unpin(page.viewer, room_id, seq)


@service_action("votes", icon="ballot", label=N_("View votes"), who="named")
async def votes(page: PageContext, room_id: int, seq: int) -> None:
    """Show who chose what in a poll."""
    found = await polls.who(page.viewer, room_id, seq)
    page.open_dialog(lambda: poll.show_voters(found))


@service_action("close_poll", icon="how_to_vote", label=N_("Close poll"), who="poll")
async def close_poll(page: PageContext, room_id: int, seq: int) -> None:
    """Ask whether to close a poll."""
    await messages.get(page.viewer, room_id, seq)
    page.open_dialog(
        lambda: poll.ask_to_close(lambda: PollHandlers(page).on_close_poll(room_id, seq))
    )


@service_action("reactions", icon="mood", label=N_("View reactions"), who="reacted")
async def who_reacted(page: PageContext, room_id: int, seq: int) -> None:
    """Show who reacted to a message."""
    found = await reactions_service.who(page.viewer, room_id, seq)
    page.open_dialog(lambda: reactions.show(found))


@service_action("receipts", icon="done_all", label=N_("Read by"), who="mine")
async def who_read(page: PageContext, room_id: int, seq: int) -> None:
    """Show who has read a message."""
    found = await receipts.of(page.viewer, room_id, seq)
    page.open_dialog(lambda: read_receipts.show(found))


@service_action("remove_preview", icon="link_off", label=N_("Remove preview"), who="linked")
async def remove_preview(page: PageContext, room_id: int, seq: int) -> None:
    """Remove the preview of a message's link."""
    await link_previews.remove(page.viewer, room_id, seq)


browser_action("link", icon="link", label=N_("Copy link"))
browser_action("text", icon="content_copy", label=N_("Copy text"))


@service_action("unread", icon="mark_chat_unread", label=N_("Mark as unread from here"))
async def mark_unread(page: PageContext, room_id: int, seq: int) -> None:
    """Mark a room as unread from a message on."""
    await member_settings.mark_unread(page.viewer, room_id, seq)


@service_action("history")
async def history(page: PageContext, room_id: int, seq: int) -> None:
    """Show earlier versions of a message; the word "edited" under it opens this."""
    await MessageHandlers(page).show_history(room_id, seq)


@service_action("report", icon="flag", label=N_("Report …"), who="others")
async def report(page: PageContext, room_id: int, seq: int) -> None:
    """Ask why to report a message."""
    await messages.get(page.viewer, room_id, seq)

    async def on_report(event: Any) -> None:
        await ReportHandlers(page).on_report(room_id, seq, event)

    page.open_dialog(lambda: reports.ask(on_report))


@service_action("delete", icon="delete", label=N_("Delete"), who="delete")
async def delete(page: PageContext, room_id: int, seq: int) -> None:
    """Ask whether to delete a message, and moderators why."""
    mine = await edits.is_mine(page.viewer, room_id, seq)

    async def on_delete(event: Any) -> None:
        await MessageHandlers(page).on_delete(room_id, seq, event)

    page.open_dialog(lambda: dialogs.ask_to_delete(mine=mine, on_delete=on_delete))

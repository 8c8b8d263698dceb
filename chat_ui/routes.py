"""The built-in pages and their addresses. Your own pages are in `chat_ui/custom/`."""

from chat_ui import panels  # noqa: F401 - registers what is shown beside rooms
from chat_ui.admin import storage
from chat_ui.admin.handlers import AdministrationHandlers
from chat_ui.components import error_view
from chat_ui.messages.handlers import MessageHandlers
from chat_ui.messages.report_handlers import ReportHandlers
from chat_ui.messages.sticker_handlers import StickerHandlers
from chat_ui.page_context import PageContext
from chat_ui.people.account_handlers import AccountHandlers
from chat_ui.people.handlers import PeopleHandlers
from chat_ui.plugins import find_page, page
from chat_ui.realtime.validation import to_int
from chat_ui.rooms.composer.scheduled_handlers import ScheduledHandlers
from chat_ui.rooms.handlers import RoomHandlers
from chat_ui.rooms.members.member_handlers import MemberHandlers
from chat_ui.rooms.notifications.mention_handlers import MentionHandlers
from chat_ui.search import page as search_page
from chat_ui.search.handlers import SearchHandlers
from chat_ui.view import View
from services.backup import schedule
from services.core.errors import ServiceError
from services.core.i18n import N_, _
from services.files import usage as file_usage
from services.rooms import rooms

Query = dict[str, str]
"""The query of an address, by name."""


async def look_up(context: PageContext, address: str) -> View:
    """Return the view at `address`; missing and forbidden ones get the same error page."""
    try:
        entry, parts, query = find_page(address)
        return await entry.view(context, parts, query)
    except ServiceError as refused:
        sentence = refused.message
        return View(_("Not found"), lambda: error_view.draw_within(sentence), status=404)


@page("/")
async def last_room(context: PageContext) -> View:
    """Show the room that was open last, or the public rooms to users without a room."""
    room_id = await rooms.last(context.viewer)
    return (
        await find_rooms(context) if room_id is None else await RoomHandlers(context).room(room_id)
    )


@page("/rooms")
async def find_rooms(context: PageContext) -> View:
    """Show the public rooms."""
    return await RoomHandlers(context).directory("")


@page("/rooms/mine")
async def my_rooms(context: PageContext) -> View:
    """Show all rooms that the person is in."""
    return await RoomHandlers(context).my_rooms("")


@page("/invitations")
async def invitations(context: PageContext) -> View:
    """Show the invitations to rooms."""
    return await MemberHandlers(context).invitations()


@page("/rooms/{room_id}")
async def show_room(context: PageContext, room_id: str) -> View:
    """Show a room, at the end of its messages."""
    return await RoomHandlers(context).room(to_int(room_id))


@page("/rooms/{room_id}/messages/{seq}")
async def show_message(context: PageContext, room_id: str, seq: str) -> View:
    """Show a room from a message on."""
    return await RoomHandlers(context).room(to_int(room_id), at=to_int(seq))


@page("/mentions")
async def mentions(context: PageContext) -> View:
    """Show the messages that mention the person."""
    return await MentionHandlers(context).inbox(None)


@page("/saved", title=N_("Saved for later"), icon="bookmark", menu=10)
async def saved(context: PageContext) -> View:
    """Show the messages that the person saved."""
    return await MessageHandlers(context).bookmarks(0)


@page("/scheduled", title=N_("Scheduled"), icon="schedule_send", menu=15)
async def scheduled(context: PageContext) -> View:
    """Show the messages that the person sends later."""
    return await ScheduledHandlers(context).all_scheduled()


@page("/stickers", title=N_("Stickers"), icon="mood", menu=20)
async def stickers(context: PageContext) -> View:
    """Show the person's stickers, and those that are shared."""
    return await StickerHandlers(context).page_of_stickers()


@page("/account", title=N_("My account"), icon="manage_accounts", menu=30)
async def account(context: PageContext) -> View:
    """Show the person's account."""
    return await AccountHandlers(context).account()


@page("/people", title=N_("Users and invites"), icon="group", menu=60, admins=True)
async def people(context: PageContext) -> View:
    """Show all users and invites."""
    return await AdministrationHandlers(context).users()


@page("/branding", title=N_("Chat settings"), icon="palette", menu=55, admins=True)
async def branding(context: PageContext) -> View:
    """Show the name, the colour and the icon of the chat."""
    return await AdministrationHandlers(context).branding()


@page("/people/{username}")
async def profile(context: PageContext, username: str) -> View:
    """Show the profile of a user."""
    return await PeopleHandlers(context).profile(username)


@page("/search")
async def search_messages(context: PageContext, query: Query) -> View:
    """Show search results, or why there are none."""
    return await SearchHandlers(context).results(search_page.read(query))


@page("/storage", title=N_("Storage"), icon="folder_open", menu=70, admins=True)
async def stored_files(context: PageContext) -> View:
    """Show how much space files take."""
    usage = await file_usage.usage(context.viewer)
    backups = schedule.overview(context.viewer)
    return View(_("Storage"), lambda: storage.draw(usage, backups))


@page("/security", title=N_("Security log"), icon="security", menu=75, admins=True)
async def security_log(context: PageContext, query: Query) -> View:
    """Show the security log, perhaps of one kind and person."""
    return await AdministrationHandlers(context).security_log(
        kind=query.get("kind", ""), username=query.get("person", "")[:64]
    )


@page("/reports", title=N_("Reported messages"), icon="flag", menu=65, admins=True)
async def reported(context: PageContext) -> View:
    """Show the messages that were reported."""
    return await ReportHandlers(context).all_reports()


@page("/audit", title=N_("Audit log"), icon="policy", menu=80, admins=True)
async def audit_log(context: PageContext) -> View:
    """Show the audit log."""
    return await AdministrationHandlers(context).audit_log()

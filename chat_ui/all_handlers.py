"""All classes of handlers. Importing this module fills `handlers.TABLE`."""

from chat_ui.admin.handlers import AdministrationHandlers
from chat_ui.handlers import Handlers
from chat_ui.messages import actions  # noqa: F401 - registers the entries of the message menu
from chat_ui.messages.handlers import MessageHandlers
from chat_ui.messages.polls.poll_handlers import PollHandlers
from chat_ui.messages.reactions.reaction_handlers import ReactionHandlers
from chat_ui.messages.report_handlers import ReportHandlers
from chat_ui.messages.sticker_handlers import StickerHandlers
from chat_ui.messages.undelivered_mention_handlers import UndeliveredMentionHandlers
from chat_ui.people.account_handlers import AccountHandlers
from chat_ui.people.apps_and_bots_handlers import AppsAndBotsHandlers
from chat_ui.people.encrypted_files_handlers import EncryptedFilesHandlers
from chat_ui.people.handlers import PeopleHandlers
from chat_ui.people.own_copy_handlers import OwnCopyHandlers
from chat_ui.people.presence_handlers import PresenceHandlers
from chat_ui.people.push_handlers import PushHandlers
from chat_ui.people.reauthentication_handlers import ReauthenticationHandlers
from chat_ui.people.second_factor_handlers import SecondFactorHandlers
from chat_ui.rooms.composer.scheduled_handlers import ScheduledHandlers
from chat_ui.rooms.handlers import RoomHandlers
from chat_ui.rooms.members.member_handlers import MemberHandlers
from chat_ui.rooms.notifications.mention_handlers import MentionHandlers
from chat_ui.rooms.settings_handlers import SettingsHandlers
from chat_ui.rooms.timeline.timeline_handlers import TimelineHandlers
from chat_ui.rooms.webhook_handlers import WebhookHandlers
from chat_ui.search.forward_handlers import ForwardHandlers
from chat_ui.search.handlers import SearchHandlers

HANDLERS: tuple[type[Handlers], ...] = (
    TimelineHandlers,
    MessageHandlers,
    UndeliveredMentionHandlers,
    ReactionHandlers,
    ReportHandlers,
    PollHandlers,
    ScheduledHandlers,
    StickerHandlers,
    PresenceHandlers,
    RoomHandlers,
    MentionHandlers,
    MemberHandlers,
    SettingsHandlers,
    WebhookHandlers,
    SearchHandlers,
    ForwardHandlers,
    PeopleHandlers,
    AccountHandlers,
    PushHandlers,
    AppsAndBotsHandlers,
    EncryptedFilesHandlers,
    OwnCopyHandlers,
    SecondFactorHandlers,
    ReauthenticationHandlers,
    AdministrationHandlers,
)

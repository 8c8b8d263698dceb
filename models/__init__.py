"""Database tables as SQLModel classes, one file per noun, and their migrations."""

from models.account_data import AccountData
from models.attachment import Attachment, FileKind, LooseFile
from models.audit_entry import Action, AuditEntry
from models.avatar import Avatar
from models.base import widen_integers
from models.block import Block
from models.chat_settings import ChatIcon, ChatSettings
from models.cross_signing_key import CrossSigningKey, KeySignature
from models.encrypted_message import EncryptedMessage
from models.hidden_starter import HiddenStarter
from models.invite import Invite
from models.key_backup import BackedUpKey, KeyBackup
from models.key_device import DeviceListChange, FallbackKey, KeyDevice, OneTimeKey
from models.link_preview import LinkPicture, LinkPreview, MessageLink
from models.login_session import LoginSession, SessionKind
from models.membership import Membership, Notify, Role
from models.mention import Mention
from models.message import ENCRYPTED_KINDS, Message, MessageKind, MessageVersion
from models.passkey import Passkey
from models.pending_file import PendingFile
from models.poll import Poll, PollOption, PollVote
from models.push_subscription import PushCursor, PushedRoom, PushSubscription
from models.pusher import Pusher
from models.reaction import Reaction
from models.recovery_code import RecoveryCode
from models.report import Report
from models.reset_link import ResetLink
from models.room import Room, RoomKind
from models.room_event import RoomEvent, RoomEventKind
from models.room_invitation import RoomInvitation
from models.saved_message import SavedMessage
from models.scheduled_message import ScheduledMessage
from models.security_event import SecurityEvent, SecurityKind, SecurityLogState
from models.security_notice import NoticeKind, SecurityNotice
from models.sticker import Sticker
from models.to_device import ToDeviceMessage, ToDeviceTransaction
from models.totp_secret import TotpSecret
from models.trusted_device import TrustedDevice
from models.user import User
from models.webhook import Webhook

widen_integers()

__all__ = [
    "ENCRYPTED_KINDS",
    "AccountData",
    "Action",
    "Attachment",
    "AuditEntry",
    "Avatar",
    "BackedUpKey",
    "Block",
    "ChatIcon",
    "ChatSettings",
    "CrossSigningKey",
    "DeviceListChange",
    "EncryptedMessage",
    "FallbackKey",
    "FileKind",
    "HiddenStarter",
    "Invite",
    "KeyBackup",
    "KeyDevice",
    "KeySignature",
    "LinkPicture",
    "LinkPreview",
    "LoginSession",
    "LooseFile",
    "Membership",
    "Mention",
    "Message",
    "MessageKind",
    "MessageLink",
    "MessageVersion",
    "NoticeKind",
    "Notify",
    "OneTimeKey",
    "Passkey",
    "PendingFile",
    "Poll",
    "PollOption",
    "PollVote",
    "PushCursor",
    "PushSubscription",
    "PushedRoom",
    "Pusher",
    "Reaction",
    "RecoveryCode",
    "Report",
    "ResetLink",
    "Role",
    "Room",
    "RoomEvent",
    "RoomEventKind",
    "RoomInvitation",
    "RoomKind",
    "SavedMessage",
    "ScheduledMessage",
    "SecurityEvent",
    "SecurityKind",
    "SecurityLogState",
    "SecurityNotice",
    "SessionKind",
    "Sticker",
    "ToDeviceMessage",
    "ToDeviceTransaction",
    "TotpSecret",
    "TrustedDevice",
    "User",
    "Webhook",
]

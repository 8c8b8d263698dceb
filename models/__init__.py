"""Database tables as SQLModel classes, one file per noun, and their migrations."""

from models.attachment import Attachment, FileKind, LooseFile
from models.audit_entry import Action, AuditEntry
from models.block import Block
from models.invite import Invite
from models.login_session import LoginSession
from models.membership import Membership, Notify, Role
from models.mention import Mention
from models.message import Message, MessageKind, MessageVersion
from models.poll import Poll, PollOption, PollVote
from models.reaction import Reaction
from models.reset_link import ResetLink
from models.room import Room, RoomKind
from models.saved_message import SavedMessage
from models.user import User

__all__ = [
    "Action",
    "Attachment",
    "AuditEntry",
    "Block",
    "FileKind",
    "Invite",
    "LoginSession",
    "LooseFile",
    "Membership",
    "Mention",
    "Message",
    "MessageKind",
    "MessageVersion",
    "Notify",
    "Poll",
    "PollOption",
    "PollVote",
    "Reaction",
    "ResetLink",
    "Role",
    "Room",
    "RoomKind",
    "SavedMessage",
    "User",
]

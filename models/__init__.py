"""What is stored: SQLModel tables, one noun a file, and their migrations."""

from models.invite import Invite
from models.login_session import LoginSession
from models.membership import Membership, Role
from models.message import Message
from models.reset_link import ResetLink
from models.room import Room, RoomKind
from models.user import User

__all__ = [
    "Invite",
    "LoginSession",
    "Membership",
    "Message",
    "ResetLink",
    "Role",
    "Room",
    "RoomKind",
    "User",
]

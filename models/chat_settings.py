"""What the host has made of the chat."""

from sqlmodel import Field

from models.base import Model


class ChatSettings(Model, table=True):
    """What administrators have chosen for the chat. The table has at most one row."""

    __tablename__ = "chat_settings"

    id: int = Field(default=1, primary_key=True)
    name: str = ""
    """Empty for `services.core.branding.NAME`."""
    accent: str = ""
    """A colour such as `#0a7d5a`; empty for that of the setting `accent`, or ours."""
    first_steps_are_over: bool = Field(default=False, sa_column_kwargs={"name": "is_begun"})
    """Whether the first steps of an administrator are done, or are not wanted."""
    has_link_previews: bool = False
    """Whether the server asks linked sites for their titles."""
    has_link_pictures: bool = True
    """Whether it then asks for the pictures of linked pages, too."""
    server_name: str = ""
    """What the ids of people and rooms end in that apps use; it never changes."""
    epoch: int = 0
    """Another one when a backup is restored: positions of apps from before are of no use then."""


class ChatIcon(Model, table=True):
    """The icon of the chat in one of its sizes. The table is empty where it is ours."""

    __tablename__ = "chat_icons"

    name: str = Field(primary_key=True)
    """As in `services/files/decoding/icons.py`."""
    content: bytes
    """A PNG."""

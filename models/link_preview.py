"""What linked sites said of themselves, and which messages show it."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class LinkPreview(Model, table=True):
    """What a site answered when it was asked for a linked page. It is never changed.

    A message keeps what its link led to when it was sent: the same link in a later message may
    get a row of its own.
    """

    __tablename__ = "link_previews"

    id: int | None = Field(default=None, primary_key=True)
    address_hash: str = Field(index=True)
    """SHA-256 of the address that was asked: see `services/messages/first_link.py`."""
    url: str = ""
    """Where that led in the end."""
    site: str = ""
    title: str = ""
    description: str = ""
    fetched_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class LinkPicture(Model, table=True):
    """The picture of a linked page, as it is shown: never what the site has sent.

    It is in the database like those of people (`models/avatar.py`), and goes with its preview.
    """

    __tablename__ = "link_pictures"
    __table_args__ = (Index("ix_link_pictures_size", "preview_id", "size"),)

    preview_id: int = Field(foreign_key="link_previews.id", ondelete="CASCADE", primary_key=True)
    hash: str
    """SHA-256 of the content, in hexadecimal digits."""
    size: int
    """Bytes of the content."""
    width: int
    """In pixels, as the height."""
    height: int
    is_large: bool
    """Whether it is shown as wide as the card; otherwise it is a square at its side."""
    alt: str
    """How the page describes it; may be empty."""
    content: bytes
    """A WEBP, last, so that the other columns are read without it."""


class MessageLink(Model, table=True):
    """The link of a message that was asked for."""

    __tablename__ = "message_links"

    message_id: int = Field(foreign_key="messages.id", ondelete="CASCADE", primary_key=True)
    address_hash: str
    preview_id: int | None = Field(
        default=None, foreign_key="link_previews.id", ondelete="SET NULL", index=True
    )
    """None once somebody has removed the preview, or it was dropped as one of the oldest."""

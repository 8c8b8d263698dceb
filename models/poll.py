"""Polls. The question is the text of the message."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class Poll(Model, table=True):
    """The settings of a poll."""

    __tablename__ = "polls"

    message_id: int = Field(foreign_key="messages.id", ondelete="CASCADE", primary_key=True)
    is_multiple: bool = False
    """Whether a person may choose several options."""
    is_anonymous: bool = False
    """Whether votes are shown without names."""
    closes_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """When voting ends; closing the poll sets it to the current time."""


class PollOption(Model, table=True):
    """An option, numbered from 1."""

    __tablename__ = "poll_options"

    message_id: int = Field(foreign_key="polls.message_id", ondelete="CASCADE", primary_key=True)
    number: int = Field(primary_key=True)
    text: str


class PollVote(Model, table=True):
    """A vote for an option."""

    __tablename__ = "poll_votes"

    message_id: int = Field(foreign_key="polls.message_id", ondelete="CASCADE", primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    number: int = Field(primary_key=True)
    voted_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)

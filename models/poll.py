"""A question with answers to choose from. The message it belongs to is the question."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.clock import UtcDateTime, now


class Poll(SQLModel, table=True):
    """How the question of a message is voted on."""

    __tablename__ = "polls"

    message_id: int = Field(foreign_key="messages.id", ondelete="CASCADE", primary_key=True)
    is_multiple: bool = False
    """Whether one may choose several."""
    is_anonymous: bool = False
    """Whether nobody is shown who chose what."""
    closes_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """From when on nobody can vote; set to the present by whoever closes it by hand."""


class PollOption(SQLModel, table=True):
    """One of the answers, counted from 1."""

    __tablename__ = "poll_options"

    message_id: int = Field(foreign_key="polls.message_id", ondelete="CASCADE", primary_key=True)
    number: int = Field(primary_key=True)
    text: str


class PollVote(SQLModel, table=True):
    """That somebody chose an answer."""

    __tablename__ = "poll_votes"

    message_id: int = Field(foreign_key="polls.message_id", ondelete="CASCADE", primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    number: int = Field(primary_key=True)
    voted_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)

"""What apps keep for the person who uses them."""

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Model


class AccountData(Model, table=True):
    """A JSON object of one type that an app has stored for a person, or for one of their rooms."""

    __tablename__ = "account_data"
    __table_args__ = (Index("ix_account_data_position", "user_id", "position"),)

    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    room_id: int = Field(primary_key=True)
    """0 for what is about no room."""
    type: str = Field(primary_key=True)
    content: str
    """JSON."""
    position: int
    """Grows, for each person, with every change."""

"""What encrypted messages say, as their apps have encrypted it."""

from sqlmodel import Field

from models.base import Model


class EncryptedMessage(Model, table=True):
    """The content of an encrypted message: the chat stores it, and cannot read it.

    It is deleted with what the message says.
    """

    __tablename__ = "encrypted_messages"

    message_id: int = Field(foreign_key="messages.id", ondelete="CASCADE", primary_key=True)
    content: str
    """The JSON of the `m.room.encrypted` event, as it was sent."""
    replaces_id: int | None = Field(
        default=None, foreign_key="messages.id", ondelete="CASCADE", index=True
    )
    """Of an edit: the message whose text it replaces."""

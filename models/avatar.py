"""Pictures of people."""

from sqlmodel import Field

from models.base import Model


class Avatar(Model, table=True):
    """The picture that a person has uploaded, in two sizes, as WEBP.

    They are small, so they are in the database: written with the row of the person, deleted with
    it, and in every backup.
    """

    __tablename__ = "avatars"

    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    hash: str
    """SHA-256 of the large one, in hexadecimal digits."""
    size: int
    """Bytes of both, which count towards the quota."""
    large: bytes
    small: bytes

"""Keys with which users sign their devices, and each other: apps check them, the chat does not."""

from sqlmodel import Field

from models.base import Model


class CrossSigningKey(Model, table=True):
    """One of a user's three keys."""

    __tablename__ = "cross_signing_keys"

    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    usage: str = Field(primary_key=True)
    """`master`, `self_signing` or `user_signing`."""
    content: str
    """JSON, as it was uploaded."""


class KeySignature(Model, table=True):
    """A signature of a key that came after the key, and outlives another upload of it."""

    __tablename__ = "key_signatures"

    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    """Whose key is signed."""
    key_id: str = Field(primary_key=True)
    """A device id, or the public part of a master key."""
    signer_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True)
    signer_key: str = Field(primary_key=True)
    """Such as `ed25519:` and the signing key."""
    signature: str

"""Which of the stickers that a chat begins with are not offered."""

from sqlmodel import Field

from models.base import Model


class HiddenStarter(Model, table=True):
    """A sticker of ours that administrators do not offer: `services/files/stickers/starters.py`."""

    __tablename__ = "hidden_starters"

    key: str = Field(primary_key=True)
    is_removed: bool = False
    """Whether it is gone for good, so that it cannot be offered again."""

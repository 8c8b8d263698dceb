"""Positions in all that happens: what an app has got already, as a token it brings back."""

import re

from msgspec import Struct

from services.core.errors import ServiceError
from services.core.i18n import _

_TOKEN = re.compile(r"s(\d{1,15})_(\d{1,15})_(\d{1,15})_(\d{1,15})", re.ASCII)


class InvalidPosition(ServiceError):
    """This is no position of this chat."""

    def __init__(self) -> None:
        super().__init__(_("This position is not one of this chat. Sync again without one."))


class Position(Struct, frozen=True):
    """Everything up to these ids is before it; 0 is before all."""

    message_id: int = 0
    event_id: int = 0
    account_data: int = 0
    """The `position` of the person's newest account data."""

    heard: int = 0
    """When it was told who types, as `typing_people.tick` gives times."""

    @property
    def token(self) -> str:
        """The position as a text."""
        return f"s{self.message_id}_{self.event_id}_{self.account_data}_{self.heard}"


def parse(token: object) -> Position:
    """Return the position of a token. Raises `InvalidPosition` for anything else."""
    match = _TOKEN.fullmatch(token) if isinstance(token, str) else None
    if match is None:
        raise InvalidPosition
    return Position(*map(int, match.groups()))

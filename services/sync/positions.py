"""Positions in all that happens: what an app has got already, as a token it brings back."""

import re

from msgspec import Struct
from msgspec.structs import astuple

from services.core.errors import ServiceError
from services.core.i18n import _
from services.sync import epoch

MAX_ID = 10**15 - 1
"""The highest id that a token can have."""
_TOKEN = re.compile(r"s\d{1,15}(?:_\d{1,15}){6}", re.ASCII)


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
    """When it was told what is kept in memory only, like who types; from `moments.tick`."""

    to_device: int = 0
    """The number of the last message that the device was sent by others."""
    device_lists: int = 0
    """Of all changes of devices that encrypt, and of their keys."""
    epoch: int = 0
    """As `epoch.get` gives it: one of another epoch says nothing."""

    @property
    def token(self) -> str:
        """The position as a text."""
        return f"s{'_'.join(map(str, astuple(self)))}"


def parse(token: object) -> Position:
    """Return the position of a token. Raises `InvalidPosition` for anything else."""
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise InvalidPosition
    return Position(*map(int, token[1:].split("_")))


def known(token: object) -> Position:
    """Return the same, but the position before all for one of another epoch."""
    found = parse(token)
    return found if found.epoch == epoch.get() else Position()

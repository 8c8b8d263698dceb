"""The panel of pinned messages: who may pin, where nothing is pinned yet."""

import pytest

from chat_ui.messages.lists import pins
from models import RoomKind


@pytest.mark.parametrize("kind", RoomKind)
def test_who_may_pin_is_said_where_nothing_is(kind: RoomKind) -> None:
    said = str(pins.panel(kind, []).content)
    assert ("Moderators can" in said) == (kind != RoomKind.DIRECT)

"""Which room the key for the next one with something unread leads to."""

import pytest
from msgspec.structs import replace

from chat_ui.rooms.sidebar import sidebar
from models import Notify, Role, RoomKind
from services.rooms.views import RoomView

READ = RoomView(
    room_id=1,
    kind=RoomKind.PUBLIC,
    name="Room",
    topic="",
    last_seq=3,
    last_read_seq=3,
    role=Role.MEMBER,
    is_last_open=False,
    is_announcement=False,
    is_archived=False,
    notify=Notify.MENTIONS,
    unread_from=0,
)
ROOMS = [
    READ,
    replace(READ, room_id=2, last_read_seq=0),
    replace(READ, room_id=3, last_read_seq=0, is_archived=True),
    replace(READ, room_id=4, last_read_seq=0, notify=Notify.NOTHING),
    replace(READ, room_id=5, last_read_seq=0, kind=RoomKind.DIRECT),
    replace(READ, room_id=6, unread_from=2),
    replace(READ, room_id=7),
]
"""They follow each other as 1, 2, 4, 6, 7, then the direct messages 5, then the archived 3."""


@pytest.mark.parametrize(
    ("current", "following"), [(None, 2), (1, 2), (2, 6), (4, 6), (6, 5), (5, 3), (3, 2), (9, 2)]
)
def test_the_next_unread_room_follows_in_the_list(current: int | None, following: int) -> None:
    found = sidebar.next_unread(ROOMS, current)
    assert found is not None
    assert found.room_id == following


def test_there_is_none_but_the_one_that_is_open() -> None:
    assert sidebar.next_unread([READ, replace(READ, room_id=2, last_read_seq=0)], 2) is None

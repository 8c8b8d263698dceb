"""What pages that show another room are told of new messages: nothing of those that are deleted."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from chat_ui.realtime import activity
from chat_ui.server.updates import listeners
from services.core.dto import MessageView, UserSummary

ASHA = UserSummary(7, "asha", "Asha Rao", 120, "")
SAID = MessageView(
    message_id=1,
    room_id=3,
    seq=1,
    client_message_id="message-1",
    author=ASHA,
    kind="text",
    text="my secret",
    mentions=(("ben", 8),),
    is_forwarded=False,
    change=0,
    created_at=datetime(2026, 3, 12, tzinfo=UTC),
    edited_at=None,
    deleted=None,
    is_pinned=False,
)
DELETED = replace(SAID, text="", mentions=(), deleted="author", change=4)


def test_a_deleted_message_is_only_a_number() -> None:
    told = activity.describe(3, [DELETED, replace(SAID, seq=2, text="hello")])
    assert [each["seq"] for each in told.messages] == [2]
    assert told.others == [(1, 0)]
    assert told.last == 2


def test_those_that_are_not_described_are_told_with_their_author() -> None:
    """So that pages of people who have blocked the author do not count them."""
    many = [replace(SAID, seq=seq, mentions=()) for seq in range(1, 9)]
    told = activity.describe(3, many)
    described = [each["seq"] for each in told.messages]
    assert described == [4, 5, 6, 7, 8]
    assert told.others == [(1, 7), (2, 7), (3, 7)]


def test_what_is_deleted_before_it_was_told_is_told_as_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = replace(SAID, seq=2)
    for waiting in (listeners._gathered, listeners._active.waiting):
        monkeypatch.setitem(waiting, 3, [SAID, other])
    listeners._update_waiting(3, [DELETED])
    for waiting in (listeners._gathered, listeners._active.waiting):
        assert waiting[3] == [DELETED, other]


def test_an_encrypted_message_counts_and_an_edit_of_one_does_not() -> None:
    sent = replace(SAID, kind="encrypted", text="", mentions=())
    told = activity.describe(3, [sent, replace(sent, seq=2, kind="encrypted_edit")])
    [described] = told.messages
    assert (described["seq"], described["text"], described["encrypted"]) == (1, "", True)
    assert told.others == [(2, 0)]

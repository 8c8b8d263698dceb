"""A browser may send anything: the page shows an error and keeps working."""

from typing import Any

import pytest

from chat_ui.handlers import TABLE
from services.rooms import rooms
from tests.pages.conftest import Guest

ODD: list[tuple[Any, ...]] = [
    (),
    (None,),
    (5,),
    ("text",),
    ([],),
    ({},),
    (1, 2, 3),
    ({"detail": None},),
    ({"detail": 7},),
    ({"detail": "text"},),
    ({"detail": [1, {"a": 2}]},),
    ({"detail": {}},),
    ({"detail": {"room": "1", "last": "0", "before": "1", "seq": "1", "path": 1}},),
    ({"detail": {"room": True, "last": False, "before": True, "seq": True, "path": True}},),
    ({"detail": {"room": -1, "last": -1, "before": -1, "seq": -1, "path": ""}},),
    ({"detail": {"room": 1.5, "last": 1.5, "before": 1.5, "seq": 1.5, "path": []}},),
    ({"detail": {"room": 2**63, "last": 2**63, "before": 2**63, "seq": 2**63, "path": {}}},),
    ({"detail": {"room": None, "last": None, "before": None, "seq": None, "path": None}},),
    ({"detail": {"room": 10**15, "last": 1, "before": 1, "seq": 1, "path": "/\ud800"}},),
    ({"detail": {"name": 5, "topic": [], "username": {}, "words": 7, "days": [], "uses": "x"}},),
    ({"detail": {"name": "\0", "topic": "\ud800", "username": "\ud800", "words": "\ud800"}},),
    ({"detail": {"path": "/rooms/" + "9" * 200}},),
    ({"detail": {"room": 1, "seq": 1, "emoji": "x" * 1000, "on": True}},),
    ({"detail": {"room": 1, "seq": 1, "emoji": {}, "on": False, "numbers": [1, 10**30]}},),
    ({"detail": {"room": 1, "seq": 1, "numbers": ["1"], "seqs": [-1, 2**60]}},),
    ({"detail": {"room": 1, "seq": 2**52, "numbers": [], "seqs": [2**52]}},),
    ({"detail": {"path": "/rooms/999999999999999"}},),
    ({"detail": {"path": "javascript:alert(1)"}},),
]


@pytest.mark.parametrize("path", ["/", "/rooms", "/account", "/people", "/search?q=from:"])
async def test_odd_events_get_a_sentence_and_not_an_exception(asha: Guest, path: str) -> None:
    # An error in the log fails the test: the fixture `user` sees to that.
    await asha.open(path)
    (frame,) = asha.listening("client_event")
    for arguments in ODD:
        await asha.tell(frame, "client_event", *arguments)
        for event in (*TABLE, "nothing that we hear", None):
            for each in arguments:
                said = {"event": event, **each} if isinstance(each, dict) else each
                await asha.tell(frame, "client_event", {"detail": said})
        for element in asha.listening("filled"):
            await asha.tell(element, "filled", *arguments)
    for sentence in (*asha.notifications, *asha.refusals.values()):
        assert sentence.endswith("."), sentence
    assert asha.notifications
    await asha.detail("navigate", {"path": "/rooms/1"})
    await asha.detail("send", {"room": 1, "id": "message-1", "text": "still here"})
    (lobby,) = [each for each in await rooms.mine(await asha.viewer()) if each.room_id == 1]
    assert lobby.last_seq == 1


async def test_odd_events_in_boxes(asha: Guest) -> None:
    await asha.open("/")
    members = ("navigate", {"path": "/rooms/1/members"})
    for what, fields in (("new_room", {}), members, ("room_settings", {}), ("new_poll", {})):
        await asha.detail(what, fields)
        form = asha.listening("filled")[-1]
        for arguments in ODD[:11]:
            before = set(asha.refusals)
            await asha.tell(form, "filled", *arguments)
            [sentence] = [asha.refusals[each] for each in set(asha.refusals) - before]
            assert sentence.endswith(".")
    await asha.detail(*members)
    people = asha.listening("press")[-1]
    before = len(asha.notifications)
    pressed = [{"user": user} for user in ("", "x", "-1", "9" * 16, "²", 7, None, [], "999999")]
    for detail in (*pressed, {}, {"action": "press"}):
        await asha.tell(people, "press", {"detail": detail})
    for arguments in ODD[:11]:
        await asha.tell(people, "press", *arguments)
    assert len(asha.notifications) == before + len(pressed) + 2 + 11
    assert all(sentence.endswith(".") for sentence in asha.notifications)


async def test_clicks_with_odd_arguments(asha: Guest) -> None:
    await asha.open("/")
    for element in asha.listening("click"):
        for arguments in ODD[:8]:
            await asha.tell(element, "click", *arguments)
    await asha.user.should_see("Lobby")

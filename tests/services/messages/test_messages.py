"""Messages: stored once, in order without gaps, for members only, at a fixed cost."""

import asyncio
import unicodedata
from itertools import count

import pytest
from sqlmodel import Session, func, select

from models import Membership, Message, Room, User
from models.clock import now
from services.core import events
from services.core.errors import NotFound, RateLimited, ServiceError
from services.core.text import MESSAGE_LIMIT
from services.db import database
from services.messages import edits, history, messages
from services.messages.history import CATCH_UP
from services.messages.queries import PAGE_SIZE
from services.rooms import rooms
from services.rooms.members import memberships
from services.rooms.reading import read_positions
from tests import postgres
from tests.query_counter import statements

_numbers = count()


def fresh() -> str:
    """Return an id as browsers create them."""
    return f"message-{next(_numbers):06}"


async def stored(room_id: int) -> list[tuple[int, str]]:
    """Return the `seq` and text of every message stored in a room."""
    return await database.read(
        lambda session: [
            (message.seq, message.text)
            for message in session.exec(
                select(Message).where(Message.room_id == room_id).order_by(Message.seq)
            )
        ]
    )


async def fill(room_id: int, author_id: int, many: int) -> None:
    """Insert so many messages into a room."""

    def write(session: Session) -> None:
        room = session.get_one(Room, room_id)
        for _ in range(many):
            room.last_seq += 1
            session.add(
                Message(
                    room_id=room_id,
                    seq=room.last_seq,
                    author_id=author_id,
                    client_message_id=fresh(),
                    text=f"number {room.last_seq}",
                )
            )
        session.add(room)

    await database.write(write)


def seqs(page: history.MessageBatch) -> list[int]:
    return [message.seq for message in page.messages]


# -- sending -------------------------------------------------------------------


async def test_a_message_is_stored_and_published(people, published) -> None:
    sent, is_new = await messages.send(people.ben, people.room, "  Hello\r\nall ", fresh())
    assert is_new
    assert (sent.seq, sent.text, sent.author.username) == (1, "Hello\nall", "ben")
    assert abs((now() - sent.created_at).total_seconds()) < 3600
    assert await stored(people.room) == [(1, "Hello\nall")]
    assert published == [events.MessageSent(sent)]
    page = await history.since(people.asha, people.room, history.ShownRange(last=0))
    assert list(page.messages) == [sent]


async def test_concurrent_messages_are_numbered_without_gaps(people, published) -> None:
    lobby = (await rooms.mine(people.asha))[0].room_id
    senders = [
        (people.asha, lobby),
        (people.ben, people.room),
        (people.chen, lobby),
        (people.asha, people.room),
        (people.ben, lobby),
    ]
    sending = [
        messages.send(viewer, room, f"{viewer.username} {number}", fresh())
        for number in range(10)
        for viewer, room in senders
    ]
    sent = await asyncio.gather(*sending)
    for room, many in ((lobby, 30), (people.room, 20)):
        in_room = [message for message, _new in sent if message.room_id == room]
        assert sorted(message.seq for message in in_room) == list(range(1, many + 1))
        assert await stored(room) == sorted((message.seq, message.text) for message in in_room)
        assert (await rooms.get(people.asha, room)).last_seq == many
        told_here = [event.message.seq for event in published if event.message.room_id == room]
        assert sorted(told_here) == list(range(1, many + 1))


async def test_a_refused_message_leaves_no_gap(people) -> None:
    good = [messages.send(people.asha, people.room, str(number), fresh()) for number in range(5)]
    bad = [messages.send(people.chen, people.room, "let me in", fresh()) for _ in range(5)]
    mixed = [each for pair in zip(good, bad, strict=True) for each in pair]
    answers = await asyncio.gather(*mixed, return_exceptions=True)
    assert [type(answer) for answer in answers[1::2]] == [NotFound] * 5
    assert [seq for seq, _text in await stored(people.room)] == [1, 2, 3, 4, 5]


async def test_sending_again_returns_the_same_message(people, published) -> None:
    number = fresh()
    first, is_new = await messages.send(people.ben, people.room, "Hello", number)
    again, is_new_again = await messages.send(people.ben, people.room, "Hello, edited", number)
    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert await stored(people.room) == [(1, "Hello")]
    assert published == [events.MessageSent(first)]


async def test_ten_concurrent_sends_store_one_message(people, published) -> None:
    number = fresh()
    answers = await asyncio.gather(
        *[messages.send(people.ben, people.room, "Hello", number) for _ in range(10)]
    )
    assert len({message for message, _new in answers}) == 1
    assert [new for _message, new in answers].count(True) == 1
    assert await stored(people.room) == [(1, "Hello")]
    assert len(published) == 1


async def test_two_users_may_use_the_same_id(people) -> None:
    number = fresh()
    for viewer in (people.asha, people.ben):
        _sent, is_new = await messages.send(viewer, people.room, viewer.username, number)
        assert is_new
    assert await stored(people.room) == [(1, "asha"), (2, "ben")]


async def test_an_id_belongs_to_one_room(people, published) -> None:
    number = fresh()
    lobby = (await rooms.mine(people.ben))[0].room_id
    await messages.send(people.ben, people.room, "Hello", number)
    with pytest.raises(ServiceError) as refused:
        await messages.send(people.ben, lobby, "Hello", number)
    assert refused.value.message == "This message was already sent to another room."
    assert await stored(lobby) == []
    assert len(published) == 1


async def test_malformed_ids_are_refused(people, published) -> None:
    await messages.send(people.ben, people.room, "Hello", "x" * 64)
    for number in (None, "", "short", "x" * 65, "with space", "ümläut-8", "a\n-long-one", 7, ["a"]):
        with pytest.raises(ServiceError):
            await messages.send(people.ben, people.room, "Hello", number)
    assert len(await stored(people.room)) == len(published) == 1


async def test_outsiders_cannot_send(people, published) -> None:
    await messages.send(people.ben, people.room, "members only", fresh())
    before = list(published)
    for room in (people.room, 999_999):
        with pytest.raises(NotFound) as refused:
            await messages.send(people.chen, room, "let me in", fresh())
        assert refused.value.message == NotFound().message
    assert await stored(people.room) == [(1, "members only")]
    assert published == before


async def test_sending_is_rate_limited(people, app_settings) -> None:
    for _ in range(60):
        await messages.send(people.ben, people.room, "again", fresh())
    with pytest.raises(RateLimited):
        await messages.send(people.ben, people.room, "again", fresh())
    await messages.send(people.asha, people.room, "I may", fresh())
    assert len(await stored(people.room)) == 61


# -- text ----------------------------------------------------------------------

SAFE = {
    "as long as it may be": "x" * MESSAGE_LIMIT,
    "turned round": "abc\u202edef\u202c",
    "joined": "👩\u200d💻 क्\u200dष",
    "a few marks": "e" + "\u0301" * 30,
    "markup": "<script>alert(1)</script> {{ 7*7 }} ${x} </textarea>",
    "SQL": "'); DROP TABLE messages; --",
    "wild cards": "%_\\",
    "a plane above": "𝒳" * 100,
}
HOSTILE = {
    "nothing": "",
    "only spaces": " \t\n\u00a0\u2003 ",
    "only unseen": "\u200b\u2060\ufeff\u00ad\u3164",
    "too long": "x" * (MESSAGE_LIMIT + 1),
    "10,000 characters": "x" * 10_000,
    "a million": "\u0301" * 1_000_000,
    "only control characters": "\0\x1b[31m\x0b",
    "lone surrogate": "a\ud800b",
    "200 marks": "a" + "\u0301" * 200,
    "no text": None,
    "a number": 7,
    "a list": ["Hello"],
    "a dict": {"text": "Hello"},
    "bytes": b"Hello",
    "true": True,
}


async def test_text_is_stored_unchanged(people) -> None:
    for text in SAFE.values():
        await messages.send(people.ben, people.room, text, fresh())
    kept = [unicodedata.normalize("NFC", text) for text in SAFE.values()]
    assert [text for _seq, text in await stored(people.room)] == kept
    page = await history.since(people.asha, people.room, history.ShownRange(last=0))
    assert [message.text for message in page.messages] == kept


async def test_pasted_control_characters_are_not_stored(people) -> None:
    for text in ("Agenda\x0bMonday", "page 1\x0cpage 2", "\x1b[31mred\x1b[0m", "a\0b", "caf\x82"):
        sent, _new = await messages.send(people.ben, people.room, text, fresh())
        await edits.edit(people.ben, people.room, sent.seq, f"{text}, edited")
    assert [text.removesuffix(", edited") for _seq, text in await stored(people.room)] == [
        "Agenda\nMonday",
        "page 1\npage 2",
        "red",
        "ab",
        "caf",
    ]


async def test_invalid_text_is_refused(people, published) -> None:
    for kind, text in HOSTILE.items():
        sending = messages.send(people.ben, people.room, text, fresh())
        [answer] = await asyncio.gather(sending, return_exceptions=True)
        assert isinstance(answer, ServiceError), f"{kind}: {answer!r}"
        assert answer.message.startswith("The message ")
        assert "\n" not in answer.message
    assert (await stored(people.room), published) == ([], [])
    assert (await rooms.get(people.ben, people.room)).last_seq == 0


# -- reading -------------------------------------------------------------------


async def test_an_empty_room_has_no_messages(people) -> None:
    for page in (
        await history.since(people.ben, people.room, history.ShownRange(last=0)),
        await history.older(people.ben, people.room, 1),
    ):
        assert (list(page.messages), page.more, page.follows) == ([], False, False)


async def test_reading_from_the_newest_to_the_first(people) -> None:
    await fill(people.room, people.asha.user_id, 2 * PAGE_SIZE + 20)
    newest = await history.since(people.ben, people.room, history.ShownRange(last=0))
    assert (seqs(newest), newest.more) == (list(range(71, 121)), True)
    middle = await history.older(people.ben, people.room, 71)
    assert (seqs(middle), middle.more) == (list(range(21, 71)), True)
    first = await history.older(people.ben, people.room, 21)
    assert (seqs(first), first.more) == (list(range(1, 21)), False)
    assert [each.text for each in first.messages][:2] == ["number 1", "number 2"]


async def test_the_bounds_of_batches(people) -> None:
    await fill(people.room, people.asha.user_id, PAGE_SIZE)
    newest = await history.since(people.ben, people.room, history.ShownRange(last=0))
    assert (seqs(newest), newest.more) == (list(range(1, PAGE_SIZE + 1)), False)
    await fill(people.room, people.asha.user_id, 1)
    newest = await history.since(people.ben, people.room, history.ShownRange(last=0))
    assert (seqs(newest), newest.more) == (list(range(2, PAGE_SIZE + 2)), True)
    second = await history.older(people.ben, people.room, 2)
    assert (seqs(second), second.more) == ([1], False)
    for nothing in (1, 0, -5):
        page = await history.older(people.ben, people.room, nothing)
        assert (seqs(page), page.more) == ([], False)
    beyond = await history.older(people.ben, people.room, 2**80)
    assert seqs(beyond) == seqs(newest)


async def test_catching_up_returns_exactly_the_missed_messages(people) -> None:
    await fill(people.room, people.asha.user_id, 120)
    first = await history.since(people.ben, people.room, history.ShownRange(last=20))
    assert (seqs(first), first.follows, first.rest) == (list(range(21, 71)), True, True)
    last = await history.since(people.ben, people.room, history.ShownRange(last=70))
    assert (seqs(last), last.follows, last.rest) == (list(range(71, 121)), True, False)
    nothing = await history.since(people.ben, people.room, history.ShownRange(last=120))
    assert (seqs(nothing), nothing.follows) == ([], True)


async def test_pages_that_missed_too_much_start_again(people) -> None:
    await fill(people.room, people.asha.user_id, CATCH_UP + 1)
    just = await history.since(people.ben, people.room, history.ShownRange(last=1))
    assert (seqs(just), just.follows, just.rest) == (list(range(2, PAGE_SIZE + 2)), True, True)
    await fill(people.room, people.asha.user_id, 1)
    afresh = await history.since(people.ben, people.room, history.ShownRange(last=1))
    newest = list(range(CATCH_UP + 3 - PAGE_SIZE, CATCH_UP + 3))
    assert (seqs(afresh), afresh.follows, afresh.more) == (newest, False, True)


async def test_an_unknown_position_starts_again(people) -> None:
    await fill(people.room, people.asha.user_id, 120)
    for last in (-1, 121, 2**63, 2**80):
        page = await history.since(people.ben, people.room, history.ShownRange(last=last))
        assert (seqs(page), page.follows) == (list(range(71, 121)), False)


async def test_outsiders_cannot_read(people) -> None:
    await fill(people.room, people.asha.user_id, 3)
    assert (
        len((await history.since(people.ben, people.room, history.ShownRange(last=0))).messages)
        == 3
    )
    assert len((await history.older(people.ben, people.room, 4)).messages) == 3
    for look in (history.since, history.older):
        with pytest.raises(NotFound):
            await look(people.chen, people.room, 2)
        with pytest.raises(NotFound):
            await look(people.chen, 999_999, 2)


# -- read positions ------------------------------------------------------------


async def test_unread_messages_are_counted_for_each_member(people, published) -> None:
    async def unread(viewer) -> int:
        return (await rooms.get(viewer, people.room)).unread

    for _ in range(3):
        await messages.send(people.asha, people.room, "Hello", fresh())
    assert (await unread(people.asha), await unread(people.ben)) == (0, 3)
    published.clear()
    await read(people.ben, people.room, 2)
    assert await unread(people.ben) == 1
    assert (
        await history.since(people.ben, people.room, history.ShownRange(last=0))
    ).last_read_seq == 2
    assert published == [
        events.RoomRead(people.room, {people.ben.user_id: 2}, before={people.ben.user_id: 0})
    ]
    await read(people.ben, people.room, 1)  # positions never move back
    assert await unread(people.ben) == 1
    await messages.send(people.ben, people.room, "Hello", fresh())  # sending reads the earlier ones
    assert (await unread(people.asha), await unread(people.ben)) == (1, 0)


async def test_positions_stop_at_the_newest_message(people, published) -> None:
    await fill(people.room, people.asha.user_id, 2)
    await read(people.ben, people.room, 2**52)
    assert published == [
        events.RoomRead(people.room, {people.ben.user_id: 2}, before={people.ben.user_id: 0})
    ]
    assert (await rooms.get(people.ben, people.room)).last_read_seq == 2
    await fill(people.room, people.asha.user_id, 1)
    assert (await rooms.get(people.ben, people.room)).unread == 1


async def test_outsiders_have_no_position(people, published) -> None:
    await fill(people.room, people.asha.user_id, 2)
    await read(people.ben, people.room, 2)
    assert len(published) == 1
    await read(people.chen, people.room, 2)
    assert len(published) == 1


async def read(viewer, room: int, seq: int) -> None:
    """Read, and wait until it is stored."""
    read_positions.mark_read(viewer, room, seq)
    await read_positions.flush()


# -- cost ----------------------------------------------------------------------

SEND = 2 if postgres.SERVER else 4
"""Select the context; insert the message, advance `seq`, move the read position."""
LOOK = 2
"""Select the position, select the messages."""


async def costs(people) -> tuple[int, int, int]:
    lobby = (await rooms.mine(people.asha))[0].room_id
    with statements() as sending:
        await messages.send(people.asha, lobby, "Hello", fresh())
    with statements() as catching_up:
        await history.since(people.asha, lobby, history.ShownRange(last=0))
    with statements() as looking_back:
        await history.older(people.asha, lobby, 2**40)
    return len(sending), len(catching_up), len(looking_back)


async def test_a_message_costs_the_same_in_a_large_room(people) -> None:
    small = await costs(people)
    assert small == (SEND, LOOK, LOOK)

    def crowd(session: Session) -> None:
        for number in range(300):
            name = f"student{number}"
            user = User(
                username=name, username_key=name, skeleton=name, display_name=name, hue=0,
                password_hash="",
            )  # fmt: skip
            session.add(user)
            session.flush()
            session.add(Membership(room_id=lobby, user_id=user.id))

    lobby = (await rooms.mine(people.asha))[0].room_id
    await database.write(crowd)
    await fill(lobby, people.ben.user_id, 2000)
    assert (await memberships.members(people.asha, lobby)).total == 303
    assert (await database.read(lambda s: s.exec(select(func.count(Message.id))).one())) == 2001
    assert await costs(people) == small


async def test_pending_positions_count_as_read(people) -> None:
    await fill(people.room, people.asha.user_id, 3)
    read_positions.mark_read(people.ben, people.room, 3)
    mine = {room.room_id: room for room in await rooms.mine(people.ben)}
    assert mine[people.room].unread == 0
    await read_positions.flush()
    assert (await rooms.get(people.ben, people.room)).unread == 0

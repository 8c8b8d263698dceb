"""Room settings: announcements, archiving, deletion, and the purge."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlmodel import col, func, select

from models import AuditEntry, Membership, Message, Room
from services import lifecycle
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound, ServiceError
from services.db import database
from services.messages import history, messages
from services.rooms import purge, rooms, settings
from services.rooms.members import memberships
from tests.conftest import People
from tests.roles import ROLES, Cast

CHANGES: dict[str, Callable[[CurrentUser, int], Awaitable[None]]] = {
    "rename": lambda viewer, room: settings.change(viewer, room, name="New", topic=""),
    "announce": lambda viewer, room: settings.announce(viewer, room, on=True),
    "archive": lambda viewer, room: settings.archive(viewer, room, on=True),
    "delete": lambda viewer, room: settings.delete(viewer, room, "Study group"),
}


@pytest.mark.parametrize("by", ROLES)
@pytest.mark.parametrize("change", CHANGES)
async def test_only_the_owner_may(
    all_roles: Cast, published: list[object], by: str, change: str
) -> None:
    published.clear()
    work = CHANGES[change](all_roles[by], all_roles.room)
    if by == "owner":
        await work
        assert len(published) == 1
        return
    with pytest.raises(NotFound if by == "outsider" else Forbidden):
        await work
    assert published == []
    room = await rooms.get(all_roles.owner, all_roles.room)
    assert (room.name, room.is_announcement, room.is_archived) == ("Study group", False, False)


async def test_announcements_are_turned_on_and_off(people: People, published: list[object]) -> None:
    await settings.announce(people.asha, people.room, on=True)
    await settings.announce(people.asha, people.room, on=True)
    assert (await rooms.get(people.ben, people.room)).is_announcement
    with pytest.raises(Forbidden):
        await messages.send(people.ben, people.room, "me too", "message-1")
    await settings.announce(people.asha, people.room, on=False)
    await messages.send(people.ben, people.room, "me too", "message-1")
    changes = [event for event in published if isinstance(event, events.RoomChanged)]
    assert changes == [events.RoomChanged(people.room)] * 2


async def test_an_archived_room_is_read_only_and_can_be_restored(people: People) -> None:
    await messages.send(people.ben, people.room, "kept", "message-1")
    await settings.archive(people.asha, people.room, on=True)
    assert (await rooms.get(people.ben, people.room)).is_archived
    page = await history.since(people.ben, people.room, history.ShownRange())
    assert [each.text for each in page.messages] == ["kept"]
    with pytest.raises(Forbidden):
        await messages.send(people.asha, people.room, "too late", "message-2")
    await settings.archive(people.asha, people.room, on=False)
    await messages.send(people.asha, people.room, "back again", "message-2")


async def test_an_archived_public_room_is_found_last(people: People) -> None:
    room = await rooms.create(people.asha, name="Busy", topic="", private=False)
    await memberships.join(people.ben, room)
    await rooms.create(people.asha, name="Alone", topic="", private=False)
    await settings.archive(people.asha, room, on=True)
    found = await rooms.discover(people.chen, "")
    assert [(each.name, each.is_archived) for each in found] == [
        ("Lobby", False),
        ("Alone", False),
        ("Busy", True),
    ]
    await memberships.join(people.chen, room)  # to read it


# -- deleting ---------------------------------------------------------------------------------


async def test_deleting_requires_the_name(people: People, published: list[object]) -> None:
    for name in ("", "study group", "Study group!", "x" * 100, None, ["x"]):
        with pytest.raises(ServiceError):
            await settings.delete(people.asha, people.room, name)
    assert published == []
    await settings.delete(people.asha, people.room, "  Study  group ")
    assert published == [events.RoomDeleted(people.room, "Study group")]


async def test_a_deleted_room_is_gone_at_once(people: People) -> None:
    room = await rooms.create(people.asha, name="Chess", topic="", private=False)
    await memberships.join(people.ben, room)
    await messages.send(people.ben, room, "a secret", "message-1")
    await settings.delete(people.asha, room, "Chess")
    for viewer in (people.asha, people.ben, people.chen):
        for work in (
            rooms.get(viewer, room),
            history.since(viewer, room, history.ShownRange()),
            messages.send(viewer, room, "still here", "message-2"),
            memberships.join(viewer, room),
            settings.delete(viewer, room, "Chess"),
        ):
            with pytest.raises(NotFound):
                await work
        assert "Chess" not in [each.name for each in await rooms.mine(viewer)]
        assert await rooms.discover(viewer, "Chess") == []
    again = await rooms.create(people.chen, name="Chess", topic="", private=False)
    assert again != room


async def test_the_lobby_cannot_be_deleted(people: People) -> None:
    lobby = (await rooms.mine(people.asha))[0]
    with pytest.raises(Forbidden, match="Everyone starts"):
        await settings.delete(people.asha, lobby.room_id, lobby.name)


async def counted(kind: type, room_id: int | None = None) -> int:
    """Return the number of rows, in a room or in total, without what only keeps an id."""
    query = select(func.count()).select_from(kind)
    if kind is Message:
        query = query.where(~col(Message.client_message_id).startswith("erased:"))
    if room_id is not None:
        query = query.where(kind.room_id == room_id)
    return await database.read(lambda session: session.exec(query).one())


async def emptied(room_id: int) -> bool:
    """Return whether only the id of a room is left, which must not be reused."""
    room = await database.read(lambda session: session.get(Room, room_id))
    return (room.name, room.topic, room.last_seq) == ("", "", 0)


async def fill(room_id: int, author: CurrentUser, count: int) -> None:
    """Insert messages into a room, each a reply to the previous one."""

    def put(session) -> None:
        room = session.get(Room, room_id)
        before = None
        for number in range(1, count + 1):
            message = Message(
                room_id=room_id,
                seq=number,
                author_id=author.user_id,
                client_message_id=f"seeded-{room_id}-{number}",
                text="x",
                reply_to_id=before,
            )
            session.add(message)
            session.flush()
            before = message.id
        room.last_seq = count

    await database.write(put)


async def test_messages_are_erased_and_the_log_stays(people: People) -> None:
    kept = await rooms.create(people.asha, name="Kept", topic="", private=True)
    await messages.send(people.asha, kept, "stays", "message-1")
    await fill(people.room, people.ben, purge.CHUNK_SIZE * 2 + 5)
    await settings.delete(people.asha, people.room, "Study group")
    await purge.wait()
    assert await counted(Message, people.room) == 0
    assert await counted(Membership, people.room) == 0
    assert await emptied(people.room)
    assert await counted(Message, kept) == 1
    entry = await database.read(
        lambda session: session.exec(
            select(AuditEntry).where(AuditEntry.action == "room_deleted")
        ).one()
    )
    assert (entry.room_id, entry.room_name) == (people.room, "Study group")


async def test_the_id_of_an_erased_message_is_not_used_again(people: People) -> None:
    """Apps would take the next message for the one that they know by it."""
    other = await rooms.create(people.asha, name="Other", topic="", private=True)
    erased, _is_new = await messages.send(people.ben, people.room, "a secret", "message-1")
    await settings.delete(people.asha, people.room, "Study group")
    await purge.wait()
    sent, _is_new = await messages.send(people.asha, other, "hello", "message-2")
    assert sent.message_id > erased.message_id
    kept = await database.read(lambda session: session.get(Message, erased.message_id))
    assert (kept.text, kept.html, kept.mentions) == ("", None, None)


async def test_erasing_a_large_room_does_not_block_writes(people: People) -> None:
    """Others write between the chunks, however many there are."""
    other = await rooms.create(people.ben, name="Other", topic="", private=True)
    await fill(people.room, people.ben, purge.CHUNK_SIZE * 8)
    await settings.delete(people.asha, people.room, "Study group")
    left = []
    for number in range(3):
        await messages.send(people.ben, other, "meanwhile", f"message-{number}")
        left.append(await counted(Message, people.room))
    assert left[0] > purge.CHUNK_SIZE, "it was all gone before anybody else had a turn"
    await purge.wait()
    assert await counted(Message, people.room) == 0


async def test_long_messages_are_erased_few_at_a_time(people: People) -> None:
    await purge.stop()
    for number in range(8):
        await messages.send(people.ben, people.room, "д" * 4000, f"message-{number}")
    await settings.delete(people.asha, people.room, "Study group")
    await database.write(purge._erase_chunk)
    assert await counted(Message, people.room) == 8 - purge.CHUNK_TEXT // 4000


async def test_erasing_continues_after_a_restart(people: People, app_settings) -> None:
    await fill(people.room, people.ben, purge.CHUNK_SIZE * 4)
    await settings.delete(people.asha, people.room, "Study group")
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    await purge.wait()
    assert await counted(Message, people.room) == 0
    assert await emptied(people.room)


async def test_two_rooms_deleted_at_once_are_both_erased(people: People) -> None:
    second = await rooms.create(people.asha, name="Second", topic="", private=True)
    for room in (people.room, second):
        await fill(room, people.ben, purge.CHUNK_SIZE + 1)
    await asyncio.gather(
        settings.delete(people.asha, people.room, "Study group"),
        settings.delete(people.asha, second, "Second"),
    )
    await purge.wait()
    assert await counted(Message) == 0


async def test_erasing_waits_for_a_database_that_cannot_be_written(
    people: People, published: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "RETRY_SECONDS", 0.01)
    write, failed, attempts = database.write, [], []

    async def full_at(fn, **options):
        if fn is purge._erase_chunk:
            attempts.append(fn)
            if len(attempts) in {1, 3}:  # before the first chunk, and after the last one
                failed.append(fn)
                raise ServiceError("The server's disk is full.")
        return await write(fn, **options)

    monkeypatch.setattr(database, "write", full_at)
    await fill(people.room, people.ben, 3)
    await settings.delete(people.asha, people.room, "Study group")
    await purge.wait()
    assert len(failed) == 2
    assert await counted(Message, people.room) == 0
    assert published.count(events.RoomsPurged()) == 1

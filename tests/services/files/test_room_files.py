"""The files of a room: newest first, by kind and person, for members only."""

from io import BytesIO
from itertools import count

import pytest
from PIL import Image
from sqlmodel import Session, text

from models import FileKind
from services.accounts import blocks
from services.core.errors import NotFound
from services.db import database
from services.files import files, forwarding, uploads
from services.files.files import Kinds
from services.messages import edits, history
from services.rooms import rooms
from services.rooms.members import memberships
from tests import postgres
from tests.query_counter import statements
from tests.upload_client import previews_made

_numbers = count()


def picture() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (8, 6), (200, 40, 90)).save(drawn, "PNG")
    return drawn.getvalue()


CONTENTS = {
    "a.png": picture(),
    "b.wav": b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0data"
    + bytes(4),
    "c.txt": b"the harvest\n",
    "d.bin": bytes(range(256)),
}


async def send(viewer, room: int, name: str, said: str = "", data: bytes | None = None) -> int:
    """Upload a file; return the `seq` of its message."""
    content = CONTENTS.get(name, b"some\0bytes") if data is None else data
    async with uploads.receive(viewer, room, len(content)) as upload:
        await upload.write(content)
        message, _new = await upload.send(
            uploads.UploadFields(name, said, f"file-{next(_numbers):06}")
        )
    return message.seq


async def names(viewer, room: int, **options: object) -> list[str]:
    return [sent.file.name for sent in (await files.of_room(viewer, room, **options)).files]


async def test_only_members_see_the_files_newest_first(people) -> None:
    for name in CONTENTS:
        await send(people.asha, people.room, name)
    assert await names(people.ben, people.room) == ["d.bin", "c.txt", "b.wav", "a.png"]
    for room in (people.room, 999_999):
        with pytest.raises(NotFound):
            await files.of_room(people.chen, room)
    await memberships.leave(people.ben, people.room)
    with pytest.raises(NotFound):
        await files.of_room(people.ben, people.room)


async def test_a_file_has_its_message_sender_and_type(people) -> None:
    seq = await send(people.asha, people.room, "a.png", "look")
    await previews_made()
    (sent,) = (await files.of_room(people.ben, people.room)).files
    assert (sent.room_id, sent.seq, sent.author.username) == (people.room, seq, "asha")
    assert (sent.file.name, sent.file.kind) == ("a.png", FileKind.PICTURE)
    assert (sent.file.width, sent.file.height, sent.file.has_preview) == (8, 6, True)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kinds.PICTURES, ["a.png"]),
        (Kinds.MEDIA, ["b.wav"]),
        (Kinds.DOCUMENTS, ["c.txt"]),
        (Kinds.OTHER, ["d.bin"]),
    ],
)
async def test_filter_by_kind(people, kind: Kinds, expected: list[str]) -> None:
    for name in CONTENTS:
        await send(people.asha, people.room, name)
    assert await names(people.ben, people.room, kind=kind) == expected


def test_every_kind_of_file_has_one_filter() -> None:
    listed = [kind for kinds in files._KINDS.values() for kind in kinds]
    assert sorted(listed) == sorted(set(FileKind) - {FileKind.STICKER})


async def test_filter_by_the_people_who_have_files_in_the_room(people) -> None:
    lobby = (await rooms.mine(people.chen))[0].room_id
    await send(people.asha, people.room, "a.png")
    gone = await send(people.ben, people.room, "c.txt")
    await send(people.chen, lobby, "d.bin")
    listed = await files.of_room(people.ben, people.room, user_id=people.ben.user_id)
    assert [sent.file.name for sent in listed.files] == ["c.txt"]
    assert [person.username for person in listed.senders] == ["asha", "ben"]
    both = {"kind": Kinds.PICTURES, "user_id": people.ben.user_id}
    assert await names(people.ben, people.room, **both) == []
    await edits.delete(people.ben, people.room, gone)
    listed = await files.of_room(people.ben, people.room)
    assert [person.username for person in listed.senders] == ["asha"]


async def test_older_files_are_paged(people, monkeypatch) -> None:
    monkeypatch.setattr(files, "PAGE_SIZE", 2)
    monkeypatch.setattr(files, "_FILES", files._FILES.limit(3))
    for number in range(5):
        await send(people.asha, people.room, f"{number}.bin")
    pages, before = [], None
    while True:
        page = await files.of_room(people.ben, people.room, before=before)
        pages.append([sent.file.name for sent in page.files])
        if (before := page.before) is None:
            break
    assert pages == [["4.bin", "3.bin"], ["2.bin", "1.bin"], ["0.bin"]]
    assert await names(people.ben, people.room, before=2**70) == ["4.bin", "3.bin"]


async def test_deleted_files_are_gone_and_forwarded_ones_stay(people) -> None:
    lobby = (await rooms.mine(people.ben))[0].room_id
    seq = await send(people.asha, people.room, "c.txt")
    await forwarding.forward(
        people.ben, people.room, seq, to_room=lobby, client_message_id="forward-0001"
    )
    await edits.delete(people.asha, people.room, seq)
    assert await names(people.ben, people.room) == []
    (sent,) = (await files.of_room(people.chen, lobby)).files
    assert (sent.file.name, sent.author.username) == ("c.txt", "ben")


async def test_files_of_a_blocked_person_are_listed(people) -> None:
    """The browser collapses them, like the messages."""
    await send(people.asha, people.room, "c.txt")
    await blocks.block(people.ben, "asha")
    assert await names(people.ben, people.room) == ["c.txt"]


@postgres.sqlite_only
@pytest.mark.parametrize(
    "options", [{}, {"kind": Kinds.PICTURES}, {"user_id": 1}, {"kind": Kinds.OTHER, "user_id": 1}]
)
async def test_the_query_reads_only_messages_with_files(people, options) -> None:
    with statements() as seen:
        await files.of_room(people.ben, people.room, **options)
    listing, senders = [each for each in seen if "attachments" in each]

    def plan(session: Session) -> dict[str, list[str]]:
        explained = {}
        for name, statement in (("listing", listing), ("senders", senders)):
            marks = statement.count("?")
            connection = session.connection().connection.driver_connection
            rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", [1] * marks).fetchall()
            explained[name] = [row[3] for row in rows]
        return explained

    plans = await database.read(plan)
    for steps in plans.values():
        (messages,) = [step for step in steps if " messages " in step]
        assert "ix_messages_files (room_id=?" in messages, plans
        assert not [step for step in steps if step.startswith("SCAN")], plans
    assert not [step for step in plans["listing"] if "TEMP B-TREE" in step], plans


async def test_a_long_list_costs_as_many_queries_as_one_file(people) -> None:
    async def cost() -> int:
        with statements() as seen:
            await files.of_room(people.ben, people.room)
        return len(seen)

    await send(people.asha, people.room, "c.txt")
    one = await cost()
    for number in range(10):
        await send(people.asha, people.room, f"{number}.bin")
    assert await cost() == one == 3


@postgres.sqlite_only
async def test_the_index_of_files_is_partial(people) -> None:
    """Otherwise the query plan above would not prove what it costs."""

    def definition(session: Session) -> str:
        return str(
            session.exec(  # type: ignore[call-overload]
                text("SELECT sql FROM sqlite_master WHERE name = 'ix_messages_files'")
            ).one()[0]
        )

    assert (await database.read(definition)).endswith("WHERE kind = 'file'")


async def test_pasted_control_characters_are_left_out_of_a_caption(people) -> None:
    await send(people.asha, people.room, "d.bin", "Agenda\x0bMonday \x1b[31mred\x1b[0m\0")
    page = await history.since(people.ben, people.room, history.ShownRange(last=0))
    assert [message.text for message in page.messages] == ["Agenda\nMonday red"]

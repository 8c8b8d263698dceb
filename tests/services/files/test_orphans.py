"""Files and rows stay consistent after deletions, failures and `kill -9`."""

import asyncio
import importlib
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select, text

from models import LooseFile
from services import lifecycle
from services.core import app_context, events, joined
from services.core.disk import data_folder
from services.core.errors import ServiceError, Unavailable
from services.core.settings import Settings
from services.db import database
from services.files import forwarding, orphans, uploads
from services.files.store.folder import FolderStore
from services.messages import edits, messages
from services.rooms import purge
from services.rooms import settings as room_settings
from services.rooms.members import memberships
from tests.conftest import People, cheap, person, posix_only
from tests.http_client import Browser
from tests.killed import deadly, run_until_killed
from tests.server import Server
from tests.services.search.indexed import indexed_words
from tests.upload_client import (
    attachment_hashes,
    connect,
    file_form,
    file_sizes,
    new_message_id,
    previews_made,
    request_head,
    rows,
    send,
    stored_files,
    unfinished_uploads,
)

LOBBY = 1


async def forward(people: People, seq: int, number: str = "") -> int:
    """Forward ben's message to the Lobby; return its `seq` there."""
    message = await forwarding.forward(
        people.ben, people.room, seq, to_room=LOBBY, client_message_id=number or new_message_id()
    )
    return message.seq


# -- deletion ---------------------------------------------------------------------------------


async def test_deleting_a_message_deletes_its_file(people: People) -> None:
    message = await send(people.ben, people.room)
    assert len(await stored_files()) == 1
    await edits.delete(people.ben, people.room, message.seq)
    assert await stored_files() == set()


async def test_starting_twice_listens_once(people: People) -> None:
    before = {kind: len(listeners) for kind, listeners in events._listeners.items()}
    orphans.start()
    assert {kind: len(listeners) for kind, listeners in events._listeners.items()} == before
    await test_its_file_is_deleted_in_the_background(people)


async def test_its_file_is_deleted_in_the_background(people: People) -> None:
    message = await send(people.ben, people.room)
    [digest] = await stored_files()
    removed = asyncio.Event()
    files = app_context.current().files
    remove = files.remove

    async def tell(digests: list[str]) -> None:
        await remove(digests)
        removed.set()

    files.remove = tell
    await edits.delete(people.ben, people.room, message.seq)
    await asyncio.wait_for(removed.wait(), 10)
    assert not files.path(digest).exists()


async def test_a_file_stays_while_another_message_has_it(people: People) -> None:
    one = await send(people.ben, people.room, b"the same")
    two = await send(people.asha, LOBBY, b"the same")
    hashes = await stored_files()
    await edits.delete(people.ben, people.room, one.seq)
    assert await stored_files() == hashes
    await edits.delete(people.asha, LOBBY, two.seq)
    assert await stored_files() == set()


async def test_a_forwarded_message_has_the_same_file(people: People) -> None:
    message = await send(people.ben, people.room)
    hashes = await stored_files()
    seq = await forward(people, message.seq)
    assert await attachment_hashes() == [*hashes, *hashes]
    await edits.delete(people.ben, people.room, message.seq)
    assert await stored_files() == hashes
    await edits.delete(people.ben, LOBBY, seq)
    assert await stored_files() == set()


class Others:
    """This process is one of several."""

    followed = frozenset
    is_followed = audience = note_members = lambda *_asked: ()
    is_bus_up = does_jobs = True
    processes = 2
    counted: Counter[str] = Counter()


@pytest.fixture
def among_others() -> Iterator[None]:
    """Let this process be one of several."""
    joined.use(Others())
    yield
    joined.use(None)
    orphans._seen.clear()


@pytest.mark.usefixtures("among_others")
async def test_among_several_a_file_stays_for_a_while(people: People) -> None:
    message = await send(people.ben, people.room)
    [digest] = await attachment_hashes()
    path = app_context.current().files.path(digest)
    await edits.delete(people.ben, people.room, message.seq)
    await orphans.collect()
    assert path.exists()
    orphans._seen[digest] -= orphans.GRACE_SECONDS + 1
    await orphans.collect()
    assert not path.exists()


@pytest.mark.usefixtures("among_others")
async def test_a_file_that_was_removed_and_comes_again_stays_for_a_while_again(
    people: People,
) -> None:
    for _time in range(2):
        message = await send(people.ben, people.room)
        [digest] = await attachment_hashes()
        path = app_context.current().files.path(digest)
        await edits.delete(people.ben, people.room, message.seq)
        await orphans.collect()
        assert path.exists()
        orphans._seen[digest] -= orphans.GRACE_SECONDS + 1
        await orphans.collect()
        assert not path.exists()
    assert orphans._seen == {}


@pytest.mark.usefixtures("among_others")
async def test_among_several_no_more_than_some_are_known_to_be_loose(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "MAX_SEEN", 3)
    for number in range(5):
        await send(people.ben, people.room, b"%d" % number)
    await orphans.stop()
    gone = text("DELETE FROM messages")
    await database.write(lambda session: session.connection().execute(gone))
    for left in (5, 2, 0):
        await orphans.collect()
        assert len(orphans._seen) == min(left, 3)
        assert len(file_sizes(app_context.current().settings.data)) == left
        for digest in orphans._seen:
            orphans._seen[digest] -= orphans.GRACE_SECONDS + 1


@pytest.mark.usefixtures("among_others")
async def test_among_several_an_upload_may_take_longer_than_files_stay(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "RENEW_SECONDS", 0.01)
    files = app_context.current().files
    add, adding, may_end = files.add, asyncio.Event(), asyncio.Event()

    async def add_slowly(file: Path, digest: str) -> None:
        await add(file, digest)
        adding.set()
        await may_end.wait()

    monkeypatch.setattr(files, "add", add_slowly)
    upload = asyncio.create_task(send(people.ben, people.room))
    await adding.wait()
    [digest] = file_sizes(app_context.current().settings.data)
    try:
        for _pass in range(3):
            before = await busy_rows()
            async with asyncio.timeout(10):
                while (found := await busy_rows()) == before or not found:
                    await asyncio.sleep(0.01)
            with monkeypatch.context() as elsewhere:
                # The process that removes files does not know what this one stores.
                elsewhere.setattr(orphans, "_arriving", Counter())
                orphans._seen[digest] = time.monotonic() - orphans.GRACE_SECONDS - 1
                await orphans.collect()
            assert files.path(digest).exists()
    finally:
        may_end.set()
        await upload
    assert await attachment_hashes() == [digest]
    assert await busy_rows() == []


@pytest.mark.usefixtures("among_others")
async def test_what_a_crash_left_of_an_upload_is_forgotten(people: People) -> None:
    message = await send(people.ben, people.room)
    [digest] = await attachment_hashes()
    await database.write(partial(orphans._replace, (), f"{orphans.BUSY}01234567{digest}"))
    await edits.delete(people.ben, people.room, message.seq)
    for _time in range(2):  # first what says that it is being stored, and then the file
        await orphans.collect()
        assert app_context.current().files.path(digest).exists()
        for each in orphans._seen:
            orphans._seen[each] -= orphans.GRACE_SECONDS + 1
    await orphans.collect()
    assert await busy_rows() == []
    assert not app_context.current().files.path(digest).exists()


async def busy_rows() -> list[str]:
    """Return the rows that say of a file that it is being stored."""
    hashes = await database.read(lambda session: session.exec(select(LooseFile.hash)).all())
    return [each for each in hashes if each.startswith(orphans.BUSY)]


async def test_an_upload_waits_while_a_file_of_the_same_content_is_removed(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await send(people.ben, people.room)
    [digest] = await attachment_hashes()
    files = app_context.current().files
    remove, removing, may_remove = files.remove, asyncio.Event(), asyncio.Event()

    async def remove_late(digests: Collection[str]) -> None:
        removing.set()
        await may_remove.wait()
        await remove(digests)

    monkeypatch.setattr(files, "remove", remove_late)
    await edits.delete(people.ben, people.room, message.seq)
    await removing.wait()
    again = asyncio.create_task(send(people.ben, people.room))
    await asyncio.sleep(3 * orphans.WAIT_SECONDS)
    assert not again.done()
    may_remove.set()
    await again
    assert files.path(digest).exists()
    assert await attachment_hashes() == [digest]


async def test_what_a_crash_left_marked_is_removed(people: People) -> None:
    message = await send(people.ben, people.room)
    [digest] = await attachment_hashes()
    await orphans.stop()
    await edits.delete(people.ben, people.room, message.seq)
    await database.write(lambda session: orphans._mark({digest: False}, session))
    assert app_context.current().files.path(digest).exists()
    await orphans.collect()
    assert not app_context.current().files.path(digest).exists()
    assert await stored_files() == set()


@pytest.mark.skipif(sys.platform != "linux", reason="others have no clock that goes on")
async def test_who_was_frozen_before_removing_looks_again(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await send(people.ben, people.room)
    [digest] = await attachment_hashes()
    await orphans.stop()
    await edits.delete(people.ben, people.room, message.seq)
    await database.write(lambda session: orphans._mark({digest: False}, session))
    files, read, frozen = app_context.current().files, database.read, []

    async def read_and_freeze(query: Any) -> Any:
        marked = await read(query)
        if query is orphans._marked and not frozen:
            frozen.append(orphans.FRESH_SECONDS + 1)  # and so another does what is to be done
            await files.remove([digest])
            await database.write(lambda session: orphans._forget(marked, session))
            await send(people.ben, people.room)
        return marked

    monkeypatch.setattr(orphans.database, "read", read_and_freeze)
    # While a machine is suspended, this clock goes on, and `time.monotonic` does not.
    read_clock = time.clock_gettime
    assert orphans._clock() == pytest.approx(read_clock(time.CLOCK_BOOTTIME), abs=1)
    monkeypatch.setattr(
        time,
        "clock_gettime",
        lambda clock: read_clock(clock) + sum(frozen) * (clock == time.CLOCK_BOOTTIME),
    )
    await orphans.collect()
    assert frozen
    assert await attachment_hashes() == [digest]
    assert files.path(digest).exists()


async def test_an_upload_whose_file_another_process_removed_is_refused(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = messages.insert

    def insert_late(session: Session, *given: Any, **named: Any) -> Any:
        session.connection().execute(text("DELETE FROM loose_files"))  # as its collection does
        return insert(session, *given, **named)

    monkeypatch.setattr(messages, "insert", insert_late)
    with pytest.raises(Unavailable, match="could not be stored"):
        await send(people.ben, people.room)
    assert await attachment_hashes() == []


async def test_forwarding_twice_is_one_message(people: People) -> None:
    message = await send(people.ben, people.room)
    number = new_message_id()
    assert await forward(people, message.seq, number) == await forward(people, message.seq, number)
    assert len(await attachment_hashes()) == 2


async def test_a_forwarded_file_counts_towards_the_quota_of_the_forwarder(
    people: People, monkeypatch
) -> None:
    message = await send(people.asha, people.room, b"x" * 60)
    settings = app_context.current().settings.model_copy(update={"files_per_person": 100})
    opened = app_context.current()
    monkeypatch.setattr(
        app_context, "_current", type(opened)(**{**vars(opened), "settings": settings})
    )
    await forward(people, message.seq)
    with pytest.raises(ServiceError, match="Delete some"):
        await forward(people, message.seq)
    assert len(await attachment_hashes()) == 2


async def test_erasing_a_room_removes_its_files(people: People) -> None:
    await send(people.ben, people.room, b"goes")
    message = await send(people.ben, people.room, b"stays")
    await forward(people, message.seq)
    assert len(await stored_files()) == 2
    await room_settings.delete(people.asha, people.room, "Study group")
    await purge.wait()
    [digest] = await stored_files()
    assert app_context.current().files.path(digest).read_bytes() == b"stays"


async def test_files_of_a_person_who_left_stay(people: People) -> None:
    await send(people.ben, people.room)
    await memberships.leave(people.ben, people.room)
    assert len(await stored_files()) == 1


async def test_the_name_of_a_deleted_file_leaves_the_index(people: People) -> None:
    message = await send(people.ben, people.room, name="pineapple.txt")
    seq = await forward(people, message.seq)
    assert "pineapple" in await indexed_words()
    await edits.delete(people.ben, people.room, message.seq)
    assert "pineapple" in await indexed_words()
    await edits.delete(people.ben, LOBBY, seq)
    assert "pineapple" not in await indexed_words()


# -- failures ---------------------------------------------------------------------------------


async def test_a_failed_message_leaves_no_file(people: People, monkeypatch) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    await send(people.ben, people.room)
    hashes = await stored_files()
    monkeypatch.setattr(messages, "insert", full)
    with pytest.raises(Unavailable):
        await send(people.ben, people.room, b"else")
    assert await stored_files() == hashes


async def test_a_failed_deletion_keeps_the_file(people: People, monkeypatch) -> None:
    """The pass that removes files is in the same group of writes, and is rolled back with it."""
    message = await send(people.ben, people.room)
    hashes = await stored_files()
    digest = next(iter(hashes))
    files = app_context.current().files

    def group(session):
        edits._clear(session, messages.find(session, people.ben, people.room, message.seq)[2])
        session.flush()
        orphans._mark({digest: True}, session)
        raise ServiceError("the commit failed")

    with pytest.raises(ServiceError):
        await database.write(group)
    assert files.path(digest).exists()
    assert await stored_files() == hashes


async def test_a_file_is_uploaded_again_while_its_last_message_is_deleted(people: People) -> None:
    """Repeated, so that the steps interleave in many ways."""
    message = await send(people.ben, people.room)
    for _ in range(20):
        _deleted, _collected, message = await asyncio.gather(
            edits.delete(people.ben, people.room, message.seq),
            orphans.collect(),
            send(people.ben, people.room),
        )
        assert len(await stored_files()) == 1


async def test_an_uploaded_file_is_not_removed_before_its_message_is_stored(
    people: People, monkeypatch
) -> None:
    store, collected = uploads.Upload._store_message, []

    async def collect_first(upload, fields, text, attachment):
        assert app_context.current().files.path(attachment.hash).exists()
        await orphans.collect()
        collected.append(attachment.hash)
        return await store(upload, fields, text, attachment)

    monkeypatch.setattr(uploads.Upload, "_store_message", collect_first)
    await send(people.ben, people.room)
    assert set(collected) == await stored_files()


async def test_many_files_are_removed_in_chunks(people: People, monkeypatch) -> None:
    monkeypatch.setattr(orphans, "CHUNK_SIZE", 3)
    for number in range(10):
        await send(people.ben, people.room, b"%d" % number)
    assert len(await stored_files()) == 10
    gone = text("DELETE FROM messages")
    await database.write(lambda session: session.connection().execute(gone))
    assert await stored_files() == set()


async def test_unfinished_uploads_are_removed_at_startup(app_settings) -> None:
    for folder in ("", "1f2e"):  # as earlier versions, and as this one
        left = app_settings.data / "files" / "incoming" / folder / "left"
        left.parent.mkdir(exist_ok=True)
        left.write_bytes(b"half")
    left.parent.with_suffix(".lock").touch()
    assert unfinished_uploads(app_settings.data) == ["left", "left"]
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    assert unfinished_uploads(app_settings.data) == []


def test_a_start_leaves_the_uploads_of_other_processes_alone(tmp_path: Path) -> None:
    """They may share the folder of files."""
    running, gone, new = (FolderStore(tmp_path) for _process in range(3))
    for store in (running, gone):
        store.open(clears=False)
        store.incoming_path().write_bytes(b"half")
    gone._lock.release()  # as when the process is killed
    new.open(clears=True)
    assert len(list((tmp_path / "incoming").glob("*/*"))) == 1
    assert list(running.incoming_path().parent.iterdir())
    running.close()
    new.close()
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_file_in_use_is_not_replaced(tmp_path: Path, monkeypatch) -> None:
    """As on Windows, where that fails."""

    def in_use(_file: Path, _place: Path) -> None:
        raise PermissionError(13, "Access is denied")

    store = FolderStore(tmp_path)
    store.open(clears=True)
    place = store.path("ab")
    file = store.incoming_path()
    file.write_bytes(b"x")
    monkeypatch.setattr(Path, "replace", in_use)
    with pytest.raises(PermissionError):
        store._add(file, "ab")
    place.write_bytes(b"x")
    store._add(file, "ab")
    assert place.read_bytes() == b"x"


# -- kill -9 ----------------------------------------------------------------------------------


def upload_and_delete(data: Path, place: str, name: str, moment: str, turn: int = 1) -> None:
    """Send two files and delete one; a call of this function kills the process."""

    async def main() -> None:
        await lifecycle.startup(cheap(data))
        asha = await person("asha")
        await send(asha, LOBBY, b"stays", number="number-1")
        await orphans.stop()
        module, _, owner = place.partition(":")
        target = importlib.import_module(module)
        target = getattr(target, owner) if owner else target
        setattr(target, name, deadly(getattr(target, name), moment, turn))
        dot = data.with_name("dot.png").read_bytes()
        message = await send(asha, LOBBY, dot, name="dot.png", number="number-2")
        await previews_made()
        await edits.delete(asha, LOBBY, message.seq)
        await orphans.collect()

    asyncio.run(main())


STEPS = {
    "during the upload": ("services.files.store.incoming:Incoming", "write", "after"),
    "after it is flushed": ("services.files.store.incoming:Incoming", "close", "after"),
    "before its loose row": ("services.files.orphans", "note", "before"),
    "before it is in the store": ("services.files.store.folder:FolderStore", "_add", "before"),
    "after it is in the store": ("services.files.store.folder", "_move", "after"),
    "before its message": ("services.messages.messages", "insert", "before"),
    "before its message is committed": ("services.files.uploads", "attach", "after"),
    "after its message is committed": ("services.messages.messages", "publish_sent", "before"),
    "after its preview is in the store": ("services.files.store.folder", "_move", "after", 2),
    "before its preview is committed": ("services.files.previews", "_set", "after"),
    "before it is deleted": ("services.messages.edits", "_clear", "before"),
    "before the deletion is committed": ("services.messages.revisions", "bump", "after"),
    "after the deletion is committed": ("services.messages.edits", "publish_erased", "before"),
    "before it is removed": ("services.files.store.folder:FolderStore", "_remove", "before"),
    "after it is removed": ("services.files.store.folder:FolderStore", "_remove", "after"),
    "after its loose row is deleted": ("services.files.orphans", "_forget", "after"),
}


@posix_only
@pytest.mark.parametrize(
    "step",
    # Every second one in the default run: each starts a process and kills it.
    [pytest.param(step, marks=[pytest.mark.long] * (at % 2)) for at, step in enumerate(STEPS)],
)
async def test_rows_and_files_are_consistent_after_a_kill(app_folder: Path, step: str) -> None:
    from PIL import Image

    data = app_folder
    Image.new("RGB", (4, 4), "red").save(data.with_name("dot.png"))
    await asyncio.to_thread(run_until_killed, upload_and_delete, data, *STEPS[step])
    with data_folder.lock(data):
        await lifecycle.startup(cheap(data))
        try:
            await previews_made()
            hashes = await stored_files()
            on_disk = {file.name for file in (data / "files").glob("??/*")}
            previews = rows(data, "SELECT hash || '.preview' FROM attachments WHERE has_preview")
            assert on_disk == hashes | {name for (name,) in previews}
            assert len(previews) == len(hashes) - 1  # each picture has one
            assert any(
                app_context.current().files.path(digest).read_bytes() == b"stays"
                for digest in hashes
            )
            files = "SELECT count(*) FROM messages WHERE kind = 'file' AND deleted_at IS NULL"
            assert rows(data, files) == [(len(hashes),)]
        finally:
            await lifecycle.shutdown()


def test_an_upload_can_be_retried_after_the_server_is_killed(app_folder: Path) -> None:
    server = Server(app_folder).start()
    asha = Browser(server.address)
    asha.register("asha")
    number = new_message_id()
    body = file_form(b"x" * 1_000_000, number=number)
    with connect(server.port) as connection:
        connection.sendall(request_head(server.port, asha.cookie(), len(body)) + body[:600_000])
        incoming = server.data / "files" / "incoming"
        while not any(file.stat().st_size for file in incoming.glob("*/*")):
            assert server.process.poll() is None
        server.kill()
    assert unfinished_uploads(server.data)
    with server:
        assert unfinished_uploads(server.data) == []
        assert rows(server.data, "SELECT hash FROM attachments") == []
        for _ in range(2):
            with connect(server.port) as connection:
                connection.sendall(request_head(server.port, asha.cookie(), len(body)) + body)
                assert connection.recv(65536).startswith(b"HTTP/1.1 201")
        [(digest,)] = rows(server.data, "SELECT hash FROM attachments")
        assert (server.data / "files" / digest[:2] / digest).stat().st_size == 1_000_000


async def test_a_second_process_removes_nothing(app_settings: Settings) -> None:
    await lifecycle.shutdown()
    coming = app_settings.data / "files" / "incoming" / "still-coming"
    coming.write_bytes(b"x")
    await lifecycle.startup(app_settings, is_primary=False)
    assert coming.exists()
    assert not orphans._work.is_running
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    assert not coming.exists()
    assert orphans._work.is_running

"""Reads and writes on PostgreSQL: guarantees, and failures."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, select, text

from models import Membership, Room, RoomKind
from services.core.errors import Forbidden, ServiceError, Unavailable
from services.core.network import database_address
from services.db.database import Database
from tests import postgres
from tests.services.db.writes import BusyWriter, add, fail

if not postgres.SERVER:
    pytest.skip("needs CHAT_TEST_DATABASE", allow_module_level=True)

import psycopg

from services.db.postgres import connections, group_commit, schema
from services.db.postgres.backend import PostgresBackend
from services.db.postgres.connections import Server


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty database with tables."""
    folder = tmp_path_factory.mktemp("template")
    schema.prepare(database_address.parse(postgres.url(folder)))
    return folder


@pytest.fixture
def address(template: Path, tmp_path: Path) -> Iterator[database_address.DatabaseAddress]:
    """A database of its own."""
    postgres.copy(template, tmp_path)
    yield database_address.parse(postgres.url(tmp_path))
    postgres.drop(tmp_path)


@pytest.fixture
async def store(address: database_address.DatabaseAddress) -> AsyncIterator[Database]:
    """That database, opened."""
    store = Database(PostgresBackend(address))
    yield store
    await store.close()


def raising(state: str) -> Callable[[Session], None]:
    """Return a write that has PostgreSQL answer with an error of this SQLSTATE."""

    def write(session: Session) -> None:
        statement = f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"
        session.connection().execute(text(statement))

    return write


def names(session: Session) -> list[str]:
    return list(session.exec(select(Room.name).order_by(Room.name)))


def own_process(session: Session) -> int:
    found: int = session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one()
    return found


def terminate(process: int) -> None:
    """End the connection that a process of the server serves, as a restart does."""
    with psycopg.connect(postgres.SERVER, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))


# -- reading and writing -------------------------------------------------------


async def test_a_write_can_be_read(store: Database) -> None:
    number = await store.write(add("Chess"))
    assert await store.read(lambda session: session.get_one(Room, number).name) == "Chess"


async def test_readers_cannot_write(store: Database) -> None:
    with pytest.raises(Unavailable):
        await store.read(add("Chess"))
    assert await store.read(names) == []


async def test_a_read_is_one_snapshot(store: Database) -> None:
    first, go_on = threading.Event(), threading.Event()

    def twice(session: Session) -> tuple[list[str], list[str]]:
        before = names(session)
        first.set()
        assert go_on.wait(30)
        return before, names(session)

    reading = asyncio.ensure_future(store.read(twice))
    assert await asyncio.to_thread(first.wait, 30)
    await store.write(add("Chess"))
    go_on.set()
    assert await reading == ([], [])
    assert await store.read(names) == ["Chess"]


async def test_a_cached_read_is_valid_until_the_next_commit(store: Database) -> None:
    for name in ("Chess", "Go", "Mah-jongg"):
        await store.write(add(name))
        assert name in await store.read_cached("names", names)


async def test_a_cached_read_soon_sees_what_another_process_stores(
    store: Database, address: database_address.DatabaseAddress
) -> None:
    assert await store.read_cached("names", names) == []
    other = Database(PostgresBackend(address, Server.NONE))
    await other.write(add("Chess"))
    await other.close()
    await asyncio.sleep(0.25)
    assert await store.read_cached("names", names) == ["Chess"]


async def test_the_settings_for_durability(store: Database) -> None:
    def settings(session: Session) -> tuple[str, str]:
        shown = [session.connection().execute(text(f"SHOW {name}")).scalar_one() for name in ASKED]
        return shown[0], shown[1]

    ASKED = ("synchronous_commit", "transaction_isolation")
    assert await store.write(settings) == ("on", "read committed")
    assert await store.read(settings) == ("on", "repeatable read")


async def test_its_size_is_known(store: Database) -> None:
    size = await store.read(store._backend.size)
    assert 5 * 10**6 < size < 10**8


async def test_foreign_keys_are_enforced(store: Database) -> None:
    with pytest.raises(IntegrityError):
        await store.write(lambda session: session.add(Membership(room_id=1, user_id=1)))


# -- groups --------------------------------------------------------------------


async def test_waiting_writes_are_committed_together(
    store: Database, commits: list[object]
) -> None:
    async with BusyWriter(store) as busy:
        tasks = busy.submit(*(add(f"Room {number}") for number in range(40)))
    assert len(set(await asyncio.gather(*tasks))) == 40
    assert len(commits) == 2


async def test_a_group_is_bounded(store: Database, commits: list[object]) -> None:
    async with BusyWriter(store) as busy:
        tasks = busy.submit(*(add(f"Room {number}") for number in range(100)))
    await asyncio.gather(*tasks)
    assert len(commits) == 3


async def test_a_failed_write_does_not_affect_its_group(store: Database) -> None:
    async with BusyWriter(store) as busy:
        tasks = busy.submit(add("Chess"), fail("Go"), add("Chess", RoomKind.PUBLIC), add("Bridge"))
        again = busy.submit(add("Chess", RoomKind.PUBLIC))
    results = await asyncio.gather(*tasks, *again, return_exceptions=True)
    assert [type(each) for each in results] == [int, ZeroDivisionError, int, int, IntegrityError]
    assert await store.read(names) == ["Bridge", "Chess", "Chess"]


def refuse(_session: Session) -> None:
    raise Forbidden("You may not.")


async def test_refused_writes_do_not_undo_the_group(store: Database, commits: list[object]) -> None:
    runs: list[str] = []

    def write(name: str) -> Callable[[Session], int]:
        def counted(session: Session) -> int:
            runs.append(name)
            return add(name)(session)

        return counted

    async with BusyWriter(store) as busy:
        tasks = busy.submit(write("Chess"), refuse, write("Go"), refuse, write("Bridge"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [int, Forbidden, int, Forbidden, int]
    assert len(commits) == 2, "one is that of the write before"
    assert sorted(runs) == ["Bridge", *["Chess"] * 3, "Go", "Go"]
    assert await store.read(names) == ["Bridge", "Chess", "Go"]


async def test_with_many_refused_writes_each_of_the_rest_runs_alone(
    store: Database, commits: list[object]
) -> None:
    runs: list[int] = []

    def write(session: Session) -> int:
        runs.append(0)
        return add(f"Room {len(runs)}")(session)

    async with BusyWriter(store) as busy:
        tasks = busy.submit(write, *[refuse] * 30, write)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [int, *[Forbidden] * 30, int]
    assert len(commits) == 3
    assert len(runs) == group_commit.MAX_TOGETHER + 2


async def test_a_write_that_another_one_of_its_group_made_fail_runs_again(
    store: Database,
) -> None:
    """The other one takes back what was in the way."""
    ran: list[str] = []

    def write(session: Session) -> int:
        ran.append("write")
        return add("Chess", RoomKind.PUBLIC)(session)

    def passing(session: Session) -> None:
        ran.append("passing")
        if ran.count("passing") > 1:
            raise Forbidden("You may not any more.")
        add("Chess", RoomKind.PUBLIC)(session)

    async with BusyWriter(store) as busy:
        tasks = busy.submit(passing, write, add("Go"))
    refused, number, other = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(refused, Forbidden)
    assert isinstance(number, int)
    assert isinstance(other, int)
    assert ran == ["passing", "write", "passing", "write"]
    assert await store.read(names) == ["Chess", "Go"]


async def test_an_object_from_outside_is_stored_though_another_write_of_its_group_fails(
    store: Database,
) -> None:
    """It was inserted once before that."""
    room = Room(kind=RoomKind.PRIVATE, name="Chess", name_key="Chess")

    def write(session: Session) -> int:
        session.add(room)
        session.flush()
        return room.id or 0

    async with BusyWriter(store) as busy:
        tasks = busy.submit(write, fail("Go"))
    number, _failed = await asyncio.gather(*tasks, return_exceptions=True)
    assert await store.read(lambda session: session.get_one(Room, number).name) == "Chess"


async def test_a_write_that_goes_on_after_an_error_fails(store: Database) -> None:
    """PostgreSQL would answer its COMMIT with ROLLBACK, which is no error."""

    def careless(session: Session) -> str:
        add("Chess")(session)
        with pytest.raises(DBAPIError):
            session.connection().execute(text("SELECT 1 / 0"))
        return "stored"

    with pytest.raises(RuntimeError, match="went on after an error"):
        await store.write(careless)
    async with BusyWriter(store) as busy:
        tasks = busy.submit(add("Go"), careless)
    stored, refused = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(stored, int)
    assert isinstance(refused, RuntimeError)
    assert await store.read(names) == ["Go"]


async def test_close_finishes_pending_writes(
    address: database_address.DatabaseAddress,
) -> None:
    store = Database(PostgresBackend(address))
    tasks = [asyncio.ensure_future(store.write(add(f"Room {each}"))) for each in range(10)]
    await asyncio.sleep(0)
    await store.close()
    assert len(set(await asyncio.gather(*tasks))) == 10
    with pytest.raises(Unavailable):
        await store.write(add("late"))


@contextmanager
def locked(address: database_address.DatabaseAddress) -> Iterator[None]:
    """Let nobody write within the block, as another process that writes."""
    with connections.connect(address) as other:
        other.execute(group_commit.BEGIN, (group_commit.WRITER_LOCK,))
        yield


def wait_briefly(session: Session) -> None:
    """Have the writer's connection wait for locks for a short time."""
    session.connection().execute(text("SET lock_timeout = '300ms'"))


async def test_a_lock_is_waited_for_once_for_a_group(
    store: Database, address: database_address.DatabaseAddress
) -> None:
    await store.write(wait_briefly)
    with locked(address):
        began = time.monotonic()
        tasks = (store.write(add(f"Room {number}")) for number in range(10))
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert time.monotonic() - began < 1.5
    assert all(isinstance(each, Unavailable) and "busy" in each.message for each in results)
    await store.write(add("Chess"))
    assert await store.read(names) == ["Chess"]


@pytest.mark.parametrize("state", ["53100", "55P03", "57014"])
async def test_what_is_for_all_of_a_group_is_met_once(store: Database, state: str) -> None:
    runs: list[int] = []

    def write(session: Session) -> None:
        runs.append(add(f"Room {len(runs)}")(session))

    async with BusyWriter(store) as busy:
        tasks = busy.submit(write, raising(state), write)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [Unavailable] * 3
    assert len(runs) == 1
    assert await store.read(names) == []


# -- the connection breaks ------------------------------------------------------


async def test_the_next_write_and_the_next_reads_connect_again(store: Database) -> None:
    terminate(await store.write(own_process))
    await store.write(add("Chess"))
    for _reader in range(8):
        terminate(await store.read(own_process))
        assert await store.read(names) == ["Chess"]


def holder(address: database_address.DatabaseAddress) -> int | None:
    """Return the process of the PostgreSQL server that holds the lock of a chat server."""
    with connections.connect(address) as other:
        found = other.execute(
            "SELECT pid FROM pg_locks JOIN pg_database ON oid = database "
            "WHERE locktype = 'advisory' AND objid = %s AND datname = %s",
            (connections.SERVER_LOCK, address.name),
        ).fetchall()
    return found[0][0] if found else None


async def test_a_server_that_writes_nothing_takes_its_place_back(
    address: database_address.DatabaseAddress,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(PostgresBackend, "idle_seconds", 0.1)
    store = Database(PostgresBackend(address))
    first = await store.write(own_process)
    with away(address):
        terminate(first)
        await asyncio.sleep(0.5)
        said = [each.getMessage() for each in caplog.records if "group_commit" in each.name]
        assert len(said) == len(set(said)) >= 1
        assert "not currently accepting connections" in said[-1]
    until = time.monotonic() + 5
    while (found := await asyncio.to_thread(holder, address)) is None:
        assert time.monotonic() < until
        await asyncio.sleep(0.05)
    assert found != first
    assert "connected to the database again" in caplog.text
    assert await store.write(own_process) == found
    await store.close()


async def test_a_broken_network_is_noticed_before_writes_fail(store: Database) -> None:
    """By both sides, or the server's place would still be taken when it connects again."""

    def seconds(session: Session) -> list[float]:
        raw = session.connection().connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        own = raw.info.get_parameters()
        names = ("keepalives_idle", "keepalives_interval", "keepalives_count")
        there = [int(raw.execute(f"SHOW tcp_{name}").fetchall()[0][0]) for name in names]
        idle, interval, count = (int(own[name]) for name in names)
        [(unanswered,)] = raw.execute(
            "SELECT setting::int FROM pg_settings WHERE name = 'tcp_user_timeout'"
        ).fetchall()
        return [
            *(idle + interval * count, there[0] + there[1] * there[2]),
            *(int(own["tcp_user_timeout"]) / 1000, unanswered / 1000),
        ]

    assert all(0 < each < group_commit.PATIENCE_SECONDS for each in await store.write(seconds))


async def test_what_the_host_sets_for_other_programs_does_not_end_the_session(
    address: database_address.DatabaseAddress,
) -> None:
    limits = {"idle_session_timeout": "1h", "statement_timeout": "1h"}
    with connections.connect(address) as other:
        for name, value in (limits | {"default_transaction_read_only": "on"}).items():
            other.execute(f"ALTER DATABASE {address.name} SET {name} = '{value}'")
    store = Database(PostgresBackend(address))
    for name in limits:
        shown = text(f"SHOW {name}")
        assert await store.write(lambda each, q=shown: each.connection().execute(q).scalar()) == "0"
    await store.write(add("Chess"))
    await store.close()


@pytest.mark.parametrize(
    ("server", "seconds"), [(Server.ALONE, "1min"), (Server.ONE_OF_SEVERAL, "5s")]
)
async def test_only_commits_among_several_may_not_be_idle_for_long(
    address: database_address.DatabaseAddress, server: Server, seconds: str
) -> None:
    """A migration may compute for longer."""
    shown = text("SHOW idle_in_transaction_session_timeout")
    with connections.writing(address, server) as connection:
        assert connection.execute(shown).scalar() == "1min"
    store = Database(PostgresBackend(address, server))
    found = await store.write(lambda session: session.connection().execute(shown).scalar())
    await store.close()
    assert found == seconds


async def test_a_write_whose_connection_breaks_runs_again(store: Database) -> None:
    broken: list[int] = []

    def write(session: Session) -> int:
        number = add("Chess")(session)
        if not broken:
            broken.append(own_process(session))
            terminate(broken[0])
        session.connection().execute(text("SELECT 1"))
        return number

    assert await store.write(write)
    assert await store.read(names) == ["Chess"]


@contextmanager
def away(address: database_address.DatabaseAddress) -> Iterator[None]:
    """Let nobody connect to a database within the block."""
    with psycopg.connect(postgres.SERVER, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {address.name} ALLOW_CONNECTIONS false")
        try:
            yield
        finally:
            other.execute(f"ALTER DATABASE {address.name} ALLOW_CONNECTIONS true")


@contextmanager
def lost_answer(*, is_committed: bool = True) -> Iterator[None]:
    """Within the block, break the writer's connection in its first commit, or just before it."""
    commit = psycopg.Connection.commit
    lost: list[Any] = []

    def lose(connection: "psycopg.Connection[Any]") -> None:
        if lost or threading.current_thread().name != "writer":
            return commit(connection)
        lost.append(connection)
        if is_committed:
            commit(connection)
        terminate(connection.info.backend_pid)
        connection.close()
        raise psycopg.OperationalError("the connection is lost")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Connection, "commit", lose)
        yield
    assert lost


@pytest.mark.parametrize("is_committed", [True, False])
async def test_when_the_answer_to_a_commit_is_lost_it_is_asked_for(
    store: Database, is_committed: bool
) -> None:
    runs: list[int] = []

    def write(session: Session) -> int:
        runs.append(0)
        return add("Chess")(session)

    with lost_answer(is_committed=is_committed):
        assert await store.write(write)
    assert len(runs) == (1 if is_committed else 2)
    assert await store.read(names) == ["Chess"]


async def test_people_are_told_when_nobody_knows_whether_it_is_stored(
    store: Database,
    address: database_address.DatabaseAddress,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer to the commit is lost, and the server stays away."""
    monkeypatch.setattr(group_commit, "PATIENCE_SECONDS", 0.5)
    with away(address), lost_answer(), pytest.raises(Unavailable, match="Reload to see"):
        await store.write(add("Chess"))
    assert await store.read(names) == ["Chess"]


async def test_nothing_is_stored_of_what_was_not_yet_committed(
    store: Database,
    address: database_address.DatabaseAddress,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The connection breaks before the commit, and the server stays away."""
    monkeypatch.setattr(group_commit, "PATIENCE_SECONDS", 0.5)

    def write(session: Session) -> None:
        add("Chess")(session)
        terminate(own_process(session))
        session.connection().execute(text("SELECT 1"))

    with away(address), pytest.raises(Unavailable, match="Nothing was stored"):
        await store.write(write)
    assert await store.read(names) == []


@pytest.mark.parametrize("is_committed", [True, False])
async def test_after_a_crash_no_number_of_a_transaction_is_trusted_that_is_committed(
    address: database_address.DatabaseAddress,
    monkeypatch: pytest.MonkeyPatch,
    is_committed: bool,
) -> None:
    """It may be another one's, as a crash may lose which numbers were given."""
    # Each connection finds another time of the last crash; a real one would hit other tests.
    monkeypatch.setattr(group_commit, "LIFE", "SELECT clock_timestamp()::text")
    store = Database(PostgresBackend(address))
    with lost_answer(is_committed=is_committed):
        if is_committed:
            with pytest.raises(Unavailable, match="Reload to see"):
                await store.write(add("Chess"))
        else:
            await store.write(add("Chess"))
    assert await store.read(names) == ["Chess"]
    await store.close()


async def test_a_write_that_always_breaks_its_connection_fails_alone(store: Database) -> None:
    def poison(session: Session) -> None:
        terminate(own_process(session))
        session.connection().execute(text("SELECT 1"))

    async with BusyWriter(store) as busy:
        tasks = busy.submit(add("Chess"), poison, add("Go"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [int, Unavailable, int]
    assert await store.read(names) == ["Chess", "Go"]


async def test_writes_wait_for_a_server_that_is_away_and_then_fail(
    store: Database,
    address: database_address.DatabaseAddress,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE_SECONDS", 1.0)
    process = await store.write(own_process)
    readers = [await store.read(own_process) for _reader in range(8)]
    with away(address):
        for each in {process, *readers}:
            terminate(each)
        began = time.monotonic()
        with pytest.raises(Unavailable, match="cannot reach its database"):
            await store.write(add("Chess"))
        assert 1 <= time.monotonic() - began < 5
        began = time.monotonic()
        with pytest.raises(Unavailable, match="cannot reach its database"):
            await store.write(add("Go"))
        assert time.monotonic() - began < 1, "it is waited for once"
        with pytest.raises(Unavailable, match="cannot reach its database"):
            await store.read(names)
    await store.write(add("Bridge"))
    assert await store.read(names) == ["Bridge"]


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
async def test_what_postgresql_cannot_take_is_refused_in_a_sentence(
    store: Database, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    def look(session: Session) -> list[int | None]:
        return list(session.exec(select(Room.id).where(Room.name == text)))

    async with asyncio.TaskGroup() as several:  # so that every reader has a connection
        for _reader in range(20):
            several.create_task(store.read(own_process))
    before = connected(store)
    for _time in range(10):
        with pytest.raises(ServiceError, match="cannot be stored"):
            await store.read(look)
    assert connected(store) == before
    with pytest.raises(ServiceError, match="cannot be stored"):
        await store.write(add(text))
    await store.write(add("later"))
    assert await store.read(names) == ["later"]
    assert text not in caplog.text
    assert "takes no such value" in caplog.text


def connected(store: Database) -> list[int]:
    """Return the processes of the server that serve the readers."""
    return sorted(
        each.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        for each in store._connections
    )


@pytest.mark.parametrize("number", [2**63, 2**64])
async def test_too_large_a_number_is_refused_in_a_sentence(store: Database, number: int) -> None:
    with pytest.raises(ServiceError, match="cannot be stored"):
        await store.read(lambda session: session.get(Room, number))


async def test_a_conflict_with_another_transaction_runs_again(store: Database) -> None:
    runs: list[int] = []

    def write(session: Session) -> int:
        runs.append(0)
        number = add("Chess")(session)
        if len(runs) == 1:
            raising("40001")(session)
        return number

    assert await store.write(write)
    assert len(runs) == 2
    assert await store.read(names) == ["Chess"]


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("53100", "disk is full"),
        ("53300", "too many connections"),
        ("55P03", "busy"),
        ("57014", "busy"),
        ("58030", "cannot reach its database"),
    ],
)
def test_an_error_has_a_sentence(state: str, sentence: str) -> None:
    error = psycopg.errors.lookup(state)("what PostgreSQL says")
    assert sentence in connections.unavailable(error).message
    wrapped = DBAPIError.instance("SELECT 1", None, error, psycopg.Error)
    assert sentence in connections.unavailable(wrapped).message


# -- other processes -------------------------------------------------------------


async def test_a_second_server_is_refused(
    store: Database, address: database_address.DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "ALONE_SECONDS", 0.2)
    with pytest.raises(Unavailable, match=f"Another Simple Chat is using.*{address.name}"):
        PostgresBackend(address)
    await store.write(add("Chess"))


async def test_a_server_that_lost_its_place_stores_nothing(
    store: Database,
    address: database_address.DatabaseAddress,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Another one has taken the lock while the connection was broken; the log tells the host."""
    monkeypatch.setattr(connections, "ALONE_SECONDS", 0.2)
    monkeypatch.setattr(group_commit, "PATIENCE_SECONDS", 0.5)
    process = await store.write(own_process)
    terminate(process)
    other = Database(PostgresBackend(address))
    with pytest.raises(Unavailable, match="cannot reach its database"):
        await store.write(add("Chess"))
    assert caplog.text.count("Another Simple Chat is using") == 1
    await other.close()
    await store.write(add("Go"))
    assert await store.read(names) == ["Go"]


async def test_a_command_beside_the_server_writes_when_that_does_not(
    store: Database, address: database_address.DatabaseAddress
) -> None:
    """Nobody reads what another one is about to change."""
    other = Database(PostgresBackend(address, Server.NONE))
    room = await store.write(add("Chess"))

    def advance(session: Session) -> None:
        found = session.get_one(Room, room)
        seq = found.last_seq
        time.sleep(0.002)
        found.last_seq = seq + 1
        session.add(found)

    await asyncio.gather(*(each.write(advance) for each in (store, other) * 20))
    await other.close()
    assert await store.read(lambda session: session.get_one(Room, room).last_seq) == 40

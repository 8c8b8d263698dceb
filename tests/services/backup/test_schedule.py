"""Nightly backups: made during writes, verified, pruned, with failures reported."""

import asyncio
import itertools
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import htpy as h
import pytest
from starlette.requests import Request

from chat_ui.admin import backups
from chat_ui.server import app
from services import lifecycle
from services.backup import schedule, snapshot, status, worker
from services.backup.restore import restore
from services.backup.schedule import Backups
from services.backup.status import BackupStatus, Problem
from services.backup.worker import make, named
from services.core import app_context
from services.core.disk import data_folder
from services.core.settings import Settings
from services.files.store.folder import FolderStore
from services.messages import messages
from tests import postgres
from tests.conftest import People, cheap, person
from tests.services.backup.test_backup import files, rows
from tests.upload_client import file_sizes, send

pytestmark = postgres.sqlite_only

THEN = datetime(2026, 11, 26, 3, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call of the worker's `now` is a day later."""
    days = itertools.count()
    monkeypatch.setattr(worker, "now", lambda: THEN + timedelta(days=next(days)))


@pytest.fixture
async def data(people: People) -> Path:
    """The data folder of the running app, with a message and two files."""
    await messages.send(people.asha, people.room, "said", "message-1")
    await send(people.asha, people.room, b"one")
    await send(people.ben, people.room, b"two")
    return app_context.current().settings.data


def left(data: Path) -> set[str]:
    """Return the names in the folder of backups that are not backups."""
    return {each.name for each in (data / "backups").iterdir()} - {
        each.name for each in named(data)
    }


async def test_a_backup_is_made_and_verified_in_its_own_process(
    data: Path, people: People, tmp_path: Path
) -> None:
    making = asyncio.create_task(schedule.make())
    number = 0
    while not making.done():
        number += 1
        await messages.send(people.ben, people.room, "meanwhile", f"meanwhile-{number:04}")
        await asyncio.sleep(0.2)
    known = schedule.last()
    assert (known.problem, known.missing) == (None, 0), known.detail
    assert known.proven_at
    assert status.read(data) == known
    [backup] = named(data)
    assert left(data) <= {"lock", "proven.json"}
    assert backup.stat().st_mode & 0o077 == 0
    assert {file.stat().st_nlink for file in (backup / "files").glob("??/*")} == {2}
    restored = restore(tmp_path / "new", backup)
    assert (restored.files, restored.lost) == (2, [])
    assert files(tmp_path / "new") == files(data)
    said = {row[0]: row for row in rows(data / "chat.db")["messages"]}
    found = rows(tmp_path / "new" / "chat.db")["messages"]
    assert len(found) >= 3
    assert all(said[row[0]] == row for row in found)
    assert schedule.overview(people.asha) == Backups(7, known)


async def test_the_oldest_are_removed(data: Path, clock: None) -> None:
    for _ in range(5):
        assert make(data, 3).problem is None
    there = [each.name for each in named(data)]
    assert len(there) == 3
    assert there == sorted(there)
    assert make(data, 2).problem is None
    assert len(named(data)) == 2
    assert named(data)[0].name == there[-1]
    assert left(data) <= {"lock", "proven.json"}


def damage_database(made: Path) -> None:
    (made / "chat.db").write_bytes(b"an essay" * 100_000)


def lose_a_file(made: Path) -> None:
    next((made / "files").glob("??/*")).unlink()


def lose_a_row(made: Path) -> None:
    with closing(sqlite3.connect(made / "chat.db")) as connection, connection:
        connection.execute("DELETE FROM users WHERE username = 'ben'")


@pytest.mark.parametrize("damage", [damage_database, lose_a_file, lose_a_row])
async def test_an_unsound_backup_is_discarded(
    data: Path, clock: None, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    """And the older one stays."""
    first = make(data, 1)
    before = named(data)
    gather = snapshot.gather

    def damaged(folder: Path, copy: Path, *arguments: object, **options: object) -> set[str]:
        missing = gather(folder, copy, *arguments, **options)
        damage(copy.parent)
        return missing

    monkeypatch.setattr(snapshot, "gather", damaged)
    known = make(data, 1)
    assert known.problem is Problem.UNSOUND, known.detail
    assert known.proven_at == first.proven_at
    assert named(data) == before
    assert left(data) <= {"lock", "proven.json"}


@pytest.mark.parametrize("is_there", [False, True])
async def test_files_lost_before_are_counted_and_do_not_fail_the_backup(
    data: Path, is_there: bool
) -> None:
    lost = FolderStore(data / "files").path(next(iter(file_sizes(data))))
    lost.unlink()
    if is_there:
        lost.write_bytes(b"???")
    known = make(data, 7)
    assert (known.problem, known.missing) == (None, 1)
    assert known.proven_at
    assert len(named(data)) == 1


async def test_a_nearly_full_disk_is_a_problem(small_disk: Path) -> None:
    settings = cheap(small_disk / "data")
    with data_folder.lock(settings.data):
        await lifecycle.startup(settings)
        await person("asha")
        free = shutil.disk_usage(small_disk).free
        (small_disk / "filler").write_bytes(bytes(free - 100_000))
        known = make(settings.data, 7)
        await lifecycle.shutdown()
    assert (known.problem, known.proven_at) == (Problem.DISK, None)
    assert named(settings.data) == []
    assert left(settings.data) <= {"lock", "proven.json"}


async def test_a_failed_worker_is_recorded(data: Path) -> None:
    (data / "backups").write_bytes(b"a file where a folder should be")
    await schedule.make()
    known = schedule.last()
    assert known.problem is Problem.FAILED
    assert "backups" in known.detail


async def test_an_interrupted_backup_is_removed(data: Path) -> None:
    making = asyncio.create_task(schedule.make())
    while not list(data.glob("backups/.making-*")):
        assert not making.done()
        await asyncio.sleep(0.001)
    making.cancel()
    await asyncio.wait([making])
    assert named(data) == []
    assert make(data, 7).problem is None
    assert left(data) <= {"lock", "proven.json"}


# -- schedule ---------------------------------------------------------------------------------


def local(text: str) -> datetime:
    """Return a time in the local time zone."""
    return datetime.fromisoformat(text).astimezone()


def test_a_backup_is_due_at_three_and_after_a_missed_one() -> None:
    proven = BackupStatus(proven_at=local("2026-11-26 03:00"), tried_at=local("2026-11-26 03:00"))
    for at, due in (
        ("2026-11-26 03:01", False),
        ("2026-11-27 02:59", False),
        ("2026-11-27 03:00", True),
        ("2026-11-27 09:00", True),
        ("2026-12-24 01:00", True),
    ):
        assert schedule.is_due(proven, local(at)) == due, at
    assert schedule.is_due(BackupStatus(), local("2026-11-26 12:00"))


def test_a_failed_backup_is_retried_later() -> None:
    failed = BackupStatus(tried_at=local("2026-11-27 03:00"), problem=Problem.DISK)
    assert not schedule.is_due(failed, local("2026-11-27 03:30"))
    assert schedule.is_due(failed, local("2026-11-27 04:01"))


@pytest.mark.parametrize("wanted", [0, 3])
async def test_the_schedule_runs_unless_disabled(
    app_settings: Settings, monkeypatch: pytest.MonkeyPatch, wanted: int
) -> None:
    await lifecycle.shutdown()
    made = asyncio.Event()

    async def make_none() -> None:
        made.set()

    for name, value in (
        ("START_DELAY_SECONDS", 0),
        ("INTERVAL_SECONDS", 0.01),
        ("make", make_none),
    ):
        monkeypatch.setattr(schedule, name, value)
    await lifecycle.startup(app_settings.model_copy(update={"backups": wanted}))
    assert schedule._work.is_running == bool(wanted)
    if wanted:
        await asyncio.wait_for(made.wait(), 10)
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings, is_primary=False)
    assert not schedule._work.is_running


# -- status -----------------------------------------------------------------------------------


async def test_healthz_has_the_time_of_the_last_verified_backup(app_settings: Settings) -> None:
    status.write(app_settings.data, BackupStatus(proven_at=THEN, tried_at=THEN))
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    answer = await app.healthz(Request({"type": "http"}))
    assert json.loads(answer.body)["backup"] == {"last_proven": "2026-11-26T03:00:00+00:00"}


def test_an_invalid_status_file_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "proven.json").write_text(json.dumps({"proven_at": "yesterday"}))
    assert status.read(tmp_path) == BackupStatus()


def test_administrators_see_the_status() -> None:
    def shown(most: int, **known: object) -> str:
        return str(h.div[list(backups.draw(Backups(most, BackupStatus(**known))))])

    assert "None yet." in shown(7)
    assert "CHAT_BACKUPS is 0" in shown(0)
    good = shown(7, proven_at=THEN)
    assert 'datetime="2026-11-26T03:00:00.000+00:00"' in good
    assert "role" not in good
    assert "1 file was already missing" in shown(7, proven_at=THEN, missing=1)
    bad = shown(7, proven_at=THEN, problem=Problem.UNSOUND, detail="<essay>")
    assert "Last verified backup:" in bad
    assert "failed its check (&lt;essay&gt;)" in bad
    assert "nearly full" in shown(7, problem=Problem.DISK)

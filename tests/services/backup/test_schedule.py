"""The nightly backups: made beside people who write, proven, pruned, and honest about failures."""

import asyncio
import itertools
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import htpy as h
import pytest

from chat_ui.admin import backups
from chat_ui.server import app
from services import lifecycle
from services.backup import schedule, snapshot, status, worker
from services.backup.restore import restore
from services.backup.status import Problem, Proof
from services.backup.worker import make, named
from services.core import app_context, data_folder
from services.core.dto import Backups
from services.core.settings import Settings
from services.files import usage
from services.files.store import Store
from services.messages import messages
from tests.conftest import People, cheap, person
from tests.services.backup.test_backup import files, rows
from tests.upload_client import kept, send

THEN = datetime(2026, 11, 26, 3, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock of the worker is a day later."""
    days = itertools.count()
    monkeypatch.setattr(worker, "now", lambda: THEN + timedelta(days=next(days)))


@pytest.fixture
async def data(people: People) -> Path:
    """The folder of an open house in which there are a message and two files."""
    await messages.send(people.asha, people.room, "said", "message-1")
    await send(people.asha, people.room, b"one")
    await send(people.ben, people.room, b"two")
    return app_context.current().settings.data


def left(data: Path) -> set[str]:
    """Return what lies in the folder of backups besides those that have a name."""
    return {each.name for each in (data / "backups").iterdir()} - {
        each.name for each in named(data)
    }


async def test_one_is_made_and_proven_by_a_process_of_its_own(
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
    assert (await usage.usage(people.asha)).backups == Backups(7, known)


async def test_the_oldest_go(data: Path, clock: None) -> None:
    for _ in range(9):
        assert make(data, 7).problem is None
    there = [each.name for each in named(data)]
    assert len(there) == 7
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
    with closing(sqlite3.connect(made / "chat.db")) as line, line:
        line.execute("DELETE FROM users WHERE username = 'ben'")


@pytest.mark.parametrize("damage", [damage_database, lose_a_file, lose_a_row])
async def test_what_is_not_sound_is_not_kept(
    data: Path, clock: None, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    """Nor does it push out an older one."""
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
async def test_what_was_lost_before_is_told_and_stops_nothing(data: Path, is_there: bool) -> None:
    lost = Store(data / "files").path(next(iter(kept(data))))
    lost.unlink()
    if is_there:
        lost.write_bytes(b"???")
    known = make(data, 7)
    assert (known.problem, known.missing) == (None, 1)
    assert known.proven_at
    assert len(named(data)) == 1


async def test_a_disk_that_is_nearly_full(small_disk: Path) -> None:
    settings = cheap(small_disk / "data")
    with data_folder.lock(settings.data):
        await lifecycle.startup(settings)
        await person("asha")
        (small_disk / "filler").write_bytes(bytes(3_300_000))
        known = make(settings.data, 7)
        await lifecycle.shutdown()
    assert (known.problem, known.proven_at) == (Problem.DISK, None)
    assert named(settings.data) == []
    assert left(settings.data) <= {"lock", "proven.json"}


async def test_a_worker_that_fails_is_told(data: Path) -> None:
    (data / "backups").write_bytes(b"a file where a folder should be")
    await schedule.make()
    known = schedule.last()
    assert known.problem is Problem.FAILED
    assert "backups" in known.detail


async def test_one_that_is_cut_short_is_cleared_away(data: Path) -> None:
    making = asyncio.create_task(schedule.make())
    while not list(data.glob("backups/.making-*")):
        assert not making.done()
        await asyncio.sleep(0.001)
    making.cancel()
    await asyncio.wait([making])
    assert named(data) == []
    assert make(data, 7).problem is None
    assert left(data) <= {"lock", "proven.json"}


# -- when -------------------------------------------------------------------------------------


def local(text: str) -> datetime:
    """Return a moment by the clock of this place."""
    return datetime.fromisoformat(text).astimezone()


def test_it_is_due_at_three_and_when_one_was_missed() -> None:
    proven = Proof(proven_at=local("2026-11-26 03:00"), tried_at=local("2026-11-26 03:00"))
    for at, due in (
        ("2026-11-26 03:01", False),
        ("2026-11-27 02:59", False),
        ("2026-11-27 03:00", True),
        ("2026-11-27 09:00", True),
        ("2026-12-24 01:00", True),
    ):
        assert schedule.is_due(proven, local(at)) == due, at
    assert schedule.is_due(Proof(), local("2026-11-26 12:00"))


def test_after_a_failure_it_is_tried_again_later() -> None:
    failed = Proof(tried_at=local("2026-11-27 03:00"), problem=Problem.DISK)
    assert not schedule.is_due(failed, local("2026-11-27 03:30"))
    assert schedule.is_due(failed, local("2026-11-27 04:01"))


@pytest.mark.parametrize("wanted", [0, 3])
async def test_it_goes_on_by_itself_unless_none_are_wanted(
    opened: Settings, monkeypatch: pytest.MonkeyPatch, wanted: int
) -> None:
    await lifecycle.shutdown()
    made = asyncio.Event()

    async def note() -> None:
        made.set()

    for name, value in (("FIRST", 0), ("EVERY", 0.01), ("make", note)):
        monkeypatch.setattr(schedule, name, value)
    await lifecycle.startup(opened.model_copy(update={"backups": wanted}))
    assert schedule._work.is_running == bool(wanted)
    if wanted:
        await asyncio.wait_for(made.wait(), 10)
    await lifecycle.shutdown()
    await lifecycle.startup(opened, is_primary=False)
    assert not schedule._work.is_running


# -- where it is seen -------------------------------------------------------------------------


async def test_the_server_says_when_one_was_last_proven(opened: Settings) -> None:
    status.write(opened.data, Proof(proven_at=THEN, tried_at=THEN))
    await lifecycle.shutdown()
    await lifecycle.startup(opened)
    answer = await app.healthz()
    assert json.loads(answer.body)["backup"] == {"last_proven": "2026-11-26T03:00:00+00:00"}


def test_what_is_no_record_is_none(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "proven.json").write_text(json.dumps({"proven_at": "yesterday"}))
    assert status.read(tmp_path) == Proof()


def test_administrators_are_told_how_it_stands() -> None:
    def shown(most: int, **known: object) -> str:
        return str(h.div[list(backups.draw(Backups(most, Proof(**known))))])

    assert "None yet." in shown(7)
    assert "CHAT_BACKUPS is 0" in shown(0)
    good = shown(7, proven_at=THEN)
    assert 'datetime="2026-11-26T03:00:00.000+00:00"' in good
    assert "role" not in good
    assert "1 file was lost before" in shown(7, proven_at=THEN, missing=1)
    bad = shown(7, proven_at=THEN, problem=Problem.UNSOUND, detail="<essay>")
    assert "Last proven backup:" in bad
    assert "was not sound (&lt;essay&gt;)" in bad
    assert "nearly full" in shown(7, problem=Problem.DISK)

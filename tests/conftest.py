"""The house on a real SQLite file, and three people: asha owns, ben is in, chen is outside."""

import gc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, is_dataclass
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from benchmarks.chaos import full_disk
from benchmarks.chaos.oracle import MissingTool
from services import lifecycle
from services.accounts import accounts, sessions
from services.accounts.accounts import Application
from services.core import data_folder, events
from services.core.dto import CurrentUser, Visitor
from services.core.settings import Settings
from services.rooms import memberships, rooms

PASSWORD = "correct horse battery"
HERE = Visitor("127.0.0.1", "Chromium · Linux")


def cheap(data: Path, **options: object) -> Settings:
    """Settings on `data` whose passwords hash in a few milliseconds."""
    return Settings(data=data, argon2_memory_kib=8192, argon2_time_cost=1, **options)


async def person(username: str) -> CurrentUser:
    """Register somebody and return them as a viewer."""
    entered = await accounts.register(HERE, Application(username, PASSWORD))
    viewer = await sessions.resume(entered.token)
    assert viewer is not None
    return viewer


class SideBySide(LoadScopeScheduling):
    """What `pytest -n 2` runs side by side: files, and all that have a browser as if they were one.

    Two browsers at once would wait for each other.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> SideBySide:
    """Schedule tests so."""
    return SideBySide(config, log)


@pytest.fixture
def no_garbage_collector() -> Iterator[None]:
    """What nobody holds goes at once; what holds itself stays."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Settings]:
    """An open house on a fresh data folder."""
    settings = cheap(tmp_path / "data")
    with data_folder.lock(settings.data):
        await lifecycle.startup(settings)
        yield settings
        await lifecycle.shutdown()


@dataclass
class People:
    """The three test accounts, and the private room that asha and ben share."""

    asha: CurrentUser
    ben: CurrentUser
    chen: CurrentUser
    room: int


@pytest.fixture
async def people(opened: Settings) -> People:
    """asha owns a private room, ben is its member, chen is outside."""
    asha, ben, chen = [await person(name) for name in ("asha", "ben", "chen")]
    room = await rooms.create(asha, name="Study group", topic="", private=True)
    await memberships.add(asha, room, "ben")
    return People(asha, ben, chen, room)


@pytest.fixture
def told() -> "list[object]":
    """Every event that is published during the test, in order."""
    heard: list[object] = []
    kinds = [
        kind
        for kind in vars(events).values()
        if is_dataclass(kind) and isinstance(kind, type) and kind.__module__ == events.__name__
    ]
    undo = [events.subscribe(kind, heard.append) for kind in kinds]
    yield heard
    for each in undo:
        each()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    place = tmp_path / "disk"
    try:
        with full_disk.small_disk(place, 4):
            yield place
    except MissingTool as missing:
        pytest.skip(str(missing))

"""Which tests run and where, and shared fixtures: the app on a real SQLite file, three users.

asha owns a room, ben is a member, chen is outside.
"""

import asyncio
import gc
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from benchmarks.chaos import full_disk
from benchmarks.chaos.oracle import MissingTool
from services import lifecycle
from services.accounts import registration, sessions
from services.accounts.registration import RegistrationForm
from services.core import data_folder, events
from services.core.dto import CurrentUser, Visitor
from services.core.settings import Settings
from services.rooms import memberships, purge, rooms

SLOW = (
    "tests/test_chaos.py",
    "tests/test_state_machine.py",
    "tests/browser/test_hot_reload.py",
    "tests/browser/test_failures.py",
    "tests/browser/test_receipts.py",
    "tests/browser/test_files.py",
    "tests/browser/test_reconnecting.py",
    "tests/browser/",
)
"""Files to start first: a slow file that starts last keeps one worker busy, the others idle."""
INDEPENDENT = ("tests/test_chaos.py", "tests/test_state_machine.py")
"""Files whose tests are slow and share nothing, so that each may run on any worker."""
MAX_WORKERS = 4
Result = TypeVar("Result")
LEFT_OUT = pytest.StashKey[int]()

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs signals and limits of POSIX")
PASSWORD = "correct horse battery"
HERE = Visitor("127.0.0.1", "Chromium · Linux")


# -- which tests run, and where ------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--all`."""
    parser.addoption("--all", action="store_true", help="run the tests marked `long`, too")


def pytest_configure(config: pytest.Config) -> None:
    """Give property tests fewer examples in the default run."""
    hypothesis.settings.register_profile("long", max_examples=500, deadline=None)
    hypothesis.settings.register_profile("short", max_examples=50, deadline=None)
    hypothesis.settings.load_profile("long" if config.option.all else "short")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run files that are named here and now: starting workers would take longer."""
    if all(Path(each.partition("::")[0]).is_file() for each in config.args):
        return 0
    # One more than there are cores, as tests in a browser wait half of the time.
    return min((os.cpu_count() or 1) + 1, MAX_WORKERS)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> "ByFile":
    """Give each worker one file after another."""
    return ByFile(config, log)


class ByFile(LoadScopeScheduling):
    """Distributes whole files, whose tests may share fixtures, and independent tests one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(INDEPENDENT) else nodeid.partition("::")[0]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out long tests unless they are asked for, and let slow files start first."""
    is_asked_for = config.option.all or config.option.markexpr or "::" in "".join(config.args)
    left_out = [] if is_asked_for else [each for each in items if each.get_closest_marker("long")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [each for each in items if not each.get_closest_marker("long")]
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = len(left_out)
        items.sort(key=_place)
    config.stash[LEFT_OUT] = len(left_out)


def _place(item: pytest.Item) -> int:
    """Return a test's place in the order: that of its file in `SLOW`, or after all of these."""
    places = (at for at, start in enumerate(SLOW) if item.nodeid.startswith(start))
    return next(places, len(SLOW))


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays: NiceGUI's simulation calls it in every test."""
    gc.collect()
    gc.freeze()


def pytest_testnodedown(node: WorkerController) -> None:
    """Take from a worker how many tests were left out."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say as the last line how to run what was left out."""
    if (left_out := config.stash.get(LEFT_OUT, 0)) and not hasattr(config, "workeroutput"):
        print(f"Left out {left_out} long tests. To run them, too: pytest --all")


# -- the app -------------------------------------------------------------------------------------


def cheap(data: Path, **options: object) -> Settings:
    """Return settings for the folder `data`, with password hashing of a few milliseconds."""
    return Settings(data=data, argon2_memory_kib=8192, argon2_time_cost=1, **options)


async def person(username: str) -> CurrentUser:
    """Register a user and return them, logged in."""
    logged_in = await registration.register(HERE, RegistrationForm(username, PASSWORD))
    viewer = await sessions.resume(logged_in.token)
    assert viewer is not None
    return viewer


@pytest.fixture
def no_garbage_collector() -> Iterator[None]:
    """Turn the garbage collector off: only reference counts free objects."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@dataclass
class People:
    """The three test accounts, and the private room that asha and ben share."""

    asha: CurrentUser
    ben: CurrentUser
    chen: CurrentUser
    room: int


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an app that was started once, to be copied."""
    data = tmp_path_factory.mktemp("empty") / "data"
    _run_app(data, lambda: asyncio.sleep(0))
    return data


@pytest.fixture(scope="session")
def folder_with_people(
    empty_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, People]:
    """The same with the three accounts and their room, as registering is the slowest step."""
    data = tmp_path_factory.mktemp("people") / "data"
    shutil.copytree(empty_folder, data)
    return data, _run_app(data, _register_people)


def _run_app(data: Path, work: Callable[[], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        await lifecycle.startup(cheap(data))
        try:
            return await work()
        finally:
            await lifecycle.shutdown()

    with data_folder.lock(data):
        return asyncio.run(run())


async def _register_people() -> People:
    asha, ben, chen = [await person(name) for name in ("asha", "ben", "chen")]
    room = await rooms.create(asha, name="Study group", topic="", private=True)
    await memberships.add(asha, room, "ben")
    return People(asha, ben, chen, room)


@pytest.fixture
def app_folder(request: pytest.FixtureRequest, tmp_path: Path, empty_folder: Path) -> Path:
    """A data folder for this test, with the three accounts in it if it asks for `people`."""
    template = empty_folder
    if "people" in request.fixturenames:
        template, _people = request.getfixturevalue("folder_with_people")
    return Path(shutil.copytree(template, tmp_path / "data"))


@pytest.fixture
async def app_settings(app_folder: Path) -> AsyncIterator[Settings]:
    """The settings of an app that runs on `app_folder`."""
    settings = cheap(app_folder)
    with data_folder.lock(settings.data):
        await lifecycle.startup(settings)
        await purge.wait()  # so that the clean-up at startup publishes no events in the test
        yield settings
        await lifecycle.shutdown()


@pytest.fixture
def people(app_settings: Settings, folder_with_people: tuple[Path, People]) -> People:
    """asha owns a private room, ben is its member, chen is outside."""
    _data, people = folder_with_people
    return people


@pytest.fixture
def published() -> "list[object]":
    """The events published during the test, in order."""
    found: list[object] = []
    kinds = [
        kind
        for kind in vars(events).values()
        if is_dataclass(kind) and isinstance(kind, type) and kind.__module__ == events.__name__
    ]
    unsubscribers = [events.subscribe(kind, found.append) for kind in kinds]
    yield found
    for unsubscribe in unsubscribers:
        unsubscribe()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    place = tmp_path / "disk"
    try:
        with full_disk.small_disk(place, 4):
            yield place
    except MissingTool as missing:
        pytest.skip(str(missing))

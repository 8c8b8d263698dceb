"""Which tests run and where, and shared fixtures: the app on a real SQLite file, three users.

asha owns a room, ben is a member, chen is outside.
"""

import asyncio
import gc
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import hypothesis
import pytest
from msgspec import Struct
from msgspec.structs import replace
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache
from sqlmodel import col, update
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from benchmarks.chaos import full_disk
from benchmarks.chaos.oracle import MissingTool
from models import LoginSession
from models.clock import now
from services import lifecycle
from services.accounts import people as people_service
from services.accounts.sessions import sessions
from services.core import events, tasks
from services.core.disk import data_folder
from services.core.dto import CurrentUser, Visitor
from services.core.settings import Settings
from services.db import database
from services.registration import registration
from services.registration.registration import RegistrationForm
from services.rooms import purge, rooms
from services.rooms.members import direct_messages, invitations, memberships
from tests import postgres, s3

if TYPE_CHECKING:
    from tests.roles import Cast

IN_BROWSERS = "tests/browser/"
SLOW = (
    "tests/hostile/test_fuzz.py",
    "tests/test_chaos.py",
    "tests/test_state_machine.py",
    "tests/browser/test_accessibility.py",
    "tests/test_authorisation.py",
    "tests/browser/test_push.py",
    "tests/browser/test_hot_reload.py",
    "tests/browser/test_failures.py",
    "tests/browser/test_receipts.py",
    "tests/browser/test_files.py",
    "tests/browser/test_reconnecting.py",
    IN_BROWSERS,
)
"""Files to start first: a slow file that starts last keeps one worker busy, the others idle."""
INDEPENDENT = ("tests/test_chaos.py", "tests/test_state_machine.py")
"""Files whose tests are slow and share nothing, so that each may run on any worker."""
MAX_WORKERS = 4
MEMORY = Path("/dev/shm")
"""Where folders are put that no disk keeps: SQLite waits for the disk at each commit."""
MEMORY_BYTES = 2**30
"""What must be free there. Only folders of failed tests stay, so a run takes a part of it."""
Result = TypeVar("Result")
LEFT_OUT = pytest.StashKey[int]()

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs signals and limits of POSIX")
PASSWORD = "correct horse battery"
HASH_KIB = 64
"""Memory for hashing a password: less than any setting allows, as it costs 6 ms a time."""
HERE = Visitor("127.0.0.1", "Chromium · Linux")


# -- which tests run, and where ------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--all`."""
    parser.addoption("--all", action="store_true", help="run the tests marked `long`, too")


def pytest_configure(config: pytest.Config) -> None:
    """Give property tests fewer examples in the default run, and folders a place in memory."""
    hypothesis.settings.register_profile("long", max_examples=500, deadline=None)
    hypothesis.settings.register_profile("short", max_examples=50, deadline=None)
    hypothesis.settings.load_profile("long" if config.option.all else "short")
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))  # pytest's name for it


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run files that are named here and now: starting workers would take longer."""
    if all(Path(each.partition("::")[0]).is_file() for each in config.args):
        return 0
    # One more than there are cores: tests of servers and browsers wait some of the time.
    return min((os.cpu_count() or 1) + 1, MAX_WORKERS)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> "ByFile":
    """Give each worker one file after another."""
    return ByFile(config, log)


class ByFile(LoadScopeScheduling):
    """Distributes whole files, whose tests may share fixtures, and independent tests one by one."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        worker = int(node.gateway.id.removeprefix("gw"))
        self.workqueue.move_to_end(next_scope(worker, self.workqueue), last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(INDEPENDENT) else nodeid.partition("::")[0]


def next_scope(worker: int, waiting: Iterable[str]) -> str:
    """Return which of the files that wait a worker is given.

    Every second one begins with the browser's, the others leave these to the end: a browser with
    its people and a server starts for each worker that has any.
    """
    begins_with_browsers = worker % 2 == 0
    fitting = (each for each in waiting if each.startswith(IN_BROWSERS) == begins_with_browsers)
    return next(fitting, next(iter(waiting)))


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


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the garbage collector rest while tests are collected: all that is made then stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


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


@pytest.fixture(scope="session", autouse=True)
def _jobs_look_at_once() -> Iterator[None]:
    """Let jobs look before a test begins: it may count the statements of what it does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "AFTER_START", 0)
        yield


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Let all engines share the SQL that SQLAlchemy compiled: each test opens some of its own.

    It keeps that for each engine, by the dialect, and those of a kind are all alike. Compiling
    would take a third of the time of most tests.
    """
    compiled: LRUCache[object, object] = LRUCache(5_000)
    make = Engine.__init__

    def make_with_shared_cache(engine: Engine, *arguments: Any, **options: Any) -> None:
        make(engine, *arguments, **options)
        engine._compiled_cache = compiled

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "__init__", make_with_shared_cache)
        for dialect in postgres.dialects():
            patch.setattr(dialect, "__eq__", lambda own, other: type(own) is type(other))
            patch.setattr(dialect, "__hash__", lambda own: hash(type(own)))
        yield


def cheap(data: Path, **options: object) -> Settings:
    """Return settings for the folder `data`, with password hashing that takes no time.

    Variables that a test sets count where there are `options`, and otherwise not.
    """
    if options:
        database = postgres.url(data) or None
        made = Settings(data=data, argon2_time_cost=1, **{"database": database, **options})
        return made.model_copy(update={"argon2_memory_kib": HASH_KIB})
    own: dict[str, object] = {"data": data.resolve()}
    if postgres.SERVER:
        own["database"] = SecretStr(postgres.url(data))
    return _cheap_settings().model_copy(update=own)


def copy_folder(template: Path, to: Path) -> Path:
    """Copy a data folder, and the database that belongs to it where that is not in the folder."""
    postgres.copy(template, to)
    return Path(shutil.copytree(template, to))


@cache
def _cheap_settings() -> Settings:
    """Return the settings to copy: reading the environment takes a fifth of a test's set-up."""
    return Settings(argon2_time_cost=1).model_copy(update={"argon2_memory_kib": HASH_KIB})


@pytest.fixture(scope="session", autouse=True)
def _environment_is_read_first() -> None:
    """Fill that cache before any test sets a variable, which all later ones would get."""
    _cheap_settings()


async def person(username: str) -> CurrentUser:
    """Register a user and return them, logged in."""
    logged_in = await registration.register(HERE, RegistrationForm(username, PASSWORD))
    viewer = await sessions.resume(logged_in.token)
    assert viewer is not None
    return viewer


async def confirmed(viewer: CurrentUser, ago: timedelta | None) -> None:
    """Set how long ago a session was confirmed; None for never."""
    await _confirm([viewer], None if ago is None else now() - ago)


async def _confirm(viewers: Iterable[CurrentUser], at: datetime | None) -> None:
    """Set when sessions were confirmed, in one write: this runs before most tests."""
    ids = [viewer.session_id for viewer in viewers]
    await database.write(
        lambda session: session.exec(
            update(LoginSession).where(col(LoginSession.id).in_(ids)).values(confirmed_at=at)
        )
    )


async def add_member(viewer: CurrentUser, room_id: int, username: str) -> None:
    """Add a user to a room; if they are only invited, they accept."""
    if await memberships.add(viewer, room_id, username):
        return
    invited = await database.read(lambda session: people_service.find_user(session, username).id)
    await invitations.accept(replace(viewer, user_id=invited or 0), room_id)


async def open_group(viewer: CurrentUser, *others: CurrentUser) -> int:
    """Open direct messages with several people; those who are invited accept."""
    room_id = await direct_messages.open(viewer, [other.username for other in others])
    for other in others:
        await accept_all(other)
    return room_id


async def accept_all(viewer: CurrentUser) -> None:
    """Accept all invitations of a user."""
    for invitation in await invitations.mine(viewer):
        await invitations.accept(viewer, invitation.room_id)


@pytest.fixture
def no_garbage_collector() -> Iterator[None]:
    """Turn the garbage collector off: only reference counts free objects."""
    gc.collect()
    gc.freeze()  # what is left stays, and is not searched again
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
    run_app(data, lambda: asyncio.sleep(0))
    return data


@pytest.fixture(scope="session")
def folder_with_people(
    empty_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, People]:
    """The same with the three accounts and their room, as registering is the slowest step."""
    data = copy_folder(empty_folder, tmp_path_factory.mktemp("people") / "data")
    return data, run_app(data, _register_people)


NewFolder = Callable[[], Path]


@pytest.fixture(scope="session")
def new_folder(empty_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> NewFolder:
    """Makes data folders as a first start leaves them: that takes longer than all other starts."""

    def make() -> Path:
        return copy_folder(empty_folder, tmp_path_factory.mktemp("new") / "data")

    return make


Fill = Callable[[People], Awaitable[Any]]


@pytest.fixture(scope="session")
def fill_folder(
    folder_with_people: tuple[Path, People], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Fill], tuple[Path, Any]]:
    """Has an app fill a copy of that folder; returns the copy and what `fill` returned."""
    template, people = folder_with_people

    def fill_copy(fill: Fill) -> tuple[Path, Any]:
        data = copy_folder(template, tmp_path_factory.mktemp("filled") / "data")
        return data, run_app(data, lambda: fill(people))

    return fill_copy


@pytest.fixture(scope="session")
def folder_with_all_roles(
    fill_folder: Callable[[Fill], tuple[Path, Any]],
) -> "tuple[Path, Cast]":
    """The same with somebody of every role in the room."""
    from tests.roles import cast

    return fill_folder(cast)


def run_app(data: Path, work: Callable[[], Awaitable[Result]]) -> Result:
    """Return what `work` returns, which has the app run on a folder that no test uses yet."""

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
    await add_member(asha, room, "ben")
    return People(asha, ben, chen, room)


@pytest.fixture
def app_folder(
    request: pytest.FixtureRequest, tmp_path: Path, empty_folder: Path
) -> Iterator[Path]:
    """A data folder for this test, with the accounts in it for which it asks."""
    template = empty_folder
    for asked_for in ("people", "all_roles"):
        if asked_for in request.fixturenames:
            template, _accounts = request.getfixturevalue(f"folder_with_{asked_for}")
    yield copy_folder(template, tmp_path / "data")
    postgres.drop(tmp_path / "data")


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
async def people(app_settings: Settings, folder_with_people: tuple[Path, People]) -> People:
    """asha owns a private room, ben is its member, chen is outside; all logged in just now."""
    _data, people = folder_with_people
    await _confirm((people.asha, people.ben, people.chen), now())
    return people


@pytest.fixture
def all_roles(people: People, folder_with_all_roles: "tuple[Path, Cast]") -> "Cast":
    """Somebody of every role in the room of `people`."""
    _data, cast = folder_with_all_roles
    return cast


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.S3Server]:
    """A server of S3."""
    s3.require()
    with s3.S3Server(tmp_path_factory.mktemp("s3") / "log") as server:
        yield server


@pytest.fixture
def published() -> "list[object]":
    """The events published during the test, in order."""
    found: list[object] = []
    kinds = [
        kind
        for kind in vars(events).values()
        if isinstance(kind, type) and issubclass(kind, Struct) and kind is not Struct
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

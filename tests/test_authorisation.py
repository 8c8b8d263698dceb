"""Who may do what: every service function and every handler of the page, for every role.

`tests/authorisation.py` says what is expected, and which service function decides about an entry of
a message's menu; `tests/handlers.py` says that of all other handlers. What is not listed there
fails. Addresses are in `tests/test_routes.py`.
"""

import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import pytest
from msgspec.structs import replace

import services
from chat_ui.all_handlers import HANDLERS as CLASSES
from chat_ui.handlers import TABLE, Handlers
from chat_ui.plugins import ACTIONS
from models import SessionKind
from services.accounts.security import security_log
from services.accounts.sessions import reauthentication, sessions
from services.accounts.sessions.browsers_only import BrowserNeeded
from services.core.errors import NotFound, ServiceError
from services.rooms.reading import read_positions
from tests import authorisation
from tests.authorisation import (
    BROWSERS_ONLY,
    CASES,
    DONE,
    IGNORED,
    UNTHROTTLED,
    WITHOUT_VIEWER,
    Ask,
    Case,
)
from tests.conftest import NewFolder
from tests.handlers import HANDLERS, Handler
from tests.open_pages import OpenPages, PageOutput
from tests.own_files import is_own_module, own_actions
from tests.seeded_app import (
    NOBODY,
    NOWHERE,
    OUTSIDE,
    PLACES,
    ROLES,
    SECRET,
    SeededApp,
    Snapshot,
    seeded_app,
)


class App:
    """The seeded app, as it is at the beginning of each case."""

    def __init__(self, runner: asyncio.Runner, seeded: SeededApp, pages: OpenPages) -> None:
        self.runner = runner
        self.seeded = seeded
        self.pages = pages
        self.snapshot = Snapshot(seeded.file)
        self.before = seeded.state()

    def ask(self, case: Case, ask: Ask) -> Any:
        """Do it; return what it returned, or the error it raised."""
        self.seeded.consumed.clear()
        self._begin()

        async def work() -> Any:
            try:
                answer = case.ask(ask)
                return await answer if inspect.isawaitable(answer) else answer
            except ServiceError as error:
                return error
            finally:
                await self.seeded.flush()

        return self.runner.run(work())

    def do(self, handler: Handler, ask: Ask) -> PageOutput:
        """Have the person's page do it; return what its browser is sent."""
        self._begin()
        output = self.pages.do(ask.viewer, ask.room, handler.name, *handler.handed(ask))
        self.runner.run(self.seeded.flush())
        return output

    def _begin(self) -> None:
        self.seeded.writes.clear()
        security_log._pending.clear()  # what earlier cases did, and the next read would store

    def changes(self) -> list[str]:
        """Return which tables changed, and restore them."""
        if not (self.seeded.writes and self.seeded.was_changed()):
            return []
        after = self.seeded.state()
        unchanged = {name for name, rows in after.items() if rows == self.before[name]}
        changed = [name for name in after if name not in unchanged]
        if changed:
            self.snapshot.restore(unchanged)
            self.seeded.was_changed()  # by this
        return changed


@pytest.fixture(scope="module")
def app(new_folder: NewFolder) -> Iterator[App]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_positions, "COALESCE_SECONDS", 0)
        patch.setattr(reauthentication, "VALID_FOR", timedelta(days=1))
        # What is only counted is stored later, perhaps during another case.
        patch.setattr(security_log, "FIRST_SECONDS", 3600)
        with seeded_app(new_folder()) as (runner, seeded):
            pages = OpenPages(runner, patch)
            yield App(runner, seeded, pages)
            pages.close()


SHORT = ("private", "missing", "")
"""The kinds of room of the default run; `pytest --all` tries every kind."""


def cell(place: str, *values: object, name: str) -> Any:
    """Return a test's parameters, marked as long unless the kind of room is in the short form."""
    marks = [] if place in SHORT else [pytest.mark.long]
    return pytest.param(*values, place, id=f"{name}-{place}".rstrip("-"), marks=marks)


def case_cells() -> list[Any]:
    """Return every case in every kind of room."""
    return [
        cell(place, case, name=case.name)
        for case in CASES
        for place in [*case.answers, *(() if "" in case.answers else NOWHERE)]
    ]


@pytest.mark.parametrize(("case", "place"), case_cells())
def test_each_role_may_do_what_the_matrix_says(
    app: App, subtests: pytest.Subtests, case: Case, place: str
) -> None:
    for role in ("outsider", "owner") if place in NOWHERE else ROLES:
        with subtests.test(role=role):
            check_case(app, case, place, role)


def check_case(app: App, case: Case, place: str, role: str) -> None:
    """Check what a role gets from a service function in a kind of room."""
    ask = Ask(app.seeded.people[role], role, place or "private", app.seeded)
    answer = app.ask(case, ask)
    changed = app.changes()
    # Where nobody is, everybody gets what those outside get.
    row = case.answers["private"] if place in NOWHERE else case.answers[place]
    expected = row["outsider"] if place in NOWHERE else row[role]
    if expected == DONE:
        assert not isinstance(answer, ServiceError), answer
        if changed and case.function not in UNTHROTTLED:
            assert app.seeded.consumed, "a service function that writes consumes a rate limit"
    elif expected == IGNORED:
        assert not answer
        assert changed == []
    else:
        assert type(answer) is expected, answer
        assert changed == []
    if place in NOWHERE and expected is NotFound:
        elsewhere = Ask(app.seeded.people["outsider"], "outsider", "private", app.seeded)
        refused = app.ask(case, elsewhere)
        assert str(answer) == str(refused), "a missing room can be told from a private one"
    if role in OUTSIDE and role not in case.tells:
        assert SECRET not in repr(answer).casefold()


def test_without_a_session_nothing_can_be_done(app: App) -> None:
    ask = Ask(None, NOBODY, "private", app.seeded)  # type: ignore[arg-type]
    for case in CASES:
        answer: object = None
        try:
            answer = app.ask(case, ask)
        except AttributeError as error:
            answer = error
        assert isinstance(answer, AttributeError), case.name
        assert "NoneType" in str(answer), case.name
        assert app.changes() == [], case.name


@pytest.mark.parametrize("kind", [SessionKind.APP, SessionKind.BOT])
def test_apps_and_bots_neither_take_accounts_over_nor_administer(
    app: App, subtests: pytest.Subtests, kind: SessionKind
) -> None:
    """Nobody can do more than an administrator, whose account also is their own."""
    administrator = replace(app.seeded.people["administrator"], kind=kind)
    ask = Ask(administrator, "administrator", "private", app.seeded)
    for case in CASES:
        with subtests.test(case=case.name):
            answer = app.ask(case, ask)
            changed = app.changes()
            is_refused = isinstance(answer, BrowserNeeded)
            assert is_refused == (case.name in BROWSERS_ONLY)
            assert not (is_refused and changed)


def test_an_ended_session_belongs_to_nobody(app: App) -> None:
    async def log_in_and_out() -> list[Any]:
        token = (await authorisation.accounts.login(*app.seeded.login)).token
        viewer = await sessions.resume(token)
        assert viewer is not None
        await authorisation.accounts.logout(viewer)
        return [await sessions.resume(each) for each in (token, "", "made up", "\ud800")]

    assert app.runner.run(log_in_and_out()) == [None] * 4
    app.snapshot.restore()


NEEDS = {
    "services.bus": ("redis",),
    "services.cluster": ("psycopg", "redis"),
    "services.db.postgres": ("psycopg",),
    "services.files.store.s3": ("obstore",),
}
"""Which libraries of the extra `cluster` modules need."""


def cannot_be_loaded() -> tuple[str, ...]:
    """Return the modules whose libraries are not installed."""
    return tuple(name for name, libraries in NEEDS.items() if not all(map(find_spec, libraries)))


def service_functions() -> tuple[set[str], set[str]]:
    """Return what the services offer: what asks for a viewer, and what else can be awaited."""
    with_viewer, without = set(), set()
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if module.name.startswith(cannot_be_loaded()):
            continue
        loaded = importlib.import_module(module.name)
        module_name = module.name.removeprefix("services.")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if name.startswith("_") or function.__module__ != loaded.__name__:
                continue
            if next(iter(inspect.signature(function).parameters), "") == "viewer":
                with_viewer.add(f"{module_name}.{name}")
            elif inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
                without.add(f"{module_name}.{name}")
    return with_viewer, without


def test_every_service_function_is_listed() -> None:
    with_viewer, without = service_functions()
    where = "tests/authorisation.py says who may do what: list it there"
    assert with_viewer == {case.function for case in CASES}, where
    missing = tuple(name.removeprefix("services.") for name in cannot_be_loaded())
    assert without == {each for each in WITHOUT_VIEWER if not each.startswith(missing)}, where
    assert set(UNTHROTTLED) <= with_viewer


def test_every_case_is_called_something_else() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


# -- handlers ---------------------------------------------------------------------------------


PAGES_OF = {"outsider": (*PLACES, *NOWHERE), "former": PLACES, "administrator": PLACES}
"""The rooms each role opens. What those inside get in each is in the cases of the services."""


def handler_cells() -> list[Any]:
    """Return every handler in every kind of room that matters to it."""
    return [
        cell(place, handler, name=handler.what)
        for handler in HANDLERS
        for place in (
            "private",
            *((*PLACES[1:], *NOWHERE) if "" not in handler.case.answers else ()),
        )
    ]


@pytest.mark.parametrize(("handler", "place"), handler_cells())
def test_a_page_does_what_the_service_function_does(
    app: App, subtests: pytest.Subtests, handler: Handler, place: str
) -> None:
    """The page is of the room, as that of a member who was removed just now still is."""
    for role in ROLES:
        if place in PAGES_OF.get(role, ("private", "archived")):
            with subtests.test(role=role):
                check_handler(app, handler, place, role)


def check_handler(app: App, handler: Handler, place: str, role: str) -> None:
    """Check what a role's page gets from a handler in a kind of room."""
    ask = Ask(app.seeded.people[role], role, place, app.seeded)
    answer = app.ask(handler.case, ask)
    by_service = app.changes()
    output = app.do(handler, ask)
    changed = app.changes()
    is_outside = role in OUTSIDE and (isinstance(answer, ServiceError) or not handler.enters)
    if isinstance(answer, ServiceError):
        assert handler.is_silent or str(answer) in output.everything
        assert changed == []
    else:
        assert output.errors == []
        assert set(by_service) <= set(changed)
    if is_outside and role not in handler.case.tells:
        assert SECRET not in output.everything.casefold()


def test_members_are_shown_the_secret(app: App) -> None:
    """Else the tests above would find nothing, whatever was sent."""
    ask = Ask(app.seeded.people["member"], "member", "private", app.seeded)
    for handler in HANDLERS:
        if handler.decided_by in {
            "messages.history.since",
            "messages.edits.history",
            "messages.pins.of_room",
        }:
            assert SECRET in app.do(handler, ask).everything.casefold()


def test_every_handler_is_listed() -> None:
    offered = [name for kind in CLASSES for name in vars(kind) if name.startswith("on_")]
    actions = {name for name, entry in ACTIONS.items() if entry.run is not None}
    offered += [f"action {name}" for name in actions - own_actions()]
    where = (
        "which service function decides is said in tests/handlers.py; of an entry of a message's "
        "menu, by `action` in tests/authorisation.py"
    )
    assert sorted(offered) == sorted({handler.name for handler in HANDLERS}), where


def test_nothing_else_handles_what_a_browser_sends() -> None:
    ours = {kind for kind in Handlers.__subclasses__() if not is_own_module(kind.__module__)}
    assert ours == set(CLASSES)
    assert {route.handlers for route in TABLE.values()} <= set(CLASSES)
    handled = {route.method for route in TABLE.values()}
    for kind in CLASSES:
        for name, method in vars(kind).items():
            is_handler = method in handled or hasattr(method, "__wrapped__")
            assert name.startswith("on_") == is_handler or name == "_unlocking", name

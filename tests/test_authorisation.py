"""Who may do what: every verb of the services and every handler of the page, for every role.

What is to be is in `tests/authorisation.py`, and in `tests/handlers.py` which verb decides over
which handler. What is not listed there fails. Addresses are in `tests/test_routes.py`.
"""

import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

import services
from chat_ui.messages import menu
from chat_ui.page import Page
from chat_ui.rooms.handlers import ASKS
from services.accounts import sessions
from services.core.errors import NotFound, ServiceError
from services.rooms import read_positions
from tests import authorisation
from tests.authorisation import CASES, DONE, IGNORED, UNTHROTTLED, WITHOUT_VIEWER, Ask, Case
from tests.handlers import HANDLERS, Handler
from tests.open_pages import Heard, OpenPages
from tests.seeded_app import (
    NOBODY,
    NOWHERE,
    OUTSIDE,
    PLACES,
    ROLES,
    SECRET,
    Prepared,
    Snapshot,
    prepared,
)


class House:
    """The prepared house, as it is at the beginning of each case."""

    def __init__(self, runner: asyncio.Runner, made: Prepared, pages: OpenPages) -> None:
        self.runner = runner
        self.made = made
        self.pages = pages
        self.snapshot = Snapshot(made.file)
        self.before = made.state()

    def ask(self, case: Case, ask: Ask) -> Any:
        """Do it; return what it returned, or how it was refused."""
        self.made.spent.clear()
        self.made.writes.clear()

        async def work() -> Any:
            try:
                answer = case.ask(ask)
                return await answer if inspect.isawaitable(answer) else answer
            except ServiceError as refused:
                return refused
            finally:
                await self.made.settle()

        return self.runner.run(work())

    def do(self, handler: Handler, ask: Ask) -> Heard:
        """Have the person's page do it; return what its browser hears."""
        self.made.writes.clear()
        heard = self.pages.do(ask.viewer, ask.room, handler.name, *handler.handed(ask))
        self.runner.run(self.made.settle())
        return heard

    def changes(self) -> list[str]:
        """Return in which tables something is not as it was, and put all back."""
        if not self.made.writes:
            return []
        after = self.made.state()
        changed = [name for name, rows in after.items() if rows != self.before[name]]
        if changed:
            self.snapshot.restore()
        return changed


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_positions, "COALESCE_SECONDS", 0)
        with prepared(tmp_path_factory.mktemp("matrix") / "data") as (runner, made):
            pages = OpenPages(runner, patch)
            yield House(runner, made, pages)
            pages.close()


def asked() -> list[Any]:
    """Return every case in every kind of room for every role."""
    return [
        pytest.param(case, place, role, id=f"{case.name}-{place}-{role}".replace("--", "-"))
        for case in CASES
        for place in [*case.answers, *(() if "" in case.answers else NOWHERE)]
        for role in (("outsider", "owner") if place in NOWHERE else ROLES)
    ]


@pytest.mark.parametrize(("case", "place", "role"), asked())
def test_who_may_do_what(house: House, case: Case, place: str, role: str) -> None:
    ask = Ask(house.made.people[role], role, place or "private", house.made)
    answer = house.ask(case, ask)
    changed = house.changes()
    # Where nobody is, everybody gets what those outside get.
    row = case.answers["private"] if place in NOWHERE else case.answers[place]
    expected = row["outsider"] if place in NOWHERE else row[role]
    if expected == DONE:
        assert not isinstance(answer, ServiceError), answer
        if changed and case.verb not in UNTHROTTLED:
            assert house.made.spent, "a verb that writes spends a throttle"
    elif expected == IGNORED:
        assert not answer
        assert changed == []
    else:
        assert type(answer) is expected, answer
        assert changed == []
    if place in NOWHERE and expected is NotFound:
        elsewhere = Ask(house.made.people["outsider"], "outsider", "private", house.made)
        refused = house.ask(case, elsewhere)
        assert str(answer) == str(refused), "one can tell a room that is not there from one that is"
    if role in OUTSIDE and role not in case.tells:
        assert SECRET not in repr(answer).casefold()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_nobody_does_nothing(house: House, case: Case) -> None:
    """Whose session has ended is nobody, and there is no verb for nobody."""
    ask = Ask(None, NOBODY, "private", house.made)  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="NoneType"):
        house.ask(case, ask)
    assert house.changes() == []


def test_who_comes_from_a_session_that_has_ended_is_nobody(house: House) -> None:
    async def come_and_go() -> list[Any]:
        token = (await authorisation.accounts.login(*house.made.entry)).token
        here = await sessions.resume(token)
        assert here is not None
        await authorisation.accounts.logout(here)
        return [await sessions.resume(each) for each in (token, "", "made up", "\ud800")]

    assert house.runner.run(come_and_go()) == [None] * 4
    house.snapshot.restore()


def verbs() -> tuple[set[str], set[str]]:
    """Return what the services offer: what asks for a viewer, and what else can be awaited."""
    with_viewer, without = set(), set()
    for module in pkgutil.walk_packages(services.__path__, "services."):
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


def test_every_verb_is_listed() -> None:
    with_viewer, without = verbs()
    where = "tests/authorisation.py says who may do what: list it there"
    assert with_viewer == {case.verb for case in CASES}, where
    assert without == set(WITHOUT_VIEWER), where
    assert set(UNTHROTTLED) <= with_viewer


def test_every_case_is_called_something_else() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


# -- handlers ---------------------------------------------------------------------------------


PAGES_OF = {"outsider": (*PLACES, *NOWHERE), "former": PLACES, "administrator": PLACES}
"""Of which rooms the pages are. What those inside get in each, the verbs' own cases say."""


def handled() -> list[Any]:
    """Return every handler for every role that has a page, in the rooms that matter to it."""
    return [
        pytest.param(handler, place, role, id=f"{handler.what}-{place}-{role}")
        for handler in HANDLERS
        for role in ROLES
        for place in PAGES_OF.get(role, ("private", "archived"))
        if place == "private" or "" not in handler.case.answers
    ]


@pytest.mark.parametrize(("handler", "place", "role"), handled())
def test_a_page_does_what_the_verb_does(
    house: House, handler: Handler, place: str, role: str
) -> None:
    """The page is of the room, as that of a member who was removed just now still is."""
    ask = Ask(house.made.people[role], role, place, house.made)
    answer = house.ask(handler.case, ask)
    by_verb = house.changes()
    heard = house.do(handler, ask)
    changed = house.changes()
    is_outside = role in OUTSIDE and (isinstance(answer, ServiceError) or not handler.enters)
    if isinstance(answer, ServiceError):
        assert handler.is_silent or str(answer) in heard.everything
        assert changed == []
    else:
        assert heard.refusals == []
        assert set(by_verb) <= set(changed)
    if is_outside and role not in handler.case.tells:
        assert SECRET not in heard.everything.casefold()


def test_what_a_page_shows_its_members_is_heard(house: House) -> None:
    """Else those above would find nothing, whatever came."""
    ask = Ask(house.made.people["member"], "member", "private", house.made)
    for handler in HANDLERS:
        if handler.decided_by in {
            "messages.messages.since",
            "messages.edits.history",
            "messages.pins.of_room",
        }:
            assert SECRET in house.do(handler, ask).everything.casefold()


def test_every_handler_is_listed() -> None:
    offered = {name for name in dir(Page) if name.startswith("on_")}
    where = "tests/handlers.py says which verb decides: list it there"
    assert offered == {handler.name for handler in HANDLERS}, where
    assert offered >= {f"on_{asked}" for asked in ASKS}
    assert offered >= {f"on_{action}_message" for action in menu.BY_SERVER}

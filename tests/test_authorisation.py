"""Who may do what: every verb of the services, every address and every handler, for every role.

What is to be is in `tests/authorisation.py`. What is not listed there fails.
"""

import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

import services
from services import sessions, whereabouts
from services.refusal import NotFound, Refused
from tests import authorisation
from tests.authorisation import CASES, DONE, IGNORED, UNTHROTTLED, WITHOUT_VIEWER, Ask, Case
from tests.prepared import NOBODY, NOWHERE, OUTSIDE, ROLES, SECRET, Prepared, Snapshot, prepared


class House:
    """The prepared house, as it is at the beginning of each case."""

    def __init__(self, runner: asyncio.Runner, made: Prepared) -> None:
        self.runner = runner
        self.made = made
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
            except Refused as refused:
                return refused
            finally:
                await self.made.settle()

        return self.runner.run(work())

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
        patch.setattr(whereabouts, "GATHER", 0)
        with prepared(tmp_path_factory.mktemp("matrix") / "data") as (runner, made):
            yield House(runner, made)


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
        assert not isinstance(answer, Refused), answer
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
    for module in pkgutil.iter_modules(services.__path__):
        loaded = importlib.import_module(f"services.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if name.startswith("_") or function.__module__ != loaded.__name__:
                continue
            if next(iter(inspect.signature(function).parameters), "") == "viewer":
                with_viewer.add(f"{module.name}.{name}")
            elif inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
                without.add(f"{module.name}.{name}")
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

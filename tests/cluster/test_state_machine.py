"""Stateful test: the services of three processes agree with the model, as those of one do.

The actions are those of `tests/test_state_machine.py`. Each person stays with one process, as
browsers do, until they change it; and some actions happen at once, in different processes: then
there must be an order of them, one after another, that explains what everybody sees.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import count, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from services.accounts.sessions import sessions
from services.core.disk import data_folder
from services.core.dto import CurrentUser, MessageView
from services.core.errors import ServiceError
from services.registration import registration
from services.registration.registration import RegistrationForm
from services.rooms import rooms
from tests import postgres
from tests import test_state_machine as of_one
from tests.conftest import HERE, PASSWORD
from tests.model import Model, Spot
from tests.redis_server import RedisServer
from tests.seeded_app import Snapshot
from tests.test_state_machine import ACTIONS, NAMES, Action, Chat, a_message, a_person, all_of, sent

if not postgres.SERVER:
    pytest.skip("needs CHAT_TEST_DATABASE", allow_module_level=True)

from tests.cluster import service_process
from tests.cluster.service_process import ServiceProcess

PROCESSES = 3
MANY = 1 << 16
"""More than there ever are to choose from."""
ONE_WRITE = (
    *(Chat.leave, Chat.remove, Chat.change_role, Chat.hand_over),
    *(Chat.archive, Chat.announce, Chat.send, Chat.reply, Chat.forward, Chat.send_poll),
    *(Chat.edit, Chat.delete, Chat.react, Chat.pin, Chat.vote, Chat.withdraw, Chat.close),
    *(Chat.mark_unread, Chat.save, Chat.unsave),
)
"""The actions that may happen at once: each is one transaction, and their order shows at once.

That of joining and blocking does not: what they mean for messages of that moment shows only when
somebody turns receipts on, or unblocks.
"""
SENDS = (Chat.send, Chat.reply, Chat.send_poll)
PERSONAL = (Chat.block, Chat.set_receipts)
"""Actions that change what processes keep of a session."""
UNTOLD = (Chat.forward,)
"""Those that do not say whether they were done before."""


@dataclass(frozen=True)
class Change:
    """Somebody goes on at another process."""

    who: str
    process: int


@dataclass(frozen=True)
class AtOnce:
    """Actions that happen at once, the first of them perhaps twice."""

    actions: list[Action]
    first: int
    """The process of the first; the others are at the next ones."""
    is_repeated: bool


@dataclass
class Call:
    """A call of a service, at the process of the person who calls unless it is told where."""

    chat: "ClusterChat"
    function: Callable[..., Awaitable[Any]]
    given: tuple[Any, ...]
    named: dict[str, Any]

    def __await__(self) -> Generator[Any, None, Any]:
        return self.at(self.chat.home(self.given)).__await__()

    async def at(self, process: int) -> Any:
        """Run it at a process."""
        return await self.chat.processes[process].call(self.function, *self.given, **self.named)

    async def outcome(self, process: int) -> Any:
        """Run it at a process, and return the type of the error of a service if it raises one."""
        try:
            return await self.at(process)
        except ServiceError as error:
            return type(error)


@dataclass
class Step:
    """One of the actions that happen at once: in the services, and in the model."""

    call: Call
    expect: str
    arguments: tuple[Any, ...]
    process: int
    outcome: Any = None

    def agrees(self, model: Model) -> bool:
        """Do it in the model; return whether that ends as it did."""
        model.moment += 1
        try:
            expected = getattr(model, self.expect)(*deepcopy(self.arguments))
        except ServiceError as error:
            return self.outcome is type(error)
        if isinstance(self.outcome, type):
            return False
        if (message := self.message) is None:
            return True
        _message, is_new = sent(self.outcome)
        return bool(expected == ((message.room_id, message.seq), is_new))

    @property
    def message(self) -> MessageView | None:
        """The message that was sent, if one was."""
        if self.expect not in ("send", "forward") or isinstance(self.outcome, type):
            return None
        message, _is_new = sent(self.outcome)
        return message

    @property
    def message_id(self) -> int:
        """Its number, in the order in which the messages of all rooms were stored; 0 for none."""
        return self.message.message_id if self.message else 0


@st.composite
def _at_once(draw: st.DrawFn) -> AtOnce:
    """Choose actions, most of them in the same place."""
    place = draw(a_message(draw(st.runner()), {}))
    methods = [each for each in ACTIONS if each in ONE_WRITE]
    one = of_one.one_of([*methods, *SENDS * (len(methods) // len(SENDS))])
    actions = [
        _in_place(each, place) if draw(st.integers(0, 3)) else each
        for each in draw(st.lists(one, min_size=2, max_size=PROCESSES))
    ]
    is_repeated = draw(st.booleans()) and actions[0].method not in UNTOLD
    return AtOnce(actions, draw(st.integers(0, PROCESSES - 1)), is_repeated)


def _in_place(action: Action, place: Spot) -> Action:
    """Return the same action in a room, or with a message."""
    here = {"spot": place, "room": place[0]}
    if "spot" in action.arguments:  # the room is then where to forward it
        del here["room"]
    here = {name: here[name] for name in here if name in action.arguments}
    return Action(action.method, action.arguments | here)


_ONE = of_one.one_of([*ACTIONS, *PERSONAL * 3])
_CHANGE = st.builds(Change, a_person, st.integers(0, PROCESSES - 1))
_KINDS: Sequence[st.SearchStrategy[Any]] = [*[_ONE] * 6, *[_at_once()] * 3, _CHANGE]


class ClusterChat(Chat):
    """Four people in one chat of three processes."""

    processes: Sequence[ServiceProcess]
    tokens: dict[str, str]
    """The session of each person."""
    numbers: Iterator[int]
    """Numbers that were not used before."""

    @initialize()
    def begin(self) -> None:
        for process in self.processes:
            self.run(process.call(service_process.flush))
        super().begin()
        for process in self.processes:
            self.run(process.call(service_process.forget))
        self.start_over()
        self.lengths = {room: len(state.messages) for room, state in self.model.rooms.items()}

    def prepare(self) -> None:
        self.start_over()
        super().prepare()

    def start_over(self) -> None:
        self.homes = {name: at % PROCESSES for at, name in enumerate(NAMES)}
        self.turns = count()
        self.is_pending = False
        self.at_once: list[Step] | None = None
        self.told: list[list[Spot]] = [[] for _process in self.processes]

    # -- actions ----------------------------------------------------------------------

    @rule(step=st.sampled_from(range(len(_KINDS))).flatmap(_KINDS.__getitem__))
    def do(self, step: Action | AtOnce | Change) -> None:
        if isinstance(step, Change):
            self.change(step.who, step.process)
        elif isinstance(step, AtOnce):
            self.do_at_once(step)
        else:
            self.changed_rooms = self.rooms_of(step)
            step.method(self, **step.arguments)

    def change(self, who: str, process: int) -> None:
        """Go on at another process, whose page asks whose the session is."""
        self.changed_rooms = set()
        self.is_consistent = self.homes[who] == process
        self.homes[who] = process
        call = self.processes[process].call(service_process.resume, [self.tokens[who]])
        [self.people[who]] = self.run(call)

    def do_at_once(self, step: AtOnce) -> None:
        """Do actions in several processes at once, and then in the model, in some order."""
        self.is_consistent = False
        self.changed_rooms = set().union(*map(self.rooms_of, step.actions))
        self.at_once = steps = []
        for action in step.actions:
            action.method(self, **action.arguments)
        self.at_once = None
        if step.is_repeated and steps:
            first = steps[0]
            steps.append(Step(first.call, first.expect, first.arguments, 0))
        for at, each in enumerate(steps):
            each.process = (step.first + at) % PROCESSES
        self.run(_run(steps))
        for each in steps:
            if each.message is not None:
                self.ids[each.message.room_id, each.message.seq] = each.message.message_id
        self.explain(steps)

    def explain(self, steps: list[Step]) -> None:
        """Take the model of an order of these steps that explains what everybody sees."""
        before, reason = self.model, "no order has these outcomes"
        for order in permutations(steps):
            numbers = [each.message_id for each in order if each.message_id]
            if numbers != sorted(numbers):
                continue
            model = deepcopy(before)
            if not all(each.agrees(model) for each in order):
                continue
            self.model = model
            try:
                self.run(self.compare_order())
            except AssertionError as error:
                reason = str(error)
            else:
                self.is_consistent = True
                return
        outcomes = [(each.expect, each.arguments, each.process, each.outcome) for each in steps]
        raise AssertionError(f"{reason}, of {outcomes}")

    def both(self, work: Any, expect: Callable[..., Any], *arguments: Any) -> Any:
        if self.at_once is None:
            return super().both(work, expect, *arguments)
        self.at_once.append(Step(work, expect.__name__, arguments, 0))
        return None

    def both_send(self, work: Any, expect: Callable[..., Any], *arguments: Any) -> None:
        if self.at_once is None:
            super().both_send(work, expect, *arguments)
        else:
            self.both(work, expect, *arguments)

    # -- calling ----------------------------------------------------------------------

    def call(self, function: Callable[..., Awaitable[Any]], *given: Any, **named: Any) -> Any:
        if function is of_one.mark_read:  # it waits, and is seen at the process where it is
            function, self.is_pending = service_process.mark_read, True
        return Call(self, function, given, named)

    def home(self, given: tuple[Any, ...]) -> int:
        """Return the process for a call: that of the person who calls, or any."""
        if given and isinstance(given[0], CurrentUser):
            return self.homes[given[0].username]
        return next(self.turns) % PROCESSES

    def among(self, options: Sequence[Any]) -> st.SearchStrategy[Any]:
        # What happens at once may end in several ways: hypothesis wants the same kinds of choices
        # when it makes the same ones again.
        return st.integers(0, MANY - 1).map(lambda at: options[at % len(options)])

    def next_client(self) -> str:
        return f"number-{next(self.numbers):03}"

    def rooms_of(self, action: Action) -> set[int]:
        """Return the rooms in which an action is."""
        named = {action.arguments.get("room"), *(action.arguments.get("spot") or ())[:1]}
        return named & {*self.model.rooms}

    # -- comparing --------------------------------------------------------------------

    async def compare_some(self) -> None:
        if self.is_pending:  # at the process of who has read it, but not in the database
            await all_of(map(self.compare_positions, NAMES))
            await all_of(each.call(service_process.flush) for each in self.processes)
            self.is_pending = False
        await self.compare_told()
        await all_of([super().compare_some(), *map(self.compare_sessions, self.processes)])

    async def compare_positions(self, name: str) -> None:
        """Compare how far somebody has read; mentions are counted by what is stored."""
        for view in await self.call(rooms.mine, self.people[name]):
            member = self.model.rooms[view.room_id].members[name]
            found = view.last_read_seq, view.unread_from, view.unread
            expected = member.read, member.marked, self.model.unread(name, view.room_id)
            assert found == expected, f"{name} in {view.room_id}"

    async def compare_order(self) -> None:
        """Compare more, all that depends on the order in which things have happened."""
        await self.compare_some()
        work = [self.compare_inbox_and_bookmarks(name) for name in NAMES]
        members = {
            room: min(self.model.rooms[room].members, default="") for room in self.changed_rooms
        }
        work += [self.compare_details(name, room) for room, name in members.items() if name]
        await all_of(work)

    async def compare_told(self) -> None:
        """Compare what pages of each process are told: everything, and each message once."""
        number = next(self.numbers)
        work = [each.call(service_process.told, number, PROCESSES) for each in self.processes]
        found: list[service_process.Told] = await all_of(work)
        told = set().union(*[each.told for each in found])
        for each in found:
            assert not told - each.heard, "one process was not told what another has published"
        new = [
            (room, seq)
            for room, state in self.model.rooms.items()
            for seq in range(self.lengths.get(room, 0) + 1, len(state.messages) + 1)
        ]
        for own, each in zip(self.told, found, strict=True):
            own += [(room, seq) for room, seq in each.sent if seq > self.lengths.get(room, 0)]
            assert sorted(own) == sorted(new), "messages of which pages are told"

    async def compare_sessions(self, process: ServiceProcess) -> None:
        """Compare what each process says of people when they open a page."""
        for name, person in zip(NAMES, await self.resume(process), strict=True):
            assert person is not None
            blocked = {
                self.accounts[other].user_id for who, other in self.model.blocked if who == name
            }
            assert person.blocked == blocked, name
            assert person.preferences.shows_receipts == (name not in self.model.without_receipts)

    async def resume(self, process: ServiceProcess) -> list[CurrentUser | None]:
        """Return who people are, as a process says when they open a page."""
        tokens = [self.tokens[name] for name in NAMES]
        found: list[CurrentUser | None] = await process.call(service_process.resume, tokens)
        return found


async def _run(steps: list[Step]) -> None:
    outcomes = await asyncio.gather(*[each.call.outcome(each.process) for each in steps])
    for each, outcome in zip(steps, outcomes, strict=True):
        each.outcome = outcome


@pytest.fixture(scope="module")
def machine(
    bus: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[type[ClusterChat]]:
    """The state machine, on three processes with four people."""
    data = tmp_path_factory.mktemp("cluster") / "data"
    data.mkdir()
    processes = [ServiceProcess(data, bus, f"process-{at + 1}") for at in range(PROCESSES)]
    try:
        with asyncio.Runner() as runner:
            machine = runner.run(_prepared(data, runner, processes))
            machine.prepared = machine()
            machine.prepared.prepare()
            machine.snapshot = Snapshot(data / data_folder.DATABASE)
            yield machine
            runner.run(_close(processes))
    finally:
        for each in processes:
            each.kill()
        postgres.drop(data)


async def _prepared(
    data: Path, runner: asyncio.Runner, processes: list[ServiceProcess]
) -> type[ClusterChat]:
    await asyncio.gather(*[each.connect() for each in processes])
    tokens, accounts = {}, {}
    for name in NAMES:
        form = RegistrationForm(name, PASSWORD)
        tokens[name] = (await processes[0].call(registration.register, HERE, form)).token
        accounts[name] = await processes[0].call(sessions.resume, tokens[name])
    attributes = {
        "loop": runner,
        "processes": processes,
        "accounts": accounts,
        "tokens": tokens,
        "numbers": count(),
    }
    return type("ChatOfThreeProcesses", (ClusterChat,), attributes)


async def _close(processes: list[ServiceProcess]) -> None:
    await asyncio.gather(*[each.close() for each in processes])


@pytest.mark.parametrize(
    "number", [0, *(pytest.param(number, marks=pytest.mark.long) for number in (1, 2))]
)
def test_the_services_of_three_processes_agree_with_the_model(
    machine: type[ClusterChat], number: int, pytestconfig: pytest.Config
) -> None:
    """Two examples, or three for each seed, besides the two simplest."""
    run_state_machine_as_test(
        seed(number)(machine),
        settings=settings(
            max_examples=5 if pytestconfig.option.all else 4,
            stateful_step_count=40,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # what happens at once cannot be repeated
            suppress_health_check=list(HealthCheck),
        ),
    )

"""Stateful test: after any sequence of actions, the services agree with the model.

Each step does one action in both, the services and `tests/model.py`, and then compares what
people see. When they differ, hypothesis prints the shortest sequence of actions, which begins
at the prepared state. A message is written as (room id, seq).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from models.clock import now
from services import lifecycle
from services.accounts import blocks, preferences
from services.core import app_context
from services.core.disk import data_folder
from services.core.dto import CurrentUser, MessageView, UserSummary
from services.core.errors import NotFound, ServiceError
from services.files import forwarding
from services.messages import bookmarks, edits, history, inbox, messages, pins, polls, reactions
from services.rooms import rooms
from services.rooms import (
    settings as room_settings,
)
from services.rooms.members import direct_messages, member_settings, memberships
from services.rooms.reading import read_positions, receipts
from services.rooms.views import RoomView
from tests.conftest import accept_all, add_member, cheap, person
from tests.model import ANSWERS, Member, Message, Model, Poll, RoomState, Spot
from tests.seeded_app import Snapshot, Unlimited

NAMES = ("asha", "ben", "chen", "dev")
TEXTS = ("Hello", "Hello @ben", "@chen, and @dev?", "@room: @asha", "Bye")
EMOJI = ("👍", "🎉")
UNKNOWN = 999_999
MAX_ROOMS = 4
RECENT = 5
"""Few rooms and recent messages, so that several actions affect the same ones."""
LOBBY, STUDY, PAIR = 1, 2, 3
"""The rooms of the prepared state."""


a_person = st.sampled_from(NAMES)
a_text = st.sampled_from(TEXTS)
on_or_off = st.booleans()

Drawn = dict[str, Any]
"""The arguments drawn so far for an action."""
Choice = Callable[["Chat", Drawn], st.SearchStrategy[Any]]
"""Returns the strategy for the next argument, depending on the state."""


def a_room(chat: "Chat", _drawn: Drawn) -> st.SearchStrategy[int]:
    """Choose a room, sometimes an unknown one."""
    return chat.among([*chat.model.rooms, *chat.model.rooms, UNKNOWN])


def a_message(chat: "Chat", _drawn: Drawn) -> st.SearchStrategy[Spot]:
    """Choose one of the last messages of some room, sometimes an unknown one."""
    return chat.among(_some_messages(chat))


def _some_messages(chat: "Chat") -> list[Spot]:
    known = [
        (room, seq)
        for room, state in chat.model.rooms.items()
        for seq in range(max(1, len(state.messages) - RECENT + 1), len(state.messages) + 1)
    ]
    beyond = [(room, len(state.messages) + 1) for room, state in chat.model.rooms.items()]
    return [*known, *known, *beyond, (UNKNOWN, 1)]


def a_poll(chat: "Chat", _drawn: Drawn) -> st.SearchStrategy[Spot]:
    """Choose a poll, sometimes another message."""
    found, others = chat.polls(), _some_messages(chat)
    return chat.among([*found * (4 * len(others) // max(1, len(found))), *others])


def an_insider(chat: "Chat", drawn: Drawn) -> st.SearchStrategy[str]:
    """Choose a person, mostly a member of the room."""
    state = chat.state(drawn)
    return chat.among([*(state.members if state else ()), *NAMES])


def its_owner(chat: "Chat", drawn: Drawn) -> st.SearchStrategy[str]:
    state = chat.state(drawn)
    owners = [name for name, each in state.members.items() if each.role == "owner"] if state else []
    return chat.among([*owners * 6, *NAMES])


def its_author(chat: "Chat", drawn: Drawn) -> st.SearchStrategy[str]:
    message = chat.message(drawn["spot"])
    return chat.among([*[message.author] * 4, *NAMES] if message else NAMES)


@dataclass(frozen=True)
class Action:
    """A method of `Chat`, with its arguments."""

    method: Callable[..., None]
    arguments: dict[str, Any]

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.method.__name__}({arguments})"


ACTIONS: list[Callable[..., None]] = []
"""The methods that are actions, those twice that are twice as likely."""
_STRATEGIES: dict[Callable[..., None], st.SearchStrategy[Action]] = {}


def one_of(methods: Sequence[Callable[..., None]]) -> st.SearchStrategy[Action]:
    """Choose an action by its method."""
    # Not `st.one_of`, which takes equal strategies for one.
    return st.sampled_from(methods).flatmap(_STRATEGIES.__getitem__)


def action(
    weight: int = 1, **choices: Choice | st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a method as an action, with a strategy for each argument.

    It is not a rule of its own: hypothesis disables many rules for a whole example, and most
    errors take several kinds of actions.
    """

    @st.composite
    def draw_action(draw: st.DrawFn, method: Callable[..., None]) -> Action:
        chat, drawn = draw(st.runner()), Drawn()
        for name, choice in choices.items():
            drawn[name] = draw(choice(chat, drawn) if callable(choice) else choice)
        return Action(method, drawn)

    def register(method: Callable[..., None]) -> Callable[..., None]:
        _STRATEGIES[method] = draw_action(method)
        ACTIONS.extend([method] * weight)
        return method

    return register


class Chat(RuleBasedStateMachine):
    """Four people in one chat."""

    loop: asyncio.Runner
    accounts: dict[str, CurrentUser]
    prepared: "Chat"
    """The state in which every example begins."""
    snapshot: Snapshot
    """The database in that state."""

    @initialize()
    def begin(self) -> None:
        """Begin at the prepared state: to repeat its actions would take most of the time."""
        self.snapshot.restore()
        self.people = dict(self.accounts)
        self.model, self.ids = deepcopy((self.prepared.model, self.prepared.ids))
        self.changed_rooms = set[int]()
        self.is_consistent = True

    def prepare(self) -> None:
        """Prepare rooms with messages: without them, most actions would be refused. chen has left
        the study group and returned, and dev has joined it late.
        """
        self.people = dict(self.accounts)
        self.model = Model(NAMES)
        lobby = {name: Member("owner" if name == "asha" else "member", 0) for name in NAMES}
        self.model.rooms[LOBBY] = RoomState("public", lobby)
        self.ids: dict[Spot, int] = {}
        self.create("asha", private=True)
        self.add("asha", STUDY, "ben")
        self.add("asha", STUDY, "chen")
        self.change_role("asha", STUDY, "ben", "moderator")
        self.open_direct("asha", {"ben"})
        for who, room, text in (
            ("dev", LOBBY, "Hello"),
            ("asha", STUDY, "@room: @asha"),
            ("ben", STUDY, "Hello @ben"),
            ("chen", STUDY, "Hello @ben"),
            ("ben", PAIR, "Hello"),
            ("asha", PAIR, "Hello @ben"),
        ):
            self.send(who, room, text)
        self.send_poll("ben", LOBBY, "Hello", multiple=False, anonymous=False)
        self.remove("asha", STUDY, "chen")
        self.send("ben", STUDY, "@chen, and @dev?")
        self.add("asha", STUDY, "chen")
        self.add("ben", STUDY, "dev")

    # -- rooms ------------------------------------------------------------------------

    @action(who=a_person, private=on_or_off)
    def create(self, who: str, private: bool) -> None:
        if len(self.model.rooms) >= MAX_ROOMS:
            return
        name = f"Room {len(self.model.rooms)}"
        work = self.call(rooms.create, self.people[who], name=name, topic="", private=private)
        room = self.both(work, lambda: None)
        self.model.create(who, room, private)

    @action(who=a_person, others=st.sets(a_person, max_size=2))
    def open_direct(self, who: str, others: set[str]) -> None:
        people = {who, *others}
        known = self.model.conversation(people)
        if known is None and len(self.model.rooms) >= MAX_ROOMS:
            return
        work = self.call(direct_messages.open, self.people[who], sorted(others))
        room = self.both(work, self.model.open_direct, who, others)
        if room is None:
            return
        for other in others:
            self.run(self.call(accept_all, self.people[other]))
        assert room == self.run(
            self.call(direct_messages.open, self.people[who], sorted(others, reverse=True))
        )
        if known is None:
            assert room not in self.model.rooms
            self.model.add_direct(room, people)
        else:
            assert room == known

    @action(weight=2, room=a_room, who=a_person)
    def join(self, who: str, room: int) -> None:
        self.both(self.call(memberships.join, self.people[who], room), self.model.join, who, room)

    @action(weight=2, room=a_room, who=an_insider, other=a_person)
    def add(self, who: str, room: int, other: str) -> None:
        if (other, who) in self.model.blocked:  # invited in vain: the model knows no invitations
            return
        work = self.call(add_member, self.people[who], room, other)
        self.both(work, self.model.add, who, room, other)

    @action(weight=2, room=a_room, who=an_insider)
    def leave(self, who: str, room: int) -> None:
        self.both(self.call(memberships.leave, self.people[who], room), self.model.leave, who, room)

    @action(room=a_room, who=its_owner, other=a_person)
    def remove(self, who: str, room: int, other: str) -> None:
        work = self.call(memberships.remove, self.people[who], room, self.people[other].user_id)
        self.both(work, self.model.remove, who, room, other)

    @action(
        room=a_room,
        who=its_owner,
        other=a_person,
        role=st.sampled_from(["moderator", "member"]),
    )
    def change_role(self, who: str, room: int, other: str, role: str) -> None:
        work = self.call(
            memberships.change_role, self.people[who], room, self.people[other].user_id, role
        )
        self.both(work, self.model.change_role, who, room, other, role)

    @action(room=a_room, who=its_owner, other=a_person)
    def hand_over(self, who: str, room: int, other: str) -> None:
        work = self.call(memberships.hand_over, self.people[who], room, self.people[other].user_id)
        self.both(work, self.model.hand_over, who, room, other)

    @action(room=a_room, who=its_owner, on=on_or_off)
    def archive(self, who: str, room: int, on: bool) -> None:
        work = self.call(room_settings.archive, self.people[who], room, on=on)
        self.both(work, self.model.archive, who, room, on)

    @action(room=a_room, who=its_owner, on=on_or_off)
    def announce(self, who: str, room: int, on: bool) -> None:
        work = self.call(room_settings.announce, self.people[who], room, on=on)
        self.both(work, self.model.announce, who, room, on)

    # -- messages ---------------------------------------------------------------------

    @action(weight=3, room=a_room, who=an_insider, text=a_text)
    def send(self, who: str, room: int, text: str) -> None:
        client = self.next_client()
        work = self.call(messages.send, self.people[who], room, text, client)
        self.both_send(work, self.model.send, who, room, text, client)

    @action(spot=a_message, who=an_insider, text=a_text)
    def reply(self, who: str, spot: Spot, text: str) -> None:
        (room, seq), client = spot, self.next_client()
        work = self.call(messages.send, self.people[who], room, text, client, reply_to=seq)
        self.both_send(work, self.model.send, who, room, text, client, seq)

    @action(spot=a_message, room=a_room)
    def send_again(self, spot: Spot, room: int) -> None:
        """Repeat a message, as a browser does that got no answer."""
        for (who, client), sent in list(self.model.sent.items()):
            if sent == spot:
                work = self.call(messages.send, self.people[who], room, "Once more", client)
                self.both_send(work, self.model.send, who, room, "Once more", client)

    @action(spot=a_message, who=an_insider, room=a_room)
    def forward(self, who: str, spot: Spot, room: int) -> None:
        client = self.next_client()
        work = self.call(
            forwarding.forward, self.people[who], *spot, to_room=room, client_message_id=client
        )
        self.both_send(work, self.model.forward, who, spot, room, client)

    @action(room=a_room, who=an_insider, text=a_text, multiple=on_or_off, anonymous=on_or_off)
    def send_poll(self, who: str, room: int, text: str, multiple: bool, anonymous: bool) -> None:
        client = self.next_client()
        poll = Poll(multiple, anonymous)
        work = self.call(
            polls.send,
            self.people[who],
            room,
            text,
            [f"Answer {number}" for number in range(1, ANSWERS + 1)],
            client,
            is_multiple=multiple,
            is_anonymous=anonymous,
        )
        self.both_send(work, self.model.send, who, room, text, client, None, poll)

    @action(spot=a_message, who=its_author, text=a_text)
    def edit(self, who: str, spot: Spot, text: str) -> None:
        self.both(
            self.call(edits.edit, self.people[who], *spot, text), self.model.edit, who, spot, text
        )

    @action(spot=a_message, who=its_author)
    def delete(self, who: str, spot: Spot) -> None:
        self.both(self.call(edits.delete, self.people[who], *spot), self.model.delete, who, spot)

    @action(spot=a_message, who=an_insider, emoji=st.sampled_from(EMOJI), on=on_or_off)
    def react(self, who: str, spot: Spot, emoji: str, on: bool) -> None:
        change = reactions.add if on else reactions.remove
        self.both(
            self.call(change, self.people[who], *spot, emoji),
            self.model.react,
            who,
            spot,
            emoji,
            on,
        )

    @action(spot=a_message, who=an_insider, on=on_or_off)
    def pin(self, who: str, spot: Spot, on: bool) -> None:
        change = pins.pin if on else pins.unpin
        self.both(self.call(change, self.people[who], *spot), self.model.pin, who, spot, on)

    @action(
        weight=2,
        spot=a_poll,
        who=an_insider,
        wanted=st.sets(st.integers(1, ANSWERS + 1), min_size=1),
    )
    def vote(self, who: str, spot: Spot, wanted: set[int]) -> None:
        self.both(
            self.call(polls.vote, self.people[who], *spot, wanted),
            self.model.choose,
            who,
            spot,
            wanted,
        )

    @action(spot=a_poll, who=an_insider)
    def withdraw(self, who: str, spot: Spot) -> None:
        self.both(
            self.call(polls.withdraw, self.people[who], *spot), self.model.choose, who, spot, set()
        )

    @action(spot=a_poll, who=its_author)
    def close(self, who: str, spot: Spot) -> None:
        self.both(self.call(polls.close, self.people[who], *spot), self.model.close, who, spot)

    # -- personal state -----------------------------------------------------------------

    @action(spot=a_message, who=an_insider)
    def read(self, who: str, spot: Spot) -> None:
        work = self.call(mark_read, self.people[who], *spot)
        self.both(work, self.model.read, who, spot)

    @action(spot=a_message, who=an_insider)
    def mark_unread(self, who: str, spot: Spot) -> None:
        work = self.call(member_settings.mark_unread, self.people[who], *spot)
        self.both(work, self.model.mark_unread, who, spot)

    @action(spot=a_message, who=an_insider)
    def save(self, who: str, spot: Spot) -> None:
        self.both(self.call(bookmarks.save, self.people[who], *spot), self.model.save, who, spot)

    @action(spot=a_message, who=an_insider)
    def unsave(self, who: str, spot: Spot) -> None:
        work = self.call(bookmarks.remove, self.people[who], self.ids.get(spot, UNKNOWN))
        self.both(work, self.model.unsave, who, spot)

    @action(who=a_person, other=a_person, on=on_or_off)
    def block(self, who: str, other: str, on: bool) -> None:
        change = blocks.block if on else blocks.unblock
        self.both(self.call(change, self.people[who], other), self.model.block, who, other, on)

    @action(who=a_person, on=on_or_off)
    def set_receipts(self, who: str, on: bool) -> None:
        work = self.call(
            preferences.change,
            self.people[who],
            shows_receipts=on,
            shows_last_seen=True,
            has_sound=True,
            quiet_from="",
            quiet_until="",
        )
        chosen = self.both(work, self.model.set_receipts, who, on)
        self.people[who] = msgspec.structs.replace(self.people[who], preferences=chosen)

    @action(who=a_person)
    def visit(self, who: str) -> None:
        """Open a page: all messages so far are delivered to this person."""
        work = self.call(record_seen, self.people[who])
        self.both(work, self.model.visit, who)

    @rule(action=st.deferred(lambda: one_of(ACTIONS)))
    def do(self, action: Action) -> None:
        named = {action.arguments.get("room"), *(action.arguments.get("spot") or ())[:1]}
        self.changed_rooms = named & {*self.model.rooms}
        action.method(self, **action.arguments)

    # -- services and model ---------------------------------------------------------------

    def both(self, work: Awaitable[Any], expect: Callable[..., Any], *arguments: Any) -> Any:
        """Run in both, and compare the errors. Return the result of the service, or None."""
        self.is_consistent = False
        self.model.moment += 1
        expected: type[ServiceError] | None = None
        try:
            expect(*arguments)
        except ServiceError as error:
            expected = type(error)
        try:
            result = self.run(work)
        except ServiceError as error:
            if type(error) is not expected:
                raise AssertionError(f"refused: {error.message}") from error
            return None
        assert expected is None, "not refused"
        return result

    def both_send(self, work: Awaitable[Any], expect: Callable[..., Any], *arguments: Any) -> None:
        """Send a message in both, and compare the results."""
        before = self.model.moment
        expected: list[tuple[Spot, bool]] = []
        result = self.both(work, lambda: expected.append(expect(*arguments)))
        assert self.model.moment == before + 1
        if result is not None:
            message, is_new = sent(result)
            assert [(_spot(message), is_new)] == expected
            self.ids[expected[0][0]] = message.message_id

    def run(self, work: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await work

        return self.loop.run(wait())

    async def call(self, function: Callable[..., Awaitable[Any]], *given: Any, **named: Any) -> Any:
        """Call a function of the services."""
        return await function(*given, **named)

    def among(self, options: Sequence[Any]) -> st.SearchStrategy[Any]:
        """Choose one of these, which depend on the state."""
        return st.sampled_from(options)

    def next_client(self) -> str:
        return f"number-{len(self.ids):03}"

    def state(self, drawn: Drawn) -> RoomState | None:
        """Return the room of an action."""
        return self.model.rooms.get(drawn["room"] if "room" in drawn else drawn["spot"][0])

    def message(self, spot: Spot) -> Message | None:
        state = self.model.rooms.get(spot[0])
        return state.messages[spot[1] - 1] if state and 0 < spot[1] <= len(state.messages) else None

    def polls(self) -> list[Spot]:
        return [
            (room, seq)
            for room, state in self.model.rooms.items()
            for seq, message in enumerate(state.messages, 1)
            if message.poll
        ]

    # -- comparing ------------------------------------------------------------------------

    @invariant()
    def is_same_for_some(self) -> None:
        """Everyone compares their rooms, and two people compare the changed rooms: a member and
        an outsider. At the end of an example, everyone compares everything.
        """
        if not self.is_consistent:
            self.run(self.compare_some())
            self.is_consistent = True

    def teardown(self) -> None:
        if getattr(self, "is_consistent", False):
            self.run(self.compare_all())

    async def compare_some(self) -> None:
        work = [self.compare_rooms(name) for name in NAMES]
        work.append(self.compare_inbox_and_bookmarks(NAMES[self.model.moment % len(NAMES)]))
        for room in self.changed_rooms or self.model.rooms:
            state = self.model.rooms[room]
            inside, outside = sorted(state.members), sorted({*NAMES} - {*state.members})
            if inside:
                name = inside[self.model.moment % len(inside)]
                work.append(self.compare_messages(name, room))
                work.append(self.compare_receipts(name, room, recent=1))
            if outside:
                name = outside[self.model.moment % len(outside)]
                work.append(self.check_outsider(name, room, all_queries=False))
        await all_of(work)

    async def compare_all(self) -> None:
        work = [self.compare_inbox_and_bookmarks(name) for name in NAMES]
        for room, state in self.model.rooms.items():
            for name in NAMES:
                if name in state.members:
                    work.append(self.compare_messages(name, room))
                    work.append(self.compare_receipts(name, room, recent=len(state.messages)))
                    work.append(self.compare_details(name, room))
                else:
                    work.append(self.check_outsider(name, room, all_queries=True))
        await all_of(work)

    async def compare_rooms(self, name: str) -> None:
        mine = {each.room_id: each for each in await self.call(rooms.mine, self.people[name])}
        assert set(mine) == self.model.rooms_of(name), name
        for room, view in mine.items():
            self.compare_room(name, room, view)

    async def compare_inbox_and_bookmarks(self, name: str) -> None:
        me, model = self.people[name], self.model
        found = await self.call(inbox.mine, me)
        mentions = [
            (_spot(each.message), each.message.message_id in found.unread) for each in found.found
        ]
        assert mentions == model.inbox(name)[: inbox.PAGE_SIZE], f"{name}'s inbox"
        saved = [_spot(each.message) for each in await self.call(bookmarks.mine, me)]
        assert saved == model.saved(name)[: bookmarks.PAGE_SIZE], f"{name}'s saved messages"

    def compare_room(self, name: str, room: int, view: RoomView) -> None:
        state = self.model.rooms[room]
        member = state.members[name]
        where = f"{name} in {room}"
        assert (view.role, view.kind) == (member.role, state.kind), where
        assert view.is_archived == state.is_archived, where
        assert view.is_announcement == state.is_announcement, where
        assert view.last_seq == len(state.messages), where
        assert (view.last_read_seq, view.unread_from) == (member.read, member.marked), where
        assert view.unread == self.model.unread(name, room), where
        assert view.mentions == len(self.model.unread_mentions(name, room)), where

    async def compare_messages(self, name: str, room: int) -> None:
        me, state = self.people[name], self.model.rooms[room]
        page = await self.call(history.since, me, room, history.ShownRange())
        assert [self.summary(each) for each in page.messages] == _expected(state)
        assert page.change == state.change
        assert page.last_read_seq == state.members[name].read_up_to
        # A page that lacks only the last few changes gets just these.
        if last := len(state.messages):
            known = max(0, state.change - 3)
            shown = history.ShownRange(first=1, last=last, change=known)
            changed = [
                each.seq for each in (await self.call(history.since, me, room, shown)).changed
            ]
            order = sorted((message.change, seq) for seq, message in enumerate(state.messages, 1))
            assert changed == [seq for change, seq in order if change > known]

    async def compare_receipts(self, name: str, room: int, recent: int) -> None:
        """Compare the receipts of this person's recent messages, and who is furthest behind."""
        state, showing = self.model.rooms[room], self.model.with_receipts(room)
        own = [seq for seq, message in enumerate(state.messages, 1) if message.author == name]
        for seq in own[-recent:]:
            try:
                expected = self.model.receipts(name, (room, seq))
            except ServiceError as error:
                with pytest.raises(type(error)):
                    await self.call(receipts.of, self.people[name], room, seq)
                continue
            found = await self.call(receipts.of, self.people[name], room, seq)
            parts = (found.read, found.delivered, found.waiting)
            assert tuple([each.username for each in part] for part in parts) == expected
            exact = {each.username for each in found.read if each.is_exact}
            assert exact == {each for each in expected[0] if state.members[each].read == seq}
        told = await self.call(receipts.furthest_behind, room, self.people[name].user_id)
        visible = sorted(each.read for each in self.model.with_receipts(room, name).values())
        assert [seq for _who, seq in told.read] == visible[:2]
        behind = await self.call(receipts.furthest_behind, room)
        names = {viewer.user_id: name for name, viewer in self.people.items()}
        assert all(showing[names[who]].read == seq for who, seq in behind.read)
        assert [seq for _who, seq in behind.read] == sorted(each.read for each in showing.values())[
            :2
        ]
        last_seen = [self.model.last_seen.get(names[who], 0) for who, _at in behind.offline]
        assert last_seen == sorted(self.model.last_seen.get(each, 0) for each in showing)[:2]

    async def compare_details(self, name: str, room: int) -> None:
        """Compare edit history, reactions, votes and pins; deleted messages have none."""
        me, state = self.people[name], self.model.rooms[room]
        for seq, message in enumerate(state.messages, 1):
            if message.deleted:
                for query in (edits.history, reactions.who, polls.who):
                    with pytest.raises(NotFound):
                        await self.call(query, me, room, seq)
                continue
            found = await self.call(edits.history, me, room, seq)
            newest = [*message.versions, message.text][-edits.PAGE_SIZE - 1 :]
            assert [each.text for each in found.versions] == newest[::-1]
            who = await self.call(reactions.who, me, room, seq)
            assert {each.emoji: _names(each.people) for each in who} == message.reactors()
            if message.poll and not message.poll.is_anonymous:
                found = [_names(each.people) for each in await self.call(polls.who, me, room, seq)]
                assert found == [message.poll.voters(number + 1) for number in range(ANSWERS)]
        mine = await self.call(polls.mine, me, room, range(1, len(state.messages) + 1))
        assert mine == {
            seq: sorted(message.poll.chosen(name))
            for seq, message in enumerate(state.messages, 1)
            if message.poll and message.poll.chosen(name)
        }
        pinned = {each.seq for each in await self.call(pins.of_room, me, room)}
        assert pinned == {seq for seq, message in enumerate(state.messages, 1) if message.is_pinned}

    async def check_outsider(self, name: str, room: int, *, all_queries: bool) -> None:
        """Outside a room, or after leaving it, every query is `NotFound`."""
        me = self.accounts[name]  # with receipts turned on: without, they are always `Forbidden`
        queries = [
            partial(self.call, rooms.get, me, room),
            partial(self.call, history.since, me, room, history.ShownRange()),
            partial(self.call, history.older, me, room, 99),
            partial(self.call, history.around, me, room, 1),
            partial(self.call, receipts.of, me, room, 1),
            partial(self.call, pins.of_room, me, room),
            partial(self.call, polls.mine, me, room, [1]),
            partial(self.call, memberships.members, me, room),
        ]
        at = self.model.moment % len(queries)
        for query in queries if all_queries else [queries[at]]:
            with pytest.raises(NotFound):
                await query()

    def summary(self, view: MessageView) -> tuple[Any, ...]:
        """Return a message in the form of `_expected`."""
        names = {viewer.user_id: name for name, viewer in self.people.items()}
        quote, poll = view.quote, view.poll
        return (
            view.seq,
            view.author.username,
            view.text,
            {name for name, _user in view.mentions},
            view.change,
            view.deleted,
            view.is_pinned,
            quote and (quote.seq, quote.author.username, quote.text),
            view.replies,
            [(each.emoji, [names[who] for who in each.user_ids]) for each in view.reactions],
            poll
            and (
                (poll.is_multiple, poll.is_anonymous, poll.closes_at is not None, poll.voters),
                [(each.votes, [names[who] for who in each.user_ids]) for each in poll.options],
            ),
        )


async def mark_read(viewer: CurrentUser, room: int, seq: int) -> None:
    """Mark a read position, and wait until it is stored."""
    read_positions.mark_read(viewer, room, seq)
    await read_positions.flush()


async def record_seen(viewer: CurrentUser) -> None:
    """Record that somebody is seen now, and wait until it is stored."""
    read_positions.record_seen(viewer.user_id, now())
    await read_positions.flush()


async def all_of(work: Iterable[Awaitable[Any]]) -> list[Any]:
    """Return what these return. Raises what the first has raised once all have ended."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    for each in outcomes:
        if isinstance(each, BaseException):
            raise each
    return outcomes


def sent(result: MessageView | tuple[MessageView, bool]) -> tuple[MessageView, bool]:
    """Return what a service returns of a message that it has sent, and whether that is new."""
    return result if isinstance(result, tuple) else (result, True)


def _expected(state: RoomState) -> list[tuple[Any, ...]]:
    """Return the messages of a room as members should see them."""
    found = []
    for seq, message in enumerate(state.messages, 1):
        quoted, poll = (
            state.messages[message.reply_to - 1] if message.reply_to else None,
            message.poll,
        )
        voters = [poll.voters(number + 1) for number in range(ANSWERS)] if poll else []
        found.append(
            (
                seq,
                message.author,
                message.text,
                message.mentions,
                message.change,
                message.deleted,
                message.is_pinned,
                quoted and (message.reply_to, quoted.author, quoted.text),
                sum(each.reply_to == seq and not each.deleted for each in state.messages),
                list(message.reactors().items()),
                poll
                and (
                    (poll.is_multiple, poll.is_anonymous, poll.is_closed, len({*chain(*voters)})),
                    [(len(each), [] if poll.is_anonymous else each) for each in voters],
                ),
            )
        )
    return found


def _spot(message: MessageView) -> Spot:
    return message.room_id, message.seq


def _names(people: Iterable[UserSummary]) -> list[str]:
    return [each.username for each in people]


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Chat]]:
    """The state machine, on a running app with four people."""
    monkeypatch.setattr(read_positions, "COALESCE_SECONDS", 0)
    with asyncio.Runner() as runner, data_folder.lock(tmp_path):
        runner.run(lifecycle.startup(cheap(tmp_path)))
        app_context._current = replace(app_context.current(), rate_limits=Unlimited([]))

        async def register() -> dict[str, CurrentUser]:
            return {name: await person(name) for name in NAMES}

        attributes = {"loop": runner, "accounts": runner.run(register())}
        machine = type("ChatOfFour", (Chat,), attributes)
        machine.prepared = machine()
        machine.prepared.prepare()
        machine.snapshot = Snapshot(tmp_path / data_folder.DATABASE)
        yield machine
        runner.run(lifecycle.shutdown())


@pytest.mark.parametrize(
    "number", [0, *(pytest.param(number, marks=pytest.mark.long) for number in (1, 2, 3))]
)
def test_the_services_agree_with_the_model(
    chat: type[Chat], number: int, pytestconfig: pytest.Config
) -> None:
    """Two examples, or eight for each seed: later ones would only be variations of these.

    There are two more, the simplest for hypothesis: nothing, and nothing but one room created.
    """
    run_state_machine_as_test(
        seed(number)(chat),
        settings=settings(
            max_examples=10 if pytestconfig.option.all else 4,
            stateful_step_count=50,
            deadline=None,
            # Deterministic, so that a failure points to the change that caused it.
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )

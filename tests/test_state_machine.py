"""Whatever people do, in whatever order, the services agree with a few plain dictionaries."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from services import (
    directs,
    edits,
    house,
    memberships,
    messages,
    ownership,
    pins,
    reactions,
    rooms,
    whereabouts,
)
from services import unread as marking
from services.refusal import Forbidden, NotFound, Refused
from services.views import MessageView, Viewer
from tests.conftest import cheap, person
from tests.prepared import Unthrottled

NAMES = ("asha", "ben", "chen", "dev")
TEXTS = ("Hello", "Hello @ben", "@chen, and @dev?", "@room: @asha", "Bye")
SIGNS = ("👍", "🎉")
NOWHERE = 999_999
FLURRY = 10
MOST_ROOMS = 5
"""With more of them, hardly anything would happen twice in the same."""


@dataclass
class Said:
    """A message as it should be."""

    author: str
    text: str
    answers: int | None
    calls: set[str]
    versions: list[str] = field(default_factory=list)
    change: int = 0
    deleted: str | None = None
    pinned: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Member:
    """A person in a room as they should be."""

    role: str
    read: int = 0
    marked: int = 0

    @property
    def read_up_to(self) -> int:
        return self.marked - 1 if self.marked else self.read


@dataclass
class Place:
    """A room as it should be."""

    kind: str
    members: dict[str, Member]
    people: frozenset[str] | None = None
    archived: bool = False
    said: list[Said] = field(default_factory=list)
    change: int = 0

    def moderates(self, who: str) -> bool:
        return self.members[who].role in {"owner", "moderator"}

    def message(self, seq: int) -> Said | None:
        there = self.said[seq - 1] if 0 < seq <= len(self.said) else None
        return there if there and not there.deleted else None

    def touch(self, said: Said) -> None:
        self.change += 1
        said.change = self.change

    def called(self, who: str, text: str) -> set[str]:
        """Return whom a text calls that this person writes here; `room` is everybody."""
        if "@room" in text and (self.kind == "direct" or self.moderates(who)):
            return {"room"}
        return {name for name in self.members if f"@{name}" in text and name != who}

    def mentions(self, who: str) -> int:
        after = self.members[who].read_up_to
        return sum(
            bool({who, "room"} & said.calls) and said.author != who and not said.deleted
            for said in self.said[after:]
        )


class Template:
    """A data folder with the four people in it, to be copied for each example."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

        async def fill() -> dict[str, Viewer]:
            await house.open(cheap(folder))
            people = {name: await person(name) for name in NAMES}
            await house.close()
            return people

        with asyncio.Runner() as runner, house.claim(folder):
            self.people = runner.run(fill())


class Chat(RuleBasedStateMachine):
    """Four people, and what they do to each other."""

    template: Template

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        data = self.folder / "data"
        shutil.copytree(self.template.folder, data)
        self.people = self.template.people
        self.loop = asyncio.Runner()
        self.loop.run(house.open(cheap(data)))
        house._open = replace(house.current(), throttles=Unthrottled([]))
        everybody = {name: Member("owner" if name == "asha" else "member") for name in NAMES}
        self.places = {1: Place("public", everybody)}
        self.sent: dict[tuple[str, int], tuple[int, int]] = {}
        self.known: dict[int, int] = {}
        self.begin()

    def begin(self) -> None:
        """Have a room, direct messages, and something said in each: else most is refused."""
        self.create("asha", private=True)
        self.add("asha", 1, "ben")
        self.add("asha", 1, "chen")
        self.change_role("asha", 1, "ben", "moderator")
        self.open_direct("asha", {"ben"})
        number = 100
        for at, who in ((0, "dev"), (1, "asha"), (1, "ben"), (1, "chen"), (2, "ben"), (2, "asha")):
            number += 1
            self.send(who, at, TEXTS[number % len(TEXTS)], number, None)

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        try:
            for room, place in self.places.items():
                self.check(room)
                self.check_history(room, place)
        finally:
            self.loop.run(house.close())
            self.loop.close()
            shutil.rmtree(self.folder)

    # -- rooms ------------------------------------------------------------------------

    def create(self, who: str, private: bool) -> None:
        name = f"Room {len(self.places)}"
        work = rooms.create(self.people[who], name=name, topic="", private=private)
        room = self.do(work)
        self.places[room] = Place("private" if private else "public", {who: Member("owner")})
        self.check(room)

    def open_direct(self, who: str, others: set[str]) -> None:
        room = self.do(directs.open(self.people[who], sorted(others)))
        again = self.do(directs.open(self.people[who], sorted(others, reverse=True)))
        assert room == again
        people = frozenset(others | {who})
        known = [each for each, place in self.places.items() if place.people == people]
        if known:
            assert known == [room]
        else:
            assert room not in self.places
            in_order = {name: Member("member") for name in NAMES if name in people}
            self.places[room] = Place("direct", in_order, people)
        self.check(room)

    def join(self, who: str, at: int) -> None:
        room, place = self.at(at)
        is_public = place is not None and place.kind == "public"
        self.do(memberships.join(self.people[who], room), None if is_public else NotFound)
        if place and is_public:
            self.enter(place, who)
        self.check(room)

    def add(self, who: str, at: int, other: str) -> None:
        room, place = self.at(at)
        refusal = self.outside(place, who)
        if place and not refusal:
            if place.kind == "direct":
                refusal = Forbidden
            elif other in place.members:
                refusal = Refused
        self.do(memberships.add(self.people[who], room, other), refusal)
        if place and not refusal:
            self.enter(place, other)
        self.check(room)

    def leave(self, who: str, at: int) -> None:
        room, place = self.at(at)
        refusal = self.outside(place, who)
        if place and not refusal and place.people and len(place.members) <= 2:
            refusal = Forbidden
        self.do(memberships.leave(self.people[who], room), refusal)
        if place and not refusal:
            place.people = None
            if place.members.pop(who).role == "owner" and place.members:
                ranks = {"moderator": 0, "member": 1}
                min(place.members.values(), key=lambda each: ranks[each.role]).role = "owner"
        self.check(room)

    def remove(self, who: str, at: int, other: str) -> None:
        room, place = self.at(at)
        refusal = self.over_another(place, who, other, roles={"owner", "moderator"})
        if place and not refusal:
            mine, theirs = place.members[who].role, place.members[other].role
            if mine != "owner" and theirs != "member":
                refusal = Forbidden
        work = memberships.remove(self.people[who], room, self.people[other].user_id)
        self.do(work, refusal)
        if place and not refusal:
            del place.members[other]
        self.check(room)

    def change_role(self, who: str, at: int, other: str, role: str) -> None:
        room, place = self.at(at)
        refusal = self.over_another(place, who, other, roles={"owner"})
        work = memberships.change_role(self.people[who], room, self.people[other].user_id, role)
        self.do(work, refusal)
        if place and not refusal:
            place.members[other].role = role
        self.check(room)

    def hand_over(self, who: str, at: int, other: str) -> None:
        room, place = self.at(at)
        refusal = self.over_another(place, who, other, roles={"owner"})
        self.do(memberships.hand_over(self.people[who], room, self.people[other].user_id), refusal)
        if place and not refusal:
            place.members[who].role, place.members[other].role = "moderator", "owner"
        self.check(room)

    def archive(self, who: str, at: int, on: bool) -> None:
        room, place = self.at(at)
        refusal = self.outside(place, who)
        if place and not refusal and place.members[who].role != "owner":
            refusal = Forbidden
        self.do(ownership.archive(self.people[who], room, on=on), refusal)
        if place and not refusal:
            place.archived = on
        self.check(room)

    # -- messages ---------------------------------------------------------------------

    def send(self, who: str, at: int, text: str, number: int, answers: int | None) -> None:
        room, place = self.at(at)
        answers = answers or None
        before = self.sent.get((who, number))
        refusal = self.outside(place, who)
        if place and not refusal:
            if before:
                refusal = None if before[0] == room else Refused
            elif place.archived:
                refusal = Forbidden
            elif answers and not place.message(answers):
                refusal = Refused
        work = messages.send(self.people[who], room, text, f"number-{number:03}", reply_to=answers)
        done = self.do(work, refusal)
        if place and not refusal:
            message, is_new = done
            assert is_new == (before is None)
            if before:
                assert (room, message.seq) == before
            else:
                place.said.append(Said(who, text, answers, place.called(who, text)))
                assert message.seq == len(place.said)
                self.sent[who, number] = (room, message.seq)
                place.members[who].read, place.members[who].marked = message.seq, 0
        self.check(room)

    def edit(self, who: str, at: int, seq: int, text: str) -> None:
        room, place, said, refusal = self.message(who, at, seq)
        if place and said and not refusal and (said.author != who or place.archived):
            refusal = Forbidden
        self.do(edits.edit(self.people[who], room, seq, text), refusal)
        if place and said and not refusal and said.text != text:
            said.versions.append(said.text)
            said.text, said.calls = text, place.called(who, text)
            place.touch(said)
        self.check(room)

    def delete(self, who: str, at: int, seq: int) -> None:
        room, place, said, refusal = self.message(who, at, seq)
        if place and said and not refusal and said.author != who and not place.moderates(who):
            refusal = Forbidden
        self.do(edits.delete(self.people[who], room, seq), refusal)
        if place and said and not refusal:
            said.deleted = "author" if said.author == who else "moderator"
            said.text, said.pinned, said.reactions, said.calls = "", False, {}, set()
            place.touch(said)
        self.check(room)

    def react(self, who: str, at: int, seq: int, sign: str, on: bool) -> None:
        room, place, said, refusal = self.message(who, at, seq)
        if place and said and not refusal and place.archived:
            refusal = Forbidden
        verb = reactions.add if on else reactions.remove
        self.do(verb(self.people[who], room, seq, sign), refusal)
        if place and said and not refusal:
            there = said.reactions.get(sign, [])
            if on != (who in there):
                said.reactions[sign] = [*there, who] if on else [x for x in there if x != who]
                said.reactions = {key: each for key, each in said.reactions.items() if each}
                place.touch(said)
        self.check(room)

    def pin(self, who: str, at: int, seq: int, on: bool) -> None:
        room, place, said, refusal = self.message(who, at, seq)
        if place and said and not refusal:
            allowed = place.kind == "direct" or place.moderates(who)
            if place.archived or not allowed:
                refusal = Forbidden
        self.do((pins.pin if on else pins.unpin)(self.people[who], room, seq), refusal)
        if place and said and not refusal and said.pinned != on:
            said.pinned = on
            place.touch(said)
        self.check(room)

    # -- positions --------------------------------------------------------------------

    def read(self, who: str, at: int, seq: int) -> None:
        room, place = self.at(at)

        async def look() -> None:
            whereabouts.mark_read(self.people[who], room, seq)
            await whereabouts.settle()

        self.do(look())
        if place and who in place.members:
            member, newest = place.members[who], len(place.said)
            member.read = max(member.read, min(seq, newest))
            if seq >= newest:
                member.marked = 0
        self.check(room)

    def mark_unread(self, who: str, at: int, seq: int) -> None:
        room, place = self.at(at)
        refusal = self.outside(place, who)
        if place and not refusal and not 0 < seq <= len(place.said):
            refusal = Refused
        self.do(marking.mark_unread(self.people[who], room, seq), refusal)
        if place and not refusal:
            place.members[who].marked = seq
        self.check(room)

    # -- all at once ------------------------------------------------------------------

    @rule(seed=st.integers(0, 2**32))
    def flurry(self, seed: int) -> None:
        """Do many things by lot: rule by rule hypothesis does the same few over and over."""
        dice = Random(seed)
        for _ in range(FLURRY):
            who, other, at = dice.choice(NAMES), dice.choice(NAMES), dice.choice([0, 1, 1, 2, 3, 8])
            seq, text, on = dice.randint(0, 9), dice.choice(TEXTS), dice.random() < 0.5
            sending = (who, at, text, dice.randint(0, 99), dice.choice([None, seq]))
            doing: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
                (self.send, sending),
                (self.send, sending),
                (self.edit, (who, at, seq, text)),
                (self.delete, (who, at, seq)),
                (self.react, (who, at, seq, dice.choice(SIGNS), on)),
                (self.pin, (who, at, seq, on)),
                (self.read, (who, at, seq)),
                (self.mark_unread, (who, at, seq)),
                (self.add, (who, at, other)),
                (self.remove, (who, at, other)),
                (self.join, (who, at)),
                (self.leave, (who, at)),
                (self.change_role, (who, at, other, dice.choice(["moderator", "member"]))),
                (self.hand_over, (who, at, other)),
                (self.archive, (who, at, dice.random() < 0.1)),
            ]
            if len(self.places) < MOST_ROOMS:
                doing.append((self.create, (who, on)))
                doing.append((self.open_direct, (who, {other, dice.choice(NAMES)})))
            verb, arguments = dice.choice(doing)
            verb(*arguments)

    # -- what should be ---------------------------------------------------------------

    def do(self, work: Awaitable[Any], refusal: type[Refused] | None = None) -> Any:
        """Do it; it must be refused so, or not at all."""

        async def run() -> Any:
            return await work

        if refusal is None:
            return self.loop.run(run())
        with pytest.raises(Refused) as refused:
            self.loop.run(run())
        assert refused.type is refusal
        return None

    def at(self, number: int) -> tuple[int, Place | None]:
        """Return one of the rooms, or one that is not there."""
        room = NOWHERE if number == 8 else [*self.places][number % len(self.places)]
        return room, self.places.get(room)

    def outside(self, place: Place | None, who: str) -> type[Refused] | None:
        return None if place and who in place.members else NotFound

    def message(
        self, who: str, at: int, seq: int
    ) -> tuple[int, Place | None, Said | None, type[Refused] | None]:
        room, place = self.at(at)
        refusal = self.outside(place, who)
        said = place.message(seq) if place and not refusal else None
        return room, place, said, refusal or (None if said else NotFound)

    def over_another(
        self, place: Place | None, who: str, other: str, *, roles: set[str]
    ) -> type[Refused] | None:
        if place is None or who not in place.members:
            return NotFound
        if place.kind == "direct" or place.members[who].role not in roles:
            return Forbidden
        if who == other:
            return Refused
        return None if other in place.members else NotFound

    def enter(self, place: Place, who: str) -> None:
        role = "member" if place.members else "owner"
        place.members.setdefault(who, Member(role, read=len(place.said)))

    def check(self, room: int) -> None:
        """Compare a room as everybody sees it with how it should be."""
        self.loop.run(self._check(room))

    def check_history(self, room: int, place: Place) -> None:
        """What was edited says what it said before; what is deleted says nothing."""
        for who in list(place.members)[:1]:
            for seq, said in enumerate(place.said, 1):
                gone = NotFound if said.deleted else None
                told = self.do(edits.history(self.people[who], room, seq), gone)
                if told is not None:
                    assert [each.text for each in told] == [*said.versions, said.text]

    async def _check(self, room: int) -> None:
        place = self.places.get(room)
        for name, viewer in self.people.items():
            mine = {each.room_id: each for each in await rooms.mine(viewer)}
            assert set(mine) == {
                each for each, other in self.places.items() if name in other.members
            }
            if place is None or name not in place.members:
                for look in (
                    rooms.get(viewer, room),
                    messages.since(viewer, room, messages.Shown()),
                    messages.older(viewer, room, 99),
                    messages.around(viewer, room, 1),
                ):
                    with pytest.raises(NotFound):
                        await look
                continue
            await self._check_sight(viewer, room, place, mine[room])

    async def _check_sight(self, viewer: Viewer, room: int, place: Place, seen: Any) -> None:
        member = place.members[viewer.username]
        assert (seen.role, seen.kind, seen.is_archived, seen.last_seq) == (
            member.role,
            place.kind,
            place.archived,
            len(place.said),
        )
        assert (seen.last_read_seq, seen.unread_from) == (member.read, member.marked)
        assert seen.unread == len(place.said) - member.read_up_to
        assert seen.mentions == place.mentions(viewer.username)
        page = await messages.since(viewer, room, messages.Shown())
        assert [self.told(each) for each in page.messages] == self.expected(place)
        assert (page.change, page.last_read_seq) == (place.change, member.read_up_to)
        assert list((await messages.older(viewer, room, 99)).messages) == list(page.messages)
        # A page that has known everything but the last few changes is told of those.
        last = len(place.said)
        if last:
            since = self.known.get(room, 0)
            shown = messages.Shown(first=1, last=last, change=since)
            changed = [each.seq for each in (await messages.since(viewer, room, shown)).changed]
            order = sorted((each.change, seq) for seq, each in enumerate(place.said, 1))
            assert changed == [seq for change, seq in order if change > since]
            self.known[room] = max(since, place.change - 3)

    def expected(self, place: Place) -> list[tuple[Any, ...]]:
        found = []
        for seq, said in enumerate(place.said, 1):
            quote = place.said[said.answers - 1] if said.answers else None
            found.append(
                (
                    seq,
                    said.author,
                    said.text,
                    said.change,
                    said.deleted,
                    said.pinned,
                    (said.answers, quote.author, quote.text) if quote else None,
                    said.reactions,
                )
            )
        return found

    def told(self, view: MessageView) -> tuple[Any, ...]:
        by_id = {viewer.user_id: name for name, viewer in self.people.items()}
        return (
            view.seq,
            view.author.username,
            view.text,
            view.change,
            view.deleted,
            view.is_pinned,
            (view.quote.seq, view.quote.author.username, view.quote.text) if view.quote else None,
            {each.emoji: [by_id[who] for who in each.user_ids] for each in view.reactions},
        )


def test_the_services_agree_with_a_few_dictionaries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whereabouts, "GATHER", 0)
    template = Template(tmp_path / "template")
    machine = type("ChatOnACopy", (Chat,), {"template": template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=16,
            deadline=None,
            derandomize=True,
            # What is drawn is a seed: there is nothing in it that could be made smaller.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )

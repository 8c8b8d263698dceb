"""Whatever people do, in whatever order, the services agree with a few plain dictionaries.

Each rule does one thing in both, the services and `tests/model.py`, and afterwards everybody
looks around. When they disagree, hypothesis leaves out what it can and prints the rest, to be
read from what is prepared: a message is named by its room and its number in it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

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
from services.core import app_context, data_folder
from services.core.dto import CurrentUser, MessageView, RoomView, UserSummary
from services.core.errors import NotFound, ServiceError
from services.mentions import inbox
from services.messages import bookmarks, edits, forwarding, messages, pins, polls, reactions
from services.rooms import (
    direct_messages,
    memberships,
    read_positions,
    receipts,
    rooms,
)
from services.rooms import (
    settings as room_settings,
)
from services.rooms import unread as marking
from tests.conftest import cheap, person
from tests.model import ANSWERS, Member, Model, Place, Poll, Said, Spot
from tests.seeded_app import Snapshot, Unthrottled

NAMES = ("asha", "ben", "chen", "dev")
TEXTS = ("Hello", "Hello @ben", "@chen, and @dev?", "@room: @asha", "Bye")
SIGNS = ("👍", "🎉")
NOWHERE = 999_999
MOST_ROOMS = 4
RECENT = 5
"""With more rooms, or older messages, hardly anything would happen twice to the same."""
LOBBY, STUDY, PAIR = 1, 2, 3
"""The rooms that are there at the beginning."""


a_person = st.sampled_from(NAMES)
a_text = st.sampled_from(TEXTS)
on_or_off = st.booleans()

Drawn = dict[str, Any]
"""What is drawn already of that with which something is to be done."""
Choice = Callable[["Chat", Drawn], st.SearchStrategy[Any]]
"""What to draw, as things stand."""


def a_room(chat: "Chat", _drawn: Drawn) -> st.SearchStrategy[int]:
    """Choose a room, now and then one that is not there."""
    return st.sampled_from([*chat.model.places, *chat.model.places, NOWHERE])


def a_message(chat: "Chat", _drawn: Drawn) -> st.SearchStrategy[Spot]:
    """Choose one of the last messages of some room, now and then one that is not there."""
    there = [
        (room, seq)
        for room, place in chat.model.places.items()
        for seq in range(max(1, len(place.said) - RECENT + 1), len(place.said) + 1)
    ]
    beyond = [(room, len(place.said) + 1) for room, place in chat.model.places.items()]
    return st.sampled_from([*there, *there, *beyond, (NOWHERE, 1)])


def a_poll(chat: "Chat", drawn: Drawn) -> st.SearchStrategy[Spot]:
    """Choose a poll, now and then another message."""
    found = [st.sampled_from(polls)] * 4 if (polls := chat.polls()) else []
    return st.one_of(*found, a_message(chat, drawn))


def an_insider(chat: "Chat", drawn: Drawn) -> st.SearchStrategy[str]:
    """Choose mostly somebody who is in the room."""
    place = chat.place(drawn)
    return st.sampled_from([*(place.members if place else ()), *NAMES])


def its_owner(chat: "Chat", drawn: Drawn) -> st.SearchStrategy[str]:
    place = chat.place(drawn)
    owners = [name for name, each in place.members.items() if each.role == "owner"] if place else []
    return st.sampled_from([*owners * 6, *NAMES])


def its_author(chat: "Chat", drawn: Drawn) -> st.SearchStrategy[str]:
    said = chat.said(drawn["spot"])
    return st.sampled_from([*[said.author] * 4, *NAMES] if said else NAMES)


@dataclass(frozen=True)
class Deed:
    """What somebody does."""

    verb: Callable[..., None]
    arguments: dict[str, Any]

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.verb.__name__}({told})"


DEEDS: list[st.SearchStrategy[Deed]] = []


def deed(
    often: int = 1, **choices: Choice | st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Mark what somebody can do, and with what.

    It is no rule of its own: of those hypothesis leaves many out for the whole of an example,
    which then does the same few over and over. Here it takes things of many kinds to go wrong.
    """

    @st.composite
    def drawing(draw: st.DrawFn, verb: Callable[..., None]) -> Deed:
        chat, drawn = draw(st.runner()), Drawn()
        for name, choice in choices.items():
            drawn[name] = draw(choice(chat, drawn) if callable(choice) else choice)
        return Deed(verb, drawn)

    def mark(verb: Callable[..., None]) -> Callable[..., None]:
        DEEDS.extend([drawing(verb)] * often)
        return verb

    return mark


class Chat(RuleBasedStateMachine):
    """Four people, and what they do to each other."""

    loop: asyncio.Runner
    everybody: dict[str, CurrentUser]
    prepared: "Chat"
    """The chat in which all begin."""
    snapshot: Snapshot
    """The house as it was then."""

    @initialize()
    def begin(self) -> None:
        """Begin where things are prepared: to say it all again would take most of the time."""
        self.snapshot.restore()
        self.people = dict(self.everybody)
        self.model, self.ids = deepcopy((self.prepared.model, self.prepared.ids))
        self.touched = set[int]()
        self.agrees = True

    def prepare(self) -> None:
        """Have a room, direct messages, and something said in each: else most is refused. chen has
        come back to the room, and dev has come late.
        """
        self.people = dict(self.everybody)
        self.model = Model(NAMES)
        lobby = {name: Member("owner" if name == "asha" else "member", 0) for name in NAMES}
        self.model.places[LOBBY] = Place("public", lobby)
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
        self.ask("ben", LOBBY, "Hello", multiple=False, anonymous=False)
        self.remove("asha", STUDY, "chen")
        self.send("ben", STUDY, "@chen, and @dev?")
        self.add("asha", STUDY, "chen")
        self.add("ben", STUDY, "dev")

    # -- rooms ------------------------------------------------------------------------

    @deed(who=a_person, private=on_or_off)
    def create(self, who: str, private: bool) -> None:
        if len(self.model.places) >= MOST_ROOMS:
            return
        name = f"Room {len(self.model.places)}"
        room = self.run(rooms.create(self.people[who], name=name, topic="", private=private))
        self.model.create(who, room, private)

    @deed(who=a_person, others=st.sets(a_person, max_size=2))
    def open_direct(self, who: str, others: set[str]) -> None:
        people = {who, *others}
        known = self.model.conversation(people)
        if known is None and len(self.model.places) >= MOST_ROOMS:
            return
        work = direct_messages.open(self.people[who], sorted(others))
        room = self.both(work, self.model.open_direct, who, others)
        if room is None:
            return
        assert room == self.run(
            direct_messages.open(self.people[who], sorted(others, reverse=True))
        )
        if known is None:
            assert room not in self.model.places
            self.model.add_direct(room, people)
        else:
            assert room == known

    @deed(often=2, room=a_room, who=a_person)
    def join(self, who: str, room: int) -> None:
        self.both(memberships.join(self.people[who], room), self.model.join, who, room)

    @deed(often=2, room=a_room, who=an_insider, other=a_person)
    def add(self, who: str, room: int, other: str) -> None:
        work = memberships.add(self.people[who], room, other)
        self.both(work, self.model.add, who, room, other)

    @deed(often=2, room=a_room, who=an_insider)
    def leave(self, who: str, room: int) -> None:
        self.both(memberships.leave(self.people[who], room), self.model.leave, who, room)

    @deed(room=a_room, who=its_owner, other=a_person)
    def remove(self, who: str, room: int, other: str) -> None:
        work = memberships.remove(self.people[who], room, self.people[other].user_id)
        self.both(work, self.model.remove, who, room, other)

    @deed(
        room=a_room,
        who=its_owner,
        other=a_person,
        role=st.sampled_from(["moderator", "member"]),
    )
    def change_role(self, who: str, room: int, other: str, role: str) -> None:
        work = memberships.change_role(self.people[who], room, self.people[other].user_id, role)
        self.both(work, self.model.change_role, who, room, other, role)

    @deed(room=a_room, who=its_owner, other=a_person)
    def hand_over(self, who: str, room: int, other: str) -> None:
        work = memberships.hand_over(self.people[who], room, self.people[other].user_id)
        self.both(work, self.model.hand_over, who, room, other)

    @deed(room=a_room, who=its_owner, on=on_or_off)
    def archive(self, who: str, room: int, on: bool) -> None:
        work = room_settings.archive(self.people[who], room, on=on)
        self.both(work, self.model.archive, who, room, on)

    @deed(room=a_room, who=its_owner, on=on_or_off)
    def announce(self, who: str, room: int, on: bool) -> None:
        work = room_settings.announce(self.people[who], room, on=on)
        self.both(work, self.model.announce, who, room, on)

    # -- messages ---------------------------------------------------------------------

    @deed(often=3, room=a_room, who=an_insider, text=a_text)
    def send(self, who: str, room: int, text: str) -> None:
        client = self.next_client()
        work = messages.send(self.people[who], room, text, client)
        self.says(work, self.model.send, who, room, text, client)

    @deed(spot=a_message, who=an_insider, text=a_text)
    def answer(self, who: str, spot: Spot, text: str) -> None:
        (room, seq), client = spot, self.next_client()
        work = messages.send(self.people[who], room, text, client, reply_to=seq)
        self.says(work, self.model.send, who, room, text, client, seq)

    @deed(spot=a_message, room=a_room)
    def send_again(self, spot: Spot, room: int) -> None:
        """Send what was sent before, as a browser does that got no answer."""
        for (who, client), sent in list(self.model.sent.items()):
            if sent == spot:
                work = messages.send(self.people[who], room, "Once more", client)
                self.says(work, self.model.send, who, room, "Once more", client)

    @deed(spot=a_message, who=an_insider, room=a_room)
    def forward(self, who: str, spot: Spot, room: int) -> None:
        client = self.next_client()
        work = forwarding.forward(self.people[who], *spot, to_room=room, client_message_id=client)

        async def sent() -> tuple[MessageView, bool]:
            return await work, True

        self.says(sent(), self.model.forward, who, spot, room, client)

    @deed(room=a_room, who=an_insider, text=a_text, multiple=on_or_off, anonymous=on_or_off)
    def ask(self, who: str, room: int, text: str, multiple: bool, anonymous: bool) -> None:
        client = self.next_client()
        poll = Poll(multiple, anonymous)
        work = polls.send(
            self.people[who],
            room,
            text,
            [f"Answer {number}" for number in range(1, ANSWERS + 1)],
            client,
            is_multiple=multiple,
            is_anonymous=anonymous,
        )
        self.says(work, self.model.send, who, room, text, client, None, poll)

    @deed(spot=a_message, who=its_author, text=a_text)
    def edit(self, who: str, spot: Spot, text: str) -> None:
        self.both(edits.edit(self.people[who], *spot, text), self.model.edit, who, spot, text)

    @deed(spot=a_message, who=its_author)
    def delete(self, who: str, spot: Spot) -> None:
        self.both(edits.delete(self.people[who], *spot), self.model.delete, who, spot)

    @deed(spot=a_message, who=an_insider, sign=st.sampled_from(SIGNS), on=on_or_off)
    def react(self, who: str, spot: Spot, sign: str, on: bool) -> None:
        verb = reactions.add if on else reactions.remove
        self.both(verb(self.people[who], *spot, sign), self.model.react, who, spot, sign, on)

    @deed(spot=a_message, who=an_insider, on=on_or_off)
    def pin(self, who: str, spot: Spot, on: bool) -> None:
        verb = pins.pin if on else pins.unpin
        self.both(verb(self.people[who], *spot), self.model.pin, who, spot, on)

    @deed(
        often=2,
        spot=a_poll,
        who=an_insider,
        wanted=st.sets(st.integers(1, ANSWERS + 1), min_size=1),
    )
    def vote(self, who: str, spot: Spot, wanted: set[int]) -> None:
        self.both(polls.vote(self.people[who], *spot, wanted), self.model.choose, who, spot, wanted)

    @deed(spot=a_poll, who=an_insider)
    def withdraw(self, who: str, spot: Spot) -> None:
        self.both(polls.withdraw(self.people[who], *spot), self.model.choose, who, spot, set())

    @deed(spot=a_poll, who=its_author)
    def close(self, who: str, spot: Spot) -> None:
        self.both(polls.close(self.people[who], *spot), self.model.close, who, spot)

    # -- one's own ----------------------------------------------------------------------

    @deed(spot=a_message, who=an_insider)
    def read(self, who: str, spot: Spot) -> None:
        work = self.noted(read_positions.mark_read, self.people[who], *spot)
        self.both(work, self.model.read, who, spot)

    @deed(spot=a_message, who=an_insider)
    def mark_unread(self, who: str, spot: Spot) -> None:
        work = marking.mark_unread(self.people[who], *spot)
        self.both(work, self.model.mark_unread, who, spot)

    @deed(spot=a_message, who=an_insider)
    def save(self, who: str, spot: Spot) -> None:
        self.both(bookmarks.save(self.people[who], *spot), self.model.save, who, spot)

    @deed(spot=a_message, who=an_insider)
    def forget(self, who: str, spot: Spot) -> None:
        work = bookmarks.forget(self.people[who], self.ids.get(spot, NOWHERE))
        self.both(work, self.model.forget, who, spot)

    @deed(who=a_person, other=a_person, on=on_or_off)
    def block(self, who: str, other: str, on: bool) -> None:
        verb = blocks.block if on else blocks.unblock
        self.both(verb(self.people[who], other), self.model.block, who, other, on)

    @deed(who=a_person, on=on_or_off)
    def show_receipts(self, who: str, on: bool) -> None:
        work = preferences.change(
            self.people[who],
            shows_receipts=on,
            shows_last_seen=True,
            has_sound=True,
            quiet_from="",
            quiet_until="",
        )
        chosen = self.both(work, self.model.show_receipts, who, on)
        self.people[who] = replace(self.people[who], preferences=chosen)

    @deed(who=a_person)
    def visit(self, who: str) -> None:
        """Be here for a moment: what was said until now has come to one's browser."""
        work = self.noted(read_positions.see, self.people[who].user_id, now())
        self.both(work, self.model.visit, who)

    @rule(deed=st.deferred(lambda: st.one_of(DEEDS)))
    def do(self, deed: Deed) -> None:
        named = {deed.arguments.get("room"), *(deed.arguments.get("spot") or ())[:1]}
        self.touched = named & {*self.model.places}
        deed.verb(self, **deed.arguments)

    # -- doing it in both -----------------------------------------------------------------

    def both(self, work: Awaitable[Any], verb: Callable[..., Any], *arguments: Any) -> Any:
        """Do it in both: one refuses what the other does. Return what the services gave."""
        self.agrees = False
        self.model.moment += 1
        should: type[ServiceError] | None = None
        try:
            verb(*arguments)
        except ServiceError as refused:
            should = type(refused)
        try:
            done = self.run(work)
        except ServiceError as refused:
            if type(refused) is not should:
                raise AssertionError(f"refused: {refused.message}") from refused
            return None
        assert should is None, "not refused"
        return done

    def says(self, work: Awaitable[Any], verb: Callable[..., Any], *arguments: Any) -> None:
        """Say something in both."""
        before = self.model.moment
        expected: list[tuple[Spot, bool]] = []
        done = self.both(work, lambda: expected.append(verb(*arguments)))
        assert self.model.moment == before + 1
        if done is not None:
            message, is_new = done
            assert [((message.room_id, message.seq), is_new)] == expected
            self.ids[expected[0][0]] = message.message_id

    def run(self, work: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await work

        return self.loop.run(wait())

    async def noted(self, note: Callable[..., None], *arguments: Any) -> None:
        """Note where somebody is, and wait until it is stored."""
        note(*arguments)
        await read_positions.flush()

    def next_client(self) -> str:
        return f"number-{len(self.ids):03}"

    def place(self, drawn: Drawn) -> Place | None:
        """Return where it is to happen."""
        return self.model.places.get(drawn["room"] if "room" in drawn else drawn["spot"][0])

    def said(self, spot: Spot) -> Said | None:
        place = self.model.places.get(spot[0])
        return place.said[spot[1] - 1] if place and 0 < spot[1] <= len(place.said) else None

    def polls(self) -> list[Spot]:
        return [
            (room, seq)
            for room, place in self.model.places.items()
            for seq, said in enumerate(place.said, 1)
            if said.poll
        ]

    # -- looking around -------------------------------------------------------------------

    @invariant()
    def agree(self) -> None:
        """Everybody looks at their rooms, and two look into where something was done: one who is
        in there and one who is not. All look at everything in the end.
        """
        self.run(self.look_around())
        self.agrees = True

    def teardown(self) -> None:
        if getattr(self, "agrees", False):
            self.run(self.look_at_everything())

    async def look_around(self) -> None:
        for name in NAMES:
            await self.look_at_ones_rooms(name)
        await self.look_at_ones_own(NAMES[self.model.moment % len(NAMES)])
        for room in self.touched or self.model.places:
            place = self.model.places[room]
            inside, outside = sorted(place.members), sorted({*NAMES} - {*place.members})
            if inside:
                name = inside[self.model.moment % len(inside)]
                await self.look_at_messages(name, room)
                await self.look_at_receipts(name, room, recent=1)
            if outside:
                name = outside[self.model.moment % len(outside)]
                await self.look_from_outside(name, room, all_ways=False)

    async def look_at_everything(self) -> None:
        for name in NAMES:
            await self.look_at_ones_own(name)
        for room, place in self.model.places.items():
            for name in NAMES:
                if name in place.members:
                    await self.look_at_messages(name, room)
                    await self.look_at_receipts(name, room, recent=len(place.said))
                    await self.look_behind(name, room)
                else:
                    await self.look_from_outside(name, room, all_ways=True)

    async def look_at_ones_rooms(self, name: str) -> None:
        mine = {each.room_id: each for each in await rooms.mine(self.people[name])}
        assert set(mine) == self.model.rooms(name), name
        for room, view in mine.items():
            self.compare_standing(name, room, view)

    async def look_at_ones_own(self, name: str) -> None:
        """One's inbox, and what one keeps for later."""
        me, model = self.people[name], self.model
        found = await inbox.mine(me)
        told = [
            (_spot(each.message), each.message.message_id in found.unread) for each in found.found
        ]
        assert told == model.inbox(name)[: inbox.PAGE_SIZE], f"{name}'s inbox"
        kept = [_spot(each.message) for each in await bookmarks.mine(me)]
        assert kept == model.saved(name)[: bookmarks.PAGE_SIZE], f"what {name} keeps"

    def compare_standing(self, name: str, room: int, view: RoomView) -> None:
        place = self.model.places[room]
        member = place.members[name]
        where = f"{name} in {room}"
        assert (view.role, view.kind) == (member.role, place.kind), where
        assert view.is_archived == place.is_archived, where
        assert view.is_announcement == place.is_announcement, where
        assert view.last_seq == len(place.said), where
        assert (view.last_read_seq, view.unread_from) == (member.read, member.marked), where
        assert view.unread == len(place.said) - member.read_up_to, where
        assert view.mentions == len(self.model.unread_mentions(name, room)), where

    async def look_at_messages(self, name: str, room: int) -> None:
        me, place = self.people[name], self.model.places[room]
        page = await messages.since(me, room, messages.ShownRange())
        assert [self.told(each) for each in page.messages] == _expected(place)
        assert page.change == place.change
        assert page.last_read_seq == place.members[name].read_up_to
        # A page that knows everything but the last few changes is told of those.
        if last := len(place.said):
            known = max(0, place.change - 3)
            shown = messages.ShownRange(first=1, last=last, change=known)
            changed = [each.seq for each in (await messages.since(me, room, shown)).changed]
            order = sorted((said.change, seq) for seq, said in enumerate(place.said, 1))
            assert changed == [seq for change, seq in order if change > known]

    async def look_at_receipts(self, name: str, room: int, recent: int) -> None:
        """How far one's own last few messages have come, and who is furthest behind."""
        place, showing = self.model.places[room], self.model.showing(room)
        own = [seq for seq, said in enumerate(place.said, 1) if said.author == name]
        for seq in own[-recent:]:
            try:
                should = self.model.receipts(name, (room, seq))
            except ServiceError as refused:
                with pytest.raises(type(refused)):
                    await receipts.of(self.people[name], room, seq)
                continue
            found = await receipts.of(self.people[name], room, seq)
            parts = (found.read, found.delivered, found.waiting)
            assert tuple([each.username for each in part] for part in parts) == should
            exact = {each.username for each in found.read if each.is_exact}
            assert exact == {each for each in should[0] if place.members[each].read == seq}
        behind = await receipts.behind(room)
        names = {viewer.user_id: name for name, viewer in self.people.items()}
        assert all(showing[names[who]].read == seq for who, seq in behind.read)
        assert [seq for _who, seq in behind.read] == sorted(each.read for each in showing.values())[
            :2
        ]
        here = [self.model.here.get(names[who], 0) for who, _at in behind.away]
        assert here == sorted(self.model.here.get(each, 0) for each in showing)[:2]

    async def look_behind(self, name: str, room: int) -> None:
        """What a message said before, who voted, and what is pinned; nothing of what is deleted."""
        me, place = self.people[name], self.model.places[room]
        for seq, said in enumerate(place.said, 1):
            if said.deleted:
                for refused in (edits.history, reactions.who, polls.who):
                    with pytest.raises(NotFound):
                        await refused(me, room, seq)
                continue
            told = await edits.history(me, room, seq)
            assert [each.text for each in told] == [*said.versions, said.text]
            who = await reactions.who(me, room, seq)
            assert {each.emoji: _names(each.people) for each in who} == said.reactors()
            if said.poll and not said.poll.is_anonymous:
                found = [_names(each.people) for each in await polls.who(me, room, seq)]
                assert found == [said.poll.voters(number + 1) for number in range(ANSWERS)]
        mine = await polls.mine(me, room, range(1, len(place.said) + 1))
        assert mine == {
            seq: sorted(said.poll.chosen(name))
            for seq, said in enumerate(place.said, 1)
            if said.poll and said.poll.chosen(name)
        }
        pinned = {each.seq for each in await pins.of_room(me, room)}
        assert pinned == {seq for seq, said in enumerate(place.said, 1) if said.is_pinned}

    async def look_from_outside(self, name: str, room: int, *, all_ways: bool) -> None:
        """Who has left is outside as well, and sees nothing of what was said before or after."""
        me = self.everybody[name]  # with receipts turned on: else those are refused to anybody
        looks = [
            partial(rooms.get, me, room),
            partial(messages.since, me, room, messages.ShownRange()),
            partial(messages.older, me, room, 99),
            partial(messages.around, me, room, 1),
            partial(receipts.of, me, room, 1),
            partial(pins.of_room, me, room),
            partial(polls.mine, me, room, [1]),
            partial(memberships.members, me, room),
        ]
        at = self.model.moment % len(looks)
        for look in looks if all_ways else [looks[at]]:
            with pytest.raises(NotFound):
                await look()

    def told(self, view: MessageView) -> tuple[Any, ...]:
        """Return a message as `_expected` has it."""
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
            [(each.emoji, [names[who] for who in each.user_ids]) for each in view.reactions],
            poll
            and (
                (poll.is_multiple, poll.is_anonymous, poll.closes_at is not None, poll.voters),
                [(each.votes, [names[who] for who in each.user_ids]) for each in poll.options],
            ),
        )


def _expected(place: Place) -> list[tuple[Any, ...]]:
    """Return what everybody should see of a room."""
    found = []
    for seq, said in enumerate(place.said, 1):
        quoted, poll = place.said[said.answers - 1] if said.answers else None, said.poll
        voters = [poll.voters(number + 1) for number in range(ANSWERS)] if poll else []
        found.append(
            (
                seq,
                said.author,
                said.text,
                said.names,
                said.change,
                said.deleted,
                said.is_pinned,
                quoted and (said.answers, quoted.author, quoted.text),
                list(said.reactors().items()),
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
    """Return the machine, over a house with four people in it."""
    monkeypatch.setattr(read_positions, "COALESCE_SECONDS", 0)
    with asyncio.Runner() as runner, data_folder.lock(tmp_path):
        runner.run(lifecycle.startup(cheap(tmp_path)))
        app_context._current = replace(app_context.current(), rate_limits=Unthrottled([]))

        async def register() -> dict[str, CurrentUser]:
            return {name: await person(name) for name in NAMES}

        over = {"loop": runner, "everybody": runner.run(register())}
        made = type("ChatOfFour", (Chat,), over)
        made.prepared = made()
        made.prepared.prepare()
        made.snapshot = Snapshot(tmp_path / data_folder.DATABASE)
        yield made
        runner.run(lifecycle.shutdown())


@pytest.mark.parametrize("number", range(4))
def test_the_services_agree_with_a_few_dictionaries(chat: type[Chat], number: int) -> None:
    """They do so in ten chats at a time: after ten hypothesis goes on with variations of those."""
    run_state_machine_as_test(
        seed(number)(chat),
        settings=settings(
            max_examples=10,
            stateful_step_count=50,
            deadline=None,
            # The same every time, so that whoever breaks something is who hears of it.
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )

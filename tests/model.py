"""The chat as a few plain dictionaries: what the services should do, said as simply as can be.

Each verb takes what the service's verb takes, with names instead of viewers, and raises what
that should raise. It stores nothing, tells nobody and knows no clock but a counter.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from services.core.errors import Forbidden, NotFound, ServiceError

Spot = tuple[int, int]
"""Where a message stands: in which room, and under which number."""
ANSWERS = 2
"""How many answers each poll has."""
RANKS = ("owner", "moderator", "member")


@dataclass
class Poll:
    """How a question is voted on."""

    is_multiple: bool
    is_anonymous: bool
    is_closed: bool = False
    votes: list[tuple[int, str]] = field(default_factory=list)
    """Which answer, and who chose it, the first of them first."""

    def chosen(self, who: str) -> set[int]:
        return {number for number, name in self.votes if name == who}

    def choose(self, who: str, wanted: set[int]) -> None:
        new = sorted(wanted - self.chosen(who))
        kept = [(number, name) for number, name in self.votes if name != who or number in wanted]
        self.votes = kept + [(number, who) for number in new]

    def voters(self, number: int) -> list[str]:
        return [name for each, name in self.votes if each == number]


@dataclass
class Said:
    """A message."""

    author: str
    text: str
    at: int
    names: set[str]
    """Whom its text names; `room` is everybody."""
    calls: set[str]
    """Who of them hears of it."""
    answers: int | None = None
    poll: Poll | None = None
    versions: list[str] = field(default_factory=list)
    change: int = 0
    deleted: str | None = None
    is_pinned: bool = False
    reactions: list[tuple[str, str]] = field(default_factory=list)
    """Which emoji, and whose it is, the first of them first."""

    def reactors(self) -> dict[str, list[str]]:
        by_sign: dict[str, list[str]] = {}
        for sign, who in self.reactions:
            by_sign.setdefault(sign, []).append(who)
        return by_sign


@dataclass
class Member:
    """Somebody in a room."""

    role: str
    joined_at: int
    read: int = 0
    read_at: int = 0
    marked: int = 0

    @property
    def read_up_to(self) -> int:
        return self.marked - 1 if self.marked else self.read

    @property
    def moderates(self) -> bool:
        return self.role != "member"


@dataclass
class Place:
    """A room."""

    kind: str
    members: dict[str, Member]
    """In the order in which they came."""
    people: frozenset[str] | None = None
    """Whose conversation it is, as long as all of them are in it."""
    is_archived: bool = False
    is_announcement: bool = False
    said: list[Said] = field(default_factory=list)
    change: int = 0

    def touch(self, said: Said) -> None:
        self.change += 1
        said.change = self.change


@dataclass
class Model:
    """All that is known of everybody."""

    names: tuple[str, ...]
    places: dict[int, Place] = field(default_factory=dict)
    sent: dict[tuple[str, str], Spot] = field(default_factory=dict)
    """What came of each text that was sent, by who sent it and under which id."""
    kept: dict[str, list[Spot]] = field(default_factory=dict)
    """What somebody keeps for later, the last saved last."""
    blocked: set[tuple[str, str]] = field(default_factory=set)
    """Who wants nothing of whom."""
    hidden: set[str] = field(default_factory=set)
    """Who has turned receipts off."""
    here: dict[str, int] = field(default_factory=dict)
    """When somebody was last here."""
    moment: int = 0

    # -- rooms ------------------------------------------------------------------------

    def create(self, who: str, room: int, private: bool) -> None:
        kind = "private" if private else "public"
        self.places[room] = Place(kind, {who: Member("owner", self.moment)})

    def conversation(self, people: Collection[str]) -> int | None:
        """Return the direct messages of exactly these people."""
        found = [
            room for room, place in self.places.items() if place.people == frozenset({*people})
        ]
        return found[0] if found else None

    def open_direct(self, who: str, others: Collection[str]) -> None:
        """Refuse direct messages, where they are new, with somebody who has blocked one."""
        if self.conversation({who, *others}) is None:
            self.refuse_between(who, others)

    def add_direct(self, room: int, people: Collection[str]) -> None:
        members = {name: Member("member", self.moment) for name in self.names if name in people}
        self.places[room] = Place("direct", members, frozenset(people))

    def join(self, who: str, room: int) -> None:
        place = self.places.get(room)
        if place is None or place.kind != "public":
            raise NotFound
        self.enter(place, who)

    def add(self, who: str, room: int, other: str) -> None:
        place, _me = self.inside(who, room, direct=False)
        if other in place.members:
            raise ServiceError("is there")
        self.enter(place, other)

    def enter(self, place: Place, who: str) -> None:
        """Come in. Whoever comes back is as new: what was said until now counts as read, and
        the role one had is gone. The room's history is all there, also that of one's absence.
        """
        role = "member" if place.members else "owner"
        place.members.setdefault(who, Member(role, self.moment, read=len(place.said)))

    def leave(self, who: str, room: int) -> None:
        place, me = self.inside(who, room)
        if place.people and len(place.members) <= 2:
            raise Forbidden("between two")
        place.people = None
        del place.members[who]
        if me.role == "owner" and place.members:
            # Of the highest among those who stay, the one who came first.
            min(place.members.values(), key=lambda each: RANKS.index(each.role)).role = "owner"

    def remove(self, who: str, room: int, other: str) -> None:
        place, me = self.inside(who, room, direct=False)
        if not me.moderates:
            raise Forbidden("no moderator")
        if self.other(place, who, other).moderates and me.role != "owner":
            raise Forbidden("moderators are for the owner to remove")
        del place.members[other]

    def change_role(self, who: str, room: int, other: str, role: str) -> None:
        self.other(self.owned(who, room), who, other).role = role

    def hand_over(self, who: str, room: int, other: str) -> None:
        place = self.owned(who, room)
        self.other(place, who, other).role, place.members[who].role = "owner", "moderator"

    def archive(self, who: str, room: int, on: bool) -> None:
        self.owned(who, room).is_archived = on

    def announce(self, who: str, room: int, on: bool) -> None:
        self.owned(who, room).is_announcement = on

    # -- messages ---------------------------------------------------------------------

    def send(
        self,
        who: str,
        room: int,
        text: str,
        client: str,
        answers: int | None = None,
        poll: Poll | None = None,
        is_forwarded: bool = False,
    ) -> tuple[Spot, bool]:
        """Say something; return where it stands, and whether it is new."""
        place, me = self.inside(who, room)
        if before := self.sent.get((who, client)):
            if before[0] != room:
                raise ServiceError("sent elsewhere")
            return before, False
        self.require_writer(place, who)
        if answers is not None and not self.is_there(place, answers):
            raise ServiceError("the answered is gone")
        names = set() if is_forwarded else self.named(place, who, text)
        calls = self.called(who, names)
        place.said.append(Said(who, text, self.moment, names, calls, answers, poll))
        spot = self.sent[who, client] = room, len(place.said)
        me.read, me.read_at, me.marked = len(place.said), self.moment, 0
        return spot, True

    def forward(self, who: str, spot: Spot, room: int, client: str) -> tuple[Spot, bool]:
        _place, said = self.find(who, spot)
        if said.poll:
            raise ServiceError("a poll")
        return self.send(who, room, said.text, client, is_forwarded=True)

    def edit(self, who: str, spot: Spot, text: str) -> None:
        place, said = self.find(who, spot)
        if said.author != who:
            raise Forbidden("another's")
        self.require_writer(place, who)
        if said.poll:
            raise ServiceError("a poll")
        if said.text != text:
            said.versions.append(said.text)
            said.text, said.names = text, self.named(place, who, text)
            said.calls = self.called(who, said.names)
            place.touch(said)

    def delete(self, who: str, spot: Spot) -> None:
        place, said = self.find(who, spot)
        if said.author != who and not place.members[who].moderates:
            raise Forbidden("another's")
        said.deleted = "author" if said.author == who else "moderator"
        said.text, said.names, said.calls, said.versions = "", set(), set(), []
        said.is_pinned, said.reactions, said.poll = False, [], None
        for kept in self.kept.values():
            if spot in kept:
                kept.remove(spot)
        place.touch(said)

    def react(self, who: str, spot: Spot, sign: str, on: bool) -> None:
        place, said = self.find(who, spot)
        self.require_open(place, who)
        if on != ((sign, who) in said.reactions):
            (said.reactions.append if on else said.reactions.remove)((sign, who))
            place.touch(said)

    def pin(self, who: str, spot: Spot, on: bool) -> None:
        place, said = self.find(who, spot)
        # In direct messages nobody moderates, and everybody pins.
        if place.is_archived or not (place.kind == "direct" or place.members[who].moderates):
            raise Forbidden("no pinner")
        if said.is_pinned != on:
            said.is_pinned = on
            place.touch(said)

    def choose(self, who: str, spot: Spot, wanted: set[int]) -> None:
        """Vote, or with nothing take one's vote back."""
        place, said, poll = self.open_poll(who, spot)
        if len(wanted) > 1 and not poll.is_multiple:
            raise ServiceError("one answer")
        if not wanted <= set(range(1, ANSWERS + 1)):
            raise ServiceError("no such answer")
        if poll.chosen(who) != wanted:
            poll.choose(who, wanted)
            place.touch(said)

    def close(self, who: str, spot: Spot) -> None:
        place, said, poll = self.open_poll(who, spot)
        if said.author != who and not place.members[who].moderates:
            raise Forbidden("another's")
        poll.is_closed = True
        place.touch(said)

    # -- one's own ----------------------------------------------------------------------

    def read(self, who: str, spot: Spot) -> None:
        place = self.places.get(spot[0])
        me = place.members.get(who) if place else None
        if place is None or me is None:
            return
        newest = len(place.said)
        if (seq := min(spot[1], newest)) > me.read:
            me.read, me.read_at = seq, self.moment
        if spot[1] >= newest:
            me.marked = 0

    def mark_unread(self, who: str, spot: Spot) -> None:
        place, me = self.inside(who, spot[0])
        if not 0 < spot[1] <= len(place.said):
            raise ServiceError("no such message")
        me.marked = spot[1]

    def save(self, who: str, spot: Spot) -> None:
        self.find(who, spot)
        kept = self.kept.setdefault(who, [])
        if spot not in kept:
            kept.append(spot)

    def forget(self, who: str, spot: Spot) -> None:
        kept = self.kept.get(who, [])
        if spot in kept:
            kept.remove(spot)

    def block(self, who: str, other: str, on: bool) -> None:
        if on and who == other:
            raise ServiceError("oneself")
        (self.blocked.add if on else self.blocked.discard)((who, other))

    def show_receipts(self, who: str, on: bool) -> None:
        (self.hidden.discard if on else self.hidden.add)(who)

    def visit(self, who: str) -> None:
        self.here[who] = self.moment

    # -- what follows -------------------------------------------------------------------

    def mentions(self, who: str, room: int) -> list[int]:
        """Return what calls somebody in a room, read or not.

        Who came later was not meant by what called everybody before; what named them while
        they were in it still does after they come back.
        """
        place = self.places[room]
        me = place.members[who]
        return [
            seq
            for seq, said in enumerate(place.said, 1)
            if who in said.calls or ("room" in said.calls and said.at > me.joined_at)
            if said.author != who and (who, said.author) not in self.blocked
        ]

    def unread_mentions(self, who: str, room: int) -> list[int]:
        after = self.places[room].members[who].read_up_to
        return [seq for seq in self.mentions(who, room) if seq > after]

    def inbox(self, who: str) -> list[tuple[Spot, bool]]:
        """Return what calls somebody, the newest first, and whether it is unread."""
        found = [
            (self.places[room].said[seq - 1].at, (room, seq), seq in unread)
            for room in self.rooms(who)
            for unread in [self.unread_mentions(who, room)]
            for seq in self.mentions(who, room)
        ]
        return [(spot, is_unread) for _at, spot, is_unread in sorted(found, reverse=True)]

    def saved(self, who: str) -> list[Spot]:
        """Return what somebody keeps, where they are still in the room."""
        mine = self.rooms(who)
        return [spot for spot in reversed(self.kept.get(who, [])) if spot[0] in mine]

    def receipts(self, who: str, spot: Spot) -> tuple[list[str], list[str], list[str]]:
        """Return who has read a message, who has got it and who has not."""
        if who in self.hidden:
            raise Forbidden("hides their own")
        place, _me = self.inside(who, spot[0])
        if not 0 < spot[1] <= len(place.said):
            raise NotFound
        said = place.said[spot[1] - 1]
        if said.author != who:
            raise Forbidden("another's")
        others = {
            name: each
            for name, each in sorted(place.members.items())
            if name != who and name not in self.hidden and each.joined_at <= said.at
        }
        read = [name for name, each in others.items() if each.read >= spot[1]]
        rest = [name for name in others if name not in read]
        got = [name for name in rest if self.here.get(name, 0) >= said.at]
        first = sorted(read, key=lambda name: others[name].read_at)
        return first, got, [name for name in rest if name not in got]

    def showing(self, room: int) -> dict[str, Member]:
        """Return who lets others see how far they have read."""
        members = self.places[room].members
        return {name: each for name, each in members.items() if name not in self.hidden}

    def rooms(self, who: str) -> set[int]:
        return {room for room, place in self.places.items() if who in place.members}

    # -- who may ------------------------------------------------------------------------

    def inside(self, who: str, room: int, *, direct: bool = True) -> tuple[Place, Member]:
        place = self.places.get(room)
        if place is None or who not in place.members:
            raise NotFound
        if place.kind == "direct" and not direct:
            raise Forbidden("direct messages")
        return place, place.members[who]

    def owned(self, who: str, room: int) -> Place:
        place, me = self.inside(who, room, direct=False)
        if me.role != "owner":
            raise Forbidden("no owner")
        return place

    def other(self, place: Place, who: str, other: str) -> Member:
        if who == other:
            raise ServiceError("oneself")
        if other not in place.members:
            raise NotFound
        return place.members[other]

    def is_there(self, place: Place, seq: int) -> bool:
        return 0 < seq <= len(place.said) and not place.said[seq - 1].deleted

    def find(self, who: str, spot: Spot) -> tuple[Place, Said]:
        place, _me = self.inside(who, spot[0])
        if not self.is_there(place, spot[1]):
            raise NotFound
        return place, place.said[spot[1] - 1]

    def open_poll(self, who: str, spot: Spot) -> tuple[Place, Said, Poll]:
        place, said = self.find(who, spot)
        self.require_open(place, who)
        if said.poll is None:
            raise NotFound
        if said.poll.is_closed:
            raise ServiceError("closed")
        return place, said, said.poll

    def require_writer(self, place: Place, who: str) -> None:
        if place.is_announcement and not place.members[who].moderates:
            raise Forbidden("announcements")
        self.require_open(place, who)

    def require_open(self, place: Place, who: str) -> None:
        if place.is_archived:
            raise Forbidden("archived")
        if place.people and len(place.people) == 2:
            self.refuse_between(who, place.people)

    def refuse_between(self, who: str, others: Collection[str]) -> None:
        if any({(who, other), (other, who)} & self.blocked for other in others):
            raise Forbidden("blocked")

    def named(self, place: Place, who: str, text: str) -> set[str]:
        everybody = {"room"} if place.kind == "direct" or place.members[who].moderates else set()
        return {name for name in {*place.members, *everybody} if f"@{name}" in text}

    def called(self, who: str, names: set[str]) -> set[str]:
        """Return who hears of it: not who wrote it, and not who has blocked them."""
        if "room" in names:
            return {"room"}
        return {name for name in names if name != who and (name, who) not in self.blocked}

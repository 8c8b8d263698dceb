"""A reference model of the chat: what the services should do, with plain dictionaries.

Each method takes the arguments of the service function, with names instead of users, and
raises the errors it should raise. It has no database, no events, and a counter as its clock.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from services.core.errors import Forbidden, NotFound, ServiceError

Spot = tuple[int, int]
"""A message, as (room id, seq)."""
ANSWERS = 2
"""The number of options in every poll."""
RANKS = ("owner", "moderator", "member")


@dataclass
class Poll:
    """A poll and its votes."""

    is_multiple: bool
    is_anonymous: bool
    is_closed: bool = False
    votes: list[tuple[int, str]] = field(default_factory=list)
    """(option, name), oldest first."""

    def chosen(self, who: str) -> set[int]:
        return {number for number, name in self.votes if name == who}

    def choose(self, who: str, wanted: set[int]) -> None:
        new = sorted(wanted - self.chosen(who))
        kept = [(number, name) for number, name in self.votes if name != who or number in wanted]
        self.votes = kept + [(number, who) for number in new]

    def voters(self, number: int) -> list[str]:
        return [name for each, name in self.votes if each == number]


@dataclass
class Message:
    """A message."""

    author: str
    text: str
    at: int
    mentions: set[str]
    """The names in its text; `room` for everyone."""
    notifies: set[str]
    """Those of them who are notified."""
    reply_to: int | None = None
    poll: Poll | None = None
    versions: list[str] = field(default_factory=list)
    change: int = 0
    deleted: str | None = None
    is_pinned: bool = False
    reactions: list[tuple[str, str]] = field(default_factory=list)
    """(emoji, name), oldest first."""

    def reactors(self) -> dict[str, list[str]]:
        by_emoji: dict[str, list[str]] = {}
        for emoji, who in self.reactions:
            by_emoji.setdefault(emoji, []).append(who)
        return by_emoji


@dataclass
class Member:
    """A member of a room."""

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
class RoomState:
    """A room."""

    kind: str
    members: dict[str, Member]
    """In the order of joining."""
    people: frozenset[str] | None = None
    """The people of a direct conversation, until one of them leaves."""
    is_archived: bool = False
    is_announcement: bool = False
    messages: list[Message] = field(default_factory=list)
    change: int = 0

    def bump(self, message: Message) -> None:
        self.change += 1
        message.change = self.change


@dataclass
class Model:
    """The state of the whole chat."""

    names: tuple[str, ...]
    rooms: dict[int, RoomState] = field(default_factory=dict)
    sent: dict[tuple[str, str], Spot] = field(default_factory=dict)
    """Messages by author and client message id."""
    bookmarks: dict[str, list[Spot]] = field(default_factory=dict)
    """Saved messages by name, the latest last."""
    blocked: set[tuple[str, str]] = field(default_factory=set)
    """(name, blocked name)."""
    without_receipts: set[str] = field(default_factory=set)
    """Who has turned read receipts off."""
    last_seen: dict[str, int] = field(default_factory=dict)
    moment: int = 0
    """The clock: it counts what has happened."""

    # -- rooms ------------------------------------------------------------------------

    def create(self, who: str, room: int, private: bool) -> None:
        kind = "private" if private else "public"
        self.rooms[room] = RoomState(kind, {who: Member("owner", self.moment)})

    def conversation(self, people: Collection[str]) -> int | None:
        """Return the direct conversation of exactly these people."""
        found = [room for room, state in self.rooms.items() if state.people == frozenset({*people})]
        return found[0] if found else None

    def open_direct(self, who: str, others: Collection[str]) -> None:
        """Refuse a new conversation if one of these people has blocked the other."""
        if self.conversation({who, *others}) is None:
            self.refuse_blocked(who, others)

    def add_direct(self, room: int, people: Collection[str]) -> None:
        members = {name: Member("member", self.moment) for name in self.names if name in people}
        self.rooms[room] = RoomState("direct", members, frozenset(people))

    def join(self, who: str, room: int) -> None:
        state = self.rooms.get(room)
        if state is None or state.kind != "public":
            raise NotFound
        self.enter(state, who)

    def add(self, who: str, room: int, other: str) -> None:
        state, _me = self.require_member(who, room, direct=False)
        if other in state.members:
            raise ServiceError("is there")
        self.enter(state, other)

    def enter(self, state: RoomState, who: str) -> None:
        """Join a room. People who return are new members: all messages so far count as read, and
        their former role is gone. They can read the whole history.
        """
        role = "member" if state.members else "owner"
        state.members.setdefault(who, Member(role, self.moment, read=len(state.messages)))

    def leave(self, who: str, room: int) -> None:
        state, me = self.require_member(who, room)
        if state.people and len(state.members) <= 2:
            raise Forbidden("between two")
        state.people = None
        del state.members[who]
        if me.role == "owner" and state.members:
            # The next owner has the highest role, and joined first among these.
            min(state.members.values(), key=lambda each: RANKS.index(each.role)).role = "owner"

    def remove(self, who: str, room: int, other: str) -> None:
        state, me = self.require_member(who, room, direct=False)
        if not me.moderates:
            raise Forbidden("no moderator")
        if self.other(state, who, other).moderates and me.role != "owner":
            raise Forbidden("only the owner removes moderators")
        del state.members[other]

    def change_role(self, who: str, room: int, other: str, role: str) -> None:
        self.other(self.require_owner(who, room), who, other).role = role

    def hand_over(self, who: str, room: int, other: str) -> None:
        state = self.require_owner(who, room)
        self.other(state, who, other).role, state.members[who].role = "owner", "moderator"

    def archive(self, who: str, room: int, on: bool) -> None:
        self.require_owner(who, room).is_archived = on

    def announce(self, who: str, room: int, on: bool) -> None:
        self.require_owner(who, room).is_announcement = on

    # -- messages ---------------------------------------------------------------------

    def send(
        self,
        who: str,
        room: int,
        text: str,
        client: str,
        reply_to: int | None = None,
        poll: Poll | None = None,
        is_forwarded: bool = False,
    ) -> tuple[Spot, bool]:
        """Send a message; return it and whether it is new."""
        state, me = self.require_member(who, room)
        if before := self.sent.get((who, client)):
            if before[0] != room:
                raise ServiceError("sent elsewhere")
            return before, False
        self.require_writer(state, who)
        if reply_to is not None and not self.exists(state, reply_to):
            raise ServiceError("no such message to reply to")
        mentions = set() if is_forwarded else self.mentioned(state, who, text)
        notifies = self.notified(who, mentions)
        state.messages.append(Message(who, text, self.moment, mentions, notifies, reply_to, poll))
        spot = self.sent[who, client] = room, len(state.messages)
        me.read, me.read_at, me.marked = len(state.messages), self.moment, 0
        if reply_to is not None:
            state.bump(state.messages[reply_to - 1])
        return spot, True

    def forward(self, who: str, spot: Spot, room: int, client: str) -> tuple[Spot, bool]:
        _state, message = self.find(who, spot)
        if message.poll:
            raise ServiceError("a poll")
        return self.send(who, room, message.text, client, is_forwarded=True)

    def edit(self, who: str, spot: Spot, text: str) -> None:
        state, message = self.find(who, spot)
        if message.author != who:
            raise Forbidden("another's")
        self.require_writer(state, who)
        if message.poll:
            raise ServiceError("a poll")
        if message.text != text:
            message.versions.append(message.text)
            message.text, message.mentions = text, self.mentioned(state, who, text)
            message.notifies = self.notified(who, message.mentions)
            state.bump(message)

    def delete(self, who: str, spot: Spot) -> None:
        state, message = self.find(who, spot)
        if message.author != who and not state.members[who].moderates:
            raise Forbidden("another's")
        message.deleted = "author" if message.author == who else "moderator"
        message.text, message.mentions, message.notifies, message.versions = "", set(), set(), []
        message.is_pinned, message.reactions, message.poll = False, [], None
        for bookmarks in self.bookmarks.values():
            if spot in bookmarks:
                bookmarks.remove(spot)
        state.bump(message)
        original = state.messages[message.reply_to - 1] if message.reply_to else None
        if original is not None and not original.deleted:
            state.bump(original)

    def react(self, who: str, spot: Spot, emoji: str, on: bool) -> None:
        state, message = self.find(who, spot)
        self.require_open(state, who)
        if on != ((emoji, who) in message.reactions):
            (message.reactions.append if on else message.reactions.remove)((emoji, who))
            state.bump(message)

    def pin(self, who: str, spot: Spot, on: bool) -> None:
        state, message = self.find(who, spot)
        # A direct conversation has no moderators, and everyone may pin.
        if state.is_archived or not (state.kind == "direct" or state.members[who].moderates):
            raise Forbidden("may not pin")
        if message.is_pinned != on:
            message.is_pinned = on
            state.bump(message)

    def choose(self, who: str, spot: Spot, wanted: set[int]) -> None:
        """Vote, or with an empty set withdraw the vote."""
        state, message, poll = self.require_open_poll(who, spot)
        if len(wanted) > 1 and not poll.is_multiple:
            raise ServiceError("one answer")
        if not wanted <= set(range(1, ANSWERS + 1)):
            raise ServiceError("no such answer")
        if poll.chosen(who) != wanted:
            poll.choose(who, wanted)
            state.bump(message)

    def close(self, who: str, spot: Spot) -> None:
        state, message, poll = self.require_open_poll(who, spot)
        if message.author != who and not state.members[who].moderates:
            raise Forbidden("another's")
        poll.is_closed = True
        state.bump(message)

    # -- personal state ------------------------------------------------------------------

    def read(self, who: str, spot: Spot) -> None:
        state = self.rooms.get(spot[0])
        me = state.members.get(who) if state else None
        if state is None or me is None:
            return
        newest = len(state.messages)
        if (seq := min(spot[1], newest)) > me.read:
            me.read, me.read_at = seq, self.moment
        if spot[1] >= newest:
            me.marked = 0

    def mark_unread(self, who: str, spot: Spot) -> None:
        state, me = self.require_member(who, spot[0])
        if not 0 < spot[1] <= len(state.messages):
            raise ServiceError("no such message")
        me.marked = spot[1]

    def save(self, who: str, spot: Spot) -> None:
        self.find(who, spot)
        bookmarks = self.bookmarks.setdefault(who, [])
        if spot not in bookmarks:
            bookmarks.append(spot)

    def unsave(self, who: str, spot: Spot) -> None:
        bookmarks = self.bookmarks.get(who, [])
        if spot in bookmarks:
            bookmarks.remove(spot)

    def block(self, who: str, other: str, on: bool) -> None:
        if on and who == other:
            raise ServiceError("oneself")
        (self.blocked.add if on else self.blocked.discard)((who, other))

    def set_receipts(self, who: str, on: bool) -> None:
        (self.without_receipts.discard if on else self.without_receipts.add)(who)

    def visit(self, who: str) -> None:
        self.last_seen[who] = self.moment

    # -- queries -------------------------------------------------------------------------

    def mentions(self, who: str, room: int) -> list[int]:
        """Return the `seq` of all mentions of a person in a room, read or not.

        `@room` counts only for members who had joined by then. Mentions by name still count after
        a person left and returned.
        """
        state = self.rooms[room]
        me = state.members[who]
        return [
            seq
            for seq, message in enumerate(state.messages, 1)
            if who in message.notifies or ("room" in message.notifies and message.at > me.joined_at)
            if message.author != who and (who, message.author) not in self.blocked
        ]

    def unread(self, who: str, room: int) -> int:
        """Return how many messages count as unread: not those that are deleted or folded away."""
        state = self.rooms[room]
        return sum(
            not message.deleted and (who, message.author) not in self.blocked
            for message in state.messages[state.members[who].read_up_to :]
        )

    def unread_mentions(self, who: str, room: int) -> list[int]:
        after = self.rooms[room].members[who].read_up_to
        return [seq for seq in self.mentions(who, room) if seq > after]

    def inbox(self, who: str) -> list[tuple[Spot, bool]]:
        """Return all mentions of a person, newest first, each with whether it is unread."""
        found = [
            (self.rooms[room].messages[seq - 1].at, (room, seq), seq in unread)
            for room in self.rooms_of(who)
            for unread in [self.unread_mentions(who, room)]
            for seq in self.mentions(who, room)
        ]
        return [(spot, is_unread) for _at, spot, is_unread in sorted(found, reverse=True)]

    def saved(self, who: str) -> list[Spot]:
        """Return the saved messages of a person, of rooms that they are still in."""
        mine = self.rooms_of(who)
        return [spot for spot in reversed(self.bookmarks.get(who, [])) if spot[0] in mine]

    def receipts(self, who: str, spot: Spot) -> tuple[list[str], list[str], list[str]]:
        """Return who has read a message, who has only received it, and who neither."""
        if who in self.without_receipts:
            raise Forbidden("hides their own")
        state, _me = self.require_member(who, spot[0])
        if not 0 < spot[1] <= len(state.messages):
            raise NotFound
        message = state.messages[spot[1] - 1]
        if message.author != who:
            raise Forbidden("another's")
        others = {
            name: each
            for name, each in sorted(self.with_receipts(spot[0], who).items())
            if name != who and each.joined_at <= message.at
        }
        read = [name for name, each in others.items() if each.read >= spot[1]]
        rest = [name for name in others if name not in read]
        delivered = [name for name in rest if self.last_seen.get(name, 0) >= message.at]
        by_time = sorted(read, key=lambda name: others[name].read_at)
        return by_time, delivered, [name for name in rest if name not in delivered]

    def with_receipts(self, room: int, to: str = "") -> dict[str, Member]:
        """Return the members with read receipts turned on, and no block between them and `to`."""
        members = self.rooms[room].members
        return {
            name: each
            for name, each in members.items()
            if name not in self.without_receipts
            and self.blocked.isdisjoint({(name, to), (to, name)})
        }

    def rooms_of(self, who: str) -> set[int]:
        return {room for room, state in self.rooms.items() if who in state.members}

    # -- permissions ---------------------------------------------------------------------

    def require_member(
        self, who: str, room: int, *, direct: bool = True
    ) -> tuple[RoomState, Member]:
        state = self.rooms.get(room)
        if state is None or who not in state.members:
            raise NotFound
        if state.kind == "direct" and not direct:
            raise Forbidden("direct messages")
        return state, state.members[who]

    def require_owner(self, who: str, room: int) -> RoomState:
        state, me = self.require_member(who, room, direct=False)
        if me.role != "owner":
            raise Forbidden("no owner")
        return state

    def other(self, state: RoomState, who: str, other: str) -> Member:
        if who == other:
            raise ServiceError("oneself")
        if other not in state.members:
            raise NotFound
        return state.members[other]

    def exists(self, state: RoomState, seq: int) -> bool:
        return 0 < seq <= len(state.messages) and not state.messages[seq - 1].deleted

    def find(self, who: str, spot: Spot) -> tuple[RoomState, Message]:
        state, _me = self.require_member(who, spot[0])
        if not self.exists(state, spot[1]):
            raise NotFound
        return state, state.messages[spot[1] - 1]

    def require_open_poll(self, who: str, spot: Spot) -> tuple[RoomState, Message, Poll]:
        state, message = self.find(who, spot)
        self.require_open(state, who)
        if message.poll is None:
            raise NotFound
        if message.poll.is_closed:
            raise ServiceError("closed")
        return state, message, message.poll

    def require_writer(self, state: RoomState, who: str) -> None:
        if state.is_announcement and not state.members[who].moderates:
            raise Forbidden("announcements")
        self.require_open(state, who)

    def require_open(self, state: RoomState, who: str) -> None:
        if state.is_archived:
            raise Forbidden("archived")
        if state.people and len(state.people) == 2:
            self.refuse_blocked(who, state.people)

    def refuse_blocked(self, who: str, others: Collection[str]) -> None:
        if any({(who, other), (other, who)} & self.blocked for other in others):
            raise Forbidden("blocked")

    def mentioned(self, state: RoomState, who: str, text: str) -> set[str]:
        everybody = {"room"} if state.kind == "direct" or state.members[who].moderates else set()
        return {name for name in {*state.members, *everybody} if f"@{name}" in text}

    def notified(self, who: str, names: set[str]) -> set[str]:
        """Return who is notified: neither the author, nor anyone who has blocked them."""
        if "room" in names:
            return {"room"}
        return {name for name in names if name != who and (name, who) not in self.blocked}

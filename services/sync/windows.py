"""What is new for an app with a sliding sync: which of its person's rooms it is told of, and how.

It asks for lists of rooms, the last active first, and of each for some parts, and perhaps for
single rooms. What it knows of them is kept by `services/sync/connections.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, func
from sqlmodel import col

from models import Membership, Message, Room, RoomEvent, RoomEventKind, RoomKind
from models.base import table
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import consume
from services.db import database
from services.db.prepared import Prepared
from services.rooms import access
from services.rooms.members import invitations
from services.sync import epoch, polls, room_state, sync
from services.sync.connections import Connection, Known, State
from services.sync.items import Happening, Item, Post
from services.sync.news import Choice, News, RoomNews
from services.sync.positions import Position

MAX_ROOMS = 1_000
"""Rooms that an app is told of, the last active ones."""
MAX_NEW = 100
"""Rooms that it does not know, in one answer; it gets the others with the next ones."""
ACCOUNT_DATA, TYPING, INVITATIONS = "account_data", "typing", "invitations"
TO_DEVICE, ENCRYPTION, RECEIPTS = "to_device", "e2ee", "receipts"
"""What an app may be told besides rooms."""
EVERYTHING = ("*", "*")
"""The part that stands for all: others beside it say which of some type are wanted."""
OF_MEMBERS = (RoomEventKind.JOIN, RoomEventKind.LEAVE, RoomEventKind.REMOVAL)
"""What changes who is in a room."""


class Wanted(Struct, frozen=True):
    """How much an app wants of a room."""

    limit: int
    """Items, the newest."""
    parts: frozenset[tuple[str, str]]
    """Parts of the state, each by type and key, as the app names them."""

    def __or__(self, other: "Wanted") -> "Wanted":
        """Return what covers both."""
        return Wanted(max(self.limit, other.limit), self.parts | other.parts)


class Listed(Struct, frozen=True):
    """A list of rooms that an app wants."""

    wanted: Wanted
    ranges: Sequence[tuple[int, int]] | None = None
    """The first and last place of each part of it; None for all of it."""
    is_direct: bool | None = None
    """Whether it is of direct messages alone; False for none of them. None for both."""
    is_invited: bool | None = None
    """The same of rooms that the viewer is only invited to."""
    is_encrypted: bool | None = None
    """The same of encrypted rooms."""
    has_none: bool = False
    """Whether it is of rooms that the chat does not have."""
    name_like: str = ""


class Asked(Struct, frozen=True):
    """What an app wants."""

    lists: Mapping[str, Listed] = {}
    rooms: Mapping[int, Wanted] = {}
    extensions: frozenset[str] = frozenset()
    got: Position = Position()
    """Up to where its device has got what others have sent it: it is told that apart."""


class RoomTold(Struct, frozen=True):
    """What an app is told of a room."""

    news: RoomNews
    wanted: Wanted
    is_direct: bool
    bump: int
    """Of two rooms, the one with the higher number was active later."""
    is_new: bool
    """Whether the app does not know it yet."""
    is_whole: bool
    """Whether it is told all of the state that it wants."""
    is_deeper: bool
    """Whether items that the app knows are told once more, with older ones."""
    live: int
    """How many of the items happened since the app was last answered."""
    members: int | None
    """How many are in it, where that may have changed."""


class Told(Struct, frozen=True):
    """What an app is told."""

    news: News
    rooms: Sequence[RoomTold]
    left: Sequence[Happening]
    """How the viewer left rooms that the app knows, or declined to join them."""
    counts: Mapping[str, int]
    """How many rooms there are in each list."""
    state: State
    """What it knows with this."""
    room_ids: frozenset[int]
    """The rooms in which something new may be of interest."""
    is_first: bool
    """Whether it is told all account data there is, if it wants any."""

    @property
    def position(self) -> Position:
        """Up to where it is told."""
        return self.news.position

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        others = self.rooms or self.left or self.news.invitations or self.is_first
        data = self.news.account_data or self.news.has_levels
        people = self.news.typing or self.news.receipts
        return not (others or self.news.is_of_devices or data or people)

    @property
    def device_room_ids(self) -> frozenset[int]:
        """The rooms of whose members' devices something new may be of interest."""
        is_wanted = ENCRYPTION in self.state.extensions
        return self.news.room_ids if is_wanted else frozenset()

    @property
    def got(self) -> Position:
        """Up to where its device has got what others have sent it, with this."""
        return Position(to_device=self.position.to_device, epoch=self.position.epoch)


class _Row(Struct, frozen=True, gc=False):
    """One of the viewer's rooms."""

    room_id: int
    kind: str
    name: str
    is_encrypted: bool
    bump: int


_MESSAGES, _EVENTS = table(Message), table(RoomEvent)
_LAST: Any = (
    sqlalchemy.select(_MESSAGES.c.id)
    .where(_MESSAGES.c.room_id == col(Room.id), _MESSAGES.c.seq == col(Room.last_seq))
    .correlate(Room)
    .scalar_subquery()
)
_JOINED: Any = (
    sqlalchemy.select(func.max(_EVENTS.c.after_id))
    .where(
        _EVENTS.c.room_id == col(Room.id),
        _EVENTS.c.person_id == col(Membership.user_id),
        _EVENTS.c.kind == bindparam("join"),
    )
    .correlate(Room, Membership)
    .scalar_subquery()
)
# A room without messages is as new as the membership.
_BUMP = func.coalesce(_LAST, _JOINED).label("bump")
_ORDER = Prepared(
    access.rooms_of(
        bindparam("person"),
        col(Room.id),
        col(Room.kind),
        col(Room.name),
        access.IS_ENCRYPTED,
        _BUMP,
    )
)


async def wait(
    viewer: CurrentUser,
    asked: Asked,
    connection: Connection,
    state: State,
    seconds: float,
    when_gone: polls.WhenGone | None = None,
) -> Told | None:
    """Return what an app is told that knows a state, as soon as there is anything.

    An app that knows nothing gets its answer at once; None and errors are as of `polls.until_any`.
    Raises `InvalidPosition` when what it knows is ahead of the database.
    """
    known = state

    async def ask(_position: Position) -> Told:
        nonlocal known
        told = await since(viewer, asked, connection, known)
        known = told.state
        return told

    after = state.position or Position()
    return await polls.until_any(viewer, after, seconds, ask, connection, when_gone)


async def since(viewer: CurrentUser, asked: Asked, connection: Connection, state: State) -> Told:
    """Return what an app is told that knows a state. Raises like `wait`, and `RateLimited`."""
    rows = await _order(viewer) if asked.lists or asked.rooms else []
    chosen, counts = _choose(rows, asked)
    masks = {each: connection.mask(each.parts) for each in set(chosen.values())}
    _put_off(chosen, state, masks)
    choice = _with_extensions(_choice(chosen, state, masks), asked, state)
    if len(choice.whole) > sync.MAX_ALONE:
        consume("page", viewer)  # it reads as much
    begun = asked.extensions - state.extensions
    position = state.position
    if position:
        # What the app has got of it, it says itself: `pos` is also of others who want none.
        position = replace(position, to_device=0)
    if position and ACCOUNT_DATA in begun:
        position = replace(position, account_data=0)
    if position and ENCRYPTION in begun:
        position = replace(position, device_lists=0)
    news = await sync.since(viewer, position, 1, choice)
    news = await _wanted_of(viewer, news, asked, chosen, begun)
    members = await room_state.count_members(
        [each.room_id for each in news.rooms if _changes_members(each.timeline.items)]
    )
    by_id = {each.room_id: each for each in rows}
    told = [
        _told(each, chosen[each.room_id], by_id[each.room_id], state, choice, members)
        for each in news.rooms
    ]
    known_ids = state.rooms.keys() | state.invited
    after = _next(state, asked, chosen, masks, news)
    for name, listed in asked.lists.items():
        if listed.is_invited is not False and not (listed.is_direct or listed.has_none):
            counts[name] += len(after.invited)
    return Told(
        news=news,
        rooms=told,
        left=[each for each in news.left if each.room_id in known_ids],
        counts=counts,
        state=after,
        room_ids=news.room_ids if asked.lists else frozenset(chosen),
        is_first=position is None or ACCOUNT_DATA in begun,
    )


def _put_off(chosen: dict[int, Wanted], state: State, masks: Mapping[Wanted, int]) -> None:
    """Leave out rooms whose state the app wants, where they are many: they come with the next."""
    whole = [
        each
        for each, wanted in chosen.items()
        if each not in state.rooms or _wants_more(state.rooms[each], wanted, masks)
    ]
    for each in whole[MAX_NEW:]:
        del chosen[each]


def _wants_more(known: Known, wanted: Wanted, masks: Mapping[Wanted, int]) -> bool:
    """Return whether an app wants state of a room that it may not know."""
    if known.upto:
        return True
    if EVERYTHING in wanted.parts:  # what else is wanted says what is not
        return known.parts != masks[wanted]
    return bool(masks[wanted] & ~known.parts)


def _choice(chosen: Mapping[int, Wanted], state: State, masks: Mapping[Wanted, int]) -> Choice:
    known = {each: state.rooms[each] for each in chosen if each in state.rooms}
    starts = {each: part.upto for each, part in known.items() if part.upto}
    return Choice(
        limits={each: max(1, wanted.limit) for each, wanted in chosen.items()},
        new=frozenset(chosen.keys() - known.keys()),
        starts=starts,
        deeper=frozenset(each for each, part in known.items() if part.limit < chosen[each].limit),
        whole={
            each: part.state_upto or part.upto
            for each, part in known.items()
            if _wants_more(part, chosen[each], masks)
        },
    )


def _with_extensions(choice: Choice, asked: Asked, state: State) -> Choice:
    untold = None
    if RECEIPTS in asked.extensions:
        has_others = RECEIPTS in state.extensions
        untold = choice.data_of if has_others else frozenset(choice.limits)
    got = asked.got.to_device if asked.got.epoch == epoch.get() else 0
    return replace(
        choice,
        got=got if TO_DEVICE in asked.extensions else None,
        has_lists=ENCRYPTION in asked.extensions,
        receipts_of=untold,
    )


def _choose(rows: Sequence[_Row], asked: Asked) -> tuple[dict[int, Wanted], dict[str, int]]:
    """Return what is wanted of which rooms, and how many there are in each list."""
    found: dict[int, Wanted] = {}
    counts: dict[str, int] = {}
    merged: dict[tuple[Wanted, Wanted], Wanted] = {}

    def want(room_id: int, wanted: Wanted) -> None:
        before = found.get(room_id)
        if before is None or before is wanted:
            found[room_id] = wanted
        else:
            key = (before, wanted)
            found[room_id] = merged[key] = merged.get(key) or before | wanted

    ids = {each.room_id for each in rows}
    for room_id, wanted in asked.rooms.items():
        if room_id in ids:
            want(room_id, wanted)
    for name, listed in asked.lists.items():
        fitting = _fitting(rows, listed)
        counts[name] = len(fitting)
        for row in _within(fitting, listed.ranges):
            want(row.room_id, listed.wanted)
    for room_id in [*found][MAX_ROOMS:]:
        del found[room_id]
    return found, counts


def _fitting(rows: Sequence[_Row], listed: Listed) -> Sequence[_Row]:
    if listed.is_invited or listed.has_none:
        return ()
    if listed.is_direct is None and listed.is_encrypted is None and not listed.name_like:
        return rows
    like = listed.name_like.casefold()
    return [
        each
        for each in rows
        if listed.is_direct in (None, each.kind == RoomKind.DIRECT)
        and listed.is_encrypted in (None, each.is_encrypted)
        and like in each.name.casefold()
    ]


def _within(rows: Sequence[_Row], ranges: Sequence[tuple[int, int]] | None) -> Sequence[_Row]:
    """Return the rows at places in any of the ranges, in their order, each once."""
    if ranges is None:
        return rows
    found: list[_Row] = []
    start = 0
    for first, last in sorted(ranges):
        found += rows[max(first, start) : last + 1]
        start = max(start, last + 1)
    return found


async def _order(viewer: CurrentUser) -> list[_Row]:
    """Return the viewer's rooms, the last active first."""
    values = {"person": viewer.user_id, "join": RoomEventKind.JOIN}
    rows = [
        _Row(room_id, kind, name, is_encrypted, bump or 0)
        for room_id, kind, name, is_encrypted, bump in await database.rows(_ORDER, values)
    ]
    return sorted(rows, key=lambda each: (-each.bump, -each.room_id))


def _told(
    news: RoomNews,
    wanted: Wanted,
    row: _Row,
    state: State,
    choice: Choice,
    members: Mapping[int, int],
) -> RoomTold:
    is_new = news.is_new
    is_whole = is_new or news.timeline.has_more or news.room_id in choice.whole
    return RoomTold(
        news=news,
        wanted=wanted,
        is_direct=row.kind == RoomKind.DIRECT,
        bump=row.bump,
        is_new=is_new,
        is_whole=is_whole,
        is_deeper=news.room_id in choice.deeper and not is_new,
        live=_live(news.timeline.items, state.position) if state.position else 0,
        members=len(news.state.members) if is_whole and news.state else members.get(news.room_id),
    )


def _live(items: Sequence[Item], position: Position) -> int:
    return sum(
        each.message.message_id > position.message_id
        if isinstance(each, Post)
        else each.event_id > position.event_id
        for each in items
    )


def _changes_members(items: Sequence[Item]) -> bool:
    return any(isinstance(each, Happening) and each.kind in OF_MEMBERS for each in items)


async def _wanted_of(
    viewer: CurrentUser,
    news: News,
    asked: Asked,
    chosen: Mapping[int, Wanted],
    begun: frozenset[str],
) -> News:
    """Return what is new without what the app does not want, and with what it did not until now."""
    invited = news.invitations if INVITATIONS in asked.extensions else ()
    if INVITATIONS in begun:
        invited = await invitations.mine(viewer)
    data = news.account_data if ACCOUNT_DATA in asked.extensions else ()
    return replace(
        news,
        invitations=invited,
        account_data=[each for each in data if not each[0] or each[0] in chosen],
        typing=news.typing if TYPING in asked.extensions else {},
        has_levels=news.has_levels and ACCOUNT_DATA in asked.extensions,
    )


def _next(
    state: State,
    asked: Asked,
    chosen: Mapping[int, Wanted],
    masks: Mapping[Wanted, int],
    news: News,
) -> State:
    """Return what an app knows once it has been told."""
    rooms = {
        room_id: Known(known.limit, known.parts, known.upto or state.position, known.state_upto)
        for room_id, known in state.rooms.items()
        if room_id in news.room_ids and room_id not in chosen
    }
    has_gap = {each.room_id for each in news.rooms if each.timeline.has_more}
    same: dict[Wanted, Known] = {}
    for room_id in chosen.keys() & news.room_ids:
        wanted, before = chosen[room_id], state.rooms.get(room_id)
        made = same.setdefault(wanted, Known(wanted.limit, masks[wanted]))
        if before and before.limit > made.limit and room_id not in has_gap:
            made = replace(made, limit=before.limit)
        if before and before.parts & ~made.parts:
            upto = before.state_upto or before.upto or state.position
            made = replace(made, state_upto=upto)
        elif before and not _wants_more(before, wanted, masks):
            made = replace(made, state_upto=before.state_upto)
        rooms[room_id] = made
    declined = {each.room_id for each in news.left}
    invited = state.invited | {each.room_id for each in news.invitations}
    return State(news.position, rooms, invited - declined - news.room_ids, asked.extensions)

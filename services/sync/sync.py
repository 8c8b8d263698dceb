"""What is new for a person since a position, once: `services/sync/polls.py` waits for it.

All that one answer says was true at one moment, that of `services/sync/standing.py`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy
from msgspec.structs import replace
from sqlalchemy import bindparam
from sqlmodel import Session

from models import (
    AccountData,
    Notify,
    RoomEventKind,
)
from models.base import table
from services.core import app_context
from services.core.dto import CurrentUser, UserSummary
from services.core.limits.rate_limited import consume
from services.db import database
from services.keys import device_lists, to_device
from services.keys.device_lists import ListNews, Moment
from services.keys.to_device import ToDevice
from services.rooms import presence
from services.rooms.members import invitations
from services.rooms.members.invitations import InvitationView
from services.rooms.reading import notified, unread_mentions
from services.rooms.reading.receipts import Receipt
from services.sync import (
    items,
    mention_counts,
    moments,
    others_reads,
    own_reads,
    read_receipts,
    recent_changes,
    room_state,
    standing,
    typing_people,
)
from services.sync.items import Happening, Item, Post, Slice
from services.sync.news import Choice, News, RoomNews
from services.sync.positions import InvalidPosition, Position
from services.sync.room_state import RoomState
from services.sync.standing import Mine, Place

MAX_SHARED = 300
"""Messages, or other events, that are read for everybody at once; who missed more reads alone."""
MAX_TIMELINE = 50
"""Items of a room in one answer."""
MAX_SIZE = 4 * 2**20
"""Characters of all rooms in one answer, after which rooms come without items, or with fewer."""
MAX_ALONE = 3
"""Rooms that are read for one person alone; more of them count as a page."""
MAX_TO_DEVICE = 100
"""Messages to the device in one answer."""
_MOVES = (RoomEventKind.JOIN, RoomEventKind.LEAVE, RoomEventKind.REMOVAL)


_DATA = table(AccountData)
_STORED: Any = sqlalchemy.select(_DATA.c.room_id, _DATA.c.type, _DATA.c.content).where(
    _DATA.c.user_id == bindparam("person"),
    (_DATA.c.position > bindparam("position"))
    | _DATA.c.room_id.in_(bindparam("rooms", expanding=True)),
)


async def since(
    viewer: CurrentUser, position: Position | None, most: int, choice: Choice | None = None
) -> News:
    """Return what is new for the viewer since a position, or, without one, all there is.

    Of each room there are at most `most` items, the newest, and fewer if they are large. With a
    `choice` it is what that says. A position that is ahead of all that is stored, or of another
    epoch, is of another database, or of one that was restored: it counts as none, but with a choice
    raises `InvalidPosition`. What others have sent to the viewer's device is deleted up to the
    position, or to what the choice says of it: the device has got it. Raises `RateLimited`.
    """
    loading = app_context.current().rate_limits.loading
    loading.require(viewer.user_id)
    if position is None:
        consume("page", viewer)  # it reads as much
    most = max(1, min(most, MAX_TIMELINE))
    after = position or Position()
    # Before all else, so that nothing is between what this answer tells and the next one.
    moment, read = moments.tick(), own_reads.since(after.heard, viewer.user_id)
    has_levels = recent_changes.levels.may_concern(after.heard, viewer.user_id)
    mine = await standing.read(viewer, after)
    if position and _is_ahead(position, mine.upto):
        if choice:
            raise InvalidPosition
        news = await since(viewer, None, most)
        # Its app has keys of devices that may be others by now.
        return replace(news, device_lists=await _lists(viewer, Moment(), news.position))
    got = _got(choice, mine.upto) if choice else after.to_device
    if got and mine.oldest is not None and mine.oldest <= got:
        await to_device.acknowledge(viewer, got)
    if choice:
        told = {each: place for each, place in mine.places.items() if each in choice.limits}
        mine = replace(mine, places=told)
    shared = None
    if position and mine.upto.message_id - after.message_id <= 10 * MAX_SHARED:
        shared = await _shared(after, mine.upto)
    news = await _compose(viewer, position, mine, shared, most, read, choice or Choice({}))
    has_lists = position is not None and (choice is None or choice.has_lists)
    moves = _moves(shared)
    news = await _with_keys(viewer, after, mine, news, got, has_lists=has_lists, moves=moves)
    if choice is None:
        found = await presence.of_companions(viewer, recent_changes.presences.since(after.heard))
        news = replace(news, presence=found)
    news = replace(news, receipts=await _receipts(viewer, after, mine, news, read, choice))
    loading.spend(viewer.user_id, news.size)
    typing = typing_people.since(after.heard, mine.places, viewer.user_id)
    at = replace(news.position, heard=moment)
    return replace(news, position=at, typing=typing, has_levels=has_levels)


def _got(choice: Choice, upto: Position) -> int | None:
    """Return up to where a device has got what it was sent; 0 if that is ahead of all there is."""
    return 0 if choice.got is not None and choice.got > upto.to_device else choice.got


async def _with_keys(
    viewer: CurrentUser,
    after: Position,
    mine: Mine,
    news: News,
    got: int | None,
    *,
    has_lists: bool,
    moves: bool,
) -> News:
    """Add what concerns keys: it is read only where there is something."""
    upto = news.position
    sent: Sequence[ToDevice] = ()
    if got is not None and mine.oldest is not None and got < upto.to_device:
        sent = await to_device.since(viewer, got, upto.to_device, MAX_TO_DEVICE)
    if len(sent) == MAX_TO_DEVICE:
        upto = replace(upto, to_device=sent[-1].number)
    lists = ListNews()
    if has_lists and (moves or after.device_lists < upto.device_lists):
        event_id = after.event_id if moves else upto.event_id
        lists = await _lists(viewer, Moment(event_id, after.device_lists), upto)
    return replace(news, position=upto, to_device=sent, device_lists=lists, keys=mine.keys)


async def _receipts(
    viewer: CurrentUser,
    after: Position,
    mine: Mine,
    news: News,
    read: set[int],
    choice: Choice | None,
) -> Mapping[int, Sequence[Receipt]]:
    if choice and choice.receipts_of is None:
        return {}
    begun = choice.receipts_of if choice and choice.receipts_of else frozenset()
    whole = {each.room_id for each in news.rooms if each.is_new} | (begun & mine.places.keys())
    others = others_reads.since(after.heard, viewer.user_id, mine.places)
    return await read_receipts.read(viewer, whole, read & mine.places.keys(), others)


async def _lists(viewer: CurrentUser, after: Moment, upto: Position) -> ListNews:
    return await device_lists.changed(viewer, after, Moment(upto.event_id, upto.device_lists))


def _moves(shared: Mapping[int, Sequence[Item]] | None) -> bool:
    """Return whether somebody may have come into a room or left one."""
    return shared is None or any(
        isinstance(each, Happening) and each.kind in _MOVES
        for found in shared.values()
        for each in found
    )


async def _shared(after: Position, upto: Position) -> Mapping[int, Sequence[Item]] | None:
    """Return what happened between, by room: read once for all who ask the same."""
    if (after.message_id, after.event_id) == (upto.message_id, upto.event_id):
        return {}

    def query(session: Session) -> Mapping[int, Sequence[Item]] | None:
        found = items.everywhere(session, after, upto, MAX_SHARED)
        if found is None:
            return None
        by_room: defaultdict[int, list[Item]] = defaultdict(list)
        for item in found:
            by_room[item.message.room_id if isinstance(item, Post) else item.room_id].append(item)
        return dict(by_room)

    # All whom a message wakes ask at the same moment.
    key = ("sync", after.message_id, after.event_id, upto.message_id, upto.event_id)
    return await database.read_cached(key, query)


async def _compose(
    viewer: CurrentUser,
    position: Position | None,
    mine: Mine,
    shared: Mapping[int, Sequence[Item]] | None,
    most: int,
    read: set[int],
    choice: Choice,
) -> News:
    after, upto = position or Position(), mine.upto
    if position and _is_quiet(position, mine, shared, read, choice):
        return News(upto, room_ids=mine.room_ids)
    joined = mine.met.get(RoomEventKind.JOIN, {}).keys() & mine.places.keys()
    is_new = mine.places.keys() if position is None else joined | choice.new
    apart = is_new | choice.starts.keys() | choice.deeper
    given = _short(shared, mine, apart, after, upto, most, choice)
    counted = (read | choice.whole.keys()) & mine.places.keys() - apart
    given |= {each: Slice((), after, upto, False) for each in counted - given.keys()}
    open_invitations = await _invitations(viewer, position, mine)
    left_rooms = await _left(position, mine, open_invitations)

    alone = mine.places.keys() & (mine.places.keys() if shared is None else apart)
    alone |= _long(shared or {}, mine, most, choice)
    if position and (shared is None or len(alone) > MAX_ALONE):
        consume("page", viewer)  # a position of long ago is nearly none
    has_data = after.account_data < upto.account_data
    mentions = {
        each: _mentions(viewer.user_id, each, part, mine.places[each], after)
        for each, part in given.items()
    }
    is_known = None not in mentions.values()
    begun = mention_counts.begin(viewer.user_id)
    is_whole = bool(choice.whole.keys() & given.keys())
    if is_known and not (alone or has_data or is_whole or any(map(_changes, given.values()))):
        rooms = [
            RoomNews(each, part, False, None, *_counts(mine.places[each], mentions[each] or 0))
            for each, part in given.items()
        ]
        _note(viewer.user_id, begun, mine, rooms)
        return News(upto, rooms, left_rooms, open_invitations, (), mine.room_ids)

    # What wakes everybody in a large room is read once for all, not once for each.
    told = joined | (choice.whole.keys() & given.keys())
    told |= {each for each, part in given.items() if _changes(part)}
    at_once = told if len(told) <= MAX_ALONE else ()
    known = {each: state for each in at_once if (state := await room_state.shared(each))}

    def query(session: Session) -> News:
        found = dict(given)
        left = MAX_SIZE - sum(part.size for part in given.values())
        for room_id in sorted(alone):
            part = _alone(session, room_id, mine, after, upto, is_new, most, choice)
            found[room_id] = items.newest_within(part, left)
            left -= found[room_id].size
        shown = {
            each: part
            for each, part in found.items()
            if part.items
            or part.has_more
            or each in is_new
            or each in counted
            or each in choice.whole
        }
        changed = {
            each
            for each, part in shown.items()
            if each in is_new or each in choice.whole or _changes(part)
        }
        unknown = changed - known.keys()
        states = known | (room_state.read(session, unknown) if unknown else {})
        return News(
            position=upto,
            rooms=[
                _room(
                    session,
                    viewer,
                    each,
                    part,
                    mine,
                    after,
                    is_new,
                    states,
                    choice,
                )
                for each, part in sorted(shown.items())
            ],
            left=left_rooms,
            invitations=open_invitations,
            account_data=_account_data(session, viewer.user_id, after, upto, choice.data_of),
            room_ids=mine.room_ids,
        )

    news = await database.read(query)
    _note(viewer.user_id, begun, mine, news.rooms)
    return news


def _alone(
    session: Session,
    room_id: int,
    mine: Mine,
    after: Position,
    upto: Position,
    is_new: Any,
    most: int,
    choice: Choice,
) -> Slice:
    most = choice.limits.get(room_id, most)
    if room_id not in is_new:
        start = choice.starts.get(room_id, after)
        start = Position() if room_id in choice.deeper else start
        return items.newest(session, room_id, start, upto, most)
    if room_id not in mine.parted:
        return items.newest(session, room_id, Position(), upto, most)
    # They have left and are back: their app may know what was before, or not.
    return replace(items.newest(session, room_id, after, upto, most), has_more=True)


def _is_quiet(
    position: Position,
    mine: Mine,
    shared: Mapping[int, Sequence[Item]] | None,
    read: set[int],
    choice: Choice,
) -> bool:
    """Return whether nothing of rooms or account data is new: so it is when an app asks again."""
    is_other = shared is None or shared or mine.met or read
    wants_more = choice.new or choice.starts or choice.deeper or choice.whole
    return not (is_other or wants_more or position.account_data < mine.upto.account_data)


def _long(shared: Mapping[int, Sequence[Item]], mine: Mine, most: int, choice: Choice) -> set[int]:
    """Return the viewer's rooms in which more happened than is read for everybody."""
    return {
        room_id
        for room_id, found in shared.items()
        if room_id in mine.places and len(found) > choice.limits.get(room_id, most)
    }


def _mentions(user_id: int, room_id: int, part: Slice, place: Place, after: Position) -> int | None:
    """Return how many unread messages name a person, if that is known without asking."""
    if not place.unread or place.notify == Notify.NOTHING:
        return 0
    if mention_counts.names(part.items, user_id):
        return None
    return mention_counts.known(user_id, room_id, after, place.read_up_to, part.items)


def _counts(place: Place, mentions: int) -> tuple[int, int]:
    """Return how many unread messages notify a person, and how many of them name them."""
    return notified.number(place.kind, place.notify, place.unread, mentions)


def _note(
    user_id: int, begun: mention_counts.Counts, mine: Mine, rooms: Sequence[RoomNews]
) -> None:
    """Note what a person is told of how many messages name them."""
    for each in rooms:
        place = mine.places[each.room_id]
        if place.notify != Notify.NOTHING:
            read_up_to = place.read_up_to
            mention_counts.note(user_id, begun, each.room_id, mine.upto, read_up_to, each.mentions)


def _room(
    session: Session,
    viewer: CurrentUser,
    room_id: int,
    part: Slice,
    mine: Mine,
    after: Position,
    is_new: Any,
    states: Mapping[int, RoomState],
    choice: Choice,
) -> RoomNews:
    state = states.get(room_id)
    gone: Sequence[UserSummary] = ()
    is_whole = part.has_more or room_id in choice.whole
    if is_whole and state and room_id not in is_new:
        here = {each.user_id for each in state.members}
        start = choice.whole.get(room_id) or choice.starts.get(room_id) or after
        # An app that has a choice takes no state from the timeline.
        left = items.leavers(session, room_id, start, part.after if choice.limits else part.before)
        gone = [each for each in left if each.user_id not in here]
    place, mentions = mine.places[room_id], 0
    if place.unread and place.notify != Notify.NOTHING:
        mentions = unread_mentions.count_in(session, viewer.user_id, room_id)
    counts = _counts(place, mentions)
    return RoomNews(room_id, part, room_id in is_new, state, *counts, gone)


def _changes(part: Slice) -> bool:
    """Return whether the state is another one, and the timeline does not say all of it."""
    return part.has_more or items.show_state(part.items)


def _short(
    shared: Mapping[int, Sequence[Item]] | None,
    mine: Mine,
    apart: Any,
    after: Position,
    upto: Position,
    most: int,
    choice: Choice,
) -> dict[int, Slice]:
    """Return what is shared already of rooms in which not much happened."""
    return {
        room_id: Slice(found, after, upto, False)
        for room_id, found in (shared or {}).items()
        if room_id in mine.places
        and room_id not in apart
        and len(found) <= choice.limits.get(room_id, most)
    }


async def _invitations(
    viewer: CurrentUser, position: Position | None, mine: Mine
) -> Sequence[InvitationView]:
    invited = mine.met.get(RoomEventKind.INVITE, {})
    if position and not invited:
        return ()
    found = await invitations.mine(viewer)
    return [each for each in found if position is None or each.room_id in invited]


async def _left(
    position: Position | None, mine: Mine, open_invitations: Sequence[InvitationView]
) -> Sequence[Happening]:
    if position is None:
        return ()
    declined = dict(mine.met.get(RoomEventKind.DECLINE, {}))
    for each in open_invitations:
        declined.pop(each.room_id, None)
    ended = {**declined, **mine.parted}
    gone = [ended[each] for each in ended.keys() - mine.room_ids]
    return await database.read(lambda session: items.numbered(session, gone)) if gone else ()


def _account_data(
    session: Session, user_id: int, after: Position, upto: Position, rooms: frozenset[int]
) -> Sequence[tuple[int, str, str]]:
    if after.account_data >= upto.account_data and not rooms:
        return ()
    values = {"person": user_id, "position": after.account_data, "rooms": list(rooms)}
    return [tuple(row) for row in session.connection().execute(_STORED, values)]


def _is_ahead(position: Position, upto: Position) -> bool:
    return (
        position.message_id > upto.message_id
        or position.event_id > upto.event_id
        or position.account_data > upto.account_data
        or position.to_device > upto.to_device
        or position.device_lists > upto.device_lists
        or position.epoch != upto.epoch
    )

"""Has the class of the demo talk: everything goes through the services, as if they did it.

Only the times are set back afterwards, in the database: a week of talk takes some seconds. What
several people do at once is stored at once.
"""

import asyncio
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import update
from sqlmodel import Session, col

from models import Message, MessageVersion, PollVote, Reaction, Room, User
from models.clock import now
from services.accounts import accounts
from services.accounts.sessions import sessions
from services.core.dto import CurrentUser, MessageView, Visitor
from services.db import database
from services.demo import media
from services.demo.script import PASSWORD, PEOPLE, READER, TALKS, Line, Talk
from services.files import uploads
from services.files.uploads import UploadFields
from services.host import appearance
from services.messages import bookmarks, edits, messages, pins, polls, reactions
from services.registration import registration
from services.registration.registration import RegistrationForm
from services.rooms import room_names, rooms, settings
from services.rooms.members import direct_messages, invitations, member_settings, memberships
from services.rooms.reading import read_positions

NAME = "Class 11"
FIRST_SHOWN = "Physics 11"
"""The room that the reader finds open."""
HERE = Visitor("127.0.0.1", "")
SOON = timedelta(minutes=2)
"""After which a message is edited, and others react to it."""


class SentLine(Struct, frozen=True):
    """A line of the script as a message."""

    line: Line
    message: MessageView
    at: datetime


async def fill(moment: datetime | None = None) -> None:
    """Fill a chat that is empty but for its Lobby, with a week of talk until `moment`, or now.

    It must be open, with generous rate limits.
    """
    moment = moment or now()
    people = {person.username: await _register(person.username) for person in PEOPLE}
    await asyncio.gather(
        *(
            accounts.change_profile(
                people[person.username],
                display_name=person.display_name,
                hue=person.hue,
                about=person.about,
            )
            for person in PEOPLE
        )
    )
    await appearance.change(people[READER], name=NAME, accent="")
    places = [await _open(talk, people) for talk in TALKS]
    for viewer in people.values():
        for invitation in await invitations.mine(viewer):
            await invitations.accept(viewer, invitation.room_id)
    said: dict[int, list[SentLine]] = {room_id: [] for room_id in places}
    in_order = sorted(
        (
            (when(line.at, moment), room_id, line)
            for talk, room_id in zip(TALKS, places, strict=True)
            for line in talk.lines
        ),
        key=lambda each: each[0],
    )
    for number, (at, room_id, line) in enumerate(in_order):
        message = await _say(people, room_id, line, said[room_id], f"demo-{number:06}")
        said[room_id].append(SentLine(line, message, at))
    for talk, room_id in zip(TALKS, places, strict=True):
        await _read(talk, room_id, people)
        if talk.is_favourite:
            await member_settings.set_favourite(people[READER], room_id, on=True)
        if talk.name == FIRST_SHOWN:
            read_positions.remember(people[READER], room_id)
    await read_positions.flush()
    every = [each for talk in said.values() for each in talk]
    await database.write(lambda session: _set_times(session, every, moment))
    await asyncio.gather(*map(accounts.logout, people.values()))


def when(at: str, moment: datetime) -> datetime:
    """Return the time that a line names, as seen from `moment`, where this computer is."""
    if at.startswith("ago "):
        return moment - timedelta(minutes=int(at.removeprefix("ago ")))
    days, clock = at.split()
    hour, minute = map(int, clock.split(":"))
    day = moment.astimezone() + timedelta(days=int(days))
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


async def _register(username: str) -> CurrentUser:
    logged_in = await registration.register(HERE, RegistrationForm(username, PASSWORD))
    viewer = await sessions.resume(logged_in.token)
    assert viewer is not None
    return viewer


async def _open(talk: Talk, people: dict[str, CurrentUser]) -> int:
    """Return the room of a talk with its members in it; the Lobby has everybody already."""
    owner, *others = talk.people.split() or [READER]
    if not talk.name:
        return await direct_messages.open(people[owner], others)
    if talk.name == room_names.LOBBY:
        return (await rooms.mine(people[owner]))[0].room_id
    room_id = await rooms.create(
        people[owner], name=talk.name, topic=talk.topic, private=talk.is_private
    )
    await asyncio.gather(
        *(
            memberships.add(people[owner], room_id, username)
            if talk.is_private
            else memberships.join(people[username], room_id)
            for username in others
        )
    )
    if talk.is_announcement:
        await settings.announce(people[owner], room_id, on=True)
        await memberships.change_role(
            people[owner], room_id, people[others[0]].user_id, "moderator"
        )
    return room_id


async def _say(
    people: dict[str, CurrentUser], room_id: int, line: Line, before: list[SentLine], number: str
) -> MessageView:
    viewer = people[line.by]
    reply_to = None
    if line.answers:
        [reply_to] = [
            each.message.seq for each in before if each.line.text.startswith(line.answers)
        ]
    if line.options:
        sent, _is_new = await polls.send(
            viewer, room_id, line.text, line.options, number, is_multiple=line.is_multiple
        )
    elif line.file:
        sent = await _send_file(viewer, room_id, line, number, reply_to)
    else:
        sent, _is_new = await messages.send(viewer, room_id, line.text, number, reply_to=reply_to)
    if line.edited:
        await edits.edit(viewer, room_id, sent.seq, line.edited)
    await asyncio.gather(
        *(
            polls.vote(people[username], room_id, sent.seq, numbers)
            for username, numbers in line.votes.items()
        ),
        *(
            reactions.add(people[username], room_id, sent.seq, sign)
            for sign, usernames in line.reactions.items()
            for username in usernames.split()
        ),
    )
    if line.is_pinned:
        await pins.pin(viewer, room_id, sent.seq)
    if line.is_saved:
        await bookmarks.save(people[READER], room_id, sent.seq)
    return sent


async def _send_file(
    viewer: CurrentUser, room_id: int, line: Line, number: str, reply_to: int | None
) -> MessageView:
    content = media.make(line.file)
    seconds = media.SECONDS.get(line.file, 0)
    fields = UploadFields(line.file, line.text, number, reply_to, seconds=seconds)
    async with uploads.receive(viewer, room_id, len(content)) as upload:
        await upload.write(content)
        sent, _is_new = await upload.send(fields)
    return sent


async def _read(talk: Talk, room_id: int, people: dict[str, CurrentUser]) -> None:
    """Have everybody read what was said, the reader of the demo not quite all of it."""
    for username in talk.people.split() or people:
        left = talk.unread if username == READER else 0
        read_positions.mark_read(people[username], room_id, len(talk.lines) - left)


def _set_times(session: Session, said: list[SentLine], moment: datetime) -> None:
    """Set when everything happened, within a write."""
    begun = min(each.at for each in said) - timedelta(hours=1)
    last: dict[int, datetime] = {}
    for each in said:
        at, soon, message_id = each.at, each.at + SOON, each.message.message_id
        of_message = {"created_at": at}
        if each.line.edited:
            of_message["edited_at"] = soon
        if each.line.is_pinned:
            of_message["pinned_at"] = soon
        for change in (
            update(Message).where(col(Message.id) == message_id).values(**of_message),
            update(MessageVersion)
            .where(col(MessageVersion.message_id) == message_id)
            .values(written_at=at),
            update(Reaction).where(col(Reaction.message_id) == message_id).values(created_at=soon),
            update(PollVote).where(col(PollVote.message_id) == message_id).values(voted_at=soon),
        ):
            session.exec(change)
        author = each.message.author.user_id
        last[author] = max(at, last.get(author, begun))
    session.exec(update(User).values(created_at=begun))
    session.exec(update(Room).values(created_at=begun))
    for user_id, at in last.items():
        seen = min(moment, at + timedelta(minutes=5))
        session.exec(update(User).where(col(User.id) == user_id).values(last_seen_at=seen))

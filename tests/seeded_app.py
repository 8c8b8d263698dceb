"""An app with data of every kind, which is restored after each case.

There is a user of every role, a room of every kind, and in each room a message by every current
and former member. All that outsiders must not see contains the word `SECRET`.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
from sqlalchemy import Table
from sqlmodel import Session, SQLModel

from models import (
    Attachment,
    FileKind,
    LinkPicture,
    LinkPreview,
    LooseFile,
    Message,
    MessageKind,
    MessageLink,
    Role,
    SessionKind,
    Sticker,
)
from models.clock import now
from services import lifecycle
from services.accounts.factors import second_factor
from services.accounts.passwords import password_resets
from services.accounts.sessions import sessions
from services.core import app_context
from services.core.disk import data_folder
from services.core.dto import CurrentUser, Visitor
from services.core.limits.rate_limits import RateLimit
from services.db import database
from services.files import uploads
from services.files.stickers import stickers
from services.messages import bookmarks, messages, pins, polls, reactions, reports
from services.messages.scheduling import scheduled
from services.registration import invites
from services.rooms import purge, rooms, settings
from services.rooms.members import memberships
from services.rooms.reading import read_positions
from services.webhooks import webhooks
from tests import postgres
from tests.conftest import HERE, PASSWORD, add_member, cheap, open_group, person

SECRET = "quince"
HASH_OF_STICKER = "5" * 64
SECRET_OF_APP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of the authenticator app of the user `guarded`."""
NOBODY = "nobody"
OUTSIDE = ("outsider", "former", "administrator")
INSIDE = ("member", "moderator", "owner")
ROLES = (*OUTSIDE, *INSIDE)
PLACES = ("private", "public", "archived", "announcements", "direct")
NOWHERE = ("missing", "deleted")
"""Rooms that do not exist: answers must be the same as to somebody who is not a member."""


@dataclass(frozen=True)
class MessageRef:
    """A message: its `seq` in the room and its id."""

    seq: int
    message_id: int


@dataclass
class SeededApp:
    """The app with its users, rooms and messages."""

    people: dict[str, CurrentUser]
    rooms: dict[str, int]
    messages: dict[tuple[str, str], MessageRef]
    """By kind of room and role of the author, or `answer`, `poll`, `file`, `sticker`, `moving`."""
    ids: dict[str, int]
    """Other ids that cases need."""
    file: Path
    consumed: list[str] = field(default_factory=list)
    """The names of the rate limits that were consumed, in order."""
    writes: list[object] = field(default_factory=list)
    """The functions passed to `database.write`."""
    _reader: sqlite3.Connection | None = None
    _version: int = 0

    login = (HERE, "other", PASSWORD)
    """Arguments to log one of the users in."""

    async def flush(self) -> None:
        """Store all pending writes."""
        await read_positions.flush()
        await purge.wait()

    def was_changed(self) -> bool:
        """Return whether a change was committed since this was asked last."""
        if postgres.SERVER:
            version = postgres.last_transaction(self.file.parent)
        else:
            self._reader = self._reader or sqlite3.connect(self.file)
            [version] = self._reader.execute("PRAGMA data_version").fetchone()
        changed, self._version = version != self._version, version
        return changed

    def close(self) -> None:
        """Close what reads the database here."""
        if self._reader:
            self._reader.close()

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows, except the work list of the clean-up in the background."""
        if postgres.SERVER:
            return _rows(postgres.asking(self.file.parent))
        with _connected(self.file) as connection:
            return _rows(connection)


def _rows(connection: Any) -> dict[str, list[tuple[Any, ...]]]:
    return {name: connection.execute(asks).fetchall() for name, asks in _queries().items()}


@cache
def _queries() -> dict[str, str]:
    """Return what asks for all rows, by the table."""
    tables = SQLModel.metadata.sorted_tables
    return {t.name: _everything_in(t) for t in tables if t.name != LooseFile.__tablename__}


def _everything_in(table: Table) -> str:
    order = ", ".join(str(at + 1) for at in range(min(3, len(table.columns))))
    return f'SELECT * FROM "{table.name}" ORDER BY {order}'


@contextmanager
def seeded_app(data: Path) -> Iterator[tuple[asyncio.Runner, SeededApp]]:
    """Start an app on `data` and fill it; yield it with the runner of its event loop."""
    with asyncio.Runner() as runner, data_folder.lock(data):
        runner.run(lifecycle.startup(cheap(data)))
        try:
            seeded = SeededApp({}, {}, {}, {}, data / data_folder.DATABASE)
            unlimited = Unlimited(seeded.consumed)
            app_context._current = replace(app_context.current(), rate_limits=unlimited)
            runner.run(_fill(seeded))
            _count_writes(seeded.writes)
            yield runner, seeded
        finally:
            seeded.close()
            runner.run(lifecycle.shutdown())


@contextmanager
def _connected(file: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(file)
    try:
        yield connection
    finally:
        connection.close()


class Snapshot:
    """A copy of the whole database."""

    def __init__(self, file: Path) -> None:
        self._file = file
        if postgres.SERVER:
            postgres.keep(file.parent)
            return
        self._copy = sqlite3.connect(":memory:", check_same_thread=False)
        with _connected(file) as connection:
            connection.backup(self._copy)

    def restore(self, unchanged: Container[str] = ()) -> None:
        """Restore it atomically; tables known to be as they were may be left alone."""
        if postgres.SERVER:
            postgres.restore(self._file.parent, unchanged)
        else:
            with _connected(self._file) as connection:
                connection.execute("PRAGMA synchronous=OFF")
                self._copy.backup(connection)
        for pending in (read_positions._reached, read_positions._moving, read_positions._opened):
            pending.clear()


def _count_writes(writes: list[object]) -> None:
    current = database.current()
    write = current.write

    def counted(fn: Callable[[Session], Any], **options: Any) -> Awaitable[Any]:
        writes.append(fn)
        return write(fn, **options)

    current.write = counted  # type: ignore[method-assign]


class _UnlimitedRate(RateLimit):
    """A rate limit that only records its use, so that no case depends on others."""

    def __init__(self, name: str, consumed: list[str]) -> None:
        super().__init__()
        self._name = name
        self._consumed = consumed

    def check(self, *key: str | int) -> None:
        pass

    def hit(self, *key: str | int) -> None:
        self._consumed.append(self._name)

    def consume(self, *key: str | int, wider: Sequence[str | int] = ()) -> None:
        self.hit(*key)

    def forget(self, *key: str | int) -> None:
        pass

    def require(self, *key: str | int, wider: Sequence[str | int] = ()) -> None:
        """Stand in for a `Budget`, too."""

    def spend(self, user_id: int, amount: float) -> None:
        pass


class Unlimited:
    """Has a rate limit of every name."""

    def __init__(self, consumed: list[str]) -> None:
        self._consumed = consumed

    def __getattr__(self, name: str) -> _UnlimitedRate:
        limit = _UnlimitedRate(name, self._consumed)
        setattr(self, name, limit)
        return limit


async def _fill(seeded: SeededApp) -> None:
    # The first to register is the administrator, who is in none of the rooms.
    for role in (
        "administrator",
        "outsider",
        "former",
        "member",
        "moderator",
        "owner",
        "other",
        "newcomer",
        "guarded",
    ):
        seeded.people[role] = await person("steward" if role == "moderator" else role)  # reserved
    code = pyotp.TOTP(SECRET_OF_APP).now()
    await second_factor.add_app(seeded.people["guarded"], SECRET_OF_APP, code)
    for place in PLACES:
        seeded.rooms[place] = await _room(seeded, place)
        await _send_messages(seeded, place)
    await database.write(lambda session: _show_previews(session, seeded))
    await database.write(lambda session: _keep_stickers(session, seeded))
    for place in PLACES:
        await _send_sticker(seeded, place)
        await _send_moving(seeded, place)
    await _create_webhooks(seeded)
    await _leave(seeded)
    seeded.rooms["deleted"] = await rooms.create(
        seeded.people["owner"], name=f"Old {SECRET}", topic="", private=True
    )
    await settings.delete(seeded.people["owner"], seeded.rooms["deleted"], f"Old {SECRET}")
    seeded.rooms["missing"] = 999_999
    invite = await invites.create(seeded.people["administrator"], days=1, uses=1)
    seeded.ids["invite"] = invite.invite_id
    await password_resets.create(seeded.people["administrator"], seeded.people["other"].user_id)
    [link] = await password_resets.list_open(seeded.people["administrator"])
    seeded.ids["reset_link"] = link.link_id
    for role in ROLES:
        await _schedule(seeded, 1, role, f"later-{role}", "Later")
    await database.write(lambda session: _add_bots(session, seeded))
    await purge.wait()


def _add_bots(session: Session, seeded: SeededApp) -> None:
    """Give each role, and somebody else, a bot's token; its device is called like the role."""
    for role in (*ROLES, "other"):
        bot = Visitor("", "Bot")
        user_id = seeded.people[role].user_id
        opened = sessions.add(session, user_id, bot, kind=SessionKind.BOT, device_id=role)
        seeded.ids[f"token-{role}"] = opened.session_id


async def _schedule(seeded: SeededApp, room: int, role: str, key: str, text: str) -> None:
    moment = now() + timedelta(days=300)
    await scheduled.schedule(seeded.people[role], room, text, key, moment.isoformat())


async def _room(seeded: SeededApp, place: str) -> int:
    """Create a room of this kind with all members, including those who leave later."""
    owner = seeded.people["owner"]
    others = [seeded.people[role] for role in ("moderator", "member", "other", "former")]
    if place == "direct":
        return await open_group(owner, *others)
    name = "Market" if place == "public" else f"{SECRET} {place}"
    topic = "" if place == "public" else SECRET
    room = await rooms.create(owner, name=name, topic=topic, private=place != "public")
    for other in others:
        await add_member(owner, room, other.username)
    await memberships.change_role(owner, room, seeded.people["moderator"].user_id, Role.MODERATOR)
    return room


async def _send_messages(seeded: SeededApp, place: str) -> None:
    """Let every member send a message with mentions, save messages, react, pin and vote."""
    room, other = seeded.rooms[place], seeded.people["other"]
    for role in ("owner", "moderator", "member", "former", "other"):
        text = f"{SECRET} of {role}, for @former, @member and @owner: https://example.org/{SECRET}"
        sent, _new = await messages.send(seeded.people[role], room, text, f"said-{place}-{role}")
        seeded.messages[place, role] = MessageRef(sent.seq, sent.message_id)
        later = SECRET if role == "other" else "Later"
        await _schedule(seeded, room, role, f"later-{place}-{role}", later)
    for role in ("owner", "member", "former"):
        await bookmarks.save(seeded.people[role], room, seeded.messages[place, "other"].seq)
        await reactions.add(seeded.people[role], room, seeded.messages[place, "other"].seq, "👍")
    answer, _new = await messages.send(
        other, room, SECRET, f"answer-{place}", reply_to=seeded.messages[place, "former"].seq
    )
    seeded.messages[place, "answer"] = MessageRef(answer.seq, answer.message_id)
    poll, _new = await polls.send(other, room, SECRET, ["Yes", "No"], f"poll-{place}")
    seeded.messages[place, "poll"] = MessageRef(poll.seq, poll.message_id)
    for role in ("owner", "member", "former"):
        await polls.vote(seeded.people[role], room, poll.seq, [1])
    await pins.pin(seeded.people["owner"], room, answer.seq)
    await reports.report(other, room, seeded.messages[place, "former"].seq, SECRET)
    [found] = (await reports.list_all(seeded.people["administrator"]))[:1]
    seeded.ids[f"report-{place}"] = found.report_id
    seeded.messages[place, "file"] = await _send_file(other, room, f"file-of-{place}")


def _show_previews(session: Session, seeded: SeededApp) -> None:
    """Give all messages of members the preview of their link."""
    preview = LinkPreview(address_hash=SECRET, url=f"https://example.org/{SECRET}", title=SECRET)
    session.add(preview)
    session.flush()
    size = {"size": len(SECRET), "width": 1, "height": 1}
    session.add(
        LinkPicture(
            preview_id=preview.id,
            hash=SECRET,
            is_large=True,
            alt=SECRET,
            content=SECRET.encode(),
            **size,
        )
    )
    session.add_all(
        MessageLink(message_id=ref.message_id, address_hash=SECRET, preview_id=preview.id)
        for (_place, role), ref in seeded.messages.items()
        if role not in {"answer", "poll", "file", "sticker", "moving"}
    )


def _keep_stickers(session: Session, seeded: SeededApp) -> None:
    """Give each role a sticker; nobody looks at the file."""
    for role in (*ROLES, "other"):
        sticker = Sticker(
            user_id=seeded.people[role].user_id,
            hash=HASH_OF_STICKER,
            name=SECRET if role == "other" else "party",
            size=1,
            width=1,
            height=1,
            is_animated=False,
        )
        session.add(sticker)
        session.flush()
        seeded.ids[f"sticker-{role}"] = sticker.id or 0


async def _send_sticker(seeded: SeededApp, place: str) -> None:
    other, sticker = seeded.people["other"], seeded.ids["sticker-other"]
    number = f"sticker-in-{place}"
    sent, _new = await stickers.send(other, seeded.rooms[place], sticker, number)
    seeded.messages[place, "sticker"] = MessageRef(sent.seq, sent.message_id)


async def _send_moving(seeded: SeededApp, place: str) -> None:
    """Send a picture that moves; nobody looks at the file."""
    other, room = seeded.people["other"], seeded.rooms[place]
    sent, _new = await messages.send(other, room, SECRET, f"moving-in-{place}")
    file = seeded.messages[place, "file"]

    def make_it_one(session: Session) -> None:
        session.get_one(Message, sent.message_id).kind = MessageKind.FILE
        facts = session.get_one(Attachment, file.message_id).model_dump(
            exclude={"message_id", "name", "kind", "is_animated"}
        )
        session.add(
            Attachment(
                message_id=sent.message_id,
                name=f"{SECRET}.gif",
                kind=FileKind.PICTURE,
                is_animated=True,
                **facts,
            )
        )

    await database.write(make_it_one)
    seeded.messages[place, "moving"] = MessageRef(sent.seq, sent.message_id)


async def _create_webhooks(seeded: SeededApp) -> None:
    """Give each room a webhook, except conversations, which have none."""
    owner = seeded.people["owner"]
    for place in PLACES:
        if place != "direct":
            await webhooks.create(owner, seeded.rooms[place], f"{SECRET} {place}")
            [found] = await webhooks.of_room(owner, seeded.rooms[place])
            seeded.ids[f"webhook-{place}"] = found.webhook_id


async def _send_file(viewer: CurrentUser, room: int, client_id: str) -> MessageRef:
    secret = SECRET.encode()
    async with uploads.receive(viewer, room, len(secret)) as upload:
        await upload.write(secret)
        sent, _new = await upload.send(uploads.UploadFields(f"{SECRET}.txt", SECRET, client_id))
    return MessageRef(sent.seq, sent.message_id)


async def _leave(seeded: SeededApp) -> None:
    """Remove the former member, and archive and restrict the rooms of these kinds."""
    owner, former = seeded.people["owner"], seeded.people["former"]
    for place in ("private", "public", "archived"):
        await memberships.remove(owner, seeded.rooms[place], former.user_id, SECRET)
    for place in ("announcements", "direct"):
        await memberships.leave(former, seeded.rooms[place])
    await settings.archive(owner, seeded.rooms["archived"], on=True)
    await settings.announce(owner, seeded.rooms["announcements"], on=True)

"""What a test puts into the database beforehand, as another program would, and what it finds there.

It is synchronous, because Playwright's own loop runs while a test does.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, delete, func, insert, select, update

from models import (
    Attachment,
    Block,
    EncryptedMessage,
    FileKind,
    LinkPicture,
    LinkPreview,
    LoginSession,
    Membership,
    Message,
    MessageKind,
    MessageLink,
    Poll,
    PushSubscription,
    Role,
    Room,
    RoomKind,
    SavedMessage,
    User,
)
from models.clock import now
from services.accounts.names.name_rules import skeleton
from services.accounts.names.name_search import indexed
from services.core.collation import sort_key
from services.rooms.encryption import ALGORITHM
from tests import postgres
from tests.linked_site import painted


def make_room(data: Path, name: str, people: Sequence[str], kind: str = RoomKind.PRIVATE) -> int:
    """Make a room that the first of `people` owns; return its number."""
    with _session(data) as session:
        room = Room(kind=kind, name=name, **_name_columns(name))
        session.add(room)
        session.flush()
        for person in people:
            role = Role.OWNER if person == people[0] else Role.MEMBER
            session.add(Membership(room_id=room.id or 0, user_id=_user(session, person), role=role))
        return room.id or 0


def make_rooms(data: Path, names: Sequence[str], person: str) -> None:
    """Make many private rooms that somebody is alone in."""
    with _session(data) as session:
        user_id = _user(session, person)
        rooms = [{"kind": RoomKind.PRIVATE, "name": name, **_name_columns(name)} for name in names]
        made = session.scalars(insert(Room).returning(col(Room.id)), rooms)
        members = [{"room_id": room_id, "user_id": user_id, "role": Role.OWNER} for room_id in made]
        session.connection().execute(insert(Membership), members)


def _name_columns(name: str) -> dict[str, Any]:
    """Return what belongs to the name of a room."""
    return {
        "name_key": skeleton(name),
        "search_name": indexed(name),
        "sort_key": sort_key(name) if name else b"",
    }


def crowd(data: Path, room_id: int, count: int) -> None:
    """Put that many people into a room, `guest0` and so on."""
    with _session(data) as session:
        for number in range(count):
            name = f"guest{number}"
            user = User(
                username=name,
                username_key=name,
                skeleton=f"skeleton of {name}",
                display_name=name,
                search_name=indexed(name),
                sort_key=sort_key(name),
                hue=number % 360,
                password_hash="none",
            )
            session.add(user)
            session.flush()
            session.add(Membership(room_id=room_id, user_id=user.id or 0))


def put_preview(data: Path, room_id: int, seq: int, url: str) -> None:
    """Give a message the preview of its link, with a picture."""
    with _session(data) as session:
        room = session.get_one(Room, room_id)
        message = session.exec(
            select(Message).where(Message.room_id == room_id, Message.seq == seq)
        ).one()
        room.last_change += 1
        message.change = room.last_change
        said = {"site": "Plans & Co", "title": "The plan", "description": "What to do, and when"}
        preview = LinkPreview(address_hash="x", url=url, **said)
        session.add(preview)
        session.flush()
        picture = painted(640, 336, kind="WEBP")
        session.add(
            LinkPicture(
                preview_id=preview.id,
                hash=hashlib.sha256(picture).hexdigest(),
                size=len(picture),
                width=640,
                height=336,
                is_large=True,
                alt="A page of the plan",
                content=picture,
            )
        )
        session.add(
            MessageLink(message_id=message.id or 0, address_hash="x", preview_id=preview.id)
        )


def put_messages(
    data: Path, room_id: int, texts: Sequence[str], *, author: str, times: Sequence[datetime] = ()
) -> None:
    """Add messages to a room; unless `times` are given, the last is a minute old."""
    start = now() - timedelta(minutes=len(texts))
    with _session(data) as session:
        room = session.get_one(Room, room_id)
        author_id = _user(session, author)
        for number, text in enumerate(texts):
            room.last_seq += 1
            session.add(
                Message(
                    room_id=room_id,
                    seq=room.last_seq,
                    author_id=author_id,
                    client_message_id=f"seeded-{room_id}-{room.last_seq}",
                    text=text,
                    created_at=times[number] if times else start + timedelta(minutes=number),
                )
            )
        session.add(room)


def put_encrypted(data: Path, room_id: int, kinds: Sequence[str], *, author: str) -> None:
    """Encrypt a room, and add messages of these kinds, whose text no page has ever had."""
    content = json.dumps({"algorithm": ALGORITHM, "ciphertext": "AwgAEnACgAkLmt6qF84IK"})
    with _session(data) as session:
        room = session.get_one(Room, room_id)
        room.encryption = json.dumps({"algorithm": ALGORITHM})
        for kind in kinds:
            room.last_seq += 1
            message = Message(
                room_id=room_id,
                seq=room.last_seq,
                author_id=_user(session, author),
                client_message_id=f"encrypted-{room_id}-{room.last_seq}",
                kind=kind,
                text="",
            )
            session.add(message)
            session.flush()
            session.add(EncryptedMessage(message_id=message.id or 0, content=content))
        session.add(room)


def delete_messages(data: Path, room_id: int, upto: int) -> None:
    """Note that the messages of a room up to this one are deleted."""
    gone = (col(Message.room_id) == room_id) & (col(Message.seq) <= upto)
    with _session(data) as session:
        session.connection().execute(update(Message).where(gone).values(text="", deleted_at=now()))


def put_files(data: Path, room_id: int, names: Sequence[str], *, author: str) -> None:
    """Add messages that bring files to a room; nothing is kept of what is in them."""
    with _session(data) as session:
        room = session.get_one(Room, room_id)
        author_id = _user(session, author)
        for name in names:
            room.last_seq += 1
            message = Message(
                room_id=room_id,
                seq=room.last_seq,
                author_id=author_id,
                client_message_id=f"seeded-{room_id}-{room.last_seq}",
                kind=MessageKind.FILE,
                text="",
            )
            session.add(message)
            session.flush()
            session.add(
                Attachment(
                    message_id=message.id or 0,
                    user_id=author_id,
                    hash="0" * 64,
                    name=name,
                    size=1,
                    kind=FileKind.OTHER,
                    media_type="application/octet-stream",
                )
            )
        session.add(room)


def mark_read(data: Path, room_id: int, person: str, seq: int) -> None:
    """Note that somebody has read a room so far."""
    with _session(data) as session:
        membership = session.get_one(Membership, (room_id, _user(session, person)))
        membership.last_read_seq = seq
        session.add(membership)


def wait_until_read(data: Path, room_id: int, person: str, *, seq: int) -> None:
    """Wait until it is stored that somebody has read a room up to a message."""

    def is_read(session: Session) -> bool:
        membership = session.get_one(Membership, (room_id, _user(session, person)))
        return membership.last_read_seq >= seq

    _wait_until(data, is_read, f"{person} has not read {seq} in room {room_id}")


def wait_until_saved(data: Path, room_id: int, person: str, *, seq: int) -> None:
    """Wait until it is stored that somebody has saved a message."""

    def is_saved(session: Session) -> bool:
        saved = (
            select(SavedMessage)
            .join(Message)
            .where(
                SavedMessage.user_id == _user(session, person),
                Message.room_id == room_id,
                Message.seq == seq,
            )
        )
        return session.exec(saved).first() is not None

    _wait_until(data, is_saved, f"{person} has not saved {seq} in room {room_id}")


def wait_until_no_device(data: Path) -> None:
    """Wait until it is stored that no device wants notifications."""
    _wait_until(
        data,
        lambda session: session.exec(select(PushSubscription.id)).first() is None,
        "a device still wants notifications",
    )


def _wait_until(data: Path, is_so: Callable[[Session], bool], complaint: str) -> None:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        with _session(data) as session:
            if is_so(session):
                return
        time.sleep(0.05)
    raise AssertionError(complaint)


def block(data: Path, person: str, other: str) -> None:
    """Note that somebody has blocked another."""
    with _session(data) as session:
        pair = {"user_id": _user(session, person), "blocked_id": _user(session, other)}
        session.add(Block(**pair))


def archive(data: Path, room_id: int, *, on: bool = True) -> None:
    """Archive a room, or open it again."""
    with _session(data) as session:
        room = session.get_one(Room, room_id)
        room.archived_at = now() if on else None
        session.add(room)


def close_polls_in(data: Path, room_id: int, seconds: float) -> None:
    """Have the polls of a room close by themselves so soon."""
    with _session(data) as session:
        ids = select(Message.id).where(Message.room_id == room_id)
        for poll in session.exec(select(Poll).where(col(Poll.message_id).in_(ids))):
            poll.closes_at = now() + timedelta(seconds=seconds)
            session.add(poll)


def leave_rooms(data: Path, people: Sequence[str]) -> None:
    """Take people out of every room but the Lobby, so that no earlier test is in their lists.

    Direct conversations begin again: in one that was left, only one of them would be.
    """
    users = select(User.id).where(col(User.username).in_(people))
    lobby = select(func.min(Room.id)).scalar_subquery()
    theirs = col(Membership.user_id).in_(users) & (col(Membership.room_id) != lobby)
    with _session(data) as session:
        session.connection().execute(delete(Membership).where(theirs))
        session.connection().execute(update(Room).values(people_key=None))


def read_everything(data: Path) -> None:
    """Note that everybody has read everything, so that no earlier test counts in a title."""
    last = select(Room.last_seq).where(Room.id == col(Membership.room_id)).scalar_subquery()
    everywhere = update(Membership).values(last_read_seq=last, unread_from=0)
    unread = (col(Membership.last_read_seq) != last) | (col(Membership.unread_from) != 0)
    with _session(data) as session:
        session.connection().execute(everywhere.where(unread))


def confirm(data: Path) -> None:
    """Note that everybody has just given their password, which administrators are asked for."""
    with _session(data) as session:
        session.connection().execute(update(LoginSession).values(confirmed_at=now()))


def texts(data: Path, room_id: int) -> list[str]:
    """Return what was said in a room, in order."""
    with _session(data) as session:
        found = session.exec(
            select(Message.text).where(Message.room_id == room_id).order_by(col(Message.seq))
        )
        return list(found)


def _user(session: Session, name: str) -> int:
    return session.exec(select(User.id).where(User.username == name)).one() or 0


@contextmanager
def _session(data: Path) -> Iterator[Session]:
    engine = postgres.engine(data)
    with Session(engine) as session:
        yield session
        if postgres.SERVER:
            from services.search.tsvector import indexing

            session.flush()
            indexing.store(session.connection())
        session.commit()
    engine.dispose()

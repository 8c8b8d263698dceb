"""Encrypted rooms: nothing goes to them that the chat could read, by whatever way."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlmodel import Session, func, select

from models import (
    Attachment,
    EncryptedMessage,
    Message,
    MessageVersion,
    Poll,
    ScheduledMessage,
    Sticker,
)
from services.core import events
from services.core.dto import MessageView
from services.core.errors import Forbidden, NotFound, ServiceError
from services.core.i18n import set_language
from services.core.limits.rate_limited import by_itself
from services.db import database
from services.files import forwarding, gifs, pending, uploads
from services.files.pending import MediaFields
from services.files.stickers import stickers
from services.messages import (
    bookmarks,
    edits,
    encrypted,
    messages,
    pins,
    polls,
    preview,
    reactions,
    reports,
    statistics,
    summary,
)
from services.messages.scheduling import scheduled, scheduler
from services.rooms import encryption, purge, quick_search, rooms, settings, typing
from services.rooms.members import direct_messages, memberships
from services.rooms.reading import read_positions
from services.search import search
from services.webhooks import posting, webhooks
from tests.conftest import HERE, People
from tests.services.files.stickers.test_stickers import picture
from tests.services.files.stickers.test_stickers import upload as make_sticker
from tests.services.files.test_pending import upload
from tests.services.messages.scheduling.test_scheduled import at, plan
from tests.services.messages.scheduling.test_scheduler import a_round, refusal
from tests.upload_client import new_message_id
from tests.upload_client import send as send_file

PROJECT = Path(__file__).parent.parent.parent.parent
LOBBY = 1
CONTENT: dict[str, Any] = {"algorithm": encryption.ALGORITHM, "ciphertext": "AwgBEn"}


async def say(people: People, viewer: Any = None, **more: Any) -> MessageView:
    """Send something encrypted."""
    sent, is_new = await encrypted.send(
        viewer or people.asha, people.room, new_message_id(), CONTENT, **more
    )
    assert is_new
    return sent


class Prepared:
    """What there is before a room is encrypted, to write something with it afterwards."""

    def __init__(self, people: People) -> None:
        self.people, self.asha, self.room = people, people.asha, people.room

    async def make(self) -> None:
        """Write and upload what is needed."""
        said, _new = await messages.send(self.asha, self.room, "Before", new_message_id())
        self.said = said.seq
        elsewhere, _new = await messages.send(self.asha, LOBBY, "Elsewhere", new_message_id())
        self.elsewhere = elsewhere.seq
        moving = picture("red", "blue", kind="GIF")
        self.gif = (await send_file(self.asha, LOBBY, moving, name="ball.gif")).seq
        self.sticker = await make_sticker(self.asha, picture("red"))
        self.file = await upload(self.asha)
        self.token = await webhooks.create(self.asha, self.room, "Grafana")
        self.later = await plan(self.people, "Later")


Way = Callable[[Prepared], Awaitable[Any]]


async def _forward(at: Prepared) -> None:
    await forwarding.forward(
        at.asha, LOBBY, at.elsewhere, to_room=at.room, client_message_id=new_message_id()
    )


async def _post(at: Prepared) -> None:
    await posting.post(await posting.find(HERE, at.token), "Disk is full")


async def _send_uploaded(at: Prepared) -> None:
    await pending.send(
        at.asha, at.room, at.file, MediaFields(client_message_id=new_message_id(), text="Look")
    )


async def _begin_upload(at: Prepared) -> None:
    async with uploads.receive(at.asha, at.room, 5) as receiver:
        await receiver.write(b"notes")


async def _end_upload(at: Prepared) -> None:
    """An upload that began before the room was encrypted."""
    async with uploads.incoming_file(at.asha.user_id, 5) as incoming:
        receiver = uploads.Upload(at.asha, at.room, incoming)
        await receiver.write(b"notes")
        await receiver.send(uploads.UploadFields("notes.txt", "", new_message_id()))


WAYS: dict[str, Way] = {
    "messages.messages.send": lambda at: messages.send(at.asha, at.room, "Hi", new_message_id()),
    "messages.messages.send a reply": lambda at: messages.send(
        at.asha, at.room, "Hi", new_message_id(), reply_to=at.said
    ),
    "messages.edits.edit": lambda at: edits.edit(at.asha, at.room, at.said, "Changed"),
    "messages.edits.text_of": lambda at: edits.text_of(at.asha, at.room, at.said),
    "messages.polls.send": lambda at: polls.send(
        at.asha, at.room, "When?", ["Now", "Later"], new_message_id()
    ),
    "messages.scheduling.scheduled.schedule": lambda at: plan(at.people, "Even later"),
    "messages.scheduling.scheduler.send_now": lambda at: scheduler.send_now(at.asha, at.later),
    "messages.preview.render": lambda at: preview.render(at.asha, at.room, "Hi"),
    "files.forwarding.forward": _forward,
    "files.gifs.send": lambda at: gifs.send(at.asha, at.room, (LOBBY, at.gif), new_message_id()),
    "files.pending.send": _send_uploaded,
    "files.stickers.stickers.send": lambda at: stickers.send(
        at.asha, at.room, at.sticker.sticker_id, new_message_id()
    ),
    "files.uploads.receive": _begin_upload,
    "files.uploads.save": _end_upload,
    "webhooks.posting.post": _post,
}
STORED = (Message, MessageVersion, Attachment, Poll, ScheduledMessage, Sticker, EncryptedMessage)


async def counts() -> list[int]:
    def query(session: Session) -> list[int]:
        return [session.exec(select(func.count()).select_from(each)).one() for each in STORED]

    return await database.read(query)


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_that_the_chat_could_read(people: People, way: str) -> None:
    prepared = Prepared(people)
    await prepared.make()
    await encryption.switch_on(people.asha, people.room)
    before = await counts()
    with pytest.raises(Forbidden, match="This room is encrypted"):
        await WAYS[way](prepared)
    assert await counts() == before
    assert (await messages.get(people.asha, people.room, prepared.said)).text == "Before"


def test_these_are_all_ways_to_store_a_message() -> None:
    """Whoever calls `insert` is among those tried above, or encrypts."""
    found = {
        ".".join(path.relative_to(PROJECT / "services").with_suffix("").parts)
        for path in (PROJECT / "services").rglob("*.py")
        if re.search(r"\b(messages|uploads)\.insert\(", path.read_text(encoding="utf-8"))
    }
    tried = {way.split(" ")[0].rpartition(".")[0] for way in WAYS}
    assert found - tried == {"messages.encrypted"}
    stores = [
        path.name
        for path in (PROJECT / "services").rglob("*.py")
        if re.search(
            r"insert\(_table\(Message\)|[^A-Za-z]Message\(\s*(id|room_id)=",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert sorted(stores) == ["messages.py", "purge.py"]  # that keeps the place of a deleted one


async def test_what_waits_is_refused_and_its_author_told(
    people: People, published: list[Any]
) -> None:
    key = await plan(people, "Later")
    await scheduled.schedule(people.asha, LOBBY, "Elsewhere", "elsewhere-1", at(hours=1))
    await encryption.switch_on(people.asha, people.room)
    told = [each for each in published if isinstance(each, events.ScheduledChanged)]
    assert told[-1] == events.ScheduledChanged(people.asha.user_id, people.room, is_refused=True)
    assert "encrypted" in await refusal(people.asha, key)
    assert await refusal(people.asha, "elsewhere-1") == ""
    with by_itself():
        [view, _other] = sorted(
            await scheduled.mine(people.asha), key=lambda each: each.text, reverse=True
        )
    assert (view.text, view.may_write) == ("Later", False)
    await a_round()
    assert "encrypted" in await refusal(people.asha, key)


async def test_a_refusal_is_in_the_language_of_its_author(people: People) -> None:
    set_language("hi")
    key = await plan(people, "Later")
    set_language("en")
    await encryption.switch_on(people.asha, people.room)
    assert "एन्क्रिप्टेड" in await refusal(people.asha, key)


async def test_what_was_said_before_stays(people: People) -> None:
    said, _new = await messages.send(people.asha, people.room, "Where is the key?", "before-1")
    await encryption.switch_on(people.asha, people.room)
    found = await search.find(people.ben, "key")
    assert [each.message.seq for each in found.hits] == [said.seq]
    forwarded = await forwarding.forward(
        people.ben, people.room, said.seq, to_room=LOBBY, client_message_id=new_message_id()
    )
    assert forwarded.text == "Where is the key?"
    await say(people, reply_to=said.seq)
    assert (await messages.get(people.ben, people.room, 2)).quote is not None


async def test_what_works_as_anywhere(people: People) -> None:
    await encryption.switch_on(people.asha, people.room)
    sent = await say(people)
    assert (sent.text, sent.html, sent.kind, sent.seq) == ("", None, "encrypted", 1)
    await reactions.add(people.ben, people.room, 1, "👍")
    await pins.pin(people.asha, people.room, 1)
    await typing.publish(people.ben, people.room)
    await bookmarks.save(people.ben, people.room, 1)
    await reports.report(people.ben, people.room, 1, "Rude")
    view = next(each for each in await rooms.mine(people.ben) if each.room_id == people.room)
    assert (view.is_encrypted, view.unread) == (True, 1)
    assert view.last is not None
    assert summary.of_last(view.last).kind == summary.of(sent).kind == "encrypted"
    assert sum(count for _day, count in (await statistics.of_room(people.ben, people.room)).days)
    await memberships.add(people.asha, people.room, "chen")


async def test_edits_count_nowhere(people: People) -> None:
    await encryption.switch_on(people.asha, people.room)
    sent = await say(people)
    read_positions.mark_read(people.ben, people.room, 1)
    edit = await say(people, replaces=sent.message_id)
    assert edit.kind == "encrypted_edit"
    assert [each.unread for each in await rooms.mine(people.ben)] == [0, 0]
    assert (await messages.get(people.ben, people.room, 1)).edited_at is not None
    found = await search.find(people.ben, "from:asha")
    assert edit.seq not in [each.message.seq for each in found.hits]
    counted = await statistics.of_room(people.ben, people.room)
    assert sum(count for _day, count in counted.days) == 1
    for act in (reactions.add, pins.pin, bookmarks.save, messages.get):
        with pytest.raises(NotFound):
            await act(people.asha, people.room, edit.seq, *(["👍"] if act is reactions.add else []))


async def test_what_is_encrypted_is_not_forwarded(people: People) -> None:
    await encryption.switch_on(people.asha, people.room)
    sent = await say(people)
    with pytest.raises(ServiceError, match="Forward it with your app"):
        await forwarding.forward(
            people.asha, people.room, sent.seq, to_room=LOBBY, client_message_id=new_message_id()
        )
    with pytest.raises(ServiceError):
        await edits.edit(people.asha, people.room, sent.seq, "Changed")


async def test_two_conversations_of_the_same_people(people: People) -> None:
    plain = await direct_messages.open(people.asha, ["ben"])
    apart = await direct_messages.open(people.asha, ["ben"], encryption=CONTENT)
    assert plain != apart
    assert await direct_messages.open(people.ben, ["asha"]) == plain
    assert await direct_messages.open(people.ben, ["asha"], encryption=CONTENT) == apart
    notes = await direct_messages.open(people.asha, [], encryption=CONTENT)
    assert notes != await direct_messages.open(people.asha, [])
    found = await quick_search.find(people.asha, "ben")
    assert [each.room_id for each in found if each.kind == "direct"] == [plain, apart]
    targets = await quick_search.find(people.asha, "ben", among=quick_search.Among.TARGETS)
    assert apart not in [each.room_id for each in targets]


async def test_files_are_sent_before(people: People) -> None:
    message = await send_file(people.asha, people.room)
    await encryption.switch_on(people.asha, people.room)
    assert replace(message, change=0).file is not None
    with pytest.raises(Forbidden):
        await send_file(people.asha, people.room)


async def test_a_deleted_room_leaves_nothing(people: People) -> None:
    await encryption.switch_on(people.asha, people.room)
    sent = await say(people)
    await say(people, replaces=sent.message_id)
    await settings.delete(people.asha, people.room, "Study group")
    await purge.wait()
    assert (await counts())[STORED.index(EncryptedMessage)] == 0

"""Files that apps upload first: they are their owner's until a message takes them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from models import PendingFile
from models.clock import now
from services.backup import snapshot
from services.core import app_context
from services.core.disk import data_folder
from services.core.dto import CurrentUser, MessageView
from services.core.errors import NotFound, ServiceError, TooLarge
from services.db import database
from services.files import avatars, files, media, orphans, pending, quotas
from services.files.check import Check
from services.files.pending import MediaFields
from services.messages import edits
from services.rooms.members import memberships
from tests import postgres
from tests.conftest import People
from tests.services.files.test_previews import picture
from tests.upload_client import file_sizes, new_message_id, stored_files
from tests.upload_client import send as send_at_once

LOBBY = 1


async def upload(viewer: CurrentUser, data: bytes = b"notes", name: str = "notes.txt") -> str:
    """Upload a file; return its id."""
    async with pending.receive(viewer, len(data)) as receiver:
        await receiver.write(data)
        return await receiver.save(name)


async def send(
    viewer: CurrentUser, room: int, media_id: str, *, number: str = "", **more: object
) -> MessageView:
    fields = MediaFields(client_message_id=number or new_message_id(), **more)  # type: ignore[arg-type]
    message, _is_new = await pending.send(viewer, room, media_id, fields)
    return message


def stored_here() -> set[str]:
    return set(file_sizes(app_context.current().settings.data))


async def waiting() -> list[str]:
    return list(
        await database.read(lambda session: session.exec(select(PendingFile.media_id)).all())
    )


async def test_a_file_is_sent_after_it_was_uploaded(people: People) -> None:
    media_id = await upload(people.asha)
    sent = await send(people.asha, people.room, media_id, text="Look **here**")
    assert sent.file is not None
    assert (sent.file.name, sent.file.size, sent.file.kind) == ("notes.txt", 5, "text")
    assert (sent.text, sent.html) == ("Look **here**", "<p>Look <strong>here</strong></p>")
    assert sent.file.media_id == media_id
    assert await waiting() == []
    found = await files.find(people.ben, people.room, sent.seq)
    assert found.view == sent.file
    assert len(await stored_files()) == 1
    # Both ids are of it, for whoever is in the room.
    for name in (media_id, f"m{sent.message_id}"):
        assert (await media.find(people.ben, name)).view == sent.file
        with pytest.raises(NotFound):
            await media.find(people.chen, name)


async def test_nobody_else_has_a_file_that_was_not_sent(people: People) -> None:
    media_id = await upload(people.asha, b"secret")
    assert (await media.find(people.asha, media_id)).view.size == 6
    for other in (people.ben, people.chen):
        with pytest.raises(NotFound):
            await media.find(other, media_id)
        with pytest.raises(NotFound):
            await send(other, LOBBY, media_id)
    assert await waiting() == [media_id]


async def test_a_picture_of_a_person_waits_for_no_message(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id = await upload(people.asha, picture(), "me.png")
    with pytest.raises(NotFound):
        await avatars.use(people.ben, media_id)
    with monkeypatch.context() as patch:
        set_limits(patch, files_per_person=1)
        with pytest.raises(quotas.QuotaExceeded):
            await avatars.use(people.asha, media_id)
    assert await waiting() == [media_id]  # one can try again
    await avatars.use(people.asha, media_id)
    assert await waiting() == []
    assert await stored_files() == set()


async def test_a_file_of_another_room_is_not_sent(people: People) -> None:
    sent = await send_at_once(people.ben, people.room)
    with pytest.raises(NotFound):
        await send(people.chen, LOBBY, f"m{sent.message_id}")
    forwarded = await send(people.asha, LOBBY, f"m{sent.message_id}")
    assert forwarded.is_forwarded
    again = await send(people.ben, LOBBY, f"m{sent.message_id}", name="other.txt")
    assert not again.is_forwarded
    assert again.file is not None
    assert again.file.name == "other.txt"
    assert len(await stored_files()) == 1


async def test_a_repeated_send_is_the_same_message(people: People) -> None:
    media_id = await upload(people.asha)
    first = await send(people.asha, people.room, media_id, number="number-0001")
    again = await send(people.asha, people.room, media_id, number="number-0001")
    assert again == first
    # The same upload in another room is a message of its own.
    other = await send(people.asha, LOBBY, media_id)
    assert other.message_id != first.message_id
    assert not other.is_forwarded
    await edits.delete(people.asha, people.room, first.seq)
    with pytest.raises(NotFound):
        await send(people.asha, people.room, media_id)
    assert (await media.find(people.asha, f"m{other.message_id}")).view.size == 5


async def test_who_was_removed_gets_nothing_more(people: People) -> None:
    media_id = await upload(people.asha)
    await send(people.asha, people.room, media_id)
    assert await media.find(people.ben, media_id)
    await memberships.remove(people.asha, people.room, people.ben.user_id)
    with pytest.raises(NotFound):
        await media.find(people.ben, media_id)


async def test_what_is_not_sent_expires(people: People) -> None:
    kept, old = await upload(people.asha, b"new"), await upload(people.asha, b"old")
    await orphans.collect()
    assert set(await waiting()) == {kept, old}
    assert len(stored_here()) == 2

    def age(session: object) -> None:
        found = session.get(PendingFile, old)  # type: ignore[attr-defined]
        found.created_at = now() - orphans.PENDING_FOR - timedelta(seconds=1)

    await database.write(age)
    await orphans.collect()
    assert await waiting() == [kept]
    assert len(stored_here()) == 1
    with pytest.raises(NotFound, match="Upload it again"):
        await send(people.asha, people.room, old)


async def test_what_waits_counts_towards_the_quota(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, files_per_person=10, file_size=8)
    await upload(people.asha, b"sixsix")
    with pytest.raises(quotas.QuotaExceeded):
        await upload(people.asha, b"fives")
    with pytest.raises(TooLarge):
        await upload(people.ben, b"ninebytes")
    first = await upload(people.ben, b"sixsix")
    await send(people.ben, people.room, first)
    with pytest.raises(quotas.QuotaExceeded):
        await upload(people.ben, b"fives")


async def test_only_so_many_wait(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "MAX_PENDING", 2)
    first, _second = [await upload(people.asha, b"x") for _time in range(2)]
    with pytest.raises(quotas.QuotaExceeded, match="2 files"):
        await upload(people.asha, b"x")
    await send(people.asha, people.room, first)
    assert await upload(people.asha, b"x")


async def test_kinds_that_are_not_accepted(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    media_id = await upload(people.asha)
    set_limits(monkeypatch, files_refused="exe,text")
    with pytest.raises(ServiceError, match=r"\(exe\)"):
        await upload(people.asha, b"MZ", "game.exe")
    with pytest.raises(ServiceError, match=r"\(exe\)"):
        await send(people.asha, people.room, media_id, name="game.exe")
    with pytest.raises(ServiceError, match=r"\(text\)"):
        await send(people.asha, people.room, media_id)
    assert await waiting() == [media_id]


@postgres.sqlite_only
async def test_a_backup_has_what_waits(people: People) -> None:
    media_id = await upload(people.asha)
    data = app_context.current().settings.data
    digest = (await media.find(people.asha, media_id)).hash
    named = snapshot.file_names(data / data_folder.DATABASE)
    assert [each for each in named if digest in each]
    assert list(Check(data).run()) == []


def set_limits(monkeypatch: pytest.MonkeyPatch, **limits: object) -> None:
    """Change settings of the running app."""
    opened = app_context.current()
    settings = opened.settings.model_copy(update=limits)
    monkeypatch.setattr(app_context, "_current", replace(opened, settings=settings))

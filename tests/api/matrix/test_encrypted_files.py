"""Files of encrypted messages: the chat does not know which message an upload belongs to."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import update

from models import PendingFile
from models.clock import now
from services.core import app_context
from services.core.errors import NotFound
from services.db import database
from services.files import kept_files, orphans, pending
from services.files.pending import MediaFields
from services.rooms import encryption
from services.rooms.members import invitations, memberships
from tests.api.matrix.app import App
from tests.api.matrix.test_bad_input import path, refused
from tests.api.matrix.test_encrypted_rooms import MEGOLM
from tests.api.matrix.test_media import OLD, get, upload
from tests.conftest import People
from tests.upload_client import file_sizes, new_message_id

BLOB = bytes(range(256)) * 4
LOBBY = 1


async def age(days: int) -> None:
    """Let all uploads be so much older."""
    await database.write(
        lambda session: session.exec(
            update(PendingFile).values(created_at=now() - timedelta(days=days))
        )
    )


async def status(app: App, url: str) -> int:
    return (await get(app, url)).status_code


async def test_who_shares_an_encrypted_room_with_its_owner(
    people: People, asha: App, ben: App, chen: App
) -> None:
    before = await upload(asha, BLOB, "")
    assert [await status(each, before) for each in (asha, ben, chen)] == [200, 404, 404]
    await encryption.switch_on(people.asha, people.room)
    url = await upload(asha, BLOB, "")
    answer = await get(ben, url)
    assert (answer.status_code, answer.content) == (200, BLOB)
    assert answer.headers["content-type"] == "application/octet-stream"
    refused(await get(chen, url), 404, "M_NOT_FOUND")
    refused(await get(ben, url[:-1] + ("0" if url[-1] != "0" else "1")), 404, "M_NOT_FOUND")
    await memberships.remove(people.asha, people.room, people.ben.user_id)
    refused(await get(ben, url), 404, "M_NOT_FOUND")
    assert await status(asha, url) == 200


async def test_nobody_else_sends_it_or_shows_it_as_their_own(people: People, asha: App) -> None:
    await encryption.switch_on(people.asha, people.room)
    url = await upload(asha, BLOB, "")
    media_id = url.rpartition("/")[2]
    with pytest.raises(NotFound):
        await pending.send(
            people.ben, LOBBY, media_id, MediaFields(client_message_id=new_message_id())
        )
    assert await status(asha, url) == 200
    sent, _new = await pending.send(
        people.asha, LOBBY, media_id, MediaFields(client_message_id=new_message_id())
    )
    assert sent.file is not None
    assert (await kept_files.mine(people.asha)).files == 0


async def test_it_stays_until_its_owner_deletes_it(people: People, asha: App, ben: App) -> None:
    expiring = await upload(asha, b"expires", "")
    await encryption.switch_on(people.asha, people.room)
    old = await upload(asha, b"old", "")
    await age(10)
    new = await upload(asha, b"new!", "")
    await orphans.collect()
    assert [await status(asha, each) for each in (expiring, old, new)] == [404, 200, 200]
    assert await kept_files.mine(people.asha) == kept_files.Held(2, 7)
    assert await kept_files.mine(people.ben) == kept_files.Held(0, 0)
    assert await kept_files.remove(people.ben, older_than_days=0) == 0
    assert await kept_files.remove(people.asha, older_than_days=30) == 0
    assert await kept_files.remove(people.asha, older_than_days=7) == 1
    await orphans.collect()
    assert [await status(ben, each) for each in (old, new)] == [404, 200]
    assert len(file_sizes(app_context.current().settings.data)) == 1
    assert await kept_files.remove(people.asha, older_than_days=-(10**30)) == 1
    await orphans.collect()
    assert not file_sizes(app_context.current().settings.data)


async def test_its_owner_leaves(people: People, asha: App, ben: App) -> None:
    """What they uploaded is nobody else's any more, and is there when they are back."""
    await encryption.switch_on(people.asha, people.room)
    url = await upload(ben, BLOB, "")
    await memberships.leave(people.ben, people.room)
    await age(3)
    await orphans.collect()
    assert (await status(ben, url), await status(asha, url)) == (200, 404)
    await memberships.add(people.asha, people.room, "ben")
    await invitations.accept(people.ben, people.room)
    assert await status(asha, url) == 200


async def test_it_counts_towards_the_quota_but_does_not_wait(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "MAX_PENDING", 1)
    await upload(ben, b"one", "")
    answer = await ben.http.post(f"{OLD}/upload", content=b"two")
    refused(answer, 403, "M_FORBIDDEN")
    await ben.do(
        "POST",
        "/createRoom",
        {"name": "Mine", "initial_state": [{"type": "m.room.encryption", "content": MEGOLM}]},
    )
    for number in range(3):
        await upload(ben, b"file %d" % number, "")
    current = app_context.current()
    small = current.settings.model_copy(update={"files_per_person": 30})
    monkeypatch.setattr(app_context, "_current", replace(current, settings=small))
    answer = await ben.http.post(f"{OLD}/upload", content=b"x" * 20)
    refused(answer, 403, "M_FORBIDDEN")
    assert "Delete some of them first" in answer.json()["error"]
    await upload(ben, b"small", "")


async def test_a_plain_message_takes_no_file_into_an_encrypted_room(
    people: People, asha: App
) -> None:
    await encryption.switch_on(people.asha, people.room)
    url = await upload(asha, BLOB, "")
    content = {"msgtype": "m.file", "body": "notes", "url": url}
    answer = await asha.ask("PUT", path(people.room, "send/m.room.message/1"), content)
    refused(answer, 403, "M_FORBIDDEN")
    answer = await asha.ask("PUT", path(people.room, "send/m.sticker/2"), content)
    refused(answer, 403, "M_FORBIDDEN")
    assert await status(asha, url) == 200

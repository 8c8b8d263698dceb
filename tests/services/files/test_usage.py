"""Storage usage, in total and by person, for administrators."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from services.core import app_context
from services.core.disk import data_folder
from services.core.dto import CurrentUser
from services.core.errors import Forbidden
from services.files import quotas, uploads
from services.files import usage as file_usage
from services.files.usage import Share
from tests import postgres
from tests.conftest import People


async def send(viewer: CurrentUser, room: int, data: bytes, number: int) -> None:
    """Send a file."""
    async with uploads.receive(viewer, room, len(data)) as up:
        await up.write(data)
        await up.send(uploads.UploadFields(name="a.bin", client_message_id=f"number-{number:05}"))


def summary(share: Share) -> tuple[str, int, int]:
    """Return the username, bytes and files of a share."""
    return share.person.username, share.size, share.files


async def test_usage_without_files(people: People) -> None:
    usage = await file_usage.usage(people.asha)
    assert (usage.size, usage.files, usage.largest, usage.others) == (0, 0, [], 0)
    assert 0 < usage.disk_free < usage.disk_size
    assert usage.limits.kept_free == round(usage.disk_size / 20)


async def test_the_total_counts_a_file_once_and_people_each_message(people: People) -> None:
    await send(people.asha, people.room, b"12345", 1)
    await send(people.ben, people.room, b"12345", 2)
    await send(people.ben, people.room, b"12345", 3)
    await send(people.ben, people.room, b"123", 4)
    usage = await file_usage.usage(people.asha)
    assert (usage.size, usage.files) == (8, 2)
    assert [summary(each) for each in usage.largest] == [("ben", 13, 3), ("asha", 5, 1)]
    assert usage.others == 0


async def test_the_rest_is_summed_up(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_usage, "LARGEST", 1)
    await send(people.asha, people.room, b"12345", 1)
    await send(people.asha, people.room, b"123", 2)
    await send(people.ben, people.room, b"123456789", 3)
    usage = await file_usage.usage(people.asha)
    assert [summary(each) for each in usage.largest] == [("ben", 9, 1)]
    assert (usage.others, usage.size_of_others, usage.files_of_others) == (1, 8, 2)


async def test_the_limits_are_those_of_the_settings(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to = {"file_size": 1, "files_per_person": 2, "files_total": 3, "files_refused": "b, .a"}
    settings = app_context.current().settings.model_copy(update=set_to)
    monkeypatch.setattr(app_context, "_current", replace(app_context.current(), settings=settings))
    limits = (await file_usage.usage(people.asha)).limits
    assert (limits.of_file, limits.of_person, limits.of_all) == (1, 2, 3)
    assert limits.refused == ["a", "b"]


async def test_usage_is_for_administrators(people: People) -> None:
    with pytest.raises(Forbidden):
        await file_usage.usage(people.ben)


@postgres.sqlite_only
@pytest.mark.parametrize("query", [file_usage._BY_USER, quotas._TOTAL])
async def test_counting_uses_a_covering_index(people: People, query: Any) -> None:
    sql = query.compile(compile_kwargs={"literal_binds": True})
    with closing(
        sqlite3.connect(app_context.current().settings.data / data_folder.DATABASE)
    ) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    reads = [step for step in plan if "attachments" in step]
    assert reads
    assert all("COVERING INDEX" in step for step in reads), plan

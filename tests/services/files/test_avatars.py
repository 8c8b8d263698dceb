"""Pictures of people: square, in two sizes, by an address of their own, and in the quota."""

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from models import Avatar
from services.accounts import people as profiles
from services.core import app_context, processes
from services.core.dto import CurrentUser
from services.core.errors import NotFound, RateLimited, ServiceError
from services.db import database
from services.files import avatars, quotas
from services.files.decoding import decoding_turns
from services.messages import messages
from tests.conftest import People


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    """Return a picture that is red in the middle and blue at its ends."""
    made = Image.new("RGB", (width, height), "blue")
    side = min(width, height)
    red = Image.new("RGB", (side, side), "red")
    made.paste(red, ((width - side) // 2, (height - side) // 2))
    written = io.BytesIO()
    made.save(written, kind)
    return written.getvalue()


async def upload(viewer: CurrentUser, data: bytes) -> str:
    """Upload a picture; return its hash."""
    async with avatars.receive(viewer, len(data)) as received:
        await received.write(data)
        await received.save()
    return await hash_of(viewer)


async def hash_of(viewer: CurrentUser) -> str:
    return (await profiles.profile(viewer, viewer.username)).avatar


async def used(viewer: CurrentUser) -> int:
    """Return how many bytes count towards a user's quota."""
    statement = quotas._USED_BY
    return await database.read(
        lambda session: (
            session.connection().execute(statement, {"user": viewer.user_id}).scalar_one()
        )
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_the_middle_of_a_picture_is_kept_in_two_sizes(people: People, kind: str) -> None:
    digest = await upload(people.ben, picture(600, 300, kind))
    for small, side in ((False, avatars.LARGE), (True, avatars.SMALL)):
        found = await avatars.find(people.asha, people.ben.user_id, digest, small=small)
        with Image.open(io.BytesIO(found)) as opened:
            assert (opened.format, opened.size) == ("WEBP", (side, side))
            for place in ((1, 1), (side - 2, side // 2)):
                red, green, blue = opened.convert("RGB").getpixel(place)  # type: ignore[misc]
                assert red > 200
                assert max(green, blue) < 60


async def test_whatever_shows_a_person_names_their_picture(people: People) -> None:
    digest = await upload(people.ben, picture(100, 100))
    sent, _new = await messages.send(people.ben, people.room, "hello", "avatar-0001")
    assert sent.author.avatar == digest


async def test_a_new_picture_takes_the_place_of_the_old_one(people: People) -> None:
    first = await upload(people.ben, picture(100, 100))
    second = await upload(people.ben, picture(300, 200))
    assert first != second
    with pytest.raises(NotFound):
        await avatars.find(people.asha, people.ben.user_id, first, small=True)
    assert await avatars.find(people.asha, people.ben.user_id, second, small=True)
    assert len(await database.read(lambda session: session.exec(select(Avatar)).all())) == 1


async def test_it_can_be_removed(people: People) -> None:
    digest = await upload(people.ben, picture(100, 100))
    await avatars.remove(people.ben)
    assert await hash_of(people.ben) == ""
    with pytest.raises(NotFound):
        await avatars.find(people.ben, people.ben.user_id, digest, small=False)
    assert await used(people.ben) == 0


async def test_it_counts_towards_the_quota(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    await upload(people.ben, picture(100, 100))
    assert await used(people.ben) > 100
    opened = app_context.current()
    settings = opened.settings.model_copy(update={"files_per_person": 100})
    monkeypatch.setattr(app_context, "_current", replace(opened, settings=settings))
    with pytest.raises(ServiceError, match="Your files use"):
        await upload(people.asha, picture(100, 100))
    assert await hash_of(people.asha) == ""


@pytest.mark.parametrize("data", [b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(100), b"<svg/>"])
async def test_what_is_no_picture_is_refused(people: People, data: bytes) -> None:
    with pytest.raises(ServiceError, match="JPEG, PNG, GIF or WEBP"):
        await upload(people.ben, data)
    assert await hash_of(people.ben) == ""


async def test_an_empty_file_is_refused(people: People) -> None:
    with pytest.raises(ServiceError, match="empty"):
        await upload(people.ben, b"")


async def test_one_run_of_the_worker_makes_both_sizes(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, run = [], processes.run

    async def count(*arguments: Any, **options: Any) -> Any:
        runs.append(arguments)
        return await run(*arguments, **options)

    monkeypatch.setattr(processes, "run", count)
    await upload(people.ben, picture(100, 100))
    assert len(runs) == 1


async def test_what_waits_for_its_turn_needs_time_left_when_it_comes(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = asyncio.Semaphore(0)
    monkeypatch.setattr(decoding_turns, "_turns", turns)
    waiting = asyncio.create_task(upload(people.ben, picture(100, 100)))
    while not turns._waiters:
        await asyncio.sleep(0)
    app_context.current().rate_limits.decoding.spend(people.ben.user_id, 10_000)
    turns.release()
    with pytest.raises(RateLimited):
        await waiting
    assert not turns.locked()


async def test_a_turn_that_does_not_come_is_given_up(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding_turns, "_turns", asyncio.Semaphore(0))
    monkeypatch.setattr(decoding_turns, "TURN_SECONDS", 0)
    with pytest.raises(ServiceError, match="Try again in a minute"):
        await upload(people.ben, picture(100, 100))
    assert await hash_of(people.ben) == ""

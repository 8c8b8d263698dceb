"""Stickers: made of pictures, still and moving, shared, sent, and let go."""

import io
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from services.backup import snapshot
from services.core import app_context
from services.core.disk import data_folder
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound, ServiceError
from services.db import database
from services.files import check, forwarding, orphans, quotas
from services.files.stickers import making, sticker_limits, stickers
from services.files.stickers.stickers import StickerView
from services.messages import edits, messages, summary
from tests import postgres, upload_client
from tests.conftest import People
from tests.services.files.test_avatars import used
from tests.services.files.test_uploads import set_limits
from tests.upload_client import file_sizes, new_message_id


def picture(*colours: str, kind: str = "PNG", size: tuple[int, int] = (400, 200)) -> bytes:
    """Return a picture with a frame of each colour."""
    frames = [Image.new("RGB", size, colour) for colour in colours]
    written = io.BytesIO()
    how = {"save_all": True, "append_images": frames[1:], "duration": 80} if frames[1:] else {}
    frames[0].save(written, kind, **how)
    return written.getvalue()


def said_to_measure(width: int, height: int) -> bytes:
    """Return a small moving GIF whose header says another size."""
    small = picture("red", "blue", kind="GIF")
    return small[:6] + struct.pack("<HH", width, height) + small[10:]


async def upload(viewer: CurrentUser, data: bytes, name: object = "cat") -> StickerView:
    """Upload a picture as a sticker; return it."""
    async with making.receive(viewer, len(data)) as received:
        await received.write(data)
        await received.save(name)
    return (await stickers.offered(viewer)).kept[0]


async def send(viewer: CurrentUser, room: int, sticker: StickerView) -> int:
    """Send a sticker; return the `seq` of its message."""
    message, _new = await stickers.send(viewer, room, sticker.sticker_id, new_message_id())
    return message.seq


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def stored(digest: str) -> Path:
    return app_context.current().files.path(digest)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_picture_becomes_a_small_webp(people: People, kind: str) -> None:
    sticker = await upload(people.ben, picture("red", kind=kind), ":tada: lazy")
    assert (sticker.name, sticker.is_mine, sticker.is_shared) == ("🎉 lazy", True, False)
    made = opened(await stickers.find(people.ben, sticker.sticker_id, sticker.hash))
    assert (made.format, made.size, getattr(made, "n_frames", 1)) == ("WEBP", (320, 160), 1)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
async def test_what_moves_goes_on_moving_and_has_a_still(people: People, kind: str) -> None:
    sticker = await upload(people.ben, picture("red", "blue", "lime", kind=kind))
    moving = opened(stored(sticker.hash))
    assert (moving.format, moving.size, moving.n_frames) == ("WEBP", (320, 160), 3)
    moving.seek(2)
    assert moving.convert("RGB").getpixel((5, 5))[1] > 200  # type: ignore[index]
    still = opened(await stickers.find(people.ben, sticker.sticker_id, sticker.hash))
    assert (still.size, getattr(still, "n_frames", 1)) == ((320, 160), 1)
    assert still.convert("RGB").getpixel((5, 5))[0] > 200  # type: ignore[index]


async def test_a_small_picture_is_not_made_larger_and_stays_transparent(people: People) -> None:
    written = io.BytesIO()
    Image.new("RGBA", (40, 30), "#ff000000").save(written, "PNG")
    sticker = await upload(people.ben, written.getvalue())
    made = opened(stored(sticker.hash))
    assert made.size == (40, 30)
    assert made.convert("RGBA").getpixel((3, 3))[3] == 0  # type: ignore[index]


async def test_a_sticker_is_a_message_with_all_that_belongs_to_one(people: People) -> None:
    sticker = await upload(people.ben, picture("red", "blue", kind="GIF"), "party")
    said, _new = await messages.send(people.asha, people.room, "hello", new_message_id())
    number = new_message_id()
    message, is_new = await stickers.send(
        people.ben, people.room, sticker.sticker_id, number, reply_to=said.seq
    )
    assert is_new
    assert message.quote
    assert message.quote.seq == said.seq
    assert message.file
    assert (message.file.name, message.file.kind) == ("party", "sticker")
    assert (message.file.is_animated, message.file.has_preview) == (True, True)
    assert (summary.of(message).kind, summary.of(message).text) == ("sticker", "party")
    again, is_new = await stickers.send(people.ben, people.room, sticker.sticker_id, number)
    assert (again.seq, is_new) == (message.seq, False)
    other = await forwarding.forward(
        people.asha, people.room, message.seq, to_room=1, client_message_id=new_message_id()
    )
    assert other.file
    assert other.file.name == "party"
    with pytest.raises(ServiceError, match="sticker"):
        await edits.edit(people.ben, people.room, message.seq, "a caption")


async def test_only_what_is_offered_can_be_sent_and_seen(people: People) -> None:
    sticker = await upload(people.asha, picture("red"))
    assert (await stickers.offered(people.ben)).kept == []
    for refused in (
        stickers.send(people.ben, people.room, sticker.sticker_id, new_message_id()),
        stickers.find(people.ben, sticker.sticker_id, sticker.hash),
        stickers.remove(people.ben, sticker.sticker_id),
        stickers.find(people.asha, sticker.sticker_id, "0" * 64),
    ):
        with pytest.raises(NotFound):
            await refused
    with pytest.raises(Forbidden):
        await stickers.share(people.ben, sticker.sticker_id, with_everyone=True)
    await stickers.share(people.asha, sticker.sticker_id, with_everyone=True)
    [shared] = (await stickers.offered(people.ben)).kept
    assert (shared.is_mine, shared.is_shared) == (False, True)
    assert await stickers.find(people.ben, shared.sticker_id, shared.hash)
    await send(people.ben, people.room, shared)
    with pytest.raises(NotFound):
        await stickers.remove(people.ben, sticker.sticker_id)
    await stickers.share(people.asha, sticker.sticker_id, with_everyone=False)
    assert (await stickers.offered(people.ben)).kept == []


async def test_the_picture_of_a_message_can_be_saved(people: People) -> None:
    sent = await upload_client.send(
        people.asha, people.room, picture("red", "blue", kind="GIF"), name="a.gif"
    )
    assert sent.file
    assert sent.file.is_animated
    assert (await making.check_message(people.ben, people.room, sent.seq)).name == "a.gif"
    await making.save_from_message(people.ben, people.room, sent.seq, "wow")
    [mine] = (await stickers.offered(people.ben)).kept
    assert opened(stored(mine.hash)).n_frames == 2
    for message in (
        await upload_client.send(people.asha, people.room, b"a text"),
        (await messages.send(people.asha, people.room, "hello", new_message_id()))[0],
    ):
        with pytest.raises(NotFound):
            await making.save_from_message(people.ben, people.room, message.seq, "wow")
    with pytest.raises(NotFound):
        await making.save_from_message(people.chen, people.room, sent.seq, "wow")


async def test_somebodys_sticker_can_be_saved_as_it_is(people: People) -> None:
    sticker = await upload(people.asha, picture("red", "blue", kind="WEBP"), "wow")
    seq = await send(people.asha, people.room, sticker)
    assert (await making.check_message(people.ben, people.room, seq)).name == "wow"
    await making.save_from_message(people.ben, people.room, seq, "mine")
    await making.save_from_message(people.ben, people.room, seq, "renamed")
    [mine] = (await stickers.offered(people.ben)).kept
    assert (mine.name, mine.hash) == ("renamed", sticker.hash)
    assert await stickers.find(people.ben, mine.sticker_id, mine.hash)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.4", "no picture"),
        (b"<svg onload=alert(1)>", "no picture"),
        (picture("red")[:60], "no picture"),
        (picture("red", kind="GIF")[:-40] + b"\x00;", "no picture"),
        (said_to_measure(11_000, 10_000), "too large"),
        (b"", "empty"),
    ],
    ids=["pdf", "svg", "torn", "broken pixels", "huge frames", "empty"],
)
async def test_what_is_no_picture_or_too_much_is_refused(
    people: People, data: bytes, words: str
) -> None:
    with pytest.raises(ServiceError, match=words):
        await upload(people.ben, data)
    assert (await stickers.offered(people.ben)).kept == []
    assert await upload_client.stored_files() == set()


async def test_too_many_frames_are_refused(people: People) -> None:
    shades = [f"#{number:02x}00{number:02x}" for number in range(sticker_limits.MAX_FRAMES + 1)]
    with pytest.raises(ServiceError, match="200 frames"):
        await upload(people.ben, picture(*shades, kind="PNG", size=(8, 8)))


@pytest.mark.long  # makes a sticker many times; others are made small once
async def test_noise_is_made_smaller_until_it_fits(people: People) -> None:
    frames = [Image.effect_noise((320, 320), 250).convert("RGB") for _each in range(20)]
    written = io.BytesIO()
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:], quality=90)
    sticker = await upload(people.ben, written.getvalue())
    made = opened(stored(sticker.hash))
    assert made.size[0] < 320
    assert made.n_frames == 20
    assert stored(sticker.hash).stat().st_size <= sticker_limits.MAX_BYTES


@pytest.mark.parametrize("name", ["", " ", "a" * 41, "a\u202eb", 5])
async def test_a_name_is_a_short_line(people: People, name: object) -> None:
    with pytest.raises(ServiceError) as refused:
        await upload(people.ben, picture("red"), name)
    assert refused.value.about == "name"


async def test_there_is_a_limit_for_each_person_and_for_what_is_shared(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "MAX_OWN", 2)
    monkeypatch.setattr(stickers, "MAX_SHARED", 1)
    mine = [await upload(people.asha, picture(colour)) for colour in ("red", "blue")]
    with pytest.raises(ServiceError, match="2 stickers"):
        await upload(people.asha, picture("lime"))
    seq = await send(people.asha, people.room, mine[0])
    with pytest.raises(ServiceError, match="2 stickers"):
        await making.save_from_message(people.asha, people.room, seq, "again")
    await stickers.share(people.asha, mine[0].sticker_id, with_everyone=True)
    await stickers.share(people.asha, mine[0].sticker_id, with_everyone=True)
    with pytest.raises(ServiceError, match="1 stickers are shared"):
        await stickers.share(people.asha, mine[1].sticker_id, with_everyone=True)


async def test_a_sticker_counts_once_however_often_it_is_sent(people: People) -> None:
    sticker = await upload(people.asha, picture("red"))
    await stickers.share(people.asha, sticker.sticker_id, with_everyone=True)
    size = stored(sticker.hash).stat().st_size
    for _each in range(3):
        await send(people.asha, people.room, sticker)
        await send(people.ben, people.room, sticker)
    assert (await used(people.asha), await used(people.ben)) == (size, size)
    assert await database.read(quotas.stored) == (1, size)


async def test_a_sticker_needs_space_in_the_quota(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app_context.current().settings
    small = settings.model_copy(update={"files_per_person": 1000})
    sticker = await upload(people.asha, picture("red"))
    await stickers.share(people.asha, sticker.sticker_id, with_everyone=True)
    await upload_client.send(people.ben, people.room, b"x" * 990)
    monkeypatch.setattr(app_context, "_current", replace(app_context.current(), settings=small))
    with pytest.raises(ServiceError, match="Your files use"):
        await send(people.ben, people.room, sticker)


async def test_one_that_counts_already_needs_no_more_space(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await upload(people.asha, picture("red"))
    await stickers.share(people.asha, kept.sticker_id, with_everyone=True)
    seq = await send(people.ben, people.room, kept)
    set_limits(monkeypatch, files_per_person=await used(people.ben), files_total=1_000_000)
    await send(people.asha, people.room, kept)
    await send(people.ben, people.room, kept)
    await making.save_from_message(people.ben, people.room, seq, "mine too")
    with pytest.raises(ServiceError, match="Your files use"):
        await upload(people.ben, picture("blue"))


async def test_where_no_pictures_are_accepted_no_stickers_are(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    sticker = await upload(people.asha, picture("red"))
    seq = await send(people.asha, people.room, sticker)
    set_limits(monkeypatch, files_refused="picture")
    for refused in (
        upload(people.asha, picture("blue")),
        making.save_from_message(people.ben, people.room, seq, "cat"),
        send(people.asha, people.room, sticker),
    ):
        with pytest.raises(ServiceError, match="picture"):
            await refused
    assert len((await stickers.offered(people.asha)).kept) == 1


async def test_a_file_stays_as_long_as_a_message_or_a_sticker_has_it(people: People) -> None:
    sticker = await upload(people.ben, picture("red", "blue", kind="GIF"))
    data = app_context.current().settings.data
    seq = await send(people.ben, people.room, sticker)
    await edits.delete(people.ben, people.room, seq)
    await orphans.collect()
    assert set(file_sizes(data)) == {sticker.hash}
    seq = await send(people.ben, people.room, sticker)
    await stickers.remove(people.ben, sticker.sticker_id)
    await orphans.collect()
    assert set(file_sizes(data)) == {sticker.hash}
    await edits.delete(people.ben, people.room, seq)
    await orphans.collect()
    assert set(file_sizes(data)) == set()
    assert not list((data / "files").glob("??/*"))


@postgres.sqlite_only
async def test_checks_and_backups_know_the_files_of_stickers(people: People) -> None:
    sticker = await upload(people.ben, picture("red", "blue", kind="GIF"), "party")
    data = app_context.current().settings.data
    assert list(check.Check(data, contents=True).run()) == []
    names = snapshot.file_names(data / data_folder.DATABASE)
    assert sorted(names) == [
        f"files/{sticker.hash[:2]}/{sticker.hash}{end}" for end in ("", ".preview")
    ]
    app_context.current().files.preview(sticker.hash).unlink()
    [found] = check.Check(data).run()
    assert (found.problem, found.username) == (check.Problem.NO_PREVIEW, "ben")
    stored(sticker.hash).unlink()
    problems = [each.problem for each in check.Check(data).run()]
    assert problems == [check.Problem.MISSING, check.Problem.NO_PREVIEW]


async def test_what_was_sent_is_not_listed_among_files(people: People) -> None:
    from services.files import files

    await send(people.ben, people.room, await upload(people.ben, picture("red")))
    found = await files.of_room(people.asha, people.room)
    assert (found.files, found.senders) == ((), ())

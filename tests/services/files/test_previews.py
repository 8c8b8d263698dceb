"""A file's message is there at once, and its preview follows, also after a crash."""

import asyncio
import io
import struct
import wave
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from models import FileKind
from services import lifecycle
from services.core import app_context, events
from services.core.dto import CurrentUser, FileView
from services.db import database
from services.files import files, forwarding, previews
from services.files.decoding import decoding
from services.messages import edits, queries
from tests.conftest import People
from tests.upload_client import new_message_id, previews_made, rows, send, stored_files

LOBBY = 1


def picture(kind: str = "PNG", size: tuple[int, int] = (80, 60), **options: object) -> bytes:
    """Return a picture that no other test has."""
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def heavy_pdf(number: int, lines: int = 50_000) -> bytes:
    """Return a small PDF that takes seconds to draw: the same lines, many times over."""
    drawing = b"1 w\n" + b"".join(
        b"0 %d m 600 %d l 5 5 m 590 %d l S\n" % (each % 800, (each * 7) % 800, (each * 3) % 800)
        for each in range(lines)
    )
    import zlib

    packed = zlib.compress(drawing, 9)
    return b"".join(
        (
            b"%%PDF-1.4\n%% %d\n" % number,
            b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>endobj\n",
            b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n" % len(packed),
            packed,
            b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n",
        )
    )


def recording() -> bytes:
    """Return two seconds of sound."""
    out = io.BytesIO()
    with wave.open(out, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(struct.pack("<h", 20_000) * 16_000)
    return out.getvalue()


async def file_of(viewer: CurrentUser, room: int, seq: int) -> FileView:
    return (await files.find(viewer, room, seq)).view


async def test_a_picture_is_there_before_its_preview(people: People) -> None:
    sent = await send(people.ben, people.room, picture(), name="a.png")
    assert sent.file is not None
    assert (sent.file.kind, sent.file.width, sent.file.height) == (FileKind.PICTURE, 80, 60)
    assert (sent.file.awaits_preview, sent.file.has_preview) == (True, False)
    stored = await files.find(people.asha, people.room, sent.seq)
    assert stored.content.exists()
    await previews_made()
    seen = await files.find(people.asha, people.room, sent.seq)
    assert (seen.view.awaits_preview, seen.view.has_preview) == (False, True)
    with Image.open(seen.preview) as preview:
        assert (preview.format, preview.size) == ("WEBP", (80, 60))


async def test_the_preview_is_a_change_that_open_pages_are_told(
    people: People, published: list[object]
) -> None:
    sent = await send(people.ben, people.room, picture(), name="a.png")
    await previews_made()
    await asyncio.sleep(0)
    [change] = [event.change for event in published if isinstance(event, events.MessageChanged)]
    [changed] = await database.read(
        lambda session: queries.changed(session, people.room, change - 1, 10)
    )
    assert (changed.seq, changed.change) == (sent.seq, change)
    assert changed.file is not None
    assert changed.file.has_preview
    assert changed.edited_at is None


async def test_pdf_and_sound_get_theirs_and_other_files_await_none(people: People) -> None:
    pdf = await send(people.ben, people.room, heavy_pdf(0, lines=10), name="a.pdf")
    sound = await send(people.ben, people.room, recording(), name="a.wav")
    text = await send(people.ben, people.room, b"words", name="a.txt")
    other = await send(people.ben, people.room, b"\0\1", name="a.bin")
    assert [each.file and each.file.awaits_preview for each in (pdf, sound, text, other)] == [
        True,
        True,
        False,
        False,
    ]
    await previews_made()
    seen = await file_of(people.ben, people.room, pdf.seq)
    assert (seen.has_preview, seen.width, seen.height) == (True, 480, 640)
    assert set((await file_of(people.ben, people.room, sound.seq)).wave) == {"7"}


async def test_a_broken_picture_becomes_a_file_without_preview(people: People) -> None:
    whole = picture("JPEG", (400, 300))
    broken = whole[: len(whole) // 2] + whole[-2:]  # it has an end, and too few pixels
    broken = broken.replace(b"\xff\xda", b"\xff\xda\0\x02")  # and a scan that says nothing
    sent = await send(people.ben, people.room, broken, name="a.jpg")
    await previews_made()
    seen = await file_of(people.ben, people.room, sent.seq)
    assert (seen.kind, seen.media_type) == (FileKind.OTHER, "application/octet-stream")
    assert (seen.has_preview, seen.width, seen.height) == (False, 0, 0)
    await stored_files()


async def test_the_same_content_is_decoded_once(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = count_decodings(monkeypatch)
    data = picture()
    for viewer in (people.asha, people.ben):
        sent = await send(viewer, people.room, data, name="a.png")
        await previews_made()
        assert (await file_of(viewer, people.room, sent.seq)).has_preview
    assert len(calls) == 1


async def test_a_file_that_is_forwarded_before_it_has_a_preview_gets_it_too(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = hold_decoding(monkeypatch)
    sent = await send(people.ben, people.room, picture(), name="a.png")
    copy = await forwarding.forward(
        people.ben, people.room, sent.seq, to_room=LOBBY, client_message_id=new_message_id()
    )
    assert copy.file is not None
    assert copy.file.awaits_preview
    go.set()
    await previews_made()
    assert (await file_of(people.ben, LOBBY, copy.seq)).has_preview
    assert (await file_of(people.ben, people.room, sent.seq)).has_preview


async def test_a_message_that_is_deleted_meanwhile_leaves_no_file(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = hold_decoding(monkeypatch)
    sent = await send(people.ben, people.room, picture(), name="a.png")
    await edits.delete(people.ben, people.room, sent.seq)
    go.set()
    folder = app_context.current().settings.data / "files"
    async with asyncio.timeout(30):
        while list(folder.glob("??/*")):
            await asyncio.sleep(0.05)
    await stored_files()


async def test_when_no_process_starts_it_is_tried_again(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "RETRY_SECONDS", 0.05)
    decode, failures = decoding.decode, [1, 2]

    async def fail_first(media_type: str, file: Path, pixels: int, **options: Any) -> object:
        if failures:
            failures.pop()
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return await decode(media_type, file, pixels, **options)

    monkeypatch.setattr(decoding, "decode", fail_first)
    sent = await send(people.ben, people.room, picture(), name="a.png")
    await previews_made()
    assert (await file_of(people.ben, people.room, sent.seq)).has_preview


def count_decodings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list to which each decoded file is added."""
    calls: list[Path] = []
    decode = decoding.decode

    async def counted(media_type: str, file: Path, pixels: int, **options: Any) -> object:
        calls.append(file)
        return await decode(media_type, file, pixels, **options)

    monkeypatch.setattr(decoding, "decode", counted)
    return calls


def hold_decoding(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let decoding wait for the event that is returned."""
    go = asyncio.Event()
    decode = decoding.decode

    async def held(media_type: str, file: Path, pixels: int, **options: Any) -> object:
        await go.wait()
        return await decode(media_type, file, pixels, **options)

    monkeypatch.setattr(decoding, "decode", held)
    return go


# -- fairness -------------------------------------------------------------------------------


async def test_heavy_files_of_one_member_do_not_hold_up_the_picture_of_another(
    people: People,
) -> None:
    heavy = [
        await send(people.ben, people.room, heavy_pdf(number), name=f"{number}.pdf")
        for number in range(4)
    ]
    sent = await send(people.asha, people.room, picture(), name="a.png")
    async with asyncio.timeout(60):
        while not (await file_of(people.asha, people.room, sent.seq)).has_preview:
            await asyncio.sleep(0.02)
    waiting = [(await file_of(people.ben, people.room, each.seq)).awaits_preview for each in heavy]
    assert sum(waiting) >= 3  # so it has waited for one of them at the most


# -- a crash --------------------------------------------------------------------------------


async def test_what_a_stop_has_left_out_is_made_at_the_next_start(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app_context.current().settings
    with monkeypatch.context() as held:
        hold_decoding(held)
        sent = await send(people.ben, people.room, picture(), name="a.png")
        await lifecycle.shutdown()
    assert rows(settings.data, "SELECT awaits_preview FROM attachments") == [(1,)]
    await lifecycle.startup(settings)
    await previews_made()
    assert (await file_of(people.ben, people.room, sent.seq)).has_preview
    await stored_files()

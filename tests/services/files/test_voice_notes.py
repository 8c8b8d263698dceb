"""Voice notes: the page that records one says how it looks and how long it is."""

import pytest

from services.files import forwarding
from tests.conftest import People
from tests.upload_client import new_message_id, send

OPUS = b"OggS" + bytes(24) + b"OpusHead" + bytes(40)
"""The beginning of a recording (RFC 7845 §5.1)."""
WAVE = "0123456789" * 6


async def test_a_recording_has_the_waveform_and_length_that_its_page_says(people: People) -> None:
    sent = await send(people.ben, people.room, OPUS, name="note.ogg", wave=WAVE, seconds=7)
    assert sent.file
    assert (sent.file.media_type, sent.file.wave, sent.file.seconds) == ("audio/ogg", WAVE, 7)
    assert not sent.file.awaits_preview


async def test_forwarded_it_keeps_both(people: People) -> None:
    sent = await send(people.ben, people.room, OPUS, name="note.ogg", wave=WAVE, seconds=7)
    again = await forwarding.forward(
        people.ben,
        people.room,
        sent.seq,
        to_room=people.room,
        client_message_id=new_message_id(),
    )
    assert again.file
    assert (again.file.wave, again.file.seconds) == (WAVE, 7)


@pytest.mark.parametrize("wave", ["", "12", WAVE + "1", "x" * 60, "१" * 60, "<b>" * 20, None, 1])
async def test_what_is_no_waveform_is_left_out(people: People, wave: object) -> None:
    sent = await send(people.ben, people.room, OPUS, name="note.ogg", wave=wave)
    assert sent.file
    assert sent.file.wave == ""


@pytest.mark.parametrize("seconds", [-1, 0, 86_401, 10**15])
async def test_a_length_that_cannot_be_is_left_out(people: People, seconds: int) -> None:
    sent = await send(people.ben, people.room, OPUS, name="note.ogg", seconds=seconds)
    assert sent.file
    assert sent.file.seconds == 0


async def test_what_is_no_sound_has_neither(people: People) -> None:
    sent = await send(people.ben, people.room, b"words", name="a.txt", wave=WAVE, seconds=7)
    assert sent.file
    assert (sent.file.wave, sent.file.seconds) == ("", 0)

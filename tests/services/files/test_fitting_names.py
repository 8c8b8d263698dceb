"""What is shown without its name is saved under one that fits it."""

import pytest

from services.files.inspection import media_types


@pytest.mark.parametrize(
    ("name", "media_type", "fitting"),
    [
        ("note.hta", "audio/ogg", "note.hta.ogg"),
        ("note.ogg", "audio/ogg", "note.ogg"),
        ("note.OPUS", "audio/ogg", "note.OPUS"),
        ("note.ogg.exe. .", "audio/ogg", "note.ogg.exe.ogg"),
        ("memo.3gp", "audio/mp4", "memo.3gp"),
        ("memo.mp4", "audio/mp4", "memo.mp4"),
        ("memo.mp4.exe", "audio/mp4", "memo.mp4.exe.m4a"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("photo.png", "image/jpeg", "photo.png.jpg"),
        ("photo", "image/png", "photo.png"),
        ("page.html", "text/plain", "page.html"),
        ("setup.exe", media_types.UNKNOWN, "setup.exe"),
    ],
)
def test_a_name_gets_an_ending_that_fits(name: str, media_type: str, fitting: str) -> None:
    assert media_types.fitting(name, media_type) == fitting

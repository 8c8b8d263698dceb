"""What a recording looks like, of files that sox has made."""

import shutil
import subprocess
from pathlib import Path

import pytest

from services.files import waveform

pytestmark = pytest.mark.skipif(not shutil.which("sox"), reason="sox makes the sound")


def sox(file: Path, *words: str) -> Path:
    subprocess.run(["sox", "-n", *words[:-1], str(file), *words[-1].split()], check=True)
    return file


def test_sound_that_begins_late_is_flat_until_then(tmp_path: Path) -> None:
    file = sox(tmp_path / "late.wav", "-r", "16000", "-b", "16", "synth 2 sine 440 pad 2 0")
    wave = waveform.of(file)
    assert len(wave) == waveform.BARS
    assert set(wave[:29]) == {"0"}
    assert set(wave[31:]) <= {"8", "9"}


def test_what_is_half_as_loud_is_lower_and_still_to_be_seen(tmp_path: Path) -> None:
    file = sox(tmp_path / "quiet.wav", "-b", "16", "-c", "2", "synth 1 sine 440 vol 0.1")
    assert set(waveform.of(file)) == {"3"}


@pytest.mark.parametrize("bits", ["8", "24", "32"])
def test_other_samples_are_left_alone(tmp_path: Path, bits: str) -> None:
    assert waveform.of(sox(tmp_path / "other.wav", "-b", bits, "synth 1 sine 440")) == ""


@pytest.mark.parametrize("kept", [0, 30, 44, 45])
def test_what_is_cut_off_before_there_is_a_sound_is_left_alone(tmp_path: Path, kept: int) -> None:
    file = sox(tmp_path / "short.wav", "-b", "16", "synth 1 sine 440")
    file.write_bytes(file.read_bytes()[:kept])
    assert set(waveform.of(file)) <= {"0"}


def test_what_promises_more_than_there_is_ends_where_it_ends(tmp_path: Path) -> None:
    file = sox(tmp_path / "cut.wav", "-b", "16", "synth 2 sine 440")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    wave = waveform.of(file)
    assert set(wave[:29]) == {"9"}
    assert set(wave[31:]) == {"0"}

"""Waveforms of files made with sox."""

import shutil
import subprocess
from pathlib import Path

import pytest

from services.files.decoding import waveform

pytestmark = pytest.mark.skipif(not shutil.which("sox"), reason="sox makes the sound")


def wave_of(file: Path) -> str:
    with file.open("rb") as opened:
        return waveform.of(opened)


def sox(file: Path, *words: str) -> Path:
    subprocess.run(["sox", "-n", *words[:-1], str(file), *words[-1].split()], check=True)
    return file


def test_silence_before_the_sound_is_flat(tmp_path: Path) -> None:
    file = sox(tmp_path / "late.wav", "-r", "16000", "-b", "16", "synth 2 sine 440 pad 2 0")
    wave = wave_of(file)
    assert len(wave) == waveform.BARS
    assert set(wave[:29]) == {"0"}
    assert set(wave[31:]) <= {"8", "9"}


def test_quiet_sound_is_low_and_visible(tmp_path: Path) -> None:
    file = sox(tmp_path / "quiet.wav", "-b", "16", "-c", "2", "synth 1 sine 440 vol 0.1")
    assert set(wave_of(file)) == {"3"}


@pytest.mark.parametrize("bits", ["8", "24", "32"])
def test_other_sample_sizes_have_no_waveform(tmp_path: Path, bits: str) -> None:
    assert wave_of(sox(tmp_path / "other.wav", "-b", bits, "synth 1 sine 440")) == ""


@pytest.mark.parametrize("length", [0, 30, 44, 45])
def test_a_file_cut_off_before_the_sound_has_no_waveform(tmp_path: Path, length: int) -> None:
    file = sox(tmp_path / "short.wav", "-b", "16", "synth 1 sine 440")
    file.write_bytes(file.read_bytes()[:length])
    assert set(wave_of(file)) <= {"0"}


def test_a_file_shorter_than_its_header_says(tmp_path: Path) -> None:
    file = sox(tmp_path / "cut.wav", "-b", "16", "synth 2 sine 440")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    wave = wave_of(file)
    assert set(wave[:29]) == {"9"}
    assert set(wave[31:]) == {"0"}

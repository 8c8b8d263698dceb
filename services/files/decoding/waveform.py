"""Waveforms: the loudness of a recording over time."""

import re
import sys
import wave
from array import array
from itertools import pairwise
from typing import BinaryIO

BARS = 60
"""How many parts a recording is divided into."""
MAX_SECONDS = 24 * 3600
"""What is said to be longer has no length."""
_CHUNK_SIZE = 4096
"""Frames per read, which holds the GIL for less than a millisecond."""


def of(file: BinaryIO) -> str:
    """Return the peak of each part of a 16-bit WAV, as a string of `BARS` digits from 0 to 9.

    It is empty for any other format, and for a file that is broken or shorter than `BARS` frames.
    """
    try:
        with wave.open(file, "rb") as opened:
            frames = opened.getnframes()
            if opened.getsampwidth() != 2 or frames < BARS:
                return ""
            edges = [frames * bar // BARS for bar in range(BARS + 1)]
            peaks = [_loudest(opened, end - begin) for begin, end in pairwise(edges)]
    except (wave.Error, EOFError, ValueError):  # ValueError: it ends within a sample
        return ""
    # The square root makes quiet speech visible.
    return "".join(str(round(9 * (peak / 2**15) ** 0.5)) for peak in peaks)


def check(said: object) -> str:
    """Return the waveform that a page sent with its recording, or nothing if it is none."""
    return said if isinstance(said, str) and re.fullmatch(f"[0-9]{{{BARS}}}", said) else ""


def check_seconds(said: int) -> int:
    """Return the length that a page sent with its recording, or 0 if it cannot be."""
    return said if 0 < said <= MAX_SECONDS else 0


def _loudest(opened: wave.Wave_read, frames: int) -> int:
    loudest = 0
    while frames > 0:
        samples = array("h", opened.readframes(min(frames, _CHUNK_SIZE)))
        if not samples:  # the header declares more than there is
            break
        if sys.byteorder == "big":
            samples.byteswap()
        loudest = max(loudest, max(samples), -min(samples))
        frames -= len(samples) // opened.getnchannels()
    return loudest

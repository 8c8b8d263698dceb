"""What sound looks like: how loud a recording is from its beginning to its end."""

import sys
import wave
from array import array
from itertools import pairwise
from pathlib import Path

BARS = 60
"""In how many parts a recording is shown."""
_CHUNK_SIZE = 4096
"""The most samples that are looked at in one go, in less than a millisecond."""


def of(file: Path) -> str:
    """Return how loud a WAV of 16 bits a sample is in each of its parts: a digit for each, 0 to 9.

    It is nothing for a recording of another kind, and for one that is broken or short of
    a sample for each part.
    """
    try:
        with wave.open(str(file), "rb") as opened:
            frames = opened.getnframes()
            if opened.getsampwidth() != 2 or frames < BARS:
                return ""
            edges = [frames * bar // BARS for bar in range(BARS + 1)]
            peaks = [_loudest(opened, end - begin) for begin, end in pairwise(edges)]
    except (wave.Error, EOFError, ValueError):  # the last: it ends within a sample
        return ""
    # Quiet speech is to be seen as well: ears, too, hear ratios.
    return "".join(str(round(9 * (peak / 2**15) ** 0.5)) for peak in peaks)


def _loudest(opened: wave.Wave_read, frames: int) -> int:
    loudest = 0
    while frames > 0:
        samples = array("h", opened.readframes(min(frames, _CHUNK_SIZE)))
        if not samples:  # it promised more than there is
            break
        if sys.byteorder == "big":
            samples.byteswap()
        loudest = max(loudest, max(samples), -min(samples))
        frames -= len(samples) // opened.getnchannels()
    return loudest

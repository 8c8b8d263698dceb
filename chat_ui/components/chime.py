"""The sound of a notification: two soft tones."""

import io
import math
import wave
from array import array
from functools import cache

RATE = 22_050
"""Samples a second."""
TONES = ((660, 0.0), (880, 0.12))
"""Each tone's pitch in Hz, and the second at which it starts."""
RISE, END = 0.02, 0.3
"""Seconds after which a tone is loudest, and has died away."""
LOUDEST, SILENT = 0.08, 0.0001
"""Volumes, where 1 is full."""


@cache
def sound() -> bytes:
    """Return the sound as a WAV file."""
    length = max(start for _pitch, start in TONES) + END
    samples = [_sample(number / RATE) for number in range(int(length * RATE))]
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(RATE)
        made.writeframes(array("h", [round(0x7FFF * each) for each in samples]).tobytes())
    return file.getvalue()


def _sample(at: float) -> float:
    return sum(
        _volume(at - start) * math.sin(2 * math.pi * pitch * (at - start)) for pitch, start in TONES
    )


def _volume(since: float) -> float:
    if not 0 <= since < END:
        return 0
    if since < RISE:
        return LOUDEST * since / RISE
    return LOUDEST * float((SILENT / LOUDEST) ** ((since - RISE) / (END - RISE)))

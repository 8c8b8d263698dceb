"""The files of the demo, drawn and synthesised here: nobody else has rights to them."""

import io
import math
import wave
from array import array

from PIL import Image, ImageDraw, ImageFont

YELLOW, INK, RED, BLUE, GREEN, PAPER = (
    *("#f4c430", "#23211d", "#c8452f"),
    *("#3b5bdb", "#2f9e63", "#faf7ef"),
)
RATE = 16_000
"""Samples in a second of sound."""
SECONDS = {"greeting.wav": 3}
"""How long the sounds are."""


def make(name: str) -> bytes:
    """Return the content of a file. Raises `KeyError` for one that there is not."""
    return _FILES[name]()


def _poster() -> bytes:
    """Return the poster of the open day."""
    picture = Image.new("RGB", (900, 1200), YELLOW)
    pen = ImageDraw.Draw(picture)
    for number, colour in enumerate((RED, BLUE, GREEN, PAPER, INK)):
        angle = number * math.tau / 5
        x, y = 450 + 210 * math.cos(angle), 470 + 210 * math.sin(angle)
        pen.ellipse((x - 130, y - 130, x + 130, y + 130), fill=colour)
    pen.text((450, 110), "OPEN DAY", INK, _font(140), anchor="mm")
    pen.text((450, 930), "Come in. Touch things.", INK, _font(66), anchor="mm")
    pen.text((450, 1030), "Ask what you never dared to ask.", INK, _font(46), anchor="mm")
    pen.text((450, 1130), "Class 11 · Saturday, ten o'clock", RED, _font(44), anchor="mm")
    return _png(picture)


def _fall() -> bytes:
    """Return a graph of a falling ball: measured points on the parabola."""
    picture = Image.new("RGB", (1000, 640), PAPER)
    pen = ImageDraw.Draw(picture)

    def at(seconds: float, metres: float) -> tuple[float, float]:
        return 90 + seconds * 400, 560 - metres * 22

    for mark in range(0, 21, 5):
        pen.line((at(0, mark), at(2.15, mark)), "#ded8ca", 2)
        pen.text((74, at(0, mark)[1]), str(mark), INK, _font(24), anchor="rm")
    for tenths in range(0, 21, 5):
        pen.text((at(tenths / 10, 0)[0], 590), f"{tenths / 10}", INK, _font(24), anchor="mm")
    pen.line([at(step / 50, 4.905 * (step / 50) ** 2) for step in range(102)], BLUE, 5)
    for seconds, metres in ((0.5, 1.3), (1.0, 4.8), (1.5, 11.1), (1.8, 15.8), (2.0, 18.6)):
        x, y = at(seconds, metres)
        pen.ellipse((x - 11, y - 11, x + 11, y + 11), fill=RED)
    pen.text((110, 40), "metres", INK, _font(28))
    pen.text((at(2.15, 0)[0], 620), "seconds", INK, _font(28), anchor="rm")
    return _png(picture)


PIECES = {
    "g8": ("K", False),
    "e8": ("R", False),
    "e7": ("B", False),
    **dict.fromkeys(("a7", "b7", "f7", "g7"), ("", False)),
    "h5": ("Q", True),
    "d3": ("B", True),
    "g1": ("K", True),
    **dict.fromkeys(("a2", "b2", "f2", "g2", "h2"), ("", True)),
}
"""By square: the letter of a piece, none of a pawn, and whether it is white; Qh7+ Kf8 Qh8 mates."""


def _chess() -> bytes:
    """Return the board with these pieces."""
    side = 90
    picture = Image.new("RGB", (8 * side + 40, 8 * side + 40), PAPER)
    pen = ImageDraw.Draw(picture)
    for column in range(8):
        for row in range(8):
            corner = 40 + column * side, row * side
            colour = "#e9dfc7" if (column + row) % 2 == 0 else "#9a8664"
            pen.rectangle((*corner, corner[0] + side, corner[1] + side), colour)
        pen.text(
            (40 + (column + 0.5) * side, 8 * side + 20),
            "abcdefgh"[column],
            INK,
            _font(24),
            anchor="mm",
        )
        pen.text((20, (column + 0.5) * side), str(8 - column), INK, _font(24), anchor="mm")
    for square, (letter, is_white) in PIECES.items():
        x = 40 + ("abcdefgh".index(square[0]) + 0.5) * side
        y = (8 - int(square[1]) + 0.5) * side
        radius = 34 if letter else 22
        fill, text = ("#ffffff", INK) if is_white else (INK, "#ffffff")
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill, INK, 3)
        pen.text((x, y), letter, text, _font(40), anchor="mm")
    return _png(picture)


def _map() -> bytes:
    """Return a sketch of the way from the bus to the museum."""
    picture = Image.new("RGB", (1000, 700), PAPER)
    pen = ImageDraw.Draw(picture)
    for box in ((80, 80, 320, 240), (80, 340, 320, 560), (440, 80, 640, 300), (440, 420, 640, 560)):
        pen.rounded_rectangle(box, 18, "#e6dfd0")
    pen.rounded_rectangle((740, 180, 940, 480), 18, YELLOW, INK, 4)
    pen.line(((130, 640), (380, 640), (380, 360), (690, 360), (735, 330)), RED, 9, joint="curve")
    pen.ellipse((112, 622, 148, 658), fill=BLUE)
    pen.ellipse((520, 320, 552, 352), fill=GREEN)
    for at, words in (
        ((130, 600), "bus"),
        ((536, 386), "vada pav!"),
        ((840, 330), "museum"),
        ((400, 500), "mind the bicycles"),
    ):
        pen.text(
            at, words, INK, _font(30), anchor="lm" if words[0] == "m" and at[0] < 800 else "mm"
        )
    return _png(picture)


def _greeting() -> bytes:
    """Return a few notes on something like a trumpet, three seconds of 16-bit sound."""
    notes = ((392, 0.25), (523, 0.25), (659, 0.25), (784, 0.6), (659, 0.25), (784, 1.4))
    samples = array("h")
    for pitch, seconds in notes:
        count = round(seconds * RATE)
        for number in range(count):
            phase = math.tau * pitch * number / RATE
            tone = sum(math.sin(phase * part) / part for part in (1, 2, 3, 4, 5))
            swell = min(1, number / 600, (count - number) / 1500)
            samples.append(round(9000 * tone * swell * (0.35 + 0.65 * number / count)))
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
    return written.getvalue()


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def _png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG", compress_level=3)
    return written.getvalue()


_FILES = {
    "poster.png": _poster,
    "fall.png": _fall,
    "chess.png": _chess,
    "map.png": _map,
    "greeting.wav": _greeting,
}

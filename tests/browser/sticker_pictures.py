"""Pictures to make stickers of, and stickers that a test needs beforehand."""

import io

from PIL import Image, ImageDraw

from tests.browser.person import Person


def still(colour: str) -> bytes:
    """Return a disc of this colour on a transparent ground, as PNG."""
    picture = Image.new("RGBA", (200, 200))
    ImageDraw.Draw(picture).ellipse((10, 10, 190, 190), fill=colour)
    return _written([picture], "PNG")


def moving(colour: str) -> bytes:
    """Return an animated GIF of a disc of this colour that runs from one side to the other."""
    frames = []
    for at in range(6):
        frame = Image.new("RGB", (300, 200), "navy")
        ImageDraw.Draw(frame).ellipse((50 * at, 70, 50 * at + 60, 130), fill=colour)
        frames.append(frame)
    return _written(frames, "GIF")


def _written(frames: list[Image.Image], kind: str) -> bytes:
    written = io.BytesIO()
    how = {"save_all": True, "append_images": frames[1:], "duration": 100, "loop": 0}
    frames[0].save(written, kind, **(how if frames[1:] else {}))
    return written.getvalue()


def keep(person: Person, name: str, picture: bytes) -> int:
    """Let somebody have a sticker of this name; return its id."""
    asked = person.context.request
    answer = asked.post(
        f"{person.address}/stickers/new",
        multipart={
            "name": name,
            "file": {"name": "picture", "mimeType": "image/png", "buffer": picture},
        },
        headers={"Origin": person.address},
        max_redirects=0,
    )
    assert answer.status == 303, answer.text()
    offered = asked.get(f"{person.address}/stickers/offered").text()
    [before, _after] = offered.split(f'title="{name}"')
    return int(offered[len(before) :].split('data-sticker="')[1].split('"')[0])

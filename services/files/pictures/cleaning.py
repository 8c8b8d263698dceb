"""Read the size of a picture and leave out its metadata, without decoding it.

That is fast and needs no library that a picture could attack: so pictures are stored without
place, time, camera and author from the beginning, and their place in the timeline is known.
Pixels are copied as they are, so nothing is lost, and animations stay.
"""

import mmap
from pathlib import Path

from services.files.pictures import gif, jpeg, png, webp
from services.files.pictures.picture import Picture, require_within_limits

_READERS = {
    "image/jpeg": jpeg.read,
    "image/png": png.read,
    "image/gif": gif.read,
    "image/webp": webp.read,
}


def clean(media_type: str, file: Path, cleaned: Path | None) -> Picture:
    """Read a picture, and write it without metadata to `cleaned`, unless it has none.

    With None it is only read.
    How it has to be turned stays. Raises `ValueError` if it is not a whole picture of this type,
    and `TooMuch` for an animation of too many pixels or frames.
    """
    with (
        file.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        try:
            picture = _READERS[media_type](data)
        except IndexError as error:
            raise ValueError("it ends too early") from error
        require_within_limits(picture)
        if cleaned and picture.differs(data):
            with cleaned.open("wb") as written:
                for part in picture.parts:
                    new = part if isinstance(part, bytes) else data[part.start : part.stop]
                    written.write(new)
    return picture

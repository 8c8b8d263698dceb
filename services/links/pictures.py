"""Makes a small picture of what a site has sent as one.

It is decoded in the same sandbox as what people send (`services/files/decoding/decoding.py`),
within the same budget of time of whoever sent the link, and nothing of the file is kept.
"""

import hashlib
import logging
from functools import partial

from msgspec import Struct

from models import FileKind
from services.core import app_context
from services.core.errors import RateLimited, ServiceError, Unavailable
from services.core.tasks import run_to_end
from services.files import uploads
from services.files.decoding import decoding
from services.files.decoding.decoding import Spend
from services.files.inspection import inspection
from services.files.inspection.inspection import Content
from services.files.store.incoming import Incoming

log = logging.getLogger(__name__)
SQUARE = 176
"""Pixels of each side of a small one, which is shown at less than half of that."""
LARGE = 640
"""Pixels of the longest side of a large one, as the decoder makes it."""
WIDE = 1.4
"""How many times as wide as high a picture is that is shown large though its page does not ask."""
MIN_SIDE = 32
"""Pixels of the shorter side: what is smaller is no picture of the page."""
MIN_LARGE = 240
"""Pixels that a picture of a page is wide to be shown large."""
MAX_SHAPE = 5.0
"""How many times as long as the other a side may be."""
MAX_PIXELS = 40_000_000


class Picture(Struct, frozen=True):
    """A picture as it is shown."""

    content: bytes
    """A WEBP."""
    width: int
    height: int
    is_large: bool

    @property
    def hash(self) -> str:
        """SHA-256 of the content, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


async def make(file: bytes, user_id: int, *, wants_large: bool, is_alone: bool) -> Picture | None:
    """Return the picture of a file that a user's link has led to; None if it cannot be shown.

    One that is shown alone, without a page, is large whatever its size and shape. Raises
    `RateLimited` when the user has no time of decoders left, and `Unavailable` for the disk: both
    say nothing about the picture.
    """
    context = app_context.current()
    budget = context.rate_limits.decoding
    incoming = Incoming(context.files.incoming_path())
    spend = partial(budget.spend, user_id)
    try:
        budget.require(user_id)
        with uploads.disk_errors():
            await run_to_end(_write, incoming, file)
            found = await inspection.inspect(incoming.path)
            if _can_be_shown(found):
                is_large = is_alone or _is_large(found, wants_large)
                return await _decode(incoming, found, spend, is_large=is_large)
    except (RateLimited, Unavailable):
        raise
    except ServiceError as error:
        log.info("No picture of a link of user %d: %s", user_id, error)
    finally:
        await run_to_end(incoming.discard)
    return None


async def _decode(
    incoming: Incoming, found: Content, spend: Spend, *, is_large: bool
) -> Picture | None:
    if is_large:
        decoded = await decoding.decode(found.media_type, incoming.path, found.pixels, spend=spend)
        if decoded is None:
            return None
        scale = min(1, LARGE / max(decoded.width, decoded.height))
        width, height = round(decoded.width * scale), round(decoded.height * scale)
        return Picture(decoded.preview, width, height, is_large=True)
    squares = await decoding.make_squares(
        found.media_type, incoming.path, found.pixels, (SQUARE,), spend=spend
    )
    return Picture(squares[0], SQUARE, SQUARE, is_large=False) if squares else None


def _can_be_shown(found: Content) -> bool:
    shorter, longer = sorted((found.width, found.height))
    return (
        found.kind == FileKind.PICTURE
        and shorter >= MIN_SIDE
        and longer <= shorter * MAX_SHAPE
        and found.pixels <= MAX_PIXELS
    )


def _is_large(found: Content, wants_large: bool) -> bool:
    return found.width >= MIN_LARGE and (wants_large or found.width > found.height * WIDE)


def _write(incoming: Incoming, file: bytes) -> None:
    if not app_context.current().files.has_room(len(file)):
        raise OSError("the disk is nearly full")
    incoming.open()
    incoming.write(file)
    incoming.close()

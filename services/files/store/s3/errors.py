"""What goes wrong with a bucket: as `OSError`, and as the sentence of a start that fails."""

import asyncio
import errno
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from obstore.exceptions import BaseError

from services.core.errors import Unavailable
from services.core.i18n import _

_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_STATUS = re.compile(r"non-2xx status code: (\d{3}[ \w]{0,40})")
_WRONG_KEYS = {
    "AccessDenied",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
}
_WRONG_REGION = {
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
}
_METADATA_SERVICE = "169.254.169.254"
"""Where machines of Amazon's get keys from: asked when there are none in the variables."""


class StorageError(OSError):
    """A request to the bucket failed. Its `strerror` says why, without what it contained."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(errno.EIO, reason)
        self.code = code


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the library raises into `OSError`, without its words: they may quote a request."""
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise _error(str(error)) from None
        raise FileNotFoundError(errno.ENOENT, _("there is no such file in the bucket")) from None
    except (BaseError, ValueError) as error:
        raise _error(str(error)) from None


@asynccontextmanager
async def limit(seconds: float) -> AsyncIterator[None]:
    """End the block after so many seconds. Raises `StorageError` then."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise StorageError(_("the file storage does not answer")) from None


def busy() -> StorageError:
    """Return that something had to wait too long."""
    return StorageError(_("the file storage takes too long"))


def unusable(place: object, error: OSError) -> Unavailable:
    """Return the sentence of a start that fails: what answered, and what to do."""
    reason = error.strerror
    code = error.code if isinstance(error, StorageError) else ""
    if code == "NoSuchBucket":
        sentence = _("There is no bucket for {place}. Create it, or correct CHAT_FILES.")
    elif code in _WRONG_KEYS:
        sentence = _(
            "{place} refuses the chat ({reason}). Correct AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or what they may do there."
        )
    elif code == _METADATA_SERVICE:
        sentence = _(
            "There are no keys for {place}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    elif code in _WRONG_REGION:
        sentence = _("{place} is in another region ({reason}). Add region=… to CHAT_FILES.")
    else:
        sentence = _(
            "The files cannot be stored in {place} ({reason}). Start the server there, or "
            "correct CHAT_FILES."
        )
    return Unavailable(sentence.format(place=place, reason=reason))


def _error(words: str) -> StorageError:
    if _METADATA_SERVICE in words.partition("\n")[0]:
        return StorageError(_("there are no keys for the file storage"), _METADATA_SERVICE)
    if code := _CODE.search(words):
        return StorageError(_("the file storage answers {code}").format(code=code[1]), code[1])
    if status := _STATUS.search(words):
        code_of_status = "AccessDenied" if status[1].startswith(("401", "403")) else ""
        answer = _("the file storage answers {code}").format(code=status[1].strip())
        return StorageError(answer, code_of_status)
    return StorageError(_("the file storage does not answer"))

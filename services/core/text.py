"""The one boundary for text that people type: what passes here is safe to store and to draw."""

import re
import unicodedata
from itertools import groupby

from services.core.errors import ServiceError
from services.core.i18n import _, plural

MESSAGE_LIMIT = 4000
"""The most characters (Unicode code points, after NFC) that a message may have."""

# NFC joins at most four code points into one (U+1F82 and its like), so a text of more
# than four times its limit is too long whatever normalising would make of it.
_NFC_SHRINKS = 4

# In messages a run of marks may be as long as Unicode's Stream-Safe format allows
# (https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format): sorting a run takes
# time in the square of its length. In names it may have the four nonspacing marks of
# https://www.unicode.org/reports/tr39/#Optional_Detection; Devanagari, Burmese, Tibetan
# and Vietnamese stay below that.
_MARKS_IN_MESSAGES = frozenset({"Mn", "Mc", "Me"}), 30
_MARKS_IN_NAMES = frozenset({"Mn", "Me"}), 4

_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# White space, Default_Ignorable_Code_Point of the Unicode Character Database
# (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point), and the blank
# Braille pattern, which is a drawn character without a dot in it.
_UNSEEN = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
)


def clean(
    value: object, limit: int, *, name: str, multiline: bool = True, required: bool = True
) -> str:
    """Return what a person typed as trimmed NFC text of at most `limit` code points.

    `value` is whatever the client sent. `name` is the field's name in the reader's
    language, as it begins a sentence ("The message"). Every kind of line end becomes a
    newline. In a single-line field each run of white space becomes one space (as in the
    nicknames of RFC 8266 §2.1), and bidirectional controls are refused, because they
    reach beyond the name into the words around it. Zero-width joiners stay: Hindi,
    Persian and emoji are written with them.

    Raises `ServiceError` for what is no text, too long, not to be seen (with `required`;
    otherwise the empty string is returned), or holds NUL, a control character other than
    newline and tab, a lone surrogate, or a tower of combining marks.
    """
    if not isinstance(value, str):
        raise ServiceError(_("{name} has to be text. Type it in and try again.").format(name=name))
    text = value.strip()
    if len(text) > limit * _NFC_SHRINKS:
        raise _too_long(name, len(text), limit)
    text = _LINE_ENDS.sub("\n", text)
    hidden = _FORBIDDEN.search(text) or (not multiline and _DIRECTION.search(text))
    if hidden:
        code = f"U+{ord(hidden[0]):04X}"
        raise ServiceError(
            _("{name} holds a hidden character ({code}). Type it in instead of pasting it.").format(
                name=name, code=code
            )
        )
    if not multiline:
        text = " ".join(text.split())
    _refuse_towers(text, name, multiline)
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        # Once more, because NFC takes a few characters apart (U+0344 becomes two marks).
        text = composed
        _refuse_towers(text, name, multiline)
    if len(text) > limit:
        raise _too_long(name, len(text), limit)
    if not is_seen(text):
        if required:
            raise ServiceError(_("{name} is empty. Type something first.").format(name=name))
        return ""
    return text


def is_seen(text: str) -> bool:
    """Say whether anything of `text` leaves a mark on the screen."""
    return _UNSEEN.fullmatch(text) is None


def _too_long(name: str, length: int, limit: int) -> ServiceError:
    over = length - limit
    sentence = plural(
        "{name} is {over} character too long. Shorten it to {limit} characters.",
        "{name} is {over} characters too long. Shorten it to {limit} characters.",
        over,
    )
    return ServiceError(sentence.format(name=name, over=over, limit=limit))


def _refuse_towers(text: str, name: str, multiline: bool) -> None:
    if text.isascii():
        return
    marks, most = _MARKS_IN_MESSAGES if multiline else _MARKS_IN_NAMES
    runs = groupby(text, lambda character: unicodedata.category(character) in marks)
    if any(is_mark and len(list(run)) > most for is_mark, run in runs):
        raise ServiceError(
            _("{name} piles too many accents on one letter. Take some away and try again.").format(
                name=name
            )
        )

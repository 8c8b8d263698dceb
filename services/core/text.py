"""Validation of all text that people type: what passes is safe to store and to draw."""

import re
import unicodedata
from itertools import chain, groupby, islice

from services.core.errors import ServiceError
from services.core.i18n import _, number, plural

MESSAGE_LIMIT = 4000
"""The maximum length of a message, in Unicode code points after NFC."""

# NFC joins at most four code points into one (such as U+1F82), so a text longer than four
# times its limit need not be normalised to see that it is too long.
_NFC_SHRINKS = 4

# The longest run of combining marks. In messages it is that of Unicode's Stream-Safe format
# (https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format), as NFC sorts a run in
# quadratic time. In names it is the four nonspacing marks of
# https://www.unicode.org/reports/tr39/#Optional_Detection; Devanagari, Burmese, Tibetan
# and Vietnamese need fewer.
_MARKS_IN_MESSAGES = frozenset({"Mn", "Mc", "Me"}), 30
_MARKS_IN_NAMES = frozenset({"Mn", "Me"}), 4

# How many times its limit foreign text is read: much of it may be white space.
_TIDY_READS = 8

# U+000B is PowerPoint's line break within a paragraph, U+000C a PDF's end of a page.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# White space, Default_Ignorable_Code_Point of the Unicode Character Database
# (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point), and the blank
# Braille pattern, a character without any dots.
_INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
)

# What programs write for the terminal and not for people (ECMA-48): control sequences such as
# colours, strings such as a window's title, short escapes such as a change of the character
# set, and a letter that is struck over to be bold, as in manual pages. No text is taken along
# by a string that is not closed.
_TERMINAL = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[PX\\]^_]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[#-/]?[0-_c]"
    "|[^\n]\x08"
)


def clean(
    value: object, limit: int, *, name: str, multiline: bool = True, required: bool = True
) -> str:
    """Return `value`, whatever a client sent, as trimmed NFC text of at most `limit` code points.

    `name` is the field's name in the reader's language, to begin a sentence ("The message").
    All line ends become newlines; what people paste without seeing it, sequences for the terminal
    and other control characters, is left out. In a single-line field each run of white space
    becomes one space (as in RFC 8266 §2.1), and bidirectional controls are refused, as they affect
    the text around the field. Zero-width joiners stay: Hindi, Persian and emoji need them.

    Raises `ServiceError` if `value` is not text, is too long, contains a lone surrogate or too
    many combining marks in a row, or, with `required`, nothing visible. Without `required`,
    invisible text becomes the empty string.
    """
    if not isinstance(value, str):
        raise ServiceError(_("{name} must be text. Type it and try again.").format(name=name))
    text = value.strip()
    if len(text) > limit * _NFC_SHRINKS:
        raise _too_long(name, len(text), limit)
    text = _LINE_ENDS.sub("\n", _TERMINAL.sub("", text))
    text = _CONTROL.sub("", text).strip()
    if hidden := _SURROGATE.search(text) or (not multiline and _DIRECTION.search(text)):
        raise _hidden(name, hidden[0])
    if not multiline:
        text = " ".join(text.split())
    _check_combining_marks(text, name, multiline)
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        # Again, because NFC splits a few characters (U+0344 becomes two marks).
        text = composed
        _check_combining_marks(text, name, multiline)
    if len(text) > limit:
        raise _too_long(name, len(text), limit)
    if not is_visible(text):
        if required:
            raise ServiceError(_("{name} is empty. Type something first.").format(name=name))
        return ""
    return text


def refuse_control_characters(value: object, name: str) -> None:
    """Raise `ServiceError` if text has control characters, where `clean` must not leave them out.

    `name` is as in `clean`.
    """
    if isinstance(value, str) and (hidden := _CONTROL.search(value.strip())):
        raise _hidden(name, hidden[0])


def tidy(value: str, limit: int) -> str:
    """Return foreign text, such as the title of a web site, as one line of `limit` code points.

    Unlike `clean` it refuses nothing: hidden characters and further marks on a letter are left out,
    and what is too long is cut and ends with an ellipsis. Text without anything visible is empty.
    """
    text = _LINE_ENDS.sub(" ", value[: limit * _TIDY_READS])
    for hidden in (_CONTROL, _SURROGATE, _DIRECTION):
        text = hidden.sub("", text)
    text = unicodedata.normalize("NFC", without_many_marks(" ".join(text.split())))
    text = without_many_marks(text)  # as in `clean`
    if len(text) > limit:
        text = text[: limit - 1].rstrip() + "…"
    return text if is_visible(text) else ""


def trim(text: str) -> str:
    """Return `text` without the white space and the invisible characters around it."""
    backwards = text[_unseen(text) :][::-1]
    return backwards[_unseen(backwards) :][::-1]


def is_visible(text: str) -> bool:
    """Return whether `text` has a visible character."""
    return _INVISIBLE.fullmatch(text) is None


def _unseen(text: str) -> int:
    """Return how many characters at the beginning of `text` are invisible."""
    found = _INVISIBLE.match(text)
    return found.end() if found else 0


def _hidden(name: str, character: str) -> ServiceError:
    return ServiceError(
        _("{name} contains a hidden character ({code}). Type it instead of pasting it.").format(
            name=name, code=f"U+{ord(character):04X}"
        )
    )


def _too_long(name: str, length: int, limit: int) -> ServiceError:
    over = length - limit
    sentence = plural(
        "{name} is {over} character too long. Shorten it to {limit} characters.",
        "{name} is {over} characters too long. Shorten it to {limit} characters.",
        over,
    )
    return ServiceError(sentence.format(name=name, over=number(over), limit=number(limit)))


def _check_combining_marks(text: str, name: str, multiline: bool) -> None:
    if text.isascii():
        return
    marks, limit = _MARKS_IN_MESSAGES if multiline else _MARKS_IN_NAMES
    runs = groupby(text, lambda character: unicodedata.category(character) in marks)
    if any(is_mark and len(list(run)) > limit for is_mark, run in runs):
        raise ServiceError(
            _("{name} has too many accents on one letter. Remove some and try again.").format(
                name=name
            )
        )


def without_many_marks(text: str) -> str:
    """Return text with at most as many combining marks in a row as a name may have."""
    if text.isascii():
        return text
    marks, limit = _MARKS_IN_NAMES
    runs = groupby(text, lambda character: unicodedata.category(character) in marks)
    kept = (islice(run, limit) if is_mark else run for is_mark, run in runs)
    return "".join(chain.from_iterable(kept))

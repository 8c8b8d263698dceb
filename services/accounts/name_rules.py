"""What people, rooms and topics may be called, and which usernames look alike."""

import re
import unicodedata
from functools import cache

from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.text import clean, is_visible

USERNAME_LENGTHS = range(2, 33)
DISPLAY_NAME_LIMIT = 40
ROOM_NAME_LIMIT = 60
TOPIC_LIMIT = 200
REASON_LIMIT = 200
ABOUT_LIMIT = 300

_JOINERS = "\u200c\u200d"
_WITHOUT_JOINERS = str.maketrans("", "", _JOINERS)
_VIRAMA = 9  # the canonical combining class of the sign that makes two letters one

# Two regional indicators; and a joiner, a skin tone, or the tag letters of a flag.
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_HANGING = re.compile("[\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")

# Scripts that are written together, the "Highly Restrictive" level of
# https://www.unicode.org/reports/tr39/#Restriction_Level_Detection.
_WRITTEN_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)


CALLS = frozenset({"here", "room"})
"""What calls everybody in a room, as if it were a username."""


def check_username(value: object) -> str:
    """Return `value` as a username in NFKC: 2 to 32 code points, letter case kept.

    Letters of any script with their marks, digits, `_`, `.`, `-` after the first
    character, and the joiners that Indic conjuncts need (RFC 5892, appendix A). Raises
    `ServiceError` for anything else, and for scripts that nobody writes in one word
    (`_WRITTEN_TOGETHER`), the cheapest way to imitate a name.
    """
    name = clean(value, USERNAME_LENGTHS[-1], name=_("The username"), multiline=False)
    name = unicodedata.normalize("NFKC", name)
    if len(name) not in USERNAME_LENGTHS:
        raise ServiceError(
            _("A username has {least} to {most} characters. Choose another.").format(
                least=USERNAME_LENGTHS[0], most=USERNAME_LENGTHS[-1]
            )
        )
    if not all(map(_fits_username, name, " " + name)):
        raise ServiceError(
            _("A username is made of letters, digits, and _ . - without spaces. Choose another.")
        )
    if not _is_letter_or_digit(name[0]):
        raise ServiceError(_("A username begins with a letter or a digit. Choose another."))
    if name.casefold() in CALLS:
        raise ServiceError(
            _("@{name} calls everybody in a room. Choose another.").format(name=name)
        )
    # Loaded when it is needed, as below: the package reads Unicode's tables, which takes a while.
    from confusable_homoglyphs.categories import unique_aliases

    scripts = unique_aliases(name) - {"COMMON", "INHERITED"}
    if len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
        raise ServiceError(_("A username keeps to the letters of one script. Choose another."))
    return name


def username_key(name: str) -> str:
    """Return what a username is looked up by: NFKC without regard to case.

    This is the compatibility caseless match of the Unicode Standard §3.13 (D146), without
    the joiners, which nobody can see. It may be given what a stranger typed: text that can
    be no username has the empty key, which is nobody's.
    """
    if len(name) > 4 * USERNAME_LENGTHS[-1] or re.search("[\x00\ud800-\udfff]", name):
        return ""
    folded = unicodedata.normalize("NFD", name.translate(_WITHOUT_JOINERS)).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold()
    return unicodedata.normalize("NFKC", folded)


def skeleton(name: str) -> str:
    """Return the shape of a username: two names with one shape are hard to tell apart.

    This is the confusable skeleton of
    https://www.unicode.org/reports/tr39/#Confusable_Detection, taken from the name as it
    is shown and then without regard to case: `0` meets `o`, `1` meets `l`, `m` meets `rn`
    and a Cyrillic `а` the Latin one. A capital `I` meets `l`, the small `i` does not, so
    `Iisa` meets `lisa` while `ali` and `all` stay apart. Hence `Iisa` and `iisa` differ
    here: a name is free only if both its `username_key` and its `skeleton` are.
    """
    shape, before = unicodedata.normalize("NFKD", name.translate(_WITHOUT_JOINERS)), ""
    # Folding case can uncover a letter that has a prototype of its own, hence the loop.
    while shape != before:
        before = shape
        shape = "".join(_prototypes().get(character, character) for character in shape)
        shape = unicodedata.normalize("NFKD", shape.casefold())
    return shape


def check_display_name(value: object, fallback: str) -> str:
    """Return the name that others see, up to 40 characters; `fallback` if it is empty.

    Raises `ServiceError` for text that `services.core.text.clean` refuses in a single line.
    """
    typed = "" if value is None else value
    name = _("The display name")
    return clean(typed, DISPLAY_NAME_LIMIT, name=name, multiline=False, required=False) or fallback


def check_room_name(value: object) -> str:
    """Return a room's name, 1 to 60 characters in one line, or raise `ServiceError`."""
    return clean(value, ROOM_NAME_LIMIT, name=_("The room name"), multiline=False)


def check_topic(value: object) -> str:
    """Return a room's topic, up to 200 characters in one line, or raise `ServiceError`."""
    return clean(value, TOPIC_LIMIT, name=_("The topic"), multiline=False, required=False)


def check_reason(value: object) -> str:
    """Return a reason: one line of at most 200 characters. Raises `ServiceError`."""
    typed = "" if value is None else value
    return clean(typed, REASON_LIMIT, name=_("The reason"), multiline=False, required=False)


def check_about(value: object) -> str:
    """Return what somebody says of themselves, up to 300 characters, or raise `ServiceError`."""
    return clean("" if value is None else value, ABOUT_LIMIT, name=_("About you"), required=False)


def check_words(value: object) -> str:
    """Return what somebody looks for among rooms, in one line; nothing if it is no text."""
    typed = value[:TOPIC_LIMIT] if isinstance(value, str) else ""
    name = _("What you look for")
    return clean(typed, TOPIC_LIMIT, name=name, multiline=False, required=False)


def _is_letter_or_digit(character: str) -> bool:
    category = unicodedata.category(character)
    return category == "Nd" or (category.startswith("L") and is_visible(character))


def _fits_username(character: str, before: str) -> bool:
    if character in "_.-" or _is_letter_or_digit(character):
        return True
    if character in _JOINERS:
        return unicodedata.combining(before) == _VIRAMA
    return unicodedata.category(character) in {"Mn", "Mc"} and is_visible(character)


@cache
def _prototypes() -> dict[str, str]:
    """Map each confusable character to the text that stands for all that look like it.

    The package keeps Unicode's list in both directions, in the order of the file, and
    right-to-left characters between two marks (U+200E). A character that is mapped has
    one partner, its prototype; a prototype may have many. Of two that have only each
    other, the first to appear is the mapped one.
    """
    from confusable_homoglyphs.confusables import confusables_data

    prototypes: dict[str, str] = {}
    for character, partners in confusables_data.items():
        source, target = character.strip("\u200e"), partners[0]["c"].strip("\u200e")
        if len(partners) == 1 and len(source) == 1 and prototypes.get(target) != source:
            prototypes[source] = target
    return prototypes


def initials(display_name: str) -> str:
    """Return one or two characters, as a reader counts them, to draw for a person.

    The first of the first and the last word that begin with a letter or a digit, or, if
    none does, the first character of the name: "Asha Rao" is "AR", "आशा" is "आ".
    """
    words = [word for word in display_name.split() if _is_letter_or_digit(word[0])]
    chosen = [words[0], words[-1]] if len(words) > 1 else words or [display_name.strip()]
    return "".join(map(_first_grapheme, chosen))


def _first_grapheme(word: str) -> str:
    """Return the first character with all that hangs on it, in capitals.

    A short form of https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundaries:
    marks and emoji modifiers stay, and a zero-width joiner or an Indic virama takes the
    next letter along.
    """
    if flag := _FLAG.match(word):
        return flag[0]
    end = 1
    while end < len(word) and _belong_together(word[end - 1], word[end]):
        end += 1
    return word[:end].upper()


def _belong_together(before: str, character: str) -> bool:
    if before == "\u200d" or unicodedata.category(character).startswith("M"):
        return True
    if unicodedata.combining(before) == _VIRAMA and character.isalpha():
        return True
    return _HANGING.match(character) is not None

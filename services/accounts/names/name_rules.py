"""Validation of names and other short texts, and detection of look-alike usernames."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from services.core.errors import ServiceError, about
from services.core.i18n import _, number
from services.core.text import clean, is_visible, refuse_control_characters, trim

USERNAME_LENGTHS = range(2, 33)
DISPLAY_NAME_LIMIT = 40
ROOM_NAME_LIMIT = 60
TOPIC_LIMIT = 200
REASON_LIMIT = 200
PASSKEY_NAME_LIMIT = 60
DEVICE_NAME_LIMIT = 60
ABOUT_LIMIT = 300

_JOINERS = "\u200c\u200d"
_WITHOUT_JOINERS = str.maketrans("", "", _JOINERS)
_DOTS = frozenset(".,:;'\"\u00b7\u2022\u2024\u2027")
_VIRAMA = 9  # the canonical combining class of the sign that joins two consonants

# Two regional indicators; a joiner, a skin tone, or the tag characters of a flag.
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_EXTENDING = re.compile("[\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")

# Scripts that are used together, by the "Highly Restrictive" level of
# https://www.unicode.org/reports/tr39/#Restriction_Level_Detection.
_WRITTEN_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)


RESERVED_NAMES = frozenset({"here", "room"})
"""Mentions of a whole room, not usernames."""

SPEAKING_NAMES = (
    "Lobby",
    "Admin",
    "Administrator",
    "System",
    "Moderator",
    "Support",
    "Server",
    "Simple Chat",
)
"""Names under which somebody could speak for the chat: only administrators may have them."""


@about("username")
def check_username(value: object) -> str:
    """Return `value` as a username: 2 to 32 code points in NFKC, in its letter case.

    Allowed are letters of any script with their marks, digits, `_`, `.` and `-` after the
    first character, and the joiners of Indic conjuncts (RFC 5892, appendix A). Raises
    `ServiceError` for anything else, and for mixed scripts (except `_WRITTEN_TOGETHER`), the
    easiest way to imitate a name.
    """
    label = _("The username")
    typed = trim(value) if isinstance(value, str) else value
    refuse_control_characters(typed, label)  # a name is never other than what was typed
    name = clean(typed, USERNAME_LENGTHS[-1], name=label, multiline=False)
    name = unicodedata.normalize("NFKC", name)
    if len(name) not in USERNAME_LENGTHS:
        raise ServiceError(
            _("A username must have {least} to {most} characters. Choose another.").format(
                least=number(USERNAME_LENGTHS[0]), most=number(USERNAME_LENGTHS[-1])
            )
        )
    if not all(map(_fits_username, name, " " + name)):
        raise ServiceError(
            _("A username can contain letters, digits and _ . - but no spaces. Choose another.")
        )
    if not _is_letter_or_digit(name[0]):
        raise ServiceError(_("A username must begin with a letter or a digit. Choose another."))
    if name.casefold() in RESERVED_NAMES:
        raise ServiceError(
            _("@{name} notifies everyone in a room. Choose another.").format(name=name)
        )
    # Imported on first use, here and below: the package loads Unicode's tables, which is slow.
    from confusable_homoglyphs.categories import unique_aliases

    scripts = unique_aliases(name) - {"COMMON", "INHERITED"}
    if len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
        raise ServiceError(_("A username can't mix letters of different scripts. Choose another."))
    return name


def username_key(name: str) -> str:
    """Return the key to look a username up by: NFKC, case-folded, without joiners.

    What is typed may have white space around it: keyboards of phones put a space behind a name
    that they complete. The rest is the compatibility caseless match of the Unicode Standard §3.13
    (D146). Accepts any text: the key of what cannot be a username is empty, which no user has.
    """
    if len(name) > 4 * USERNAME_LENGTHS[-1] or re.search("[\x00\ud800-\udfff]", name):
        return ""
    folded = unicodedata.normalize("NFD", trim(name).translate(_WITHOUT_JOINERS)).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold()
    return unicodedata.normalize("NFKC", folded)


def typed_key(typed: object) -> str:
    """Return the `username_key` of what somebody typed, with or without `@`; empty if no text."""
    return username_key(re.sub("^[@＠]", "", trim(typed))) if isinstance(typed, str) else ""


def skeleton(name: str) -> str:
    """Return the shape of a username: names that look alike have the same.

    This is the confusable skeleton of
    https://www.unicode.org/reports/tr39/#Confusable_Detection, of the name as displayed, then
    case-folded: `0` equals `o`, `1` equals `l`, `m` equals `rn`, and a Cyrillic `а` the Latin
    one. A capital `I` equals `l`, the small `i` does not, so `Iisa` equals `lisa`, while `ali`
    and `all` differ. As `Iisa` and `iisa` differ too, a name is available only if both its
    `username_key` and its `skeleton` are.
    """
    shape, before = unicodedata.normalize("NFKD", name.translate(_WITHOUT_JOINERS)), ""
    # Case folding can produce a letter that has a prototype itself, hence the loop.
    while shape != before:
        before = shape
        shape = "".join(_prototypes().get(character, character) for character in shape)
        shape = unicodedata.normalize("NFKD", shape.casefold())
    return shape


def likeness(name: str) -> str:
    """Return a key that is the same for all names that anybody may mistake for each other.

    Wider than `skeleton`: spaces, dots, dashes and invisible characters make no difference, and
    `i` equals `l`, as its capital does. So it also unites some names that people tell apart,
    such as "Ali" and "All": enough to show more of both, and too much to refuse one.
    """
    return skeleton(_letters(name)).replace("i", "l").replace("\u0131", "l")


def looks_like(name: str, other: str) -> bool:
    """Return whether people mistake one name for the other, as displayed or in lower case."""
    one, two = _letters(name), _letters(other)
    return skeleton(one) == skeleton(two) or skeleton(one.casefold()) == skeleton(two.casefold())


def is_reserved(name: str, site: Iterable[str] = ()) -> bool:
    """Return whether a name looks like one that speaks for the chat itself, or like its `site`."""
    return likeness(name) in map(likeness, (*SPEAKING_NAMES, *site))


@about("display_name")
def check_display_name(value: object, fallback: str) -> str:
    """Return a display name of at most 40 characters; `fallback` if it is empty.

    Raises `ServiceError` for text that `services.core.text.clean` refuses in a single line, and
    for an `@`: that begins what the chat itself writes beside a name that two people have.
    """
    typed = "" if value is None else value
    name = _("The display name")
    shown = clean(typed, DISPLAY_NAME_LIMIT, name=name, multiline=False, required=False)
    if "@" in unicodedata.normalize("NFKC", shown):
        raise ServiceError(_("A display name can't contain @. Choose another."))
    return shown or fallback


@about("name")
def check_room_name(value: object) -> str:
    """Return a room name: one line of 1 to 60 characters. Raises `ServiceError`."""
    return clean(value, ROOM_NAME_LIMIT, name=_("The room name"), multiline=False)


@about("topic")
def check_topic(value: object) -> str:
    """Return a topic: one line of at most 200 characters. Raises `ServiceError`."""
    return clean(value, TOPIC_LIMIT, name=_("The topic"), multiline=False, required=False)


@about("reason")
def check_reason(value: object) -> str:
    """Return a reason: one line of at most 200 characters. Raises `ServiceError`."""
    typed = "" if value is None else value
    return clean(typed, REASON_LIMIT, name=_("The reason"), multiline=False, required=False)


@about("name")
def check_passkey_name(value: object) -> str:
    """Return the name of a passkey: one line of at most 60 characters. Raises `ServiceError`."""
    name = _("The name of the passkey")
    return clean(value, PASSKEY_NAME_LIMIT, name=name, multiline=False)


@about("name")
def check_device_name(value: object) -> str:
    """Return the name of a bot or app: one line of at most 60 characters. Raises `ServiceError`."""
    return clean(value, DEVICE_NAME_LIMIT, name=_("The name"), multiline=False)


@about("about")
def check_about(value: object) -> str:
    """Return what a user says about themselves: at most 300 characters. Raises `ServiceError`."""
    return clean("" if value is None else value, ABOUT_LIMIT, name=_("About you"), required=False)


def check_search_text(value: object) -> str:
    """Return a search text for rooms and people in one line; empty if `value` is not text."""
    typed = value[:TOPIC_LIMIT] if isinstance(value, str) else ""
    name = _("The search")
    return clean(typed, TOPIC_LIMIT, name=name, multiline=False, required=False)


def _letters(name: str) -> str:
    """Return a name without what is hardly seen in it, if it has anything else."""
    return "".join(character for character in name if not _is_faint(character)) or name


def _is_faint(character: str) -> bool:
    category = unicodedata.category(character)
    if not is_visible(character) or category[0] in "ZC":
        return True
    # Dashes, brackets and quotation marks, and of the others those that are dots and ticks.
    return character in _DOTS if category == "Po" else category[0] == "P"


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
    """Map each confusable character to its prototype, the same for all that look like it.

    The package has Unicode's list in both directions, in the order of the file, with
    right-to-left characters between two U+200E. A mapped character has one partner, its
    prototype; a prototype may have many. Of two that have only each other, the first in
    the list is the mapped one.
    """
    from confusable_homoglyphs.confusables import confusables_data

    prototypes: dict[str, str] = {}
    for character, partners in confusables_data.items():
        source, target = character.strip("\u200e"), partners[0]["c"].strip("\u200e")
        if len(partners) == 1 and len(source) == 1 and prototypes.get(target) != source:
            prototypes[source] = target
    return prototypes


def initials(display_name: str) -> str:
    """Return the initials of a name: one or two grapheme clusters, in capitals.

    They are those of the first and the last word that begin with a letter or a digit, or, if
    no word does, the first of the name: "Asha Rao" is "AR", "आशा" is "आ".
    """
    words = [word for word in display_name.split() if _is_letter_or_digit(word[0])]
    chosen = [words[0], words[-1]] if len(words) > 1 else words or [display_name.strip()]
    return "".join(map(_first_grapheme, chosen))


def _first_grapheme(word: str) -> str:
    """Return the first grapheme cluster of a word, in capitals.

    A simplified form of https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundaries:
    it includes marks and emoji modifiers, and what follows a zero-width joiner or an Indic
    virama.
    """
    if flag := _FLAG.match(word):
        return flag[0]
    end = 1
    while end < len(word) and _in_one_cluster(word[end - 1], word[end]):
        end += 1
    return word[:end].upper()


def _in_one_cluster(before: str, character: str) -> bool:
    if before == "\u200d" or unicodedata.category(character).startswith("M"):
        return True
    if unicodedata.combining(before) == _VIRAMA and character.isalpha():
        return True
    return _EXTENDING.match(character) is not None

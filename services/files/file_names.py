"""Make the name of a file safe to show and to save, whatever it was on the sender's machine.

Nobody types a file's name for the chat, so it is never a reason to refuse the file: what could
mislead is left out, and what is too long is shortened before its ending, by which systems open it.
"""

import re
import unicodedata

from services.core.i18n import _
from services.core.text import is_visible, without_many_marks

NAME_LIMIT = 200
"""The maximum length of a file's name, in characters."""
MAX_SAVED_BYTES = 255
"""Of a file's name in UTF-8, in most file systems."""
MAX_ENDING = 20
"""Characters of an ending; what is longer is no ending."""

# Blanks that are no white space: a row of them hides what follows it.
_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
# Control characters, lone surrogates, and what has no look of its own or turns other characters
# around; but the two joiners stay, since Hindi, Persian and emoji need them.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb]"
)
_JOINERS = "\u200c\u200d"
_ENDING = re.compile(rf"(?<=.)(?:\.tar)?\.[^.\s]{{1,{MAX_ENDING - 1}}}$")


def safe(name: str) -> str:
    """Return a file's name without folders, of at most `NAME_LIMIT` characters.

    A name of which nothing is left becomes “File”.
    """
    # Longer ones are not normalised: that takes time. NFC makes four characters one at most.
    name = name[-8 * NAME_LIMIT :] if len(name) > 8 * NAME_LIMIT else name
    name = name.replace("\\", "/").rpartition("/")[2]
    name = _HIDDEN.sub("", " ".join(_BLANK.sub(" ", name).split()))
    name = unicodedata.normalize("NFC", without_many_marks(unicodedata.normalize("NFC", name)))
    # Windows leaves out dots and spaces at the end: `game.exe.` is still a program.
    name = name.strip().rstrip(". ")
    if not is_visible(name):
        return _("File")
    return name if len(name) <= NAME_LIMIT else _shorten(name, NAME_LIMIT - len(_ending(name)))


def to_save(name: str) -> str:
    """Return a safe name such that file systems take it."""
    if len(name.encode()) <= MAX_SAVED_BYTES:
        return name
    left = MAX_SAVED_BYTES - len(_ending(name).encode())
    characters = len(name.encode()[: left - len("…".encode())].decode(errors="ignore"))
    return _shorten(name, characters + 1)


def _ending(name: str) -> str:
    """Return the ending of a name, with its dot, or nothing."""
    found = _ENDING.search(name)
    return found[0] if found else ""


def _shorten(name: str, characters: int) -> str:
    """Return a name with so many characters before its ending, the last of which says so."""
    at = characters - 1
    while at > 1 and _continues(name[at - 1], name[at]):
        at -= 1
    return f"{name[:at].rstrip()}…{_ending(name)}"


def _continues(before: str, character: str) -> bool:
    """Return whether a character is drawn as one with the one before it."""
    is_modifier = "\U0001f3fb" <= character <= "\U0001f3ff"  # the colour of skin
    is_part = unicodedata.category(character).startswith("M") or is_modifier
    return is_part or character in _JOINERS or before == "\u200d"

"""The security log in the terminal: its lines, and whether its chain is whole."""

import unicodedata
from collections.abc import Mapping

from services.accounts.security.security_chain import Break, Verification
from services.core.i18n import _, plural

_FIELDS = ("actor", "person", "address", "device", "count", "detail")


def line(row: Mapping[str, object]) -> str:
    """Return an entry as one line: its number, time and kind, then `name="value"` for the rest."""
    shown = ((name, str(row[name])) for name in _FIELDS if row[name])
    fields = [
        f'{name}="{escape(value)}"' for name, value in shown if (name, value) != ("count", "1")
    ]
    return " ".join([*(escape(str(row[name])) for name in ("id", "at", "kind")), *fields])


def escape(text: str) -> str:
    r"""Return `text` so that it can neither end its field or line nor change what is around it.

    Escaped as in Python (`\n`, `\x1b`, `\u202e`) are the backslash, the quote, and all that is not
    printable: line ends (also U+0085, U+2028 and U+2029), controls such as the escape sequences of
    terminals, directional and invisible format characters, lone surrogates, private use, unassigned,
    and every space but U+0020. So are combining marks at the beginning, which would be drawn on the
    quote.
    """
    return "".join(
        character.encode("unicode_escape").decode() if _is_unsafe(character, at) else character
        for at, character in enumerate(text)
    ).replace('"', '\\"')


def _is_unsafe(character: str, at: int) -> bool:
    is_mark = at == 0 and unicodedata.category(character).startswith("M")
    return character == "\\" or is_mark or not character.isprintable()


def sentence(verified: Verification) -> str:
    """Return the result of a verification as a sentence."""
    if verified.broken is None:
        return plural(
            "The security log is complete: {count} entry, the newest is number {number} ({hash}).",
            "The security log is complete: {count} entries, the newest is number "
            "{number} ({hash}).",
            verified.count,
        ).format(count=verified.count, number=verified.newest_id, hash=verified.newest_hash)
    sentences = {
        Break.MISSING: _("Entry {number} of the security log is missing."),
        Break.CHANGED: _("Entry {number} of the security log was changed, or the one before it."),
        Break.BEGINNING: _("Entries of the security log before number {number} are missing."),
        Break.END: _("Entries of the security log after number {number} were removed or added."),
    }
    return sentences[verified.broken].format(number=verified.broken_id)

"""The words people read, in their language.

Every sentence that a person sees goes through `_`. The catalogs are the files
`services/core/locales/<language>.po`; a language without one, and a sentence that its
catalog lacks, is shown in English.
"""

import gettext
import io
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGS = Path(__file__).parent / "locales"

_language: ContextVar[str] = ContextVar("language", default="en")


def _(sentence: str) -> str:
    """Return `sentence` in the reader's language, or as it is."""
    return _catalog(_language.get()).gettext(sentence)


def N_(sentence: str) -> str:
    """Mark a sentence for the catalogs that is put through `translate` elsewhere."""
    return sentence


def translate(marked: str) -> str:
    """Return a sentence that `N_` has marked in the reader's language, or as it is."""
    return _catalog(_language.get()).gettext(marked)


def plural(one: str, many: str, count: int) -> str:
    """Return the form of a sentence that fits `count`; the caller fills in the number."""
    return _catalog(_language.get()).ngettext(one, many, count)


def language() -> str:
    """Return the code of the reader's language, such as `en` or `hi`."""
    return _language.get()


def choose_language(accepted: Iterable[str]) -> str:
    """Read in the first of the `accepted` languages that we have, and say which that is.

    `accepted` holds codes as in an `Accept-Language` header, the dearest first
    (RFC 9110 §12.5.4). The choice holds for the task that makes it.
    """
    chosen = _negotiate(tuple(accepted))
    set_language(chosen)
    return chosen


def set_language(code: str) -> None:
    """Read in the language of this code, as `language` returned it, within this task."""
    _language.set(code)


def languages() -> list[str]:
    """Return the codes of the languages that we have."""
    return list(_known())


@lru_cache(maxsize=256)
def _negotiate(accepted: tuple[str, ...]) -> str:
    known = _known()
    matched = negotiate_locale(list(accepted), known, sep="-") or "en"
    # It comes back as it was asked for, and HI is hi (RFC 5646 §2.1.1).
    return next((code for code in known if code.lower() == matched.lower()), "en")


@cache
def _known() -> list[str]:
    return ["en", *(path.stem for path in CATALOGS.glob("*.po"))]


@cache
def _catalog(code: str) -> gettext.NullTranslations:
    path = CATALOGS / f"{code}.po"
    if not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as po:
        catalog = read_po(po, locale=Locale.parse(code))
    binary = io.BytesIO()
    write_mo(binary, catalog)
    binary.seek(0)
    return gettext.GNUTranslations(binary)

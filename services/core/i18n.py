"""Translations.

Every sentence that a person sees goes through `_`. The catalogs are
`services/core/locales/<language>.po`; what has no translation is shown in English.
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
    """Return `sentence` in the reader's language; unchanged if it is not translated."""
    return _catalog(_language.get()).gettext(sentence)


def N_(sentence: str) -> str:
    """Mark a sentence for the catalogs; it is translated later, by `translate`."""
    return sentence


def translate(marked: str) -> str:
    """Return a sentence marked by `N_` in the reader's language."""
    return _catalog(_language.get()).gettext(marked)


def plural(one: str, many: str, count: int) -> str:
    """Return the translated form of a sentence for `count`; the caller fills in the number."""
    return _catalog(_language.get()).ngettext(one, many, count)


def language() -> str:
    """Return the code of the reader's language, such as `en` or `hi`."""
    return _language.get()


def choose_language(accepted: Iterable[str]) -> str:
    """Set the language to the first of `accepted` that has a catalog, and return its code.

    `accepted` holds codes as in an `Accept-Language` header, preferred ones first
    (RFC 9110 §12.5.4). The choice applies to the current task.
    """
    chosen = _negotiate(tuple(accepted))
    set_language(chosen)
    return chosen


def set_language(code: str) -> None:
    """Set the language of the current task, to a code that `language` returned."""
    _language.set(code)


def languages() -> list[str]:
    """Return the codes of the available languages."""
    return list(_known())


@lru_cache(maxsize=256)
def _negotiate(accepted: tuple[str, ...]) -> str:
    known = _known()
    matched = negotiate_locale(list(accepted), known, sep="-") or "en"
    # It comes back in the requested case: HI for hi (RFC 5646 §2.1.1).
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

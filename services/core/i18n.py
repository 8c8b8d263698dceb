"""Translations.

Every sentence that a person sees goes through `_`. The catalogs are
`services/core/locales/<language>.po`; what has no translation is shown in English.
"""

import datetime
import gettext
import io
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale, negotiate_locale

CATALOGS = Path(__file__).parent / "locales"

PSEUDO = "ar-XB"
"""A made-up language that is written from right to left: English sentences, to try the layout.
It is offered to nobody; with `--edit`, a browser that asks for it gets it."""

DIGITS = {"mr": str.maketrans("0123456789", "०१२३४५६७८९")}
"""The digits of languages that have others (CLDR), which Babel does not write itself."""

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


def number(value: float, *, decimals: int = 0) -> str:
    """Return a number in the reader's language: `1,234,567` in English, `१२,३४,५६७` in Marathi.

    Not for what is drawn once for readers of every language, as messages are: in them, the browser
    writes what an element has as `data-figure` (`chat_ui/components/numbers.js`).
    """
    written = f"{value:.{decimals}f}"
    if decimals or not -1000 < value < 1000:
        from babel.numbers import format_decimal  # few pages have such numbers

        pattern = "#,##0." + "0" * decimals if decimals else None
        written = format_decimal(float(written), format=pattern, locale=_locale())
    return _in_digits(written)


def date(day: datetime.date) -> str:
    """Return a day in the reader's language: `Jan 31, 2026` in English."""
    from babel.dates import format_date  # few pages have such days: browsers write most

    return _in_digits(format_date(day, locale=_locale()))


def _locale() -> str:
    code = _language.get()
    return "en" if code == PSEUDO else code


def _in_digits(written: str) -> str:
    return written.translate(DIGITS.get(_language.get(), {}))


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


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of the languages that are offered: English, and each that has a catalog."""
    return ("en", *sorted(path.stem for path in CATALOGS.glob("*.po")))


def direction() -> str:
    """Return `ltr` or `rtl`: how the reader's language is written."""
    return _direction(_language.get())


@cache
def _direction(code: str) -> str:
    return "rtl" if code == PSEUDO else Locale.parse(code, sep="-").text_direction


def allow_pseudo() -> None:
    """Let browsers ask for `PSEUDO`."""
    if PSEUDO not in _known():
        _known().append(PSEUDO)


@cache
def own_name(code: str) -> str:
    """Return what a language of `languages` calls itself, such as `हिन्दी`."""
    return Locale.parse(code).get_display_name(code) or code


@lru_cache(maxsize=256)
def _negotiate(accepted: tuple[str, ...]) -> str:
    known = _known()
    matched = negotiate_locale(list(accepted), known, sep="-") or "en"
    # It comes back in the requested case: HI for hi (RFC 5646 §2.1.1).
    return next((code for code in known if code.lower() == matched.lower()), "en")


@cache
def _known() -> list[str]:
    return list(languages())


@cache
def _catalog(code: str) -> gettext.NullTranslations:
    path = CATALOGS / f"{code}.po"
    if not path.is_file():
        return gettext.NullTranslations()
    # Not every start needs these: in English there is no catalog.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as po:
        catalog = read_po(po, locale=Locale.parse(code))
    binary = io.BytesIO()
    write_mo(binary, catalog)
    binary.seek(0)
    return gettext.GNUTranslations(binary)

"""Human-readable file sizes."""

from services.core import i18n

UNITS = ("kB", "MB", "GB", "TB")


def text(size: int) -> str:
    """Return a number of bytes in SI units, rounded to at least two digits, such as `2.4 MB`.

    It is written in the reader's language, so it is not for messages: see `number` of `i18n`.
    """
    number, unit = float(size), "B"
    for larger in UNITS:
        if number < 999.5:
            break
        number, unit = number / 1000, larger
    decimals = 1 if number < 9.95 and unit != "B" else 0
    return f"{i18n.number(number, decimals=decimals)} {unit}"

"""Human-readable file sizes."""

UNITS = ("kB", "MB", "GB", "TB")


def text(size: int) -> str:
    """Return a number of bytes in SI units, rounded to at least two digits, such as `2.4 MB`.

    In any language: messages, which are drawn once for everybody, have sizes in them.
    """
    number, unit = float(size), "B"
    for larger in UNITS:
        if number < 999.5:
            break
        number, unit = number / 1000, larger
    return f"{number:.1f} {unit}" if number < 9.95 and unit != "B" else f"{number:.0f} {unit}"

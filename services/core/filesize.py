"""Sizes of files, as people read them."""

UNITS = ("kB", "MB", "GB", "TB")


def say(size: int) -> str:
    """Return a number of bytes in the SI's units, as `2.4 MB`: two digits or more, rounded."""
    number, unit = float(size), "B"
    for larger in UNITS:
        if number < 999.5:
            break
        number, unit = number / 1000, larger
    return f"{number:.1f} {unit}" if number < 9.95 and unit != "B" else f"{number:.0f} {unit}"

"""Colours, as hosts write them."""

import re

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)


def is_colour(text: str) -> bool:
    """Return whether a text is a colour such as `#4b57d6`."""
    return _COLOUR.fullmatch(text) is not None

"""The round picture of a person: one that they uploaded, or their initials on a colour."""

from functools import lru_cache

import htpy as h
from markupsafe import Markup

from services.accounts.names.name_rules import initials
from services.core.dto import UserSummary


def draw(person: UserSummary, *, large: bool = False) -> Markup:
    """Return the avatar; it adds nothing to the name beside it, so screen readers skip it."""
    if person.avatar:
        return _photo(person.user_id, person.avatar, large)
    return _initials(int(person.hue), initials(person.display_name))


def address(user_id: int, digest: str, *, small: bool) -> str:
    """Return the address of a picture: a new one has another, so browsers may keep each forever."""
    return f"/avatars/{user_id}/{digest}" + ("/small" if small else "")


@lru_cache(maxsize=1000)
def _photo(user_id: int, digest: str, large: bool) -> Markup:
    where = address(user_id, digest, small=not large)
    drawn = h.img(".avatar", src=where, alt="", width="36", height="36", decoding="async")
    return Markup(drawn)  # noqa: S704 - drawn by htpy


@lru_cache(maxsize=1000)  # every message and every list has them
def _initials(hue: int, letters: str) -> Markup:
    drawn = h.svg(".avatar", viewBox="0 0 40 40", style=f"--hue:{hue}", aria_hidden="true")[
        h.circle(cx="20", cy="20", r="20"),
        h.text(x="20", y="20", dy=".35em", text_anchor="middle")[letters],
    ]
    return Markup(drawn)  # noqa: S704 - drawn by htpy


STYLE = """
.avatar { inline-size: 36px; block-size: 36px; flex: none; border-radius: 50%; object-fit: cover; }
.avatar circle { fill: var(--avatar); }
.avatar text { fill: var(--on-avatar); font: 600 var(--text-l)/1 var(--font); }
"""

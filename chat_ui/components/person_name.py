"""The name of a person, with their username beside it where others have that name, too."""

import htpy as h

from services.core.dto import UserSummary


def draw(person: UserSummary) -> h.Fragment:
    """Return the display name as HTML; the username is drawn less prominently."""
    handle = person.display_name.removeprefix(person.own_name)
    return h.fragment[person.own_name, h.span(".handle")[handle] if handle else None]


STYLE = """
.handle { color: var(--muted); font-weight: 400; white-space: pre-wrap; }
"""

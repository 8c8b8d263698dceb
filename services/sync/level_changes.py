"""When a person changed what notifies them, for their apps.

It is in memory, and told once too often rather than never.
"""

from collections import OrderedDict

from services.sync import moments

MAX_PEOPLE = 5_000

_changed: OrderedDict[int, int] = OrderedDict()
"""By person, as `moments.tick` gives times; oldest first."""
_unknown_before = 0
"""Whoever asks since an earlier moment may have missed something."""


def start() -> None:
    """Begin to take notes: of what was before, nothing is known."""
    global _unknown_before
    _changed.clear()
    _unknown_before = moments.tick()


def note(user_id: int) -> None:
    """Take that a person has changed what notifies them."""
    global _unknown_before
    _changed[user_id] = moments.tick()
    _changed.move_to_end(user_id)
    while len(_changed) > MAX_PEOPLE:
        _unknown_before = _changed.popitem(last=False)[1]


def is_any(moment: int, user_id: int) -> bool:
    """Return whether a person may have changed it since a moment; 0 is one that nobody was told."""
    return 0 < moment < max(_unknown_before, _changed.get(user_id, 0))

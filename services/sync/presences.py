"""Whose presence has changed, for apps: in memory, as it is only news for a while."""

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
    """Take that a person has come, gone, or is away."""
    global _unknown_before
    _changed[user_id] = moments.tick()
    _changed.move_to_end(user_id)
    while len(_changed) > MAX_PEOPLE:
        _unknown_before = _changed.popitem(last=False)[1]


def since(moment: int) -> set[int] | None:
    """Return for whom it has changed since a moment; None where that is not known."""
    if moment < _unknown_before or not moment:
        return None
    found = set[int]()
    for user_id in reversed(_changed):
        if _changed[user_id] <= moment:
            break
        found.add(user_id)
    return found

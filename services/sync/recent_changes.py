"""When something of a person changed last, for apps: in memory, as it is only news for a while.

It is told once too often rather than never.
"""

from collections import OrderedDict

from services.sync import moments

MAX_PEOPLE = 5_000


class RecentChanges:
    """The last change of each person, up to so many of them. Times are those of `moments.tick`."""

    def __init__(self) -> None:
        self._changed: OrderedDict[int, int] = OrderedDict()
        """By person; oldest first."""
        self._unknown_before = 0
        """Whoever asks since an earlier moment may have missed something."""

    def start(self) -> None:
        """Begin to take notes: of what was before, nothing is known."""
        self._changed.clear()
        self._unknown_before = moments.tick()

    def note(self, user_id: int) -> None:
        """Take that it has changed for a person."""
        self._changed[user_id] = moments.tick()
        self._changed.move_to_end(user_id)
        while len(self._changed) > MAX_PEOPLE:
            self._unknown_before = self._changed.popitem(last=False)[1]

    def may_concern(self, moment: int, user_id: int) -> bool:
        """Return whether it may have changed for a person since a moment; 0 is before all."""
        return 0 < moment < max(self._unknown_before, self._changed.get(user_id, 0))

    def since(self, moment: int) -> set[int] | None:
        """Return for whom it has changed since a moment; None where that is not known."""
        if moment < self._unknown_before or not moment:
            return None
        found = set[int]()
        for user_id in reversed(self._changed):
            if self._changed[user_id] <= moment:
                break
            found.add(user_id)
        return found


levels = RecentChanges()
"""What notifies a person."""
presences = RecentChanges()
"""Whether a person is here."""

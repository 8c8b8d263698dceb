"""Whether this process is one of several, for those who ask without loading what that takes."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Protocol


class Joined(Protocol):
    """The cluster as seen by whoever asks: see `services.cluster.cluster.Cluster`."""

    followed: Callable[[], Collection[int]]
    """Returns the rooms of which pages of this process are told something."""
    is_followed: Callable[[int], bool]
    """Returns whether a room is one of them."""
    audience: Callable[[int], Collection[int]]
    """Returns the users whose pages are told something of a room."""
    note_members: Callable[[int, int, Collection[int]], None]
    """Notes which of them were members of a room once its message of this `seq` was stored."""

    @property
    def is_bus_up(self) -> bool:
        """Whether the others can be heard."""

    @property
    def does_jobs(self) -> bool:
        """Whether this process does the jobs that only one may do."""

    @property
    def processes(self) -> int:
        """How many processes there are, with this one, as far as they are heard."""

    @property
    def counted(self) -> Counter[str]:
        """How many hints were `told` to the others, `heard` from them, and `lost` on the way."""


_joined: Joined | None = None


def current() -> Joined | None:
    """Return what this process is part of; None for the only process of a chat."""
    return _joined


def use(joined: Joined | None) -> None:
    """Set what `current` returns."""
    global _joined
    _joined = joined

"""How often something took how long."""

from bisect import bisect_left
from itertools import accumulate


class Histogram:
    """Counts values by size. Adding one costs less than a microsecond."""

    def __init__(self, *bounds: float) -> None:
        """`bounds` are the largest values of each bucket, in ascending order; more fit in one more."""
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0
        """The sum of all values."""

    def add(self, value: float) -> None:
        """Count a value; one below 0, as after a change of the clock, counts as 0."""
        value = max(0.0, value)
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def cumulative(self) -> list[int]:
        """Return for each bound how many values are at most that, then how many there are."""
        return list(accumulate(self.counts))

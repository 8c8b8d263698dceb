"""A figure: ours beside a peer's of the same run, and what we are content with."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. A figure without a goal is there to be known."""

    what: str
    ours: float
    peer: float
    unit: str
    against: str
    """What the peer is."""
    ratio: float
    goal: float | None = None
    """The most that `ratio` may be."""
    most: float | None = None
    """The most that `ours` may be, in its unit."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is not None:
            return self.ratio <= self.goal
        return None if self.most is None else self.ours <= self.most

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "met": self.met}

    def row(self) -> tuple[str, ...]:
        """Return it as cells of the table."""
        goal = ""
        if self.goal is not None:
            goal = f"ratio <= {self.goal:g}"
        elif self.most is not None:
            goal = f"<= {self.most:g} {self.unit}"
        met = {None: "", True: "yes", False: "NO"}[self.met]
        ours, peer = f"{self.ours:.1f} {self.unit}", f"{self.peer:.1f} {self.unit}"
        return (self.what, f"{self.ratio:.2f}", goal, met, ours, peer, self.against)


def compare(
    what: str,
    ours: Sequence[float],
    peers: Sequence[float],
    *,
    unit: str,
    against: str,
    goal: float | None = None,
    most: float | None = None,
) -> Figure:
    """Return the figure from the rounds of both sides.

    A round's two sides were measured one after the other, so that what else the machine did
    troubled both alike; the ratio is the median of the rounds' ratios.
    """
    ratio = median(one / other for one, other in zip(ours, peers, strict=True))
    return Figure(what, median(ours), median(peers), unit, against, ratio, goal, most)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as text."""
    rows: list[tuple[str, ...]] = [("what", "ratio", "goal", "met", "ours", "peer", "the peer is")]
    rows += [each.row() for each in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)

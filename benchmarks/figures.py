"""A figure: ours beside a peer's of the same run, and its goal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any

HEAD = ("what", "ratio", "goal", "met", "ours", "peer", "the peer is")


@dataclass(frozen=True)
class Figure:
    """One row of the table. A figure without a goal is for information."""

    what: str
    ours: float
    peer: float | None
    """None when the peer is not installed."""
    unit: str
    against: str
    """What the peer is."""
    ratio: float | None
    goal: float | None = None
    """The most that `ratio` may be."""
    most: float | None = None
    """The most that `ours` may be, in its unit."""
    least: float | None = None
    """The least that `ratio` may be."""
    spread: tuple[float, float] | None = None
    """The smallest and largest ratio of the rounds, where there were several."""

    @property
    def met(self) -> bool | None:
        """Whether all its goals are met; None without one, and for a peer that is missing."""
        met = []
        if self.ratio is not None and self.goal is not None:
            met.append(self.ratio <= self.goal)
        if self.ratio is not None and self.least is not None:
            met.append(self.ratio >= self.least)
        if self.most is not None:
            met.append(self.ours <= self.most)
        return all(met) if met else None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "met": self.met}

    def row(self) -> tuple[str, ...]:
        """Return it as the cells of a row."""
        goals = []
        if self.goal is not None:
            goals.append(f"ratio <= {self.goal:g}")
        if self.least is not None:
            goals.append(f"ratio >= {self.least:g}")
        if self.most is not None:
            goals.append(f"<= {self.most:g} {self.unit}")
        met = {None: "", True: "yes", False: "NO"}[self.met]
        peer = "not installed" if self.peer is None else f"{self.peer:.1f} {self.unit}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        if self.spread:
            ratio += f" ({self.spread[0]:.2f}–{self.spread[1]:.2f})"
        ours = f"{self.ours:.1f} {self.unit}"
        return (self.what, ratio, ", ".join(goals), met, ours, peer, self.against)


def compare(
    what: str,
    ours: Sequence[float],
    peers: Sequence[float] | None,
    *,
    unit: str,
    against: str,
    goal: float | None = None,
    most: float | None = None,
    least: float | None = None,
) -> Figure:
    """Return the figure from the rounds of both sides; `peers` is None for one that is missing.

    The two sides of a round were measured one after the other, so that other work on the machine
    affects both alike; the ratio is the median of the rounds' ratios.
    """
    if peers is None:
        return Figure(what, median(ours), None, unit, against, None, goal, most, least)
    ratios = [one / other for one, other in zip(ours, peers, strict=True)]
    return Figure(
        what,
        median(ours),
        median(peers),
        unit,
        against,
        median(ratios),
        goal,
        most,
        least,
        (min(ratios), max(ratios)) if len(ratios) > 1 else None,
    )


def p99(seconds: Sequence[float]) -> float:
    """Return the 99th percentile, in milliseconds."""
    return 1e3 * quantiles(seconds, n=100, method="inclusive")[98]


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as text."""
    rows = [HEAD, *(each.row() for each in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ("  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)

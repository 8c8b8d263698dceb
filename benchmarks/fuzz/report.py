"""What was sent, what came back, and what was wrong with it."""

from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

MAX_PROBLEMS = 20
MAX_SHOWN = 4_000
"""Bytes of an input that are shown."""
RECENT = 60
"""Inputs that may have caused what the log of the server shows."""


@dataclass
class Report:
    """Of one run; `log` is the server's, if it is at hand."""

    log: Path | None = None
    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    """Requests and frames without an answer: most of them want to go on."""
    opened: int = 0
    """Websockets that were opened."""
    problems: list[str] = field(default_factory=list)
    _recent: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=RECENT))
    _log_size: int = 0

    @property
    def is_over(self) -> bool:
        """Whether enough was found."""
        return len(self.problems) >= MAX_PROBLEMS

    def sending(self, number: int, data: bytes) -> None:
        """Note what is sent."""
        self.sent += 1
        self._recent.append((number, data))

    def count(self, *statuses: int) -> None:
        """Count the answers to one request."""
        self.statuses.update(statuses)
        self.unanswered += not statuses

    def found(self, number: int, data: bytes, wrong: str, answer: str = "") -> None:
        """Note what is wrong with the answer to an input."""
        self.problems.append(f"{number}: {wrong}: {data[:MAX_SHOWN]!r} {answer[:500]}".rstrip())

    def read_log(self) -> None:
        """Note a traceback that is new in the log of the server."""
        if self.log is None:
            return
        with self.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._log_size)
            new = log.read()
            self._log_size = log.tell()
        if "Traceback" in new or "Exception" in new:
            recent = "\n".join(f"{number}: {data[:MAX_SHOWN]!r}" for number, data in self._recent)
            self.problems.append(f"in the log: {new[-8_000:]}\nafter one of:\n{recent}")

    def __str__(self) -> str:
        statuses = ", ".join(
            f"{count} × {status}" for status, count in sorted(self.statuses.items())
        )
        lines = [
            f"sent {self.sent}: {statuses}, {self.unanswered} unanswered; {self.opened} websockets"
        ]
        return "\n".join([*lines, *self.problems])

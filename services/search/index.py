"""What differs by the full-text index; `services/search/fts5` is the default."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlmodel import Session

from services.search.query import Query


class Span(NamedTuple):
    """The part of a room to search: `seq` first to last, and the id of its newest message."""

    room_id: int
    first: int
    last: int
    newest_id: int


class Index(Protocol):
    """A full-text index, and what searches ask of the messages beside it."""

    def newest(
        self,
        session: Session,
        query: Query,
        author_ids: Sequence[int],
        spans: Sequence[Span],
        limit: int,
        enough: int,
    ) -> list[int]:
        """Return the ids of the newest matching messages in these spans, newest first.

        `author_ids` are those of `query.authors`. For somebody in many rooms, the most recently
        active ones may give the whole result, if they hold `enough`.
        """

    def neighbours(self, session: Session, messages: Iterable[tuple[int, int]]) -> list[int]:
        """Return the ids of the messages just before and after each (room_id, seq)."""

    def with_newest(self, session: Session, spans: Sequence[Span]) -> list[Span]:
        """Return the spans that are not empty, each with the id of its newest message."""

    def seqs_at(self, session: Session, spans: Sequence[Span], moment: datetime) -> dict[int, int]:
        """Return, by room, the first `seq` in the span at or after `moment`, or one past its end.

        `seq` grows with time, so a binary search finds it: twenty steps among a million messages.
        """

    def erase(self, session: Session, *, begins: bool) -> bool:
        """Within a write, take a step of erasing deleted words from the index; `begins` the first.

        Return whether there was anything to do.
        """

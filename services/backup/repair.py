"""Repairing what a check finds, as far as nothing is lost by it: while no server is running."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from models.clock import now
from services.core import data_folder
from services.core.errors import Unavailable
from services.core.i18n import _
from services.db import check, copy, database
from services.db.check import Defect
from services.files.check import Check, Problem, was_attachment

Repaired = Defect | Problem


@dataclass(frozen=True)
class Outcome:
    """What was repaired, and how much of each."""

    repaired: Counter[Repaired]
    before: Path | None
    """A copy of the database as it was, if anything in it was changed."""


def repair(data: Path) -> Outcome:
    """Repair what can be, in a folder that the caller has claimed.

    Indexes are made anew from their tables, and the index of words from what was said; a room
    learns of its newest message; previews that are lost are forgotten; files that no message
    holds are removed. What is lost stays lost: a check says so.
    """
    file = data / data_folder.DATABASE
    flaws = [found for found in check.run(file) if found.flaw in check.REPAIRABLE]
    findings = list(Check(data).run())
    orphans = [each for each in findings if each.problem is Problem.ORPHAN and was_attachment(each)]
    lost = [each for each in findings if each.problem is Problem.NO_PREVIEW]
    before = None
    if flaws or lost:
        before = file.with_name(f"{file.stem}-before-repair-{now():%Y%m%d-%H%M%S}.db")
        _copy(file, before)
        _mend(file, {found.flaw for found in flaws}, {each.hash for each in lost})
    for orphan in orphans:
        (data / data_folder.FILES / orphan.name).unlink(missing_ok=True)
    repaired = Counter[Repaired](found.flaw for found in flaws)
    repaired.update(each.problem for each in [*orphans, *lost])
    return Outcome(repaired, before)


def _copy(file: Path, to: Path) -> None:
    try:
        copy.copy(file, to)
    except (OSError, sqlite3.Error) as error:
        to.unlink(missing_ok=True)
        raise Unavailable(
            _("The backup could not be made ({reason}). Nothing of it is left.").format(
                reason=error
            )
        ) from error


def _mend(file: Path, flaws: Iterable[Defect], lost_previews: Iterable[str]) -> None:
    """Do all of it in one transaction."""
    engine = database.engine(file, connections=1)
    try:
        with database.reading(file), engine.begin() as connection:
            for flaw, mend in _MENDING.items():
                if flaw in flaws:
                    mend(connection)
            for digest in lost_previews:
                connection.exec_driver_sql(
                    "UPDATE attachments SET has_preview = 0 WHERE hash = ?", (digest,)
                )
    finally:
        engine.dispose()


def _reindex(connection: Connection) -> None:
    connection.exec_driver_sql("REINDEX")


def _count_on(connection: Connection) -> None:
    connection.exec_driver_sql(
        "UPDATE rooms SET last_seq = max(last_seq, (SELECT coalesce(max(seq), 0) FROM messages"
        " WHERE room_id = rooms.id)) WHERE deleted_at IS NULL"
    )


def _index_words(connection: Connection) -> None:
    """As migration 0003 did."""
    for step in (
        "INSERT INTO search (search) VALUES ('delete-all')",
        "INSERT INTO search (rowid, text, tags)"
        " SELECT place, text, tags FROM searched ORDER BY room_id, seq",
        "INSERT INTO search (search) VALUES ('optimize')",
    ):
        connection.exec_driver_sql(step)


# In this order: what comes later reads through the indexes.
_MENDING: dict[Defect, Callable[[Connection], None]] = {
    Defect.INDEX: _reindex,
    Defect.LAST_SEQ: _count_on,
    Defect.SEARCH: _index_words,
}

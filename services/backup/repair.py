"""Repair what a check finds, as far as nothing is lost by it. No server may be running."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection

from models.clock import now
from services.core.disk import data_folder
from services.core.errors import Unavailable
from services.core.i18n import _
from services.db.sqlite import check, connections, copy
from services.db.sqlite.check import Defect
from services.files.check import Check, Problem, was_attachment
from services.files.store.folder import FolderStore
from services.files.store.stores import Store

Repaired = Defect | Problem


class Outcome(Struct, frozen=True):
    """What was repaired, with counts."""

    repaired: Counter[Repaired]
    before: Path | None
    """A copy of the database from before, if it was changed."""


def repair(data: Path, store: Store | None = None) -> Outcome:
    """Repair a data folder that the caller has locked; its files are in it, or in a store.

    Indexes are rebuilt, the full-text index as well; `last_seq` of rooms is corrected; lost
    previews are unset; files without a message are removed. Lost data stays lost, and a check
    still reports it.
    """
    file = data / data_folder.DATABASE
    defects = [found for found in check.run(file) if found.defect in check.REPAIRABLE]
    store = store or FolderStore(data / data_folder.FILES)
    findings = list(Check(data, store).run())
    orphans = [each for each in findings if each.problem is Problem.ORPHAN and was_attachment(each)]
    lost = [each for each in findings if each.problem is Problem.NO_PREVIEW]
    before = None
    if defects or lost:
        before = file.with_name(f"{file.stem}-before-repair-{now():%Y%m%d-%H%M%S}.db")
        _copy(file, before)
        _repair_database(file, {each.defect for each in defects}, {each.hash for each in lost})
    _delete(store, [orphan.name for orphan in orphans])
    repaired = Counter[Repaired](each.defect for each in defects)
    repaired.update(each.problem for each in [*orphans, *lost])
    return Outcome(repaired, before)


def _delete(store: Store, names: list[str]) -> None:
    try:
        store.delete(names)
    except OSError as error:
        raise Unavailable(
            _("Files that no message refers to were not removed ({reason}).").format(
                reason=error.strerror
            )
        ) from error


def _copy(file: Path, to: Path) -> None:
    try:
        copy.copy(file, to)
    except (OSError, sqlite3.Error) as error:
        to.unlink(missing_ok=True)
        raise Unavailable(
            _("The backup failed ({reason}). Nothing was stored.").format(reason=error)
        ) from error


def _repair_database(file: Path, defects: Iterable[Defect], lost_previews: Iterable[str]) -> None:
    """Repair everything in one transaction."""
    engine = connections.engine(file, connections=1)
    try:
        with connections.reading(file), engine.begin() as connection:
            for defect, fix in _FIXES.items():
                if defect in defects:
                    fix(connection)
            for digest in lost_previews:
                for statement in (
                    "UPDATE attachments SET has_preview = 0 WHERE hash = ?",
                    "UPDATE stickers SET is_animated = 0 WHERE hash = ?",
                ):
                    connection.exec_driver_sql(statement, (digest,))
    finally:
        engine.dispose()


def _reindex(connection: Connection) -> None:
    connection.exec_driver_sql("REINDEX")


def _correct_last_seq(connection: Connection) -> None:
    connection.exec_driver_sql(
        "UPDATE rooms SET last_seq = max(last_seq, (SELECT coalesce(max(seq), 0) FROM messages"
        " WHERE room_id = rooms.id)) WHERE deleted_at IS NULL"
    )


def _rebuild_search(connection: Connection) -> None:
    """Rebuild the full-text index, as in migration 0003."""
    for step in (
        "INSERT INTO search (search) VALUES ('delete-all')",
        "INSERT INTO search (rowid, text, tags)"
        " SELECT place, text, tags FROM searched ORDER BY room_id, seq",
        "INSERT INTO search (search) VALUES ('optimize')",
    ):
        connection.exec_driver_sql(step)


# Indexes first: the other fixes read through them.
_FIXES: dict[Defect, Callable[[Connection], None]] = {
    Defect.INDEX: _reindex,
    Defect.LAST_SEQ: _correct_last_seq,
    Defect.SEARCH: _rebuild_search,
}

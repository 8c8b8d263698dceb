"""The chain of the security log: appending, dropping what is old, and verifying.

Each entry has the SHA-256 of the hash before it and its own canonical content, so changing,
adding or removing an entry in the middle breaks the chain after it. Where it begins and ends is
in a row of its own, and dropping old entries is an entry itself, so both ends are checked, too.
Somebody who can write to the database could still make a whole new chain: against that,
compare the newest hash with one that was noted elsewhere.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlmodel import Session, col, delete, select

from models import SecurityEvent, SecurityKind, SecurityLogState
from models.clock import now

MAX_ENTRIES = 200_000
"""How many entries are kept: about 70 MB."""
MAX_AGE = timedelta(days=400)
"""How long they are kept."""
DROP_EVERY = 50
"""How many entries are added between two looks for old ones, which cost as much as an entry."""
DROPPED_AT_ONCE = 1_000
"""Entries dropped in one write, so that it stays short."""


class Break(StrEnum):
    """How an entry does not fit."""

    MISSING = "missing"
    CHANGED = "changed"
    BEGINNING = "beginning"
    """Entries before it were removed, but not because of their age."""
    END = "end"
    """Entries after it were removed or added."""


class Verification(Struct, frozen=True):
    """The result of `verify`."""

    count: int
    """Entries that fit."""
    newest_id: int
    newest_hash: str
    broken: Break | None = None
    broken_id: int = 0
    """The first entry that does not fit."""


def append(session: Session, event: SecurityEvent) -> None:
    """Add an entry at the end of the chain, within a write; now and then drop what is too old.

    The `id` and `hash` of the event are set here.
    """
    state = session.exec(select(SecurityLogState)).one()
    _add(session, state, event)
    if event.id % DROP_EVERY == 0:
        _drop_old(session, state)
    session.add(state)
    session.flush()


def verify(session: Session) -> Verification:
    """Check every entry, oldest first, up to the first that does not fit."""
    state = session.exec(select(SecurityLogState)).first()
    if state is None:
        return Verification(0, 0, "", Break.BEGINNING)
    newest_id, newest_hash, count = state.dropped_id, state.dropped_hash, 0
    trimmed = ""
    for row in rows(session):
        if row["id"] != newest_id + 1:
            broken = Break.MISSING if count else Break.BEGINNING
            return Verification(count, newest_id, newest_hash, broken, newest_id + 1)
        newest_hash = _hash(newest_hash, row)
        newest_id = row["id"]
        if row["hash"] != newest_hash:
            return Verification(count, newest_id, newest_hash, Break.CHANGED, newest_id)
        if row["kind"] == SecurityKind.TRIMMED:
            trimmed = row["detail"]
        count += 1
    if trimmed != _dropped(state):
        return Verification(count, newest_id, newest_hash, Break.BEGINNING, state.dropped_id + 1)
    if (newest_id, newest_hash) != (state.newest_id, state.newest_hash):
        return Verification(count, newest_id, newest_hash, Break.END, newest_id)
    return Verification(count, newest_id, newest_hash)


def rows(session: Session) -> Iterator[dict[str, Any]]:
    """Return all entries as stored, oldest first, without holding them all in memory."""
    query = sqlalchemy.select(*SecurityEvent.__table__.columns).order_by(  # type: ignore[attr-defined]
        col(SecurityEvent.id)
    )
    found = session.connection().execution_options(yield_per=500).execute(query)
    yield from (dict(row) for row in found.mappings())


def _add(session: Session, state: SecurityLogState, event: SecurityEvent) -> None:
    event.id = state.newest_id + 1
    event.hash = _hash(state.newest_hash, event.model_dump())
    session.add(event)
    state.newest_id, state.newest_hash = event.id, event.hash


def _hash(before: str, content: dict[str, Any]) -> str:
    """Return the hash of an entry; any value, also a tampered one, has a canonical form."""
    ordered = sorted((name, value) for name, value in content.items() if name != "hash")
    canonical = json.dumps(ordered, separators=(",", ":"), default=repr)
    return hashlib.sha256(f"{before}\n{canonical}".encode()).hexdigest()


def _drop_old(session: Session, state: SecurityLogState) -> None:
    """Drop a batch of old entries, and record that as an entry itself."""
    first = state.dropped_id + 1
    oldest = session.get(SecurityEvent, first)
    # A day more, so that they are dropped together, and not each with an entry about it.
    too_old = oldest is not None and oldest.at < moment(MAX_AGE + timedelta(days=1))
    too_many = state.newest_id - state.dropped_id >= MAX_ENTRIES + DROPPED_AT_ONCE
    if not too_old and not too_many:
        return
    last = session.exec(
        select(SecurityEvent)
        .where(
            col(SecurityEvent.id) < first + DROPPED_AT_ONCE,
            col(SecurityEvent.id) < state.newest_id,
            # By age only what is too old, by number the whole batch.
            col(SecurityEvent.id) <= state.newest_id
            if too_many
            else col(SecurityEvent.at) < moment(MAX_AGE),
        )
        .order_by(col(SecurityEvent.id).desc())
        .limit(1)
    ).first()
    if last is None:
        return
    state.dropped_id, state.dropped_hash = last.id, last.hash
    session.exec(delete(SecurityEvent).where(col(SecurityEvent.id) <= last.id))
    trimmed = SecurityEvent(
        at=moment(), kind=SecurityKind.TRIMMED, detail=_dropped(state), id=0, hash=""
    )
    _add(session, state, trimmed)


def _dropped(state: SecurityLogState) -> str:
    return f"{state.dropped_id} {state.dropped_hash}" if state.dropped_id else ""


def moment(ago: timedelta = timedelta(0)) -> str:
    """Return a time as entries have it."""
    return (now() - ago).isoformat(timespec="microseconds")

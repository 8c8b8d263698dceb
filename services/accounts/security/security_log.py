"""The security log: logins, failures, throttling, refusals, and changes of accounts.

A change is recorded in the same write as the change (`record`). What strangers can cause at any
rate is counted and folded (`note`): one entry per kind, person, address and detail each minute,
and where these are too many, one for all others. What owners and moderators do in rooms is in the
audit log (`services/accounts/security/audit.py`), which belongs to the room and is kept as long.
"""

import logging
from asyncio import sleep
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct
from sqlmodel import Session, col, or_, select

from models import LoginSession, SecurityEvent, SecurityKind, User
from services.accounts.admin import admins_only
from services.accounts.names.name_rules import typed_key
from services.accounts.security import security_chain
from services.core import events
from services.core.dto import CurrentUser, Visitor
from services.core.errors import RateLimited
from services.core.limits.rate_limited import rate_limited
from services.core.limits.rate_limits import RateLimit
from services.core.tasks import BackgroundTask
from services.db import database

log = logging.getLogger(__name__)
FIRST_SECONDS = 1.0
"""How soon the first event after a quiet time is stored."""
FOLD_SECONDS = 60.0
"""Events of one key within this time become one entry."""
PAGE_SIZE = 50
NEWEST = 2**53
"""An id above that of every entry."""
TERMINAL = Visitor("", "terminal")
"""Who uses the command line."""
DETAIL_LIMIT = 200


class SecurityView(Struct, frozen=True):
    """An entry of the security log."""

    entry_id: int
    at: datetime
    kind: str
    actor: str
    """The username of who did it; empty if nobody was logged in."""
    person: str
    """The username of the account it concerns; empty if that is the actor's, or none."""
    address: str
    device: str
    count: int
    detail: str


def record(
    session: Session,
    kind: SecurityKind,
    by: CurrentUser | Visitor,
    *,
    person_id: int | None = None,
    detail: str = "",
) -> None:
    """Add an entry within a write: `by` did this to the account `person_id`.

    A viewer's address and device are those with which they logged in.
    """
    person = session.get(User, person_id) if person_id else None
    event = _event(kind, by, person_id, person.username if person else "", detail)
    if isinstance(by, CurrentUser) and (login := session.get(LoginSession, by.session_id)):
        event.address, event.device = login.address, login.device
    security_chain.append(session, event)


@dataclass
class _Folded:
    """An event that is not stored yet, and how often it happened."""

    event: SecurityEvent
    count: int = 1


# Entries of each kind with their own key; the others are folded into one. A flood of failed logins
# from everywhere takes months to fill the log.
_OWN_ENTRIES = "10 per minute", "60 per hour", "300 per day"
_own_entries = RateLimit(*_OWN_ENTRIES)
_pending: dict[tuple[object, ...], _Folded] = {}
noted: Counter[SecurityKind] = Counter()
"""How often each kind was noted since the process started."""
_work = BackgroundTask()
_listeners = events.Listeners()


def note(
    kind: SecurityKind,
    by: CurrentUser | Visitor,
    *,
    person: User | None = None,
    sent_by: Visitor | None = None,
    detail: str = "",
) -> None:
    """Count an event that somebody may cause very often; it is stored within a minute.

    `sent_by` is the address and device of a user. Never blocks and never fails. For use on the
    event loop.
    """
    noted[kind] += 1
    person_id, name = (person.id, person.username) if person else (None, "")
    event = _event(kind, by, person_id, name, detail)
    if sent_by:
        event.address, event.device = _origin(sent_by)
    key: tuple[object, ...] = (kind, event.actor_id, event.person_id, event.address, event.detail)
    if key not in _pending:
        try:
            _own_entries.consume(kind)
        except RateLimited:
            key = (kind,)
            event = _event(kind, Visitor("", ""), None, "", "others")
    if key in _pending:
        _pending[key].count += 1
    else:
        _pending[key] = _Folded(event)
    _work.start(_flush_while_busy)


async def flush() -> None:
    """Store the events that were counted."""
    if not _pending:
        return
    folded = list(_pending.values())
    _pending.clear()

    def store(session: Session) -> None:
        for each in folded:
            stored = SecurityEvent(**each.event.model_dump())
            stored.count = each.count
            security_chain.append(session, stored)

    try:
        await database.write(store, uses_reserve=True)
    except Exception:
        log.exception("Failed to store %d entries of the security log", len(folded))


def start() -> None:
    """Note what rate limits refuse; how many entries there were is counted anew."""
    global _own_entries
    _own_entries = RateLimit(*_OWN_ENTRIES)
    _listeners.remove_all()
    _listeners.add(
        events.Throttled, lambda event: note(SecurityKind.THROTTLED, event.by, detail=event.limit)
    )


async def stop() -> None:
    """Store what was counted, and stop."""
    _listeners.remove_all()
    await _work.stop()
    await flush()


async def _flush_while_busy() -> None:
    await sleep(FIRST_SECONDS)
    while _pending:
        await flush()
        await sleep(FOLD_SECONDS)


@admins_only
@rate_limited("read")
async def list_all(
    viewer: CurrentUser, before: int = NEWEST, kind: object = "", username: object = ""
) -> list[SecurityView]:
    """Return a page of entries older than the one with the id `before`, newest first.

    With `kind` those of one `SecurityKind`, with `username` those by or about one account; an
    unknown one has none. Raises `Forbidden` for non-administrators.
    """
    await flush()
    key = typed_key(username)

    def query(session: Session) -> list[SecurityView]:
        wanted = select(SecurityEvent).where(col(SecurityEvent.id) < min(before, NEWEST))
        if kind:
            known = kind if kind in set(SecurityKind) else ""
            wanted = wanted.where(col(SecurityEvent.kind) == known)
        if username:
            user_id = session.exec(select(User.id).where(User.username_key == key)).first() or 0
            wanted = wanted.where(
                or_(col(SecurityEvent.actor_id) == user_id, col(SecurityEvent.person_id) == user_id)
            )
        found = session.exec(wanted.order_by(col(SecurityEvent.id).desc()).limit(PAGE_SIZE))
        return [_view(each) for each in found]

    return await database.read(query)


def _event(
    kind: SecurityKind,
    by: CurrentUser | Visitor,
    person_id: int | None,
    person: str,
    detail: str,
) -> SecurityEvent:
    event = SecurityEvent(
        at=security_chain.moment(),
        kind=kind,
        person_id=person_id,
        person=person,
        detail=detail[:DETAIL_LIMIT],
        id=0,
        hash="",
    )
    if isinstance(by, CurrentUser):
        event.actor_id, event.actor = by.user_id, by.username
    else:
        event.address, event.device = _origin(by)
    return event


def _origin(visitor: Visitor) -> tuple[str, str]:
    return visitor.address[:DETAIL_LIMIT], visitor.device[:DETAIL_LIMIT]


def _view(event: SecurityEvent) -> SecurityView:
    return SecurityView(
        event.id,
        datetime.fromisoformat(event.at),
        event.kind,
        event.actor,
        event.person,
        event.address,
        event.device,
        event.count,
        event.detail,
    )

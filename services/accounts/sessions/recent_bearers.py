"""Whose tokens apps have used just now: each asks again as soon as it is answered.

What is stored for somebody else changes nothing of them, but everything that is cached by the
database is dropped then. So these are kept apart, as the viewers of open pages are: who is one
session longer, or another way, is known by events. As events may get lost, a token is looked up
again after a while.
"""

import time
from collections import OrderedDict
from typing import NamedTuple

from models.clock import now
from services.accounts.sessions import sessions
from services.core import events, joined
from services.core.dto import CurrentUser

SECONDS = 10.0
"""For so long a token is not looked up again, as are the sessions of open pages."""
MAX_KNOWN = 5_000
"""Tokens that are known at a time."""
_CHANGES: tuple[type, ...] = (
    events.SessionsEnded,
    events.BlocksChanged,
    events.PreferencesChanged,
    events.AdminChanged,
)


class _Known(NamedTuple):
    viewer: CurrentUser
    until: float
    """By a monotonic clock."""


_known: OrderedDict[str, _Known] = OrderedDict()
"""By hash of the token, the longest known first."""
_listeners = events.Listeners()
_changes = 0
"""How often something has changed: who was looked up meanwhile may be as they were before."""


def start() -> None:
    """Listen to what changes who somebody is."""
    stop()
    for kind in _CHANGES:
        _listeners.add(kind, lambda event: _forget(event.user_id))
    _listeners.add(events.PersonChanged, lambda event: _forget(event.person.user_id))


def stop() -> None:
    """Listen no longer, and know nobody."""
    _listeners.remove_all()
    _known.clear()


async def resume(token: str) -> CurrentUser | None:
    """Return whose app or bot has this token, as `sessions.resume_bearer` does.

    Among several processes, whose events may not be heard, it is that.
    """
    key = sessions.hash_token(token)
    found = _known.get(key)
    if found and found.until > time.monotonic() and found.viewer.expires_at > now():
        return found.viewer
    _known.pop(key, None)
    before = _changes
    viewer = await sessions.resume_bearer(token)
    if viewer and before == _changes and joined.current() is None:
        _known[key] = _Known(viewer, time.monotonic() + SECONDS)
        while len(_known) > MAX_KNOWN:
            _known.popitem(last=False)
    return viewer


def _forget(user_id: int) -> None:
    global _changes
    _changes += 1
    for key in [key for key, each in _known.items() if each.viewer.user_id == user_id]:
        del _known[key]

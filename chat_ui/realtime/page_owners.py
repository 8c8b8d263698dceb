"""Which session opened which page.

NiceGUI accepts events for a page from anybody who knows its `client_id`. We do not: a page
belongs to the session that opened it, and only that session may send events for it.
"""

from collections.abc import Collection

_sessions: dict[str, int] = {}
"""By page: the session that opened it, until the page is closed or the session ends."""


def claim(client_id: str, session_id: int) -> None:
    """Record that this session opened this page."""
    _sessions[client_id] = session_id


def release(client_id: str) -> None:
    """Forget a page that is closed."""
    _sessions.pop(client_id, None)


def release_all(session_ids: Collection[int]) -> None:
    """Forget the pages of sessions that have ended."""
    for client_id in [page for page, opener in _sessions.items() if opener in session_ids]:
        del _sessions[client_id]


def owns(client_id: object, session_id: int) -> bool:
    """Return whether this session may send events for this page."""
    return isinstance(client_id, str) and _sessions.get(client_id) == session_id


def owner_of(client_id: str) -> int | None:
    """Return the session that opened this page."""
    return _sessions.get(client_id)


def is_known(client_id: object) -> bool:
    """Return whether this page was opened since the server started."""
    return isinstance(client_id, str) and client_id in _sessions

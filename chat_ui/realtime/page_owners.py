"""Which session opened which page.

NiceGUI accepts events for a page from anybody who knows its `client_id`. We do not: a page
belongs to the session that opened it, and nobody else may speak for it.
"""

_sessions: dict[str, int] = {}


def claim(client_id: str, session_id: int) -> None:
    """Note that this session opened this page."""
    _sessions[client_id] = session_id


def release(client_id: str) -> None:
    """Forget a page that is gone."""
    _sessions.pop(client_id, None)


def owns(client_id: object, session_id: int) -> bool:
    """Tell whether this session may speak for this page."""
    return isinstance(client_id, str) and _sessions.get(client_id) == session_id


def is_known(client_id: object) -> bool:
    """Tell whether anybody opened this page since the server started."""
    return isinstance(client_id, str) and client_id in _sessions

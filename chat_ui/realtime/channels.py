"""The names of the Socket.IO rooms that pages are subscribed to."""


def messages(room_id: int) -> str:
    """Return the channel with all events in a room, for pages that show it."""
    return f"messages:{room_id}"


def activity(room_id: int) -> str:
    """Return the channel with new messages of a room, for pages that show another."""
    return f"activity:{room_id}"


def person(user_id: int) -> str:
    """Return the channel of a person: all their pages are on it."""
    return f"user:{user_id}"

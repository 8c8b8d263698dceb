"""The ids by which apps know rooms and messages."""

from services.sync import server_name


def of_room(room_id: int) -> str:
    """Return a room's id."""
    return f"!{room_id}:{server_name.get()}"


def of_message(message_id: int) -> str:
    """Return a message's id."""
    return f"$m{message_id}"

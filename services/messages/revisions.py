"""Numbers for changes to existing messages.

A page requests the changes after the last number it shows. Numbers are assigned inside the write,
so they are in the order of the changes.
"""

from sqlmodel import Session

from models import Message, Room


def bump(session: Session, room: Room, message: Message) -> int:
    """Number, inside a write, a change to `message` of `room`; return the number.

    After the write, call `events.publish(events.MessageChanged(room_id, change))`.
    """
    room.last_change += 1
    message.change = room.last_change
    session.add_all([room, message])
    return room.last_change

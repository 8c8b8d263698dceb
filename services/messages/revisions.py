"""Changes to messages that are there already: numbered, as the messages are.

A page that knows the number of the last change it shows asks for what changed since. The
numbers are handed out inside the write, so they come in the order in which things happen.
"""

from sqlmodel import Session

from models import Message, Room


def bump(session: Session, room: Room, message: Message) -> int:
    """Note, inside a write, that `message` of `room` has changed; return the change's number.

    After the write, tell: `events.publish(events.MessageChanged(room_id, change))`.
    """
    room.last_change += 1
    message.change = room.last_change
    session.add_all([room, message])
    return room.last_change

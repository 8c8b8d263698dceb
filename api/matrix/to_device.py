"""What devices send to devices."""

from api.matrix import keys
from api.matrix.requests import Answer, Call
from services.keys import to_device


async def send(call: Call) -> Answer:
    """Send something to devices; again with the same id, it does nothing."""
    wanted = keys.by_person(call.body, "messages", lambda value: isinstance(value, dict))
    await to_device.send(call.viewer, call.path("type"), call.path("transaction"), wanted)
    return {}

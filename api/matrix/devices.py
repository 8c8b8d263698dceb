"""The devices on which the viewer's apps and bots are logged in."""

from api.matrix import json_answer
from api.matrix.errors import Malformed
from api.matrix.requests import Answer, Call
from services.accounts.sessions import devices
from services.accounts.sessions.devices import DeviceView
from services.core.errors import NotFound

MAX_ENDED = 50
"""Devices that one request logs out."""


async def mine(call: Call) -> Answer:
    """Return all of them."""
    return {"devices": [_shown(each) for each in await devices.mine(call.viewer)]}


async def one(call: Call) -> Answer:
    """Return one of them."""
    for each in await devices.mine(call.viewer):
        if each.device_id == call.path("device"):
            return _shown(each)
    raise NotFound


async def rename(call: Call) -> Answer:
    """Give one of them another name."""
    await devices.rename(call.viewer, call.path("device"), call.text("display_name"))
    return {}


async def end(call: Call) -> Answer:
    """Log one of them out: an app may do so with itself, the others are ended in a browser."""
    await devices.end(call.viewer, call.path("device"))
    return {}


async def end_some(call: Call) -> Answer:
    """Log some of them out, by the same rule."""
    ids = call.body.get("devices")
    if not isinstance(ids, list) or len(ids) > MAX_ENDED:
        raise Malformed("devices")
    for each in ids:
        await devices.end(call.viewer, each)
    return {}


def _shown(device: DeviceView) -> dict[str, object]:
    return {
        "device_id": device.device_id,
        "display_name": device.name,
        "last_seen_ip": device.address,
        "last_seen_ts": json_answer.milliseconds(device.last_seen_at),
    }

"""What the server says of itself, and its answer to what it does not do."""

from starlette.requests import Request

from api.matrix import errors
from api.matrix.requests import Answer, Call

VERSIONS = [f"v1.{minor}" for minor in range(1, 15)]
"""Of the specification."""
UNSTABLE = {"org.matrix.simplified_msc3575": True}
"""What is not in it yet, but works."""


async def versions(_request: Request) -> Answer:
    """Return which versions of the specification it follows, in what it does."""
    return {"versions": VERSIONS, "unstable_features": UNSTABLE}


async def well_known(request: Request) -> Answer:
    """Return where apps find it: where they have asked."""
    base = f"{request.url.scheme}://{request.url.netloc}"
    return {"m.homeserver": {"base_url": base}}


async def capabilities(_call: Call) -> Answer:
    """Return what users can change by their apps."""
    return {
        "capabilities": {
            "m.change_password": {"enabled": False},
            "m.set_displayname": {"enabled": True},
            "m.set_avatar_url": {"enabled": True},
            "m.3pid_changes": {"enabled": False},
            "m.room_versions": {"default": "10", "available": {"10": "stable"}},
        }
    }


async def turn_server(_call: Call) -> Answer:
    """Return no server for calls."""
    return {}


async def anything_else(request: Request) -> Answer:
    """Refuse it; browsers that ask first whether they may send something get their answer."""
    if request.method == "OPTIONS":
        return {}
    raise errors.unrecognized()

"""What a person sees and decides of their node: their own copy of a chat, at its hub.

On every other chat there is nothing to see, and what is asked for is not found.
"""

from services.core import hub
from services.core.app_context import HubState
from services.core.dto import CurrentUser
from services.core.errors import NotFound
from services.core.limits.rate_limited import rate_limited


@rate_limited("read")
async def state(viewer: CurrentUser) -> HubState | None:
    """Return how it is with the hub; None where there is none."""
    elsewhere = hub.asked()
    return None if elsewhere is None else await elsewhere.state(viewer)


@rate_limited("read")
async def accept_identity(viewer: CurrentUser, name: object, key: object) -> None:
    """Take the new identity of somebody, by their id at the hub, for theirs.

    `key` is the one that the viewer was shown. Raises `NotFound` if the hub tells of no new one, or
    of yet another.
    """
    elsewhere = hub.asked()
    if elsewhere is None or not isinstance(name, str) or not isinstance(key, str):
        raise NotFound
    await elsewhere.accept_identity(viewer, name, key)

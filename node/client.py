"""matrix-nio's client, which goes on after what it cannot read.

What others encrypt may be anything. matrix-nio expects JSON in UTF-8, and ends with the whole
answer at something else: asked again, the hub would send the same, and nothing new be read.
"""

import logging
from typing import Any

from nio import AsyncClient

log = logging.getLogger(__name__)


class Client(AsyncClient):  # type: ignore[misc]  # it has no types
    """A client that skips single events."""

    def _handle_decrypt_to_device(self, event: Any) -> Any:
        try:
            return super()._handle_decrypt_to_device(event)
        except Exception as error:
            log.warning("Skipped something for this device: %r", error)
            return None

    def _handle_timeline_event(self, event: Any, *rest: Any) -> Any:
        try:
            return super()._handle_timeline_event(event, *rest)
        except Exception as error:
            log.warning("An event cannot be read: %r", error)
            return None

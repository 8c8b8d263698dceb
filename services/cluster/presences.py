"""Who is present on the pages of other processes.

Each process tells what changes, and every few seconds everything. What it says holds for a while:
when a process is gone, or cannot be heard, nobody is taken to be there for long.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from services.cluster import hints
from services.core import events
from services.rooms import presence

log = logging.getLogger(__name__)
TELL_SECONDS = 5.0
HOLDS_SECONDS = 15.0
"""How long it holds what a process has told."""


class Presences:
    """What this process and the others tell each other."""

    def __init__(self, tell: Callable[[hints.Hint], None], on_silence: Callable[[], None]) -> None:
        """`on_silence` is called when a process is gone that has not said so."""
        self._tell = tell
        self._on_silence = on_silence
        self._heard: dict[str, float] = {}
        """By process: when it was heard, by the monotonic clock."""

    @property
    def others(self) -> int:
        """How many other processes are heard."""
        return len(self._heard)

    def on_changed(self, event: events.PresenceChanged) -> None:
        """Tell what is different here."""
        used = presence.in_use_here(event.user_id)
        if used is None:
            self._tell(hints.Active({}, is_all=False, gone=(event.user_id,)))
        else:
            self._tell(hints.Active({event.user_id: used}, is_all=False))

    def hear(self, process: str, told: hints.Active) -> None:
        """Take what another process tells."""
        self._heard[process] = time.monotonic()
        if told.is_last:
            del self._heard[process]
            presence.hear(process, {})
        elif told.is_all:
            presence.hear(process, told.people)
        else:
            presence.hear_changes(process, told.people, told.gone)

    def tell_all(self) -> None:
        """Tell who is here."""
        self._tell(hints.Active(presence.here(), is_all=True))

    async def run(self) -> None:
        """Tell it again and again, and forget processes that are silent, until cancelled."""
        self._tell(hints.Hello())
        while True:
            try:
                self.tell_all()
                self._forget_silent()
            except Exception:
                log.exception("Failed to tell who is here, trying again")
            await asyncio.sleep(TELL_SECONDS)

    def _forget_silent(self) -> None:
        silent_since = time.monotonic() - HOLDS_SECONDS
        for process in [who for who, at in self._heard.items() if at < silent_since]:
            del self._heard[process]
            presence.hear(process, {})
            self._on_silence()

"""This process among several: tells the others what it does, and its pages what they do."""

import asyncio
import hmac
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Collection

from msgspec import Struct
from msgspec.structs import replace

from services.bus.redis_bus import RedisBus
from services.cluster import attempts, hints
from services.cluster.following import Following
from services.cluster.jobs import Jobs
from services.cluster.presences import Presences
from services.core import app_context, events, joined
from services.core.errors import ServiceError
from services.core.settings import Settings
from services.db import database
from services.host import appearance
from services.links import switch

log = logging.getLogger(__name__)
MAX_WAITING = 20_000
"""Hints that wait to be taken in; more are dropped, and found in the database."""
LOOK_BACK_SECONDS = 2.0
"""How often to see whether something was not heard, or cannot be."""
_PURPOSE = b"the name of the channel on the bus"


class Cluster:
    """The connections and tasks of this process among several."""

    def __init__(
        self,
        settings: Settings,
        begin_jobs: Callable[[], None],
        end_jobs: Callable[[], Awaitable[None]],
    ) -> None:
        assert settings.bus is not None
        assert settings.postgres is not None
        context = app_context.current()
        self._bus = RedisBus(
            settings.bus.get_secret_value(),
            _channel(context.device_key),
            secrets.token_hex(8),
            self._hear,
            self._on_bus,
        )
        self._limits = context.rate_limits
        self._following = Following(self, lambda: self._bus.is_prompt)
        self._presences = Presences(self._tell, self._note_lost)
        self._jobs = Jobs(settings.postgres, begin_jobs, end_jobs)
        self._listeners = events.Listeners()
        self._changes = events.Listeners(everywhere=True)
        self._waiting: list[hints.Hint] = []
        self._is_any = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._has_heard = False
        """Whether the bus was there before: at the first time, no page can have missed anything."""
        self._has_lost = False
        """Whether something that others did was not heard, and no page is told of it yet."""
        self.followed: Callable[[], Collection[int]] = frozenset
        """See `Joined`."""
        self.is_followed: Callable[[int], bool] = lambda _room_id: False
        """See `Joined`."""
        self.audience: Callable[[int], Collection[int]] = lambda _room_id: ()
        """See `Joined`."""
        self.note_members: Callable[[int, int, Collection[int]], None] = lambda *_members: None
        """See `Joined`."""

    @property
    def is_bus_up(self) -> bool:
        """Whether the others can be heard."""
        return self._bus.is_up

    @property
    def does_jobs(self) -> bool:
        """Whether this process does the jobs that only one may do."""
        return self._jobs.are_here

    @property
    def processes(self) -> int:
        """How many processes there are, with this one, as far as they are heard."""
        return 1 + self._presences.others

    @property
    def counted(self) -> Counter[str]:
        """How many hints were `told` to the others, `heard` from them, and `lost` on the way."""
        return self._bus.counted

    def start(self) -> None:
        """Begin to tell and to hear."""
        for kind in hints.TOLD:
            self._listeners.add(kind, self._on_event)
        self._listeners.add(events.PresenceChanged, self._presences.on_changed)
        self._listeners.add(events.MessageSent, self._following.on_sent)
        self._changes.add(events.MessageChanged, self._following.on_changed)
        attempts.tell(self._limits, self._tell)
        self._bus.start()
        loop = asyncio.get_running_loop()
        for each in (
            *(self._take_in, self._look_back),
            *(self._following.run, self._presences.run, self._jobs.run),
        ):
            self._tasks.append(loop.create_task(each()))

    async def stop(self) -> None:
        """Tell nothing more, and hear nothing; the caller ends the jobs."""
        self._listeners.remove_all()
        self._changes.remove_all()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tell(hints.Active({}, is_all=True, is_last=True))
        await self._bus.stop()

    def _tell(self, hint: hints.Hint) -> None:
        self._bus.tell(hints.encode(hint))

    def _on_event(self, event: Struct) -> None:
        self._tell(hints.of(event))

    def _on_bus(self, is_up: bool) -> None:
        """What was told while the bus was away is in the database; who is there is not."""
        if is_up:
            self._tell(hints.Hello())
            self._presences.tell_all()
            self._has_lost = self._has_heard or self._has_lost
            self._has_heard = True

    def _note_lost(self) -> None:
        self._has_lost = True

    def _hear(self, process: str, told: bytes) -> None:
        hint = hints.decode(told)
        match hint:
            case None:
                return
            case hints.Active():
                self._presences.hear(process, hint)
            case hints.Hello():
                self._presences.tell_all()
            case hints.Attempt() | hints.Success():
                attempts.hear(self._limits, hint)
            case hints.Lost():
                self._note_lost()
            case hints.Typing() if not self.is_followed(hint.room_id):
                return
            case _ if len(self._waiting) >= MAX_WAITING:
                self._bus.counted["lost"] += 1
                self._note_lost()
            case _:
                self._waiting.append(hint)
                self._is_any.set()

    async def _look_back(self) -> None:
        """Again and again, have found in the database what was not heard or told."""
        is_new = True  # administrators may have set something between our start and the bus
        while True:
            await asyncio.sleep(LOOK_BACK_SECONDS)
            try:
                if not self._bus.is_up:
                    events.publish_from_elsewhere(events.OthersUnheard())
                    continue
                if self._bus.take_lost():
                    self._tell(hints.Lost())
                if is_new or self._has_lost:
                    has_lost, self._has_lost = self._has_lost, False
                    await _reload()
                    is_new = False
                    if has_lost:
                        events.publish_from_elsewhere(events.HintsLost())
            except Exception as error:
                self._note_lost()
                log.warning("Failed to look for what others did, trying again: %s", error)

    async def _take_in(self) -> None:
        """Take in what the others tell, in the order in which they tell it."""
        while True:
            await self._is_any.wait()
            self._is_any.clear()
            waiting, self._waiting = self._waiting, []
            database.current().note_change()
            sent: list[hints.Sent] = []
            for hint in waiting:
                if isinstance(hint, hints.Sent):
                    sent.append(hint)
                    continue
                await self._publish(sent, hint)
                sent = []
            await self._publish(sent)

    async def _publish(self, sent: list[hints.Sent], then: hints.Hint = None) -> None:
        """Tell the pages of messages, and then of something else."""
        try:
            if sent:
                await self._following.tell_sent(sent)
            event = await _event_of(then)
            if event is not None:
                events.publish_from_elsewhere(event)
        except ServiceError as error:
            log.warning("Failed to read what another process has stored: %s", error.message)
            self._note_lost()
        except Exception:
            log.exception("Failed to take in what another process has stored")
            self._note_lost()


async def _event_of(hint: hints.Hint) -> Struct | None:
    """Return the event that a hint is of, with what the database says of it now."""
    if isinstance(hint, events.BrandingChanged | events.SettingsChanged):
        await _reload()  # which tells the pages
        return None
    if isinstance(hint, events.RoomRead):
        return replace(hint, is_from_elsewhere=True)
    if isinstance(hint, hints.AS_THEY_ARE) or hint is None:
        return hint
    event: Struct | None = await database.read(hint.event)
    return event


async def _reload() -> None:
    """Read again what is kept in memory of the settings of administrators."""
    before = app_context.current().branding
    await appearance.load()
    await switch.load()
    if app_context.current().branding != before:
        events.publish_from_elsewhere(events.BrandingChanged())


def _channel(device_key: bytes) -> str:
    """Return the name of the channel: several chats may share a server."""
    return f"simple-chat:{hmac.digest(device_key, _PURPOSE, 'sha256').hex()[:16]}"


_open: Cluster | None = None


def start(
    settings: Settings, begin_jobs: Callable[[], None], end_jobs: Callable[[], Awaitable[None]]
) -> None:
    """Join the other processes.

    `begin_jobs` and `end_jobs` are called when this process comes to do the jobs that only one may
    do, and when it does them no longer.
    """
    global _open
    _open = Cluster(settings, begin_jobs, end_jobs)
    _open.start()
    joined.use(_open)


async def stop() -> None:
    """Leave them, if this process is one of several."""
    global _open
    if _open is not None:
        await _open.stop()
    _open = None
    joined.use(None)

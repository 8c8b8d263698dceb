"""Frames from each process to all others, by publish and subscribe of Redis or Valkey.

They are hints: while the server is away they are lost, and nobody waits. Who needs what they say
asks the database: see `services/cluster/`.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable

import msgspec
import redis
import redis.asyncio
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.network import bus_address

log = logging.getLogger(__name__)
VERSION = 1
"""Of the frames: what has another is ignored, as by an older process during an upgrade."""
ANSWER_SECONDS = 5.0
"""Within which the server answers, or it counts as away."""
PROMPT_SECONDS = 1.0
"""Within which it answers if it is well."""
RETRY_SECONDS = 0.5
MAX_WAITING = 10_000
"""Hints that wait to be sent; more are dropped, as while the server is away."""
MAX_TOGETHER = 500
"""Hints in one frame."""
MAX_FRAME_BYTES = 4_000_000
"""What is longer is not read: no process sends it."""
_AWAY = (RedisError, OSError, TimeoutError)


class Frame(msgspec.Struct):
    """What one process tells the others at a time."""

    v: int
    by: str
    """The process that tells it."""
    hints: list[msgspec.Raw]


def require(url: str) -> None:
    """Raise `Unavailable`, with what answered, unless there is a server at this address."""
    client = redis.Redis.from_url(
        url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
    )
    try:
        client.ping()
    except _AWAY as error:
        raise Unavailable(
            _(
                "The bus at {address} cannot be used ({reason}). Start Redis or Valkey there, "
                "or correct CHAT_BUS."
            ).format(address=bus_address.shown(url), reason=str(error) or type(error).__name__)
        ) from error
    finally:
        client.close()


class RedisBus:
    """The connections to the server: one that listens, one that tells."""

    def __init__(
        self,
        url: str,
        channel: str,
        process: str,
        hear: Callable[[str, bytes], None],
        on_change: Callable[[bool], None],
    ) -> None:
        """Prepare.

        `hear` is called with each hint of another process: who tells it, and the hint as JSON.
        `on_change` is told that the server is there again, or away.
        """
        self._address = bus_address.shown(url)
        self._client = redis.asyncio.from_url(
            url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            client_name="simple-chat",
        )
        self._channel = channel
        self._process = process
        self._hear = hear
        self._on_change = on_change
        self._waiting: list[bytes] = []
        self._is_any = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopping = False
        """Looked at, too, when the tasks are cancelled: `wait_for` in the library may lose that."""
        self._sending_since: float | None = None
        self.is_up = False
        self._known_lost = 0
        self.counted: Counter[str] = Counter()
        """How many hints were `told`, `heard`, and `lost`."""

    @property
    def is_prompt(self) -> bool:
        """Whether the server answers at once; one that hangs counts as away only later."""
        since = self._sending_since
        return self.is_up and (since is None or time.monotonic() - since < PROMPT_SECONDS)

    def start(self) -> None:
        """Connect, and connect again whenever the server was away."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._listen()), loop.create_task(self._tell())]

    async def stop(self) -> None:
        """Send what waits, if the server takes it at once, and close the connections."""
        self._is_stopping = True
        self._is_any.set()
        if self._tasks:
            _listening, telling = self._tasks
            if self.is_up:
                await asyncio.wait([telling], timeout=PROMPT_SECONDS)
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)
        self.counted["lost"] += len(self._waiting)
        await self._client.aclose()

    def take_lost(self) -> bool:
        """Return whether hints were lost since this was asked last: the others are to look back."""
        lost, self._known_lost = self.counted["lost"] > self._known_lost, self.counted["lost"]
        return lost

    def tell(self, hint: bytes) -> None:
        """Tell the other processes soon. A hint is an object of JSON."""
        if len(self._waiting) >= MAX_WAITING:
            self.counted["lost"] += 1
            return
        self._waiting.append(hint)
        self._is_any.set()

    async def _tell(self) -> None:
        while not self._is_stopping or self._waiting:
            await self._is_any.wait()
            self._is_any.clear()
            waiting, self._waiting = self._waiting, []
            try:
                await self._tell_all(waiting)
            except _AWAY as error:  # the one that listens notices as well, and says so
                log.debug("the others do not hear of some things: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                log.exception("Failed to tell other processes something")

    async def _tell_all(self, waiting: list[bytes]) -> None:
        sent = 0
        try:
            for first in range(0, len(waiting), MAX_TOGETHER):
                together = waiting[first : first + MAX_TOGETHER]
                await self._send(together)
                sent += len(together)
        finally:
            self.counted["lost"] += len(waiting) - sent

    async def _send(self, hints: list[bytes]) -> None:
        frame = Frame(VERSION, self._process, [msgspec.Raw(hint) for hint in hints])
        self._sending_since = time.monotonic()
        try:
            await self._client.publish(self._channel, msgspec.json.encode(frame))
        finally:
            self._sending_since = None
        self.counted["told"] += len(hints)

    async def _listen(self) -> None:
        """Hear what the others tell; subscribe again whenever the connection breaks."""
        while not self._is_stopping:
            try:
                await self._hear_all()
            except _AWAY as error:
                self._set_up(False, str(error) or type(error).__name__)
            except Exception as error:
                log.exception("Failed to hear what other processes tell, trying again")
                self._set_up(False, type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _hear_all(self) -> None:
        """Subscribe, and hear what comes. Raises when the connection breaks or is silent."""
        subscription = self._client.pubsub()
        try:
            await subscription.subscribe(self._channel)
            await self._take_all(subscription)
        finally:
            await subscription.aclose()  # type: ignore[no-untyped-call]

    async def _take_all(self, subscription: PubSub) -> None:
        is_asked = False
        while not self._is_stopping:
            message = await subscription.get_message(timeout=ANSWER_SECONDS)
            if message is not None:
                is_asked = False
                if message["type"] == "message":
                    self._take(message["data"])
                self._set_up(True)
            elif is_asked:
                raise TimeoutError("no answer")
            else:  # silence: perhaps the other machine is gone
                await subscription.ping()
                is_asked = True

    def _take(self, data: bytes) -> None:
        if len(data) > MAX_FRAME_BYTES:
            return
        try:
            frame = msgspec.json.decode(data, type=Frame)
        except msgspec.DecodeError:  # of a newer process, or of nobody we know
            return
        if frame.v != VERSION or frame.by == self._process:
            return
        self.counted["heard"] += len(frame.hints)
        for hint in frame.hints:
            try:
                self._hear(frame.by, bytes(hint))
            except Exception:
                log.exception("Failed to take what another process tells")

    def _set_up(self, is_up: bool, reason: str = "") -> None:
        if is_up == self.is_up:
            return
        self.is_up = is_up
        if is_up:
            log.info("connected to the bus at %s", self._address)
        else:
            log.warning(
                "The bus at %s is away (%s): new messages come from the database until it is back",
                self._address,
                reason,
            )
        self._on_change(is_up)

"""Jobs for the threads of the database: what to run, and the future for its result."""

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from services.core.errors import Unavailable
from services.core.i18n import _


@dataclass(slots=True)
class Job:
    """A function that a thread runs in the context of its caller, who waits for the future."""

    fn: Callable[..., Any]
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    future: asyncio.Future[Any] = field(init=False)
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    result: Any = None
    error: BaseException | None = None

    def __post_init__(self) -> None:
        self.future = self.loop.create_future()

    def run(self) -> None:
        """Call the function, and keep what it returns or raises."""
        try:
            self.result = self.context.run(self.fn)
        except BaseException as error:
            self.error = error

    def resolve(self) -> None:
        """Hand over the result; on the event loop. Whoever was cancelled waits no more."""
        error, self.error = self.error, None  # its traceback holds this
        if self.future.cancelled():
            return
        if isinstance(error, StopIteration):  # a future refuses it
            error = RuntimeError(f"a job raised {error!r}")
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(self.result)

    def resolve_soon(self) -> None:
        """Hand over the result; from any thread."""
        with suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(self.resolve)


class JobQueue:
    """Jobs in the order in which they came, until it is closed."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()

    def put(self, fn: Callable[..., Any]) -> asyncio.Future[Any]:
        """Add a job of the running event loop; return the future for its result.

        Raises `Unavailable` after `close`.
        """
        job = Job(fn)
        with self._lock:  # a job behind the end of the queue would wait forever
            if self._closed:
                raise Unavailable(_("The server is stopping. Try again when it is back."))
            self._waiting.put(job)
        return job.future

    def get(self, *, waits: bool = True, seconds: float | None = None) -> Job | None:
        """Return the next job, or None for each thread at the end.

        Raises `queue.Empty` if there is none, and it should not wait for one, or none comes within
        so many seconds.
        """
        return self._waiting.get(waits, seconds)

    def waiting(self) -> int:
        """Return how many jobs no thread has taken yet."""
        return self._waiting.qsize()

    def close(self, threads: int = 1) -> None:
        """Take no more jobs, and let each of the threads know when there are none."""
        with self._lock:
            self._closed = True
            for _thread in range(threads):
                self._waiting.put(None)

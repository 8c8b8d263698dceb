"""The reader threads: each runs one read at a time.

An executor of the standard library and the future that asyncio makes of its own take longer than
most queries: here, a read costs a queue, and one call back to the event loop.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, TypeVar

from services.core.errors import Unavailable
from services.core.i18n import _

Result = TypeVar("Result")


@dataclass(slots=True)
class _Job:
    """A read that waits for a thread, and the future for its result."""

    fn: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    result: Any = None
    error: BaseException | None = None

    def run(self) -> None:
        """Run it on this thread, unless nobody waits for it, and hand its result to the loop."""
        if self.future.cancelled():
            return
        try:
            self.result = self.context.run(self.fn)
        except StopIteration as error:  # a future refuses it
            self.error = RuntimeError(f"a read raised {error!r}")
        except BaseException as error:
            self.error = error
        with suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(self._resolve)

    def _resolve(self) -> None:
        error, self.error = self.error, None  # its traceback holds this
        if self.future.cancelled():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(self.result)


class Readers:
    """Threads that run reads in the order in which they are asked for."""

    def __init__(self, number: int) -> None:
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, name=f"reader {each}") for each in range(number)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, fn: Callable[[], Result]) -> Result:
        """Run `fn` on one of the threads, in the context of the caller.

        Raises what `fn` raised, or `Unavailable` after `close`.
        """
        loop = asyncio.get_running_loop()
        job = _Job(fn, loop, loop.create_future())
        with self._lock:  # a job behind the end of the queue would wait forever
            if self._closed:
                raise Unavailable(_("The server is stopping. Try again when it is back."))
            self._queue.put(job)
        result: Result = await job.future
        return result

    def close(self) -> None:
        """Finish all reads that are waiting, then end the threads."""
        with self._lock:
            self._closed = True
            for _thread in self._threads:
                self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            job.run()
            del job  # or the last result would stay in memory until the next read

"""What many ask for at the same moment, read together by one thread.

A message wakes all who wait for it, and each has a question or two for the database. To hand each
of them to a thread, and its answer back to the event loop, takes longer than the answer itself.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

Result = TypeVar("Result")
EachOf = Callable[[Connection, Sequence[Any]], Sequence[Any]]
"""Returns something for each of what it is given."""
Run = Callable[[Callable[[Connection], Any]], Awaitable[Any]]
MAX_TOGETHER = 25
"""What one thread reads at a time, so that others can do the rest meanwhile."""
MAX_EACH = 250
"""For how many a function looks at once: one that looked for thousands would keep all waiting."""

_Asked = tuple[Callable[[Connection], Any], asyncio.Future[Any]]
_FAILED = object()


class BatchedReads:
    """Collects what is asked in one turn of the event loop."""

    def __init__(self, run: Run) -> None:
        """`run` has a thread call a function with its connection."""
        self._run = run
        self._waiting: list[_Asked] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, fn: Callable[[Connection], Result]) -> asyncio.Future[Result]:
        """Return the future for what `fn` returns, which a thread calls with its connection.

        If it raises something, it is called again by itself: then the future has that.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        context = contextvars.copy_context()
        self._waiting.append((lambda connection: context.run(fn, connection), future))
        if len(self._waiting) == 1:
            loop.call_soon(self._start)
        return future

    def _start(self) -> None:
        waiting, self._waiting = self._waiting, []
        loop = asyncio.get_running_loop()
        for begin in range(0, len(waiting), MAX_TOGETHER):
            task = loop.create_task(self._read(waiting[begin : begin + MAX_TOGETHER]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _read(self, asked: list[_Asked]) -> None:
        def read(connection: Connection) -> list[Any]:
            return [_try(fn, connection) for fn, _future in asked]

        try:
            found = await self._run(read)
        except Exception:  # each asks again, and learns why
            found = [_FAILED] * len(asked)
        for (fn, future), result in zip(asked, found, strict=True):
            if not future.done():
                if result is _FAILED:
                    await self._again(fn, future)
                else:
                    future.set_result(result)

    async def _again(self, fn: Callable[[Connection], Any], future: asyncio.Future[Any]) -> None:
        try:
            result = await self._run(fn)
        except Exception as error:
            if not future.done():
                future.set_exception(error)
            return
        if not future.done():
            future.set_result(result)


class Each:
    """Collects what is asked of the same function in one turn: it is called for many at once."""

    def __init__(self, look: Callable[[Callable[[Connection], Any]], asyncio.Future[Any]]) -> None:
        """`look` has a thread call a function with its connection."""
        self._look = look
        self._groups: dict[EachOf, list[tuple[Any, asyncio.Future[Any]]]] = {}

    def ask(self, fn: "EachOf", what: Any) -> asyncio.Future[Any]:
        """Return the future for what `fn` returns at the place of `what`."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        group = self._groups.setdefault(fn, [])
        group.append((what, future))
        if len(group) == 1:
            loop.call_soon(self._start, fn)
        return future

    def _start(self, fn: "EachOf") -> None:
        group = self._groups.pop(fn)
        for begin in range(0, len(group), MAX_EACH):
            asked, futures = zip(*group[begin : begin + MAX_EACH], strict=True)
            whole = self._look(partial(_look_for, fn, asked))
            whole.add_done_callback(partial(_hand_out, futures))


def _look_for(fn: EachOf, asked: Sequence[Any], connection: Connection) -> Sequence[Any]:
    return fn(connection, asked)


def _hand_out(futures: Sequence[asyncio.Future[Any]], whole: asyncio.Future[Any]) -> None:
    error = whole.exception()
    for at, future in enumerate(futures):
        if future.done():
            continue
        if error:
            future.set_exception(error)
        else:
            future.set_result(whole.result()[at])


def _try(fn: Callable[[Connection], Any], connection: Connection) -> Any:
    try:
        return fn(connection)
    except Exception:  # it may be the connection: asked again, by itself, it gets another
        return _FAILED

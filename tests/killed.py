"""Work that ends with `kill -9`, in a process of its own."""

import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from tests import fork_server


def run_until_killed(work: Callable[..., None], *arguments: object) -> None:
    """Run `work`, best a function of a preloaded module, and check that it was killed."""
    process = fork_server.context().Process(target=work, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def deadly(work: Callable[..., Any], moment: str, turn: int) -> Callable[..., Any]:
    """Return `work` so that its call number `turn` kills the process, before or after."""
    turns = 0

    def watched(*arguments: object, **options: object) -> Any:
        nonlocal turns
        turns += 1
        if turns == turn and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = work(*arguments, **options)
        if turns == turn and moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return watched


def deadly_async(work: Callable[..., Awaitable[Any]], moment: str) -> Callable[..., Awaitable[Any]]:
    """Return `work` so that its call kills the process, before it begins or after it is done."""

    async def watched(*arguments: object, **options: object) -> Any:
        if moment == "after":
            await work(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    return watched

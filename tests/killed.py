"""Work that ends with `kill -9`, in a process of its own.

The processes are forked from one that has imported everything, which takes most of the time.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

PRELOADED = ["tests.services.backup.test_backup", "tests.services.files.test_orphans"]


def run_until_killed(work: Callable[..., None], *arguments: object) -> None:
    """Run `work`, a function of one of these modules, and check that it was killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=work, args=arguments)
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

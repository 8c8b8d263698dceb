"""A backup each night, made and proven while the chat runs: when, and how it went.

The work itself is `services/backup/worker.py`'s.
"""

import asyncio
import contextlib
import logging
import subprocess
import sys
from datetime import datetime, timedelta

from models.clock import now
from services.backup import status
from services.backup.status import Problem, Proof
from services.core import app_context
from services.core.settings import HERE
from services.core.tasks import BackgroundTask

log = logging.getLogger(__name__)

HOUR = 3
"""When it is due, by the clock of the place: when nobody writes, as a rule."""
FIRST = 300.0
"""Seconds from the start until one that is overdue is made: there is enough to do at first."""
EVERY = 60.0
"""Seconds between two looks at the clock, which may be set, or have stood still."""
AGAIN = timedelta(hours=1)
"""After which it is tried again when it went wrong."""

_work = BackgroundTask()
_proof = Proof()


def start() -> None:
    """Make a backup each night, in the background, unless the host wants none."""
    global _proof
    settings = app_context.current().settings
    _proof = status.read(settings.data)
    if settings.backups:
        _work.start(_every_night)


async def stop() -> None:
    """Stop, and give up a backup that is being made: the next start makes it."""
    await _work.stop()


def last() -> Proof:
    """Return how it went the last times."""
    return _proof


async def make() -> None:
    """Make a backup now, and note how it went."""
    global _proof
    settings = app_context.current().settings
    try:
        failed = await _run(str(settings.data), str(settings.backups))
    except OSError as error:  # no process to be had: the next night there may be
        failed = str(error)
    known = await asyncio.to_thread(status.read, settings.data)
    if failed:
        known = known.model_copy(
            update={"tried_at": now(), "problem": Problem.FAILED, "detail": failed}
        )
        with contextlib.suppress(OSError):  # it is shown all the same, until the next start
            await asyncio.to_thread(status.write, settings.data, known)
    _proof = known
    if known.problem:
        log.error("No backup could be made: %s %s", known.problem, known.detail)


def is_due(known: Proof, at: datetime) -> bool:
    """Tell whether none was proven since it was last three o'clock, nor tried just now."""
    local = at.astimezone()
    due = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if due > local:
        due -= timedelta(days=1)
    is_old = known.proven_at is None or known.proven_at < due
    return is_old and (known.tried_at is None or known.tried_at < at - AGAIN)


async def _every_night() -> None:
    await asyncio.sleep(FIRST)
    while True:
        if is_due(_proof, now()):
            await make()
        await asyncio.sleep(EVERY)


async def _run(data: str, keep: str) -> str:
    """Have the worker do it; return the last that it said when it failed, else nothing."""
    humble = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)  # only Windows has it
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.backup.worker", data, keep),
        cwd=HERE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C in the terminal is for the chat alone
        creationflags=humble,
    )
    try:
        _nothing, said = await worker.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()
    if not worker.returncode:
        return ""
    lines = said.decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line), f"exit code {worker.returncode}")

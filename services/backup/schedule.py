"""Nightly backups: when they run, and their result.

`services/backup/worker.py` makes and verifies them, in a process of its own.
"""

import asyncio
import contextlib
import logging
import subprocess
import sys
from datetime import datetime, timedelta

from msgspec import Struct

from models.clock import now
from services.accounts.admin import require_admin
from services.backup import status
from services.backup.status import BackupStatus, Problem
from services.core import app_context, processes
from services.core.dto import CurrentUser
from services.core.settings import PROJECT_FOLDER
from services.core.tasks import BackgroundTask

log = logging.getLogger(__name__)

HOUR = 3
"""When a backup is due, in local time: few people write then."""
START_DELAY_SECONDS = 300.0
"""Before an overdue backup, to leave the server alone while it starts."""
INTERVAL_SECONDS = 60.0
"""Between two checks. One long sleep would miss changes of the clock and a suspended machine."""
RETRY_AFTER = timedelta(hours=1)
"""After a failed backup."""
MAX_ERROR_BYTES = 16 * 1024 * 1024
"""Of a worker; the last line is kept."""

_work = BackgroundTask()
_latest = BackupStatus()


def start() -> None:
    """Make backups in the background, unless the settings say none, or PostgreSQL has the data."""
    global _latest
    settings = app_context.current().settings
    # With PostgreSQL, those that are in the folder are of a chat that was there before.
    _latest = BackupStatus() if settings.postgres else status.read(settings.data)
    if settings.backups and settings.postgres is None:
        _work.start(_every_night)


async def stop() -> None:
    """Stop, and abandon a backup in progress: the next start makes it."""
    await _work.stop()


class Backups(Struct, frozen=True):
    """The setting and the result of nightly backups."""

    most: int
    """The number of backups before the oldest is removed; 0 for none at all."""
    status: BackupStatus
    is_by_host: bool = False
    """Whether the host makes backups, with the tools of PostgreSQL: here are none."""
    files_in: str = ""
    """The bucket with the files of messages, which its host backs up; empty for the data folder."""


def overview(viewer: CurrentUser) -> Backups:
    """Return setting and latest result. Raises `Forbidden` for anyone but administrators."""
    require_admin(viewer)
    settings = app_context.current().settings
    files_in = str(settings.bucket or "")
    if settings.postgres is not None:
        return Backups(0, BackupStatus(), is_by_host=True, files_in=files_in)
    return Backups(settings.backups, last(), files_in=files_in)


def last() -> BackupStatus:
    """Return the result of the latest backups."""
    return _latest


async def make() -> None:
    """Make a backup now, and record the result."""
    global _latest
    settings = app_context.current().settings
    try:
        failed = await _run(str(settings.data), str(settings.backups))
    except (OSError, ValueError) as error:  # it could not be started, or found too much to say
        failed = str(error)
    known = await asyncio.to_thread(status.read, settings.data)
    if failed:
        known = known.model_copy(
            update={"tried_at": now(), "problem": Problem.FAILED, "detail": failed}
        )
        with contextlib.suppress(OSError):  # the result is in memory as well
            await asyncio.to_thread(status.write, settings.data, known)
    _latest = known
    if known.problem:
        log.error("Failed to make a backup: %s %s", known.problem, known.detail)


def is_due(known: BackupStatus, at: datetime) -> bool:
    """Return whether none was verified since the last `HOUR`, nor tried within `RETRY_AFTER`."""
    local = at.astimezone()
    due = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if due > local:
        due -= timedelta(days=1)
    is_old = known.proven_at is None or known.proven_at < due
    return is_old and (known.tried_at is None or known.tried_at < at - RETRY_AFTER)


async def _every_night() -> None:
    await asyncio.sleep(START_DELAY_SECONDS)
    while True:
        if is_due(_latest, now()):
            await make()
        await asyncio.sleep(INTERVAL_SECONDS)


async def _run(data: str, keep: str) -> str:
    """Run the worker; return the last line of its errors, or an empty string if it succeeded."""
    low_priority = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)  # Windows only
    code, errors = await processes.run(
        (sys.executable, "-m", "services.backup.worker", data, keep),
        max_bytes=MAX_ERROR_BYTES,
        cwd=PROJECT_FOLDER,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C in the terminal must not end it
        creationflags=low_priority,
    )
    if code == 0:
        return ""
    lines = errors.decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line), f"exit code {code}")

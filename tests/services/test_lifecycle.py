"""Starting and stopping the app: what was opened is closed, whatever happens."""

import threading
from pathlib import Path

import pytest

from services import lifecycle
from services.core import app_context
from services.core.errors import Unavailable
from services.messages.scheduling import scheduler
from services.rooms import rooms
from tests.conftest import cheap


def threads_of_the_database() -> list[str]:
    """Return the threads that would keep the process for ever."""
    names = (each.name for each in threading.enumerate())
    return [each for each in names if each.startswith(("reader ", "writer"))]


async def test_a_start_that_fails_closes_what_it_opened(
    app_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse() -> None:
        assert len(threads_of_the_database()) > 1
        raise Unavailable("busy")

    monkeypatch.setattr(rooms, "make_lobby", refuse)
    with pytest.raises(Unavailable, match="busy"):
        await lifecycle.startup(cheap(app_folder))
    assert not app_context.is_open()
    assert threads_of_the_database() == []
    monkeypatch.undo()
    await lifecycle.startup(cheap(app_folder))  # nothing is in its way
    await lifecycle.shutdown()


async def test_a_job_that_cannot_be_stopped_does_not_keep_the_database_open(
    app_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise OSError("broken")

    await lifecycle.startup(cheap(app_folder))
    monkeypatch.setattr(scheduler, "stop", fail)
    with pytest.raises(OSError, match="broken"):
        await lifecycle.shutdown()
    monkeypatch.undo()
    await lifecycle._stop_jobs()  # those behind it
    assert not app_context.is_open()
    assert threads_of_the_database() == []

"""`main.py` of a process that has others beside it, but shares no database with them.

So what it does when it is stopped can be tested without PostgreSQL and Redis.
`SIMPLE_CHAT_NOTICE` says for how many seconds it waits before it takes no connections any more.
"""

import os
import runpy
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))

from chat_ui.server.commands import start  # noqa: E402
from services.core.settings import Settings  # noqa: E402

usual = start.start


def is_one_of_several(_settings: Settings) -> bool:
    """Return that it is."""
    return True


def begin(chosen: Settings) -> None:
    """Start it, with that notice."""
    from chat_ui.server import draining

    draining.NOTICE_SECONDS = float(os.environ.get("SIMPLE_CHAT_NOTICE", draining.NOTICE_SECONDS))
    usual(chosen)


Settings.is_one_of_several = property(is_one_of_several)  # type: ignore[method-assign,assignment]
start.start = begin
runpy.run_path(str(PROJECT / "main.py"), run_name="__main__")

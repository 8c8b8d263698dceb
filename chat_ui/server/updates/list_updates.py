"""Has pages that list messages of any rooms show them as they are now, when some have changed.

One list after another is drawn again, of one person after another, and never for more than a part
of the time: somebody who changes messages all the time must not keep the server busy with lists.
"""

import asyncio
import logging
import time

from chat_ui.realtime import tasks
from chat_ui.realtime.subscriptions import OpenPage

log = logging.getLogger(__name__)
DELAY_SECONDS = 1.0
"""From a change to the first list: more may follow."""
PAUSE = 4
"""How many times as long as a list took nothing is drawn: so lists take at most a fifth."""

_stale: dict[int, dict[OpenPage, None]] = {}
"""By user, who is next first: their pages whose list is not as it should be."""
_working = False


def add(user_id: int, page: OpenPage) -> None:
    """Have a page of a user draw its list again; it is noted once, however often it changes."""
    global _working
    _stale.setdefault(user_id, {})[page] = None
    if not _working:
        _working = True
        tasks.spawn(_work(), "push")


def clear() -> None:
    """Forget what is not drawn yet: `tasks.stop()` ends what waits."""
    global _working
    _stale.clear()
    _working = False


async def _work() -> None:
    global _working
    await asyncio.sleep(DELAY_SECONDS)
    while _stale:
        user_id = next(iter(_stale))
        pages = _stale.pop(user_id)
        page = next(iter(pages))
        del pages[page]
        if pages:
            _stale[user_id] = pages  # after everybody else
        began = time.monotonic()
        try:
            await page.refresh_list()
        except Exception:  # the others are drawn all the same
            log.exception("Failed to show a list as it is now")
        await asyncio.sleep(PAUSE * (time.monotonic() - began))
    _working = False

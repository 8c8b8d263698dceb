"""The process from which tests fork others: one that has loaded what they need.

Python has one of these for each process, with what the first who asks has it load. So whoever
forks gets it here.
"""

import multiprocessing
from multiprocessing.context import BaseContext

LIBRARIES = "tests.loaded_libraries"
PRELOADED = [
    LIBRARIES,
    "tests.services.backup.test_backup",
    "tests.services.files.test_orphans",
]


def context() -> BaseContext:
    """Return what starts processes there. Raises `ValueError` where the system has no fork."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(PRELOADED)
    return found

"""Changed requests and frames: none breaks the server, and each refusal says what is wrong."""

import asyncio
import time

import psutil
import pytest

from benchmarks.fuzz.report import Report
from benchmarks.fuzz.run import run
from tests.hostile.conftest import works
from tests.http_client import Browser
from tests.server import Server

MAX_GROWTH_BYTES = 50 * 2**20
FORGOTTEN_SECONDS = 60
"""Within which pages are deleted that nobody came back to, and their memory is given back."""


def check(server: Server, browser: Browser, cases: int, seed: int) -> Report:
    report = asyncio.run(run(server.address, cases, seed=seed, log=server.log))
    assert not report.problems, str(report)
    assert report.sent == cases
    assert report.unanswered < report.sent / 10
    assert server.process.poll() is None
    with browser.open().connect() as page:
        page.catch_up()
        assert works(page)
    return report


def grown(process: psutil.Process, before: int) -> int:
    """Return by how much the memory has grown, once pages that were left are gone."""
    until = time.monotonic() + FORGOTTEN_SECONDS
    while (bytes_more := process.memory_info().rss - before) >= MAX_GROWTH_BYTES:
        if time.monotonic() > until:
            break
        time.sleep(0.5)
    return bytes_more


def test_no_changed_input_breaks_the_server(server: Server, browser: Browser) -> None:
    assert check(server, browser, 300, seed=2).opened > 5  # most frames reach a handler


@pytest.mark.long  # minutes
def test_none_of_100_000_changed_inputs_breaks_the_server(server: Server, browser: Browser) -> None:
    check(server, browser, 20_000, seed=4)
    # By then all caches and rate limits are full: what grows from here on grows without end.
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    report = check(server, browser, 80_000, seed=3)
    assert grown(process, before) < MAX_GROWTH_BYTES
    assert report.opened > 1_000  # most frames reach a handler, and some end their connection
    for status in (200, 303, 400, 401, 403, 404, 405, 421):  # as far as the handlers
        assert report.statuses[status], report

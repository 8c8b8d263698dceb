"""Sends all cases of a run: requests and frames at the same time."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.fuzz import http
from benchmarks.fuzz.report import Report
from benchmarks.fuzz.requests import Site
from benchmarks.fuzz.websockets import Visitor

FRAME_SHARE = 4
"""One case in so many is a frame; the others are requests."""
MEMBERS = 12
LOG_SECONDS = 0.1


async def run(
    address: str, cases: int, *, seed: int = 0, first: int = 0, log: Path | None = None
) -> Report:
    """Send the cases from number `first` on to the chat at `address`; return what was wrong."""
    report = Report(log)
    visitors = [Visitor(address, f"fuzz{seed}x{number}") for number in range(MEMBERS)]
    for visitor in visitors:
        await visitor.register()
    site = Site(urlsplit(address).netloc, [each.cookie for each in visitors])
    every = range(first, first + cases)
    frames = (number for number in every if number % FRAME_SHARE == 0)
    requests = (number for number in every if number % FRAME_SHARE)
    watching = asyncio.create_task(_watch(report))
    async with asyncio.TaskGroup() as group:
        group.create_task(http.send_all(address, site, seed, requests, report))
        for visitor in visitors:
            group.create_task(visitor.send_all(seed, frames, report))
    await asyncio.sleep(2 * LOG_SECONDS)
    watching.cancel()
    report.read_log()
    return report


async def _watch(report: Report) -> None:
    """Look into the log of the server again and again, so that few inputs may be the reason."""
    while True:
        report.read_log()
        await asyncio.sleep(LOG_SECONDS)

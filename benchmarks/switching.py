"""How long a real browser takes from a click on a room until its messages are drawn."""

from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import chromium
from benchmarks.figures import Figure, compare
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import Server, chat

if TYPE_CHECKING:
    from playwright.async_api import Page

TIMES = 20
"""Clicks in a round."""
PAUSE = 300
"""Milliseconds between two of them."""
MESSAGES = 1_000
MAX_MS = 80.0
_CLICK = """(room) => new Promise((drawn) => {
  const began = performance.now();
  const link = document.querySelector(`a[data-room-id="${room}"]`);
  const message = `[data-testid=timeline][data-room="${room}"][data-ready] .message`;
  const after = new MessageChannel();
  after.port1.onmessage = () => drawn(performance.now() - began);
  const watch = new MutationObserver(() => {
    if (!document.querySelector(message)) return;
    watch.disconnect();
    requestAnimationFrame(() => after.port2.postMessage(""));
  });
  watch.observe(document, { subtree: true, childList: true, attributeFilter: ["data-ready"] });
  link.click();
})"""
"""It ends with the first frame that shows the messages: what is posted from an animation frame
arrives right after that is painted. Polling would cost time, and be up to a frame early or late."""


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """Click on two rooms in turn, and reload a page of either as often."""
    if (playwright := chromium.playwright()) is None:
        return []
    seeded = await seed(folder, 2, [MESSAGES, MESSAGES])
    rooms = sorted(seeded.rooms)
    times: list[list[float]] = [[], []]
    async with AsyncExitStack() as stack:
        server = stack.enter_context(chat(folder))
        browser = await chromium.launch(stack, playwright)
        context = await browser.new_context()
        await chromium.log_in(context, server, seeded, "person1")
        page = await context.new_page()
        await _load(page, server, rooms[0])
        for turn in range(rounds + 1):
            clicks = await _click(page, rooms)
            loads = [await _load(page, server, rooms[n % 2]) for n in range(1, TIMES + 1)]
            if turn:  # the first round fills the caches
                report(f"round {turn} of {rounds}: {TIMES} clicks and {TIMES} pages in Chromium")
                times[0].append(median(clicks))
                times[1].append(median(loads))
    what, against = "from a click to the other room drawn", "reloading the page"
    return [compare(what, *times, unit="ms", against=against, most=MAX_MS)]


async def _click(page: "Page", rooms: list[int]) -> list[float]:
    """Switch between two rooms, the first of which is open; return the milliseconds."""
    times = []
    for number in range(1, TIMES + 1):
        times.append(float(await page.evaluate(_CLICK, rooms[number % 2])))
        await page.wait_for_timeout(PAUSE)
    return times


async def _load(page: "Page", server: Server, room: int) -> float:
    """Load the page of a room; return the milliseconds until its messages are drawn."""
    await page.goto(f"{server.address}/rooms/{room}")
    await page.wait_for_selector("[data-testid=timeline][data-ready] .message")
    return float(await page.evaluate("performance.now()"))

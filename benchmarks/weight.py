"""What a page weighs for a real browser on a slow line, compared with an empty NiceGUI page.

A first visit has nothing in the browser's cache; a second one has all that may be kept.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import chromium
from benchmarks.figures import Figure, compare
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import chat, peer

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext

MESSAGES = 1_000
SETTLE = 3_000
"""Milliseconds in which the rest of a page arrives, such as its fonts."""
CPU_SLOWER = 4
"""How many times slower the browser computes, as on a cheap phone."""
PEER = "an empty NiceGUI page"
FIRST = 1.15
SECOND = 1.05
MAX_KB = 385.0
MAX_REQUESTS = 16.0
COMPOSER = "textarea[data-testid=composer]:enabled"
"""It is drawn after our scripts have run, so it takes what is typed."""
MOUNTED = ".nicegui-content"
_WATCH = """{
  const watch = new MutationObserver(() => {
    if (!document.querySelector("%s")) return;
    watch.disconnect();
    requestAnimationFrame(() => { window.usableAfter = performance.now(); });
  });
  watch.observe(document, { subtree: true, childList: true, attributes: true });
}"""


@dataclass(frozen=True)
class Line:
    """A connection to the internet."""

    delay: int
    """Milliseconds that each request waits."""
    megabits: float
    """Megabits in a second, in either direction."""

    def __str__(self) -> str:
        return f"{self.delay} ms, {self.megabits:g} Mbit/s"

    def conditions(self) -> dict[str, Any]:
        """Return it as Chromium's `Network.emulateNetworkConditions` takes it."""
        throughput = self.megabits * 1e6 / 8
        return {
            "offline": False,
            "latency": self.delay,
            "downloadThroughput": throughput,
            "uploadThroughput": throughput,
        }


LINES = (Line(150, 1.6), Line(562, 1.44))


@dataclass
class Load:
    """What one visit took."""

    seconds: float = 0.0
    requests: int = 0
    bytes: int = 0
    """As they came over the line: compressed, with headers."""


@dataclass(frozen=True)
class Target:
    """A page, and what of it must be there before it can be used."""

    address: str
    usable: str
    log_in: "Callable[[BrowserContext], Awaitable[None]] | None" = None


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """Visit a room and an empty page twice each, in turn, on both lines."""
    if (playwright := chromium.playwright()) is None:
        return []
    seeded = await seed(folder, 2, [MESSAGES])
    async with AsyncExitStack() as stack:
        ours = stack.enter_context(chat(folder))
        empty = stack.enter_context(peer("empty"))
        browser = await chromium.launch(stack, playwright)
        room = f"{ours.address}/rooms/{min(seeded.rooms)}"
        targets = (
            Target(
                room, COMPOSER, lambda context: chromium.log_in(context, ours, seeded, "person1")
            ),
            Target(empty.address, MOUNTED),
        )
        for target in targets:  # the servers fill their caches
            await _visits(browser, target, LINES[0])
        figures = []
        for line in LINES:
            loads: list[list[tuple[Load, Load]]] = [[], []]
            for turn in range(rounds):
                report(f"round {turn + 1} of {rounds}: a room and an empty page, {line}")
                for target, into in zip(targets, loads, strict=True):
                    into.append(await _visits(browser, target, line))
            figures += _figures(line, *loads)
    return figures


async def _visits(browser: "Browser", target: Target, line: Line) -> tuple[Load, Load]:
    """Visit a page for the first and the second time."""
    context = await browser.new_context()
    try:
        if target.log_in:
            await target.log_in(context)
        await context.add_init_script(_WATCH % target.usable)
        return await _visit(context, target, line), await _visit(context, target, line)
    finally:
        await context.close()


async def _visit(context: "BrowserContext", target: Target, line: Line) -> Load:
    page = await context.new_page()
    browser = await context.new_cdp_session(page)
    load = Load()
    contained = set[str]()

    def sent(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("data:"):  # it came inside of something else
            contained.add(event["requestId"])

    def finished(event: dict[str, Any]) -> None:
        received = int(event["encodedDataLength"])  # 0 for what the browser had kept
        if received and event["requestId"] not in contained:
            load.requests += 1
            load.bytes += received

    browser.on("Network.requestWillBeSent", sent)
    browser.on("Network.loadingFinished", finished)
    await browser.send("Network.enable")
    await browser.send("Network.emulateNetworkConditions", line.conditions())
    await browser.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
    await page.goto(target.address, wait_until="commit")
    await page.wait_for_function("window.usableAfter", timeout=60_000)
    await page.wait_for_timeout(SETTLE)
    load.seconds = float(await page.evaluate("window.usableAfter")) / 1e3
    await page.close()
    return load


def _figures(
    line: Line, ours: list[tuple[Load, Load]], empty: list[tuple[Load, Load]]
) -> list[Figure]:
    """Return the figures of one line; what does not depend on the line, for the first alone."""
    figures = [
        compare(
            f"composer usable at a {name} visit, {line}",
            [visits[number].seconds for visits in ours],
            [visits[number].seconds for visits in empty],
            unit="s",
            against=PEER,
            goal=goal,
        )
        for number, (name, goal) in enumerate((("first", FIRST), ("second", SECOND)))
    ]
    if line is LINES[0]:
        for what, unit, most in (("bytes", "KB", MAX_KB), ("requests", "requests", MAX_REQUESTS)):
            scale = 1e-3 if what == "bytes" else 1
            figures += [
                compare(
                    f"{what} of a {name} visit",
                    [scale * getattr(visits[number], what) for visits in ours],
                    [scale * getattr(visits[number], what) for visits in empty],
                    unit=unit,
                    against=PEER,
                    most=None if number else most,
                )
                for number, name in enumerate(("first", "second"))
            ]
    return figures

"""A real browser for the parts that need one."""

import shutil
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from benchmarks.progress import report
from benchmarks.seeding import Seeded
from benchmarks.servers import Server

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext
    from playwright.async_api._context_manager import PlaywrightContextManager

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def playwright() -> "PlaywrightContextManager | None":
    """Return Playwright, or report that it is not installed and return None."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        report("Playwright is not installed: no figures from a browser")
        return None
    return async_playwright()


async def launch(stack: AsyncExitStack, manager: "PlaywrightContextManager") -> "Browser":
    """Start Chromium; `stack` closes it."""
    started = await stack.enter_async_context(manager)
    browser = await started.chromium.launch(
        executable_path=next(filter(None, map(shutil.which, NAMES)), None),
        args=["--no-sandbox", "--disable-gpu"],
    )
    stack.push_async_callback(browser.close)
    return browser


async def log_in(context: "BrowserContext", server: Server, seeded: Seeded, username: str) -> None:
    """Give the context the cookie of a person's session."""
    name, token = f"chat-session-{server.port}", seeded.sessions[username]
    await context.add_cookies([{"name": name, "value": token, "url": server.address}])

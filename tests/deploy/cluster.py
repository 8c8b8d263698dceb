"""A proxy and three processes, each with a copy of the same database.

What a proxy does with them is the same as if they shared one, and each knows the same people.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.conftest import copy_folder
from tests.deploy import proxies
from tests.deploy.proxies import HOST, Site
from tests.host_names import make_certificate, rebound
from tests.http_client import PASSWORD, Browser
from tests.server import PROJECT, Server, free_port

NOTICED = 30.0
"""Seconds within which a proxy has to notice that a process went away, or has come back."""
ACCENTS = ("#0a7d5a", "#4b57d6", "#a03050")
"""By the colour of its pages one sees which process they are from."""


@dataclass
class Cluster:
    """A proxy, and the processes behind it."""

    proxy: str
    site: Site
    processes: list[Server]
    cookies: dict[str, str]
    """Those of asha's session."""

    def browser(self) -> Browser:
        """Return a new browser of asha, who is logged in."""
        browser = Browser(self.site.address)
        for name, value in self.cookies.items():
            browser.http.cookies.set(name, value)
        return browser

    def stranger(self) -> httpx.Client:
        """Return a new browser of somebody without an account."""
        return httpx.Client(base_url=self.site.address, verify=False, timeout=20)

    def served_by(self, answer: httpx.Response) -> Server:
        """Return which process has drawn a page."""
        assert answer.status_code == 200, answer.text[:500]
        [style] = re.findall(r'id="chat-style"[^>]*href="([^"]+)"', answer.text)
        return next(each for each in self.processes if self.style_of(each) == style)

    def style_of(self, process: Server) -> str:
        """Return the address of the stylesheet of a process, by which its pages are known."""
        if not hasattr(process, "style"):
            page = httpx.get(
                f"{process.address}/login", headers={"Host": HOST, "X-Forwarded-Proto": "https"}
            )
            [process.style] = re.findall(r'id="chat-style"[^>]*href="([^"]+)"', page.text)
        return str(process.style)

    def wait(self) -> None:
        """Wait until the proxy sends people to all processes."""
        until = time.monotonic() + NOTICED
        missing = {each.port for each in self.processes}
        while missing:
            assert time.monotonic() < until, (missing, (self.site.folder / "log").read_text())
            with suppress(httpx.TransportError), self.stranger() as browser:
                answer = browser.get("/login")
                if answer.status_code == 200:
                    missing -= {self.served_by(answer).port}
            time.sleep(0.1)  # strangers may not ask a process more than ten times a second


def first_data(folder: Path, variables: dict[str, str], site: Site) -> tuple[Path, dict[str, str]]:
    """Create the account of asha in a data folder; return it, and her cookies."""
    with Server(folder, "--behind-proxy", **variables) as server, rebound(HOST):
        [code] = re.findall(r"Setup code .*: ([a-z0-9-]{14})\n", "".join(server.output))
        form = {"username": "asha", "password": PASSWORD, "setup_code": code}
        host = site.address.removeprefix("https://")
        answer = httpx.post(
            f"{server.address}/register",
            data=form,
            headers={"Host": host, "Origin": site.address},
            verify=False,
        )
        assert answer.status_code == 303, answer.text
    pairs = (each.partition(";")[0] for each in answer.headers.get_list("set-cookie"))
    return folder, dict(each.split("=", 1) for each in pairs)


@contextmanager
def running(
    proxy: str, folder: Path, data: Path, fill: Callable[[Path], object] = lambda _data: None
) -> Iterator[Cluster]:
    """Start processes and a proxy before them, after `fill` has filled the database."""
    proxies.require(proxy)
    folder.mkdir()
    certificate = make_certificate(folder, HOST)
    port = free_port()
    public = {"CHAT_PUBLIC_URL": f"https://{HOST}:{port}", "CHAT_REGISTRATION": "open"}
    _data, cookies = first_data(data, public, Site(port, certificate, (), folder))
    fill(data)
    processes = []
    for number, accent in enumerate(ACCENTS):
        copied = copy_folder(data, folder / f"data-{number}")
        process = Server(copied, "--behind-proxy", CHAT_ACCENT=accent, **public)
        process.command[1] = str(PROJECT / "tests" / "one_of_several.py")
        processes.append(process.start())
    site = Site(port, certificate, [each.port for each in processes], folder)
    started = proxies.start(proxy, site)
    cluster = Cluster(proxy, site, processes, cookies)
    try:
        with rebound(HOST):
            cluster.wait()
            yield cluster
    finally:
        started.terminate()
        started.wait(timeout=20)
        for process in processes:
            if process.process.poll() is None:
                process.kill()

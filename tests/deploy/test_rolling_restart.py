"""Three processes on one database are restarted one after the other, while people write."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests import postgres, redis_server
from tests.conftest import NewFolder, posix_only
from tests.deploy import proxies
from tests.deploy.cluster import NOTICED, first_data
from tests.deploy.proxies import HOST, PROXIES, Site, require
from tests.host_names import make_certificate, rebound
from tests.http_client import Browser, ConnectionClosed, HandshakeRefused, Page
from tests.redis_server import RedisServer
from tests.server import Server, free_port

pytestmark = [
    posix_only,
    pytest.mark.skipif(not postgres.SERVER, reason="several processes need PostgreSQL"),
]
WRITERS = 12
PAUSE = 0.2
"""Seconds between two messages of a writer."""


class Writer(threading.Thread):
    """Somebody who writes on one page, and loads it when its process stops, as browsers do."""

    def __init__(self, number: int, site: Site, cookies: dict[str, str]) -> None:
        super().__init__()
        self.number = number
        self.stored: list[str] = []
        self.loads = self.handed_over = 0
        self.too_late = 0
        """Pages that were loaded from a process which took no connections when they connected."""
        self.mistakes: list[str] = []
        self.ends = threading.Event()
        self._browser = Browser(site.address)
        for name, value in cookies.items():
            self._browser.http.cookies.set(name, value)
        self._waiting = ""

    def run(self) -> None:
        """Write until told to end, and the last message is stored."""
        while not self.ends.is_set() or self._waiting:
            try:
                with self._browser.open() as page:
                    page.connect()
                    self.loads += 1
                    page.catch_up()
                    self._write(page)
            except HandshakeRefused:
                self.too_late += 1
            except ConnectionClosed:
                self.mistakes.append("a page was cut off before it could leave")
            except Exception as error:
                self.mistakes.append(repr(error))
                time.sleep(0.5)

    def _write(self, page: Page) -> None:
        """Write until the process of the page says that it stops."""
        while not self.ends.is_set() or self._waiting:
            self._waiting = self._waiting or f"writer-{self.number}-{len(self.stored)}"
            page.send(self._waiting, self._waiting)
            asked, stops = time.monotonic(), False
            while self._waiting and time.monotonic() - asked < 20:
                name, data = next_event(page)
                stops = stops or name == "chat_server_stopping"
                if name == "chat_messages" and f">{self._waiting}<" in data["html"]:
                    self.stored.append(self._waiting)
                    self._waiting = ""
            if stops or self._stops_within(page, PAUSE):
                self.handed_over += 1
                return

    def _stops_within(self, page: Page, seconds: float) -> bool:
        """Return whether the process says so in this time."""
        try:
            page.wait_for("chat_server_stopping", within=seconds)
        except TimeoutError:
            return False
        return True


def next_event(page: Page) -> tuple[str, dict[str, object]]:
    """Return the next event that a page is sent; nothing if none comes within a second."""
    try:
        packet = str(page.socket.recv(timeout=1))
    except TimeoutError:
        return "", {}
    if packet == "2":  # a ping
        page.socket.send("3")
    if not packet.startswith("42"):
        return "", {}
    name, *data = json.loads(packet[2:])
    return name, data[0] if data else {}


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    """A Redis of this test."""
    redis_server.require()
    with RedisServer(tmp_path / "redis", "secret") as redis:
        yield redis.url


@pytest.mark.parametrize(
    "proxy_name",
    # The others do the same in test_proxies.py.
    [each if each == "haproxy" else pytest.param(each, marks=pytest.mark.long) for each in PROXIES],
)
def test_nobody_loses_a_message_and_pages_load_once_for_each_stop(
    proxy_name: str, new_folder: NewFolder, tmp_path: Path, bus: str
) -> None:
    require(proxy_name)
    folder = new_folder()
    port = free_port()
    variables = {
        "CHAT_PUBLIC_URL": f"https://{HOST}:{port}",
        "CHAT_REGISTRATION": "open",
        "CHAT_MESSAGE_RATE": "100000 per 10 seconds",
    }
    certificate = make_certificate(tmp_path, HOST)
    _folder, cookies = first_data(folder, variables, Site(port, certificate, (), tmp_path))
    variables["CHAT_BUS"] = bus
    servers = [Server(folder, "--behind-proxy", **variables).start() for _number in range(3)]
    site = Site(port, certificate, [each.port for each in servers], tmp_path)
    proxy = proxies.start(proxy_name, site)
    writers = [Writer(number, site, cookies) for number in range(WRITERS)]
    try:
        with rebound(HOST):
            until(lambda: is_ready(site))
            for writer in writers:
                writer.start()
            until(lambda: all(each.stored for each in writers))
            for server in servers:
                server.process.terminate()
                assert server.process.wait(timeout=90) == 0
                server.start()
                time.sleep(3)  # the proxy asks twice
            for writer in writers:
                writer.ends.set()
            for writer in writers:
                writer.join(timeout=60)
    finally:
        for writer in writers:
            writer.ends.set()
        proxy.terminate()
        proxy.wait(timeout=20)
        for server in servers:
            server.kill()
    assert [each.mistakes for each in writers] == [[]] * WRITERS
    if proxy_name != "nginx":  # which sends people to a process until that refuses them
        assert sum(each.too_late for each in writers) == 0
    with postgres.connect(folder) as connection:
        rows = connection.execute(
            "SELECT seq, client_message_id FROM messages WHERE room_id = 1 ORDER BY seq"
        ).fetchall()
    numbers, ids = zip(*rows, strict=True)
    assert list(numbers) == list(range(1, len(rows) + 1))
    assert sorted(ids) == sorted(sent for writer in writers for sent in writer.stored)
    assert sum(each.loads for each in writers) == WRITERS + sum(
        each.handed_over for each in writers
    )
    assert max(each.loads for each in writers) <= 1 + len(servers)


def is_ready(site: Site) -> bool:
    """Return whether the proxy passes requests on."""
    try:
        return httpx.get(f"{site.address}/readyz", verify=False).status_code == 200
    except httpx.TransportError:
        return False


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 2 * NOTICED
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)

"""HAProxy, nginx and Caddy before three processes, each with its file in `deploy/`."""

import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.conftest import NewFolder, posix_only
from tests.deploy import proxies
from tests.deploy.cluster import NOTICED, Cluster, running
from tests.hostile.test_nginx import FILE_SIZE
from tests.http_client import PASSWORD
from tests.server import Server
from tests.upload_client import TYPE, file_form

pytestmark = posix_only


# Long: further proxies, for each of which three processes start.
@pytest.fixture(
    scope="module",
    params=[
        pytest.param(each, marks=[] if each == "haproxy" else [pytest.mark.long])
        for each in proxies.PROXIES
    ],
)
def cluster(
    request: pytest.FixtureRequest,
    new_folder: NewFolder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("deploy") / request.param
    with running(request.param, folder, new_folder()) as started:
        yield started


def test_a_browser_stays_with_its_process(cluster: Cluster) -> None:
    browser = cluster.browser()
    first = browser.http.get("/rooms/1")
    given = first.headers.get_list("set-cookie")
    assert [each for each in given if each.startswith("chat_server=")], given
    process = cluster.served_by(first)
    for _number in range(12):
        again = browser.http.get("/rooms/1")
        assert cluster.served_by(again) is process
        assert "chat_server" not in again.headers.get("set-cookie", "")


def test_a_page_is_live_whose_address_is_of_its_process(cluster: Cluster) -> None:
    for _browser in range(4):  # they are spread over the processes
        browser = cluster.browser()
        page = browser.open()
        with page.connect():
            page.catch_up()
            page.send("hello", f"live-{page.client_id[:12]}")
            page.wait_for("chat_messages", lambda batch: "hello" in batch["html"])


def test_the_largest_file_passes(cluster: Cluster) -> None:
    browser = cluster.browser()

    def post(size: int) -> httpx.Response:
        return browser.http.post(
            "/rooms/1/files", content=file_form(bytes(size)), headers={"Content-Type": TYPE}
        )

    with browser.open().connect():
        assert post(FILE_SIZE).status_code == 201
        too_large = post(FILE_SIZE + 1)
        assert too_large.status_code == 413
        assert "25 MB" in too_large.json()["sentence"]  # the chat's own word
    assert post(32 * 1024 * 1024).status_code == 413  # by the proxy, and no JSON


def test_the_chat_knows_who_asks_whatever_they_claim(cluster: Cluster) -> None:
    with cluster.stranger() as browser:
        process = cluster.served_by(browser.get("/login"))
        answer = browser.post(
            "/login",
            data={"username": "asha", "password": PASSWORD},
            headers={
                "Origin": cluster.site.address,
                "X-Forwarded-For": "203.0.113.9",
                "X-Forwarded-Proto": "http",
            },
        )
        assert answer.status_code == 303
        names = [each.partition("=")[0] for each in answer.headers.get_list("set-cookie")]
        assert f"__Host-chat-session-{cluster.site.port}" in names
    with closing(sqlite3.connect(process.data / "chat.db")) as database:
        addresses = {row[0] for row in database.execute("SELECT address FROM sessions")}
    assert "203.0.113.9" not in addresses


class Visitor:
    """Somebody who asks for pages all the time, and notes what did not work, and who answered."""

    def __init__(self, cluster: Cluster) -> None:
        self.failures: list[str] = []
        self.served_by: list[Server] = []
        self._cluster = cluster
        self._browser = cluster.browser()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> "Visitor":
        self._once()
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ends.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._ends.wait(0.1):
            try:
                self._once()
            except Exception as error:
                self.failures.append(repr(error))

    def _once(self) -> None:
        answer = self._browser.http.get("/rooms/1")
        if answer.status_code == 429:  # by the chat's own limit
            return
        self.served_by.append(self._cluster.served_by(answer))

    def wait_for_other(self, process: Server) -> None:
        """Wait until another process than this answers."""
        until = time.monotonic() + NOTICED
        while self.served_by[-1] is process:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_nobody_notices_that_a_process_is_stopped(cluster: Cluster) -> None:
    browser = cluster.browser()
    page = browser.open()
    process = cluster.served_by(browser.http.get("/rooms/1"))
    with Visitor(cluster) as visitor, page.connect():
        page.catch_up()
        of_visitor = visitor.served_by[-1]
        stopped = {process.port: process, of_visitor.port: of_visitor}
        for each in stopped.values():
            each.process.send_signal(signal.SIGTERM)
        page.wait_for("chat_server_stopping", within=20)
        page.send("still connected", "stopping-1")
        page.wait_for("chat_messages", lambda batch: "still connected" in batch["html"])
        visitor.wait_for_other(of_visitor)
        elsewhere = browser.open()
    with elsewhere.connect():
        elsewhere.catch_up()
    for each in stopped.values():
        assert each.process.wait(timeout=30) == 0
    for _number in range(6):
        with cluster.stranger() as stranger:
            assert cluster.served_by(stranger.get("/login")).port not in stopped
    for each in stopped.values():
        each.start()
    cluster.wait()
    assert visitor.failures == []


def test_people_of_a_killed_process_get_to_another(cluster: Cluster) -> None:
    browser = cluster.browser()
    process = cluster.served_by(browser.http.get("/rooms/1"))
    page = browser.open()
    with page.connect():
        page.catch_up()
        process.kill()
        assert page.is_disconnected()
    asked = time.monotonic()
    answer = browser.http.get("/rooms/1")
    assert cluster.served_by(answer) is not process
    assert time.monotonic() - asked < 5
    elsewhere = browser.open()
    with elsewhere.connect():
        elsewhere.catch_up()
    process.start()
    cluster.wait()


def test_a_process_that_is_not_ready_gets_nobody(cluster: Cluster) -> None:
    """nginx cannot ask: it learns when connections are refused, three seconds later."""
    if cluster.proxy == "nginx":
        pytest.skip("it does not ask")
    process = cluster.processes[0]
    process.process.send_signal(signal.SIGTERM)
    stopped = time.monotonic()
    late = []
    while (since := time.monotonic() - stopped) < 2.8:  # it takes connections for 3 seconds
        with cluster.stranger() as stranger:
            who = cluster.served_by(stranger.get("/login"))
        if since > 2.3:
            late.append(who.port)
    assert late
    assert process.port not in late
    assert process.process.wait(timeout=30) == 0
    process.start()
    cluster.wait()

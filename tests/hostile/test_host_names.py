"""Names at which nobody should reach the chat: DNS rebinding, and pages of other sites."""

import re
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.conftest import NewFolder, copy_folder
from tests.host_names import make_certificate, rebound
from tests.http_client import PASSWORD, Browser, InvalidStatus
from tests.server import Server

LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "LOCALHOST", "localhost.")
FOREIGN = ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.7", "[::2]")


@pytest.fixture(scope="module")
def here(new_folder: NewFolder) -> Iterator[Server]:
    """A server for this machine alone."""
    with Server(new_folder()) as server:
        yield server


@pytest.fixture(scope="module")
def proxied(new_folder: NewFolder) -> Iterator[Server]:
    """A server behind a proxy, at https://chat.example."""
    public = {"CHAT_PUBLIC_URL": "https://chat.example", "CHAT_REGISTRATION": "open"}
    with Server(new_folder(), "--behind-proxy", **public) as server:
        yield server


get = partial(httpx.get, verify=False)
"""Loading all certificates, which plain HTTP does not need, would take longer than the answer."""


def status(server: Server, host: str, path: str = "/login", **headers: str) -> int:
    """Return how a request with this Host header is answered."""
    return get(server.address + path, headers={"Host": host, **headers}).status_code


def ports(server: Server, name: str) -> Iterator[str]:
    """Return a name with and without a port."""
    yield from (name, f"{name}:{server.port}", f"{name}:1")


def create_first_account(browser: Browser, server: Server) -> httpx.Response:
    """Create the first account, which works once, with the code that the server printed."""
    [code] = re.findall(r"Setup code .*: ([a-z0-9-]{14})\n", "".join(server.output))
    form = {"username": "asha", "password": PASSWORD, "setup_code": code}
    return browser.http.post("/register", data=form)


def test_a_name_that_is_rebound_reaches_nothing(app_folder: Path) -> None:
    with Server(app_folder, "--lan", CHAT_REGISTRATION="open") as server, rebound("evil.example"):
        evil = f"http://evil.example:{server.port}"
        browser = Browser(evil)
        answer = browser.http.get("/login")
        assert answer.status_code == 421
        assert re.fullmatch(
            r"This chat is at http://127\.0\.0\.1:\d+\. Open it there, [^.]*URL[^.]*\.", answer.text
        )
        assert browser.register("mallory").status_code == 421
        victim = Browser(server.address)
        assert create_first_account(victim, server).status_code == 303
        page = victim.open()
        page.browser.address = evil
        with pytest.raises(InvalidStatus) as refused:
            page.connect(cookie=victim.cookie(), origin=evil)
        assert refused.value.response.status_code == 421


def test_on_a_network_only_the_names_of_this_machine_are_known(app_folder: Path) -> None:
    machine = socket.gethostname().partition(".")[0]
    with Server(app_folder, "--lan", CHAT_HOST_NAMES="chat.lan, 192.0.2.8") as server:
        [shown] = re.findall(r"can open the chat at http://(\S+)", "".join(server.output))
        named = shown.rpartition(":")[0]
        assert get(f"http://{shown}/login").status_code == 200
        assert get(f"http://{shown}/login", headers={"Host": named}).status_code == 200
        known = (*LOOPBACK, machine, machine.upper(), f"{machine}.local", f"{machine}.local.")
        for name in (*known, "chat.lan", "192.0.2.8"):
            assert {status(server, host) for host in ports(server, name)} == {200}, name
        for name in (*FOREIGN, f"{machine}.evil.example", f"{machine}.local.evil.example", ""):
            assert {status(server, host) for host in ports(server, name)} <= {400, 421}, name


def test_on_this_machine_only_its_own_names_are_known(here: Server) -> None:
    for name in LOOPBACK:
        assert {status(here, host) for host in ports(here, name)} == {200}, name
    for name in (*FOREIGN, socket.gethostname()):
        assert {status(here, host) for host in ports(here, name)} == {421}, name


def test_a_request_names_one_host(here: Server) -> None:
    with socket.create_connection(("127.0.0.1", here.port), timeout=10) as connection:
        connection.sendall(b"GET /login HTTP/1.1\r\nHost: localhost\r\nHost: a.example\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 421"


def test_behind_a_proxy_only_configured_names_are_known(proxied: Server) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    for name in ("chat.example", "Chat.Example.", "chat.example:443"):
        assert status(proxied, name, **forwarded) == 200, name
    for name in (*FOREIGN, "chat.example.evil.example", "localhost", socket.gethostname()):
        assert status(proxied, name, **forwarded) == 421, name
    answer = get(proxied.address + "/", headers={"Host": "evil.example", **forwarded})
    assert answer.text.startswith("This chat is at https://chat.example. Open it there")
    assert status(proxied, "127.0.0.1", "/healthz") == 200  # monitoring on this machine


@pytest.mark.parametrize("scheme", ["https", ""], ids=["told", "not told"])
def test_a_page_under_http_is_not_of_a_site_under_https(proxied: Server, scheme: str) -> None:
    told = {"X-Forwarded-Proto": scheme} if scheme else {}
    headers = {"Host": "chat.example", **told}

    def post(origin: str) -> int:
        # A name of its own: the tries of one are limited.
        form = {"username": f"nobody{len(scheme)}", "password": PASSWORD}
        asked = {**headers, "Origin": origin}
        return httpx.post(
            f"{proxied.address}/login", data=form, headers=asked, verify=False
        ).status_code

    assert post("https://chat.example") == 401
    assert post("https://chat.example:443") == 401
    refused = (
        "http://chat.example",
        "https://chat.example:8443",
        "https://evil.example",
        "null",
    )
    assert {post(origin) for origin in refused} == {403}


def test_a_websocket_of_a_page_under_http_is_refused(proxied: Server) -> None:
    with rebound("chat.example"):
        browser = Browser(f"http://chat.example:{proxied.port}")
        own = f"https://chat.example:{proxied.port}"
        browser.http.headers["Origin"] = own
        answer = create_first_account(browser, proxied)
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"].partition(";")[0]
        assert cookie.startswith("__Host-chat-session-")
        browser.http.headers["Cookie"] = cookie
        page = browser.open()
        with pytest.raises(InvalidStatus) as refused:
            page.connect(cookie=cookie, origin=browser.address)
        assert refused.value.response.status_code == 403
        with page.connect(cookie=cookie, origin=own):
            page.catch_up()


def test_a_login_is_good_at_every_process_of_a_chat(new_folder: NewFolder, tmp_path: Path) -> None:
    public = {"CHAT_PUBLIC_URL": "https://chat.example", "CHAT_REGISTRATION": "open"}
    first = Server(new_folder(), "--behind-proxy", **public)
    with first, rebound("chat.example"):
        browser = Browser(f"http://chat.example:{first.port}")
        browser.http.headers.update({"Host": "chat.example", "Origin": "https://chat.example"})
        set_by = create_first_account(browser, first).headers.get_list("set-cookie")
    session, device = (each.partition(";")[0] for each in set_by)
    assert session.startswith("__Host-chat-session-443=")
    assert device.startswith("__Host-chat-device-443=")
    copy_folder(first.data, tmp_path / "other")

    def opened_with(cookie: str, host: str = "chat.example") -> int:
        return status(other, host, "/rooms/1", Cookie=cookie)

    with Server(tmp_path / "other", "--behind-proxy", **public) as other:
        assert opened_with(session) == 200
        of_older_version = session.replace("-443=", f"-{other.port}=")
        assert opened_with(of_older_version) == 200
        assert opened_with(session.replace("-443=", "-8443=")) == 303
        assert opened_with(session, "chat.example:8443") == 303


def test_a_forwarded_prefix_is_ignored(proxied: Server) -> None:
    headers = {"Host": "chat.example", "X-Forwarded-Prefix": "/somewhere"}
    answer = get(f"{proxied.address}/login", headers=headers)
    assert answer.status_code == 200
    assert "somewhere" not in answer.text


def test_the_names_of_a_certificate_are_known(app_folder: Path, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "chat.example", "*.wild.example")
    files = ("--tls-cert", str(certificate), "--tls-key", str(certificate))
    expected = {
        "chat.example": 200,
        "a.wild.example": 200,
        "a.b.wild.example": 421,
        "wild.example": 421,
        "evil.example": 421,
    }
    with Server(app_folder, "--lan", *files) as server, httpx.Client(verify=False) as client:
        login = f"https://127.0.0.1:{server.port}/login"
        got = {name: client.get(login, headers={"Host": name}).status_code for name in expected}
        assert got == expected

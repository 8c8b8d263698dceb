"""What no page of ours sends: each gets a status and one sentence, and leaves no traceback."""

import re

import pytest

from benchmarks.attacks import Member, handshake_head
from chat_ui.server.protocols import http_connection, websocket_connection
from chat_ui.server.socket_events import MAX_ARGUMENT_DEPTH
from tests.hostile.conftest import Connect, answer, works
from tests.http_client import Browser, Page
from tests.server import Server

SENTENCE = re.compile(r"[A-Z][^{}<>]+\.")


def get(server: Server, path: str = "/login", more: str = "") -> bytes:
    host = server.address.removeprefix("http://")
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()


def sentence(received: bytes) -> tuple[int, str]:
    """Return the status of an answer, and its body if that is one sentence."""
    head, _, body = received.partition(b"\r\n\r\n")
    found = SENTENCE.match(body.decode())
    return int(head.split()[1]), found[0] if found else ""


def test_what_is_no_request_is_refused(server: Server, connect: Connect) -> None:
    stranger = connect()
    stranger.sendall(b"\x16\x03\x01\x02\0\r\n\r\n")
    assert sentence(answer(stranger)) == (400, http_connection.MALFORMED)


def test_malformed_requests_do_not_fill_the_log(
    server: Server, browser: Browser, connect: Connect
) -> None:
    before = server.log.stat().st_size
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    upgrade = get(server, more="Connection: Upgrade\r\nUpgrade: h2c\r\n")
    for _ in range(10):
        for malformed in (b"\0\r\n\r\n", upgrade):
            stranger = connect()
            stranger.sendall(malformed)
            assert stranger.recv(15).startswith(b"HTTP/1.1 ")
        browser.http.post("/login", content=b"no boundary", headers=headers)
    assert server.log.stat().st_size == before


@pytest.mark.parametrize("requests", [1, 2])
def test_what_is_no_request_may_follow_one(
    server: Server, page: Page, connect: Connect, requests: int
) -> None:
    for _ in range(20):
        stranger = connect()
        stranger.sendall(get(server) * requests + b"\0\r\n\r\n")
        assert answer(stranger).count(b"HTTP/1.1 ") <= 1
    assert works(page)


def test_who_leaves_before_the_answers(server: Server, page: Page, connect: Connect) -> None:
    for _ in range(20):
        stranger = connect()
        stranger.sendall(get(server) * 4)
        stranger.close()
    assert works(page)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"Host: 127", b"Host: \xd9\xa3", 400),
        (b"Sec-WebSocket-Key", b"X-Key", 400),
        (b"Version: 13", b"Version: 99", 426),
        (b"Origin: http", b"Origin: ftp", 403),
        (b"EIO=4", b"EIO=3", 403),
        (b"transport=websocket", b"transport=polling", 403),
        (b"socket.io/", b"elsewhere/", 403),
        (b"Upgrade: websocket", b"Upgrade: websocket\r\nUpgrade: websocket", 403),
    ],
)
def test_a_websocket_that_is_refused(
    browser: Browser, connect: Connect, old: bytes, new: bytes, status: int
) -> None:
    head = handshake_head(Member(browser.address, browser.cookie()), browser.open().client_id)
    assert old in head
    connection = connect()
    connection.sendall(head.replace(old, new))
    refused, said = sentence(answer(connection))
    assert refused == status
    assert said
    assert (said == websocket_connection.MALFORMED) == (status != 403)


def test_a_malformed_form_is_refused(browser: Browser) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    for path in ("/login", "/register", "/login/step"):
        refused = browser.http.post(path, content=b"no boundary", headers=headers)
        assert refused.status_code == 400, path
        assert SENTENCE.fullmatch(refused.text)


def test_a_missing_asset_is_refused(browser: Browser) -> None:
    for path in ("/static/a/b.js", "/static/a/b/c.js", "/static/" + "a" * 300):
        refused = browser.http.get(path)
        assert refused.status_code == 404
        assert refused.headers["content-type"].startswith("text/plain")
        assert SENTENCE.match(refused.text)


def test_a_method_that_is_not_known_is_refused(browser: Browser) -> None:
    for path in ("/login", "/healthz", "/rooms/1"):
        refused = browser.http.delete(path)
        assert refused.status_code == 405
        assert refused.headers["allow"]
        assert SENTENCE.fullmatch(refused.text)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"value":', "}")])
def test_deep_arguments_are_dropped(page: Page, opening: str, closing: str) -> None:
    deep = opening * 300 + "1" + closing * 300
    for number, element in page.elements.items():
        for each in element.get("events", []):
            sent = {"client_id": page.client_id, "listener_id": each["listener_id"]}
            page.emit("event", {**sent, "id": int(number), "args": [deep]})
    assert works(page)


@pytest.mark.parametrize("end", ["", "\\"])
def test_a_string_without_an_end_is_read_once(page: Page, end: str) -> None:
    unended = "[" * (MAX_ARGUMENT_DEPTH + 1) + '"' + '\\"' * 50_000 + end
    page.emit("event", page.event("navigate", {}, args=[unended]))
    assert works(page)


def test_brackets_in_text_are_not_deep(page: Page) -> None:
    page.send("[" * 500 + '"{\\', "brackets-0001")
    assert page.wait_for("chat_messages", lambda data: "brackets-0001" in data["html"])


def test_sub_pages_are_ignored(page: Page) -> None:
    listeners = [
        (number, each)
        for number, element in page.elements.items()
        for each in element.get("events", [])
        if each["type"].startswith("sub_pages")
    ]
    assert len(listeners) == 2
    for number, each in listeners:
        for argument in ("7", '["a"]', '"/rooms"', "null"):
            sent = {"client_id": page.client_id, "listener_id": each["listener_id"]}
            page.emit("event", {**sent, "id": int(number), "args": [argument]})
    assert works(page)

"""What comes in from the network: over HTTP and websockets, from people and from others."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from itertools import count
from socket import SHUT_RDWR

import httpx
import pytest
from nicegui import __version__ as nicegui_version
from websockets.sync.client import ClientConnection, connect

from chat_ui.server import socket_events
from tests.conftest import NewFolder
from tests.http_client import (
    PASSWORD,
    Browser,
    ConnectionClosed,
    HandshakeRefused,
    InvalidStatus,
    Page,
    visible_text,
)
from tests.server import Server

_numbers = count()


def fresh() -> str:
    """Return a message id that was not used before."""
    return f"message-{next(_numbers):04}"


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Server]:
    """One server for all of this; nothing that anybody sends may leave an error in its log."""
    with Server(new_folder(), CHAT_MESSAGE_RATE="1000 per 10 seconds") as running:
        for name in ("asha", "ben", "chen"):
            Browser(running.address).register(name)
        yield running
    # What is not even Socket.IO, its library reports as an error. Ours have none.
    errors = running.log.read_text().split("Traceback")[1:]
    ours = re.compile(r"/(services|chat_ui)/(?!server/(security_headers|auth_middleware|run)\.py)")
    assert [error for error in errors if ours.search(error)] == []


@pytest.fixture
def browser(server: Server) -> Callable[..., Browser]:
    """Return a browser in which somebody has logged in; without a name, in which nobody has."""

    def make(username: str = "") -> Browser:
        made = Browser(server.address)
        if username:
            assert made.login(username).status_code == 303
        return made

    return make


@pytest.fixture
def asha(browser) -> Browser:
    return browser("asha")


@pytest.fixture
def stranger(browser) -> Browser:
    return browser()


def works(page: Page) -> bool:
    """Tell whether the page can still send, and see what it sent."""
    page.catch_up()
    number = fresh()
    page.send("still here", number)
    page.wait_for("chat_messages", lambda data: number in data["html"])
    return True


def stored(browser: Browser) -> str:
    """Return what a new page of this person shows of the Lobby."""
    with browser.open().connect() as page:
        return page.catch_up()


# -- pages ------------------------------------------------------------------------------------


def test_pages_redirect_to_login_without_a_session(asha: Browser, stranger: Browser) -> None:
    for path in ("/", "/rooms", "/rooms/1", "/account", "/people"):
        assert asha.http.get(path).status_code == 200
        answer = stranger.http.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"] == ("/login" if path == "/" else f"/login?next={path}")
    for path in ("/login", "/register", "/healthz"):
        assert stranger.http.get(path).status_code == 200
    assert stranger.http.get("/docs").status_code == 303
    assert asha.http.get("/openapi.json").status_code == 404
    stranger.http.cookies.set(next(iter(asha.http.cookies)), "made up")
    assert stranger.http.get("/").status_code == 303


def test_other_host_names_are_refused(server: Server, asha: Browser) -> None:
    strange = ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.7", "")
    files = f"/_nicegui/{nicegui_version}/static/nicegui.js"
    for host in (f"{name}:{server.port}" for name in strange):
        for path in ("/", "/login", "/healthz", "/static/0/chat.css", files):
            answer = asha.http.get(path, headers={"Host": host})
            assert answer.status_code == 421, (host, path)
            assert answer.text.startswith(f"This chat is at {server.address}. Open it there, or")
        own = {"Host": host, "Origin": f"http://{host}"}
        assert asha.http.post("/logout", headers=own).status_code == 421
        call = asha.open().address().replace("ws", "http", 1)
        upgrade = {
            "Connection": "Upgrade, close",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
        }
        assert asha.http.get(call, headers=own | upgrade).status_code == 421
    for name in ("localhost", "LOCALHOST", "127.0.0.1", "[::1]"):
        for host in (name, f"{name}:{server.port}", f"{name}:1"):
            assert asha.http.get("/healthz", headers={"Host": host}).status_code == 200


def test_a_missing_file_draws_no_page(stranger: Browser) -> None:
    ours = f"/_nicegui/{nicegui_version}"
    for path in (f"{ours}/nothing", f"{ours}/components/x", "/static/nothing", "/static/a/b"):
        answer = stranger.http.get(path)
        assert answer.status_code == 404, path
        assert "html" not in answer.headers.get("content-type", ""), path


def test_a_host_header_makes_no_address_public(asha: Browser, stranger: Browser) -> None:
    for host in ("x/healthz?", "x/static/", f"x/_nicegui/{nicegui_version}/", "x/login?"):
        for path in ("/", "/account", "/people", "/session"):
            answer = stranger.http.get(path, headers={"Host": host})
            assert answer.status_code in {303, 400, 421}, (host, path)
            assert not answer.headers.get("location", "").startswith("/login?next=/login")
    assert asha.http.get("/session").status_code == 204


def test_login_redirects_to_the_wanted_page(browser) -> None:
    one = browser()

    def goes_to(target: str) -> str:
        answer = one.http.post(
            "/login", data={"username": "asha", "password": PASSWORD, "next": target}
        )
        assert answer.status_code == 303
        return answer.headers["location"]

    assert goes_to("/rooms/1") == "/rooms/1"
    assert goes_to("/rooms?x=/y") == "/rooms?x=/y"
    elsewhere = [
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nLocation: https://evil.example",
        " //evil.example",
        "rooms/1",
        "/" + "x" * 1000,
    ]
    assert [goes_to(target) for target in elsewhere] == ["/"] * len(elsewhere)


def test_missing_and_forbidden_look_the_same(browser) -> None:
    ben = browser("ben")
    with ben.open().connect() as page:
        page.catch_up()
    hidden = make_private_room(browser("asha"))
    assert browser("asha").http.get(f"/rooms/{hidden}").status_code == 200
    answers = [
        ben.http.get(path) for path in (f"/rooms/{hidden}", "/rooms/999999", "/rooms/" + "9" * 15)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({visible_text(answer) for answer in answers}) == 1
    for path in ("/nowhere", "/rooms/x", "/rooms/1/x", "/rooms/-1", "/static/../main.py"):
        answer = ben.http.get(path)
        assert answer.status_code == 404
        assert "Traceback" not in answer.text


def make_private_room(browser: Browser) -> int:
    """Make a room as a person does, through the page; return its number."""
    with browser.open().connect() as page:
        page.catch_up()
        page.emit("event", page.event("new_room", {}))
        update = page.wait_for("update", lambda data: "private" in json.dumps(data))
        [(form, listener)] = [
            (number, event["listener_id"])
            for number, element in update.items()
            if isinstance(element, dict)
            for event in element.get("events", [])
            if event["type"] == "filled"
        ]
        detail = {"detail": {"name": "Secret", "topic": "", "private": "on"}}
        page.emit(
            "event",
            {
                "id": int(form),
                "client_id": page.client_id,
                "listener_id": listener,
                "args": [json.dumps(detail)],
            },
        )
        return int(page.wait_for("chat_address")["path"].removeprefix("/rooms/"))


def test_healthz(stranger: Browser) -> None:
    answer = stranger.http.get("/healthz")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["status"] == "ok"
    assert answer.json()["version"]
    assert answer.json()["backup"] == {"last_proven": None}


def test_readyz_answers_everybody_without_limit(asha: Browser, stranger: Browser) -> None:
    for browser in (asha, stranger):
        assert browser.http.get("/readyz").json() == {"status": "ready"}
        assert browser.http.post("/readyz").status_code == 405
    statuses = {stranger.http.get("/readyz").status_code for _ in range(310)}
    assert statuses == {200}
    by_proxy = stranger.http.get("/readyz", headers={"Host": "10.0.0.7:8080"})
    assert by_proxy.status_code == 200


# -- headers and cookies ----------------------------------------------------------------------


def test_every_answer_has_the_security_headers(asha: Browser, stranger: Browser) -> None:
    for browser, path in (
        (asha, "/"),
        (asha, "/rooms/999999"),
        (stranger, "/"),
        (stranger, "/login"),
        (stranger, "/healthz"),
        (stranger, "/_nicegui_ws/socket.io/"),
        (stranger, "/static/0/chat.css"),
    ):
        headers = browser.http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert "server" not in headers, path
        stays = path.startswith("/static/")
        assert headers["cache-control"] == "no-store" or stays, path


@pytest.mark.parametrize("path", ["/", "/login", "/rooms/999999"])
def test_only_our_own_scripts_run(asha: Browser, stranger: Browser, path: str) -> None:
    browser = stranger if path == "/login" else asha
    nonces = set()
    for _ in range(2):
        answer = browser.http.get(path)
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["content-security-policy"].split(";")
        )
        assert "'unsafe-inline'" not in policy["script-src"]
        assert "http" not in policy["script-src"]
        assert policy["default-src"] == policy["base-uri"] == "'none'"
        [nonce] = re.findall(r"'nonce-([\w-]{20,})'", policy["script-src"])
        scripts = re.findall(r"<script\b[^>]*>", answer.text)
        assert scripts
        assert all(f'nonce="{nonce}"' in script for script in scripts)
        nonces.add(nonce)
    assert len(nonces) == 2


def test_cookies_are_hidden_from_scripts_and_other_sites(browser) -> None:
    answer = browser().login("asha")
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert re.search(r"; *HttpOnly(;|$)", cookie, re.IGNORECASE)
        assert re.search(r"; *SameSite=Lax(;|$)", cookie, re.IGNORECASE)
        assert "domain" not in cookie.lower()


def test_a_planted_session_is_replaced_at_login(browser) -> None:
    one = browser("asha")
    planted = one.cookie()
    one.login("asha")
    assert one.cookie() != planted
    one.http.post("/logout")
    again = browser("asha")
    assert again.cookie() not in (planted, one.cookie())


# -- forms ------------------------------------------------------------------------------------

FOREIGN = [
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "file://"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Referer": "http://127.0.0.1/login"},
]


def test_a_form_must_come_from_a_page_of_this_site(server: Server, asha: Browser) -> None:
    form = {"username": "asha", "password": PASSWORD}

    plain = httpx.Client(base_url=server.address, verify=False)

    def post(path: str, headers: dict[str, str]) -> httpx.Response:
        plain.cookies = asha.http.cookies
        return plain.post(path, data=form, headers=headers)

    for own in ({"Origin": server.address}, {"Sec-Fetch-Site": "same-origin"}):
        assert post("/login", own).status_code == 303
    for headers in FOREIGN:
        for path in ("/login", "/register", "/logout", "/reset/x", "/rooms/1"):
            answer = post(path, headers)
            assert answer.status_code == 403, (headers, path)
            assert "set-cookie" not in answer.headers
    assert asha.http.get("/").status_code == 200  # nobody logged asha out
    assert asha.http.post("/logout").status_code == 303
    assert asha.http.get("/").status_code == 303


def test_answers_to_forms_say_what_happened(browser) -> None:
    assert browser().login("asha").status_code == 303
    answer = browser().login("asha", "wrong wrong wrong")
    assert answer.status_code == 401
    assert "Wrong username or password" in visible_text(answer)
    assert "session" not in answer.headers.get("set-cookie", "")
    assert browser().register("asha").status_code == 409
    answer = browser().http.post("/register", data={"username": "dina", "password": "short"})
    assert answer.status_code == 400
    assert "too short" in visible_text(answer)
    assert browser().http.post("/register", data={}).status_code == 400
    assert browser().http.post("/login", json={"username": "asha"}).status_code == 401
    upload = {"username": ("asha", b"\0\xff"), "password": ("p", b"x")}
    assert browser().http.post("/login", files=upload).status_code == 401
    assert browser().http.get("/reset/made-up").status_code == 404


def test_guessing_passwords_is_rate_limited(browser) -> None:
    answers = [browser().login("chen", f"wrong {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 600


def test_the_length_of_a_form_is_limited(stranger: Browser) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"username=asha&password="
        for _ in range(100):
            yield b"x" * 10_000

    answer = stranger.login("asha", "x" * 60_000)
    assert answer.status_code == 401
    assert stranger.login("asha", "x" * 70_000).status_code == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert stranger.http.post("/login", content=pieces(), headers=form).status_code == 413
    assert stranger.login("asha").status_code == 303


def test_logging_out_is_a_post(asha: Browser) -> None:
    assert asha.http.get("/logout").status_code in {404, 405}
    assert asha.http.get("/").status_code == 200
    answer = asha.http.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert asha.http.get("/").status_code == 303
    again = asha.http.post("/logout")
    assert (again.status_code, again.headers["location"]) == (303, "/login")


# -- opening a websocket ----------------------------------------------------------------------


def refusal(page: Page, **how: object) -> int:
    with pytest.raises(InvalidStatus) as refused:
        page.connect(**how)
    return refused.value.response.status_code


def test_a_websocket_needs_a_session_and_its_own_page(browser, asha: Browser) -> None:
    page = asha.open()
    with page.connect():
        assert works(page)
    page, bens = asha.open(), browser("ben")
    for stranger in ("none=x", f"{next(iter(asha.http.cookies))}=made-up"):
        assert refusal(page, cookie=stranger) == 403
    assert refusal(page, cookie=bens.cookie()) == 403  # ben's session, asha's page
    assert refusal(bens.open(), client_id=page.client_id) == 403
    assert refusal(page, cookie=browser("asha").cookie()) == 403  # another session of her own
    with page.connect():
        assert works(page)


def test_a_websocket_is_opened_by_a_page_of_this_site(server: Server, asha: Browser) -> None:
    page = asha.open()
    for origin in (
        None,
        "null",
        "https://evil.example",
        "http://127.0.0.1",
        f"{server.address}.evil.example",
        f"http://evil.example:{server.port}",
        "file://",
    ):
        assert refusal(page, origin=origin) == 403, origin
    with page.connect():
        assert works(page)


def test_an_ended_session_opens_nothing(asha: Browser) -> None:
    page, later = asha.open(), asha.open()
    with page.connect():
        assert works(page)
    cookie = asha.cookie()
    asha.http.post("/logout")
    assert refusal(later, cookie=cookie) == 403


def test_a_websocket_opened_before_the_session_ended_joins_nothing_after(asha: Browser) -> None:
    def silent(page: Page) -> AbstractContextManager[ClientConnection]:
        cookie = {"Cookie": asha.cookie()}
        return connect(page.address(), origin=asha.address, additional_headers=cookie)

    with silent(asha.open()) as socket:
        assert socket.recv(timeout=10).startswith("0")
        socket.send("40")
        assert socket.recv(timeout=10).startswith("40")
    with silent(asha.open()) as socket:
        assert socket.recv(timeout=10).startswith("0")
        asha.http.post("/logout")
        socket.send("40")
        assert socket.recv(timeout=10).startswith("44")


def test_an_unknown_page_is_told_to_reload(asha: Browser) -> None:
    """As after a restart: only the words make NiceGUI's script load the page again."""
    page = asha.open()
    for wrong in ({"client_id": "nobody's"}, {"tab_id": ""}, {"next_message_id": "x"}):
        with pytest.raises(HandshakeRefused, match="Implicit handshake failed"):
            page.connect(**wrong)
    with page.connect():
        assert works(page)


def test_a_closed_page_is_kept_less_long_than_one_that_lost_its_connection(asha: Browser) -> None:
    closed, cut, back, twice = (asha.open() for _page in range(4))
    with twice.connect():
        another = twice.socket
        twice.connect()
        another.close()
        assert works(twice)
        twice.socket.socket.shutdown(SHUT_RDWR)
    for page in (closed, back):
        with page.connect():
            assert works(page)
    for page in (cut, back):
        with page.connect():
            assert works(page)
            page.socket.socket.shutdown(SHUT_RDWR)
    time.sleep(socket_events.CLEAN_CLOSE_GRACE_SECONDS + 1)
    with pytest.raises(HandshakeRefused, match="Implicit handshake failed"):
        closed.connect()
    for page in (cut, back, twice):
        with page.connect():
            assert works(page)


def test_there_is_no_other_transport_than_the_websocket(asha: Browser, stranger: Browser) -> None:
    page = asha.open()
    poll = f"/_nicegui_ws/socket.io/?EIO=4&transport=polling&client_id={page.client_id}"
    for browser in (asha, stranger):
        for method in ("GET", "POST", "OPTIONS"):
            assert browser.http.request(method, poll).status_code == 403
    beside = f"{asha.address.replace('http', 'ws')}/rooms/1"
    cookie = {"Cookie": asha.cookie()}
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(beside, origin=asha.address, additional_headers=cookie),
    ):
        pass
    assert refused.value.response.status_code == 403
    with page.connect():
        assert works(page)


def test_nothing_is_uploaded_to_somebody_elses_page(browser, asha: Browser) -> None:
    page = asha.open()
    address = f"/_nicegui/client/{page.client_id}/upload/1"
    own = asha.http.post(address, files={"file": b"x"})
    assert own.status_code == 404  # let through, and there is no upload on this page
    assert own.headers["content-type"].startswith("text/html")
    for other in (browser(), browser("ben"), browser("asha")):
        answer = other.http.post(address, files={"file": b"x"})
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/plain")
    assert asha.http.post(address, headers={"Origin": "https://evil.example"}).status_code == 403


# -- what comes over a websocket --------------------------------------------------------------


def test_nobody_speaks_for_somebody_elses_page(browser, asha: Browser) -> None:
    ben = browser("ben")
    with asha.open().connect() as page, ben.open().connect() as bens:
        page.catch_up()
        bens.catch_up()
        genuine = {"room": 1, "id": fresh(), "text": "asha says this herself"}
        page.emit("event", page.event("send", genuine))
        bens.wait_for("chat_messages", lambda data: genuine["id"] in data["html"])
        forged = {"room": 1, "id": fresh(), "text": "asha never said this"}
        bens.emit("event", page.event("send", forged))
        assert bens.is_disconnected()
        assert works(page)
    assert genuine["text"] in stored(ben)
    assert forged["text"] not in stored(ben)


@pytest.mark.parametrize("said", ["ack", "javascript_response", "handshake"])
def test_nobody_speaks_for_somebody_elses_page_in_any_other_way(
    browser, asha: Browser, said: str
) -> None:
    with asha.open().connect() as page, browser("ben").open().connect() as bens:
        page.catch_up()
        bens.catch_up()
        bens.emit(
            said,
            {
                "client_id": page.client_id,
                "tab_id": "t",
                "document_id": "d",
                "next_message_id": 2**31,
                "request_id": "r",
                "result": "forged",
            },
        )
        number = fresh()
        page.send("for asha's page", number)
        page.wait_for("chat_messages", lambda data: number in data["html"])
        assert works(page)


def test_malformed_details_change_nothing_and_the_page_works_on(asha: Browser) -> None:
    with asha.open().connect() as page:
        page.catch_up()
        details = [
            None, True, 7, -1.5, "text", [], [1], {}, {"room": []}, {"room": "1"}, {"room": True},
            {"room": 1}, {"room": 1, "id": {}, "text": []}, {"room": 1, "id": fresh(), "text": 7},
            {"room": 1, "id": fresh(), "text": {"html": "<b>"}}, {"room": 2**80, "id": fresh()},
            {"room": 1, "id": fresh(), "text": "\ud800"}, {"room": 1, "id": "x" * 10**5},
            {"room": 1, "last": "x"}, {"room": 1, "before": [], "seq": {}},
        ]  # fmt: skip
        before = stored(asha)
        for event in ("send", "catch_up", "load_older"):
            for detail in details:
                page.emit("event", page.event(event, detail))
        for broken in ("", "{", "nul", "\0", "[" * 50_000, '{"detail": 1', "NaN", "1e999"):
            page.emit("event", page.event("send", None, args=[broken]))
        page.emit("event", page.event("send", None, args=[]))
        page.emit("event", page.event("send", None, args=["{}", "{}"]))
        page.emit("event", page.event("send", None, id=999_999))
        page.emit("event", page.event("send", None, listener_id="made up"))
        assert works(page)
    after = stored(asha)
    assert after.startswith(before)
    assert after.count("<article") == before.count("<article") + 1


def test_a_frame_that_no_page_sends_ends_its_websocket(asha: Browser) -> None:
    page = asha.open()
    for other in (
        {"args": {"detail": 1}},
        {"args": 7},
        {"args": [7]},
        {"args": [{}]},
        {"args": ["x" * 300_000]},
        {"id": "4"},
        {"id": None},
        {"listener_id": 7},
        {"client_id": 7},
        {"client_id": None},
    ):
        with page.connect():
            page.emit("event", page.event("catch_up", {"room": 1, "last": 0}, **other))
            assert page.is_disconnected(), other
    with page.connect():  # the page itself may come back
        assert works(page)


FRAMES = [
    "42{", "42[", "42", "4", "45-[", "42[7]", "42{}", "42[]", "42[[]]", "43[]", "433[1]", "44",
    "4²", '42["event"]', '42["handshake",7]', '42["handshake"]', '42["nothing",1]',
    '42["connect",{}]', '42["disconnect"]', "42" + "[" * 50_000, b"bytes", b"2[", "x" * 1_500_000,
    '452-["event"]', '462-["event"]', '459999999-["event"]', "42" + " " * 300_000,
]  # fmt: skip
HARMLESS = [
    "40", "40/nothing,", '42["ack"]', '42["ack",7]', '42["ack",1,2]', '42["log"]',
    '42["log",7]', '42["log",1,2]', '42["javascript_response"]', '42["javascript_response",{}]',
]  # fmt: skip


def test_malformed_frames_do_not_reach_others(server: Server, browser, asha: Browser) -> None:
    ben = browser("ben")
    before = server.log.read_text()
    with asha.open().connect() as page:
        page.catch_up()
        for frame in FRAMES:
            with ben.open().connect() as bens:
                bens.catch_up()
                bens.socket.send(frame)
                assert bens.is_disconnected(), frame
        for frame in HARMLESS:
            with ben.open().connect() as bens:
                bens.catch_up()
                bens.socket.send(frame)
                assert works(bens), frame
        assert server.log.read_text() == before
        for frame in ("", "x", "1", "9", "41"):
            with ben.open().connect() as bens:
                bens.catch_up()
                bens.socket.send(frame)
        assert works(page)
    assert browser().http.get("/healthz").json()["status"] == "ok"


def test_a_malformed_frame_closes_the_websocket_itself(asha: Browser) -> None:
    def listen(socket: ClientConnection) -> None:
        while True:
            socket.recv(timeout=3)

    with asha.open().connect() as page:
        page.socket.send('459999999-["event"]')
        with pytest.raises(ConnectionClosed):
            listen(page.socket)


@pytest.mark.parametrize(
    "name",
    [
        "event",
        *(
            pytest.param(each, marks=pytest.mark.long)
            for each in ("ack", "javascript_response", "log")
        ),
    ],
)
def test_a_flood_of_any_kind_ends_its_websocket(browser, name: str) -> None:
    with browser("ben").open().connect() as page:
        said = {"client_id": page.client_id, "next_message_id": 1, "request_id": "r"}
        if name == "event":
            said = page.event("catch_up", {"room": "none"})
        with suppress(ConnectionClosed):
            for _ in range(1100):
                page.emit(name, said)
        assert page.is_disconnected()


# -- when a session ends ----------------------------------------------------------------------


def test_ending_a_session_disconnects_its_pages_and_no_others(browser) -> None:
    phone, laptop = browser("asha"), browser("asha")
    with (
        phone.open().connect() as one,
        phone.open().connect() as two,
        laptop.open().connect() as other,
    ):
        for page in (one, two, other):
            page.catch_up()
        assert works(one)
        cookie = phone.cookie()
        phone.http.post("/logout")
        one.wait_for("chat_session_ended", within=3)
        for page in (one, two):
            assert page.is_disconnected(within=3)
        assert works(other)
        with suppress(ConnectionClosed):
            one.send("from beyond", fresh())
        assert works(other)
    assert "from beyond" not in stored(laptop)
    assert refusal(one, cookie=cookie) == 403

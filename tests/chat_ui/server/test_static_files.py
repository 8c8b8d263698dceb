"""The files that browsers keep: compressed, the same for everybody, and never asked for again."""

import asyncio
import gzip
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli
import httpx
import nicegui
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.server.middleware import compression
from tests.conftest import NewFolder
from tests.server import Server

STATIC = Path(nicegui.__file__).parent / "static"
TAKES_BROTLI = {"Accept-Encoding": "gzip, deflate, br, zstd"}
ASSETS = f"/_nicegui/{nicegui.__version__}/static"


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Server]:
    with Server(new_folder()) as server:
        yield server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address, verify=False) as http:
        yield http


def received(http: httpx.Client, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """Return an answer, and its body as it came."""
    with http.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


def test_who_leaves_in_the_middle_spoils_no_file_for_others(new_folder: NewFolder) -> None:
    with Server(new_folder()) as server, httpx.Client(base_url=server.address) as http:
        paths = sorted(set(re.findall(r"/_nicegui/[^\"' ]+\.js", http.get("/login").text)))
        assert len(paths) > 8
        for path in paths:
            with socket.create_connection(("127.0.0.1", server.port)) as left:
                head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n"
                left.sendall(head.encode())
        for path in paths:
            _answer, raw = received(http, path, **{"Accept-Encoding": "gzip"})
            _answer, plain = received(http, path, **{"Accept-Encoding": "identity"})
            assert gzip.decompress(raw) == plain != b"", path


def test_what_a_page_links_is_compressed_and_kept_by_browsers(
    server: Server, http: httpx.Client
) -> None:
    page = http.get("/login").text
    linked = set(re.findall(r'(?:href|src|url)[=(]"(/(?:static|_nicegui)/[^"]+)"', page))
    assert len(linked) > 8
    pictures = {path for path in linked if path.endswith(".png")}  # compressed by their format
    for path in linked - pictures:
        answer, raw = received(http, path, **{"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Content-Length"] == str(len(raw))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        _answer, plain = received(http, path, **{"Accept-Encoding": "identity"})
        assert gzip.decompress(raw) == plain


def test_who_takes_brotli_gets_it_once_it_is_made(server: Server, http: httpx.Client) -> None:
    page = http.get("/login").text
    own = re.search(r"/static/[^\"]+/chat\.css", page)
    assert own
    for path in (own[0], f"{ASSETS}/quasar.umd.prod.js"):
        _answer, plain = received(http, path, **{"Accept-Encoding": "identity"})
        _answer, zipped = received(http, path, **{"Accept-Encoding": "gzip"})

        ends = time.monotonic() + 20
        answer, raw = received(http, path, **TAKES_BROTLI)
        while answer.headers["Content-Encoding"] != "br":
            assert raw == zipped
            assert time.monotonic() < ends
            time.sleep(0.05)
            answer, raw = received(http, path, **TAKES_BROTLI)
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Length"] == str(len(raw))
        assert brotli.decompress(raw) == plain
        assert len(raw) < 0.95 * len(zipped)
        refused = {"Accept-Encoding": "gzip, br;q=0"}
        assert received(http, path, **refused)[0].headers["Content-Encoding"] == "gzip"


def test_many_who_ask_at_once_get_the_whole_file(server: Server) -> None:
    with ThreadPoolExecutor(10) as pool:
        address = f"{server.address}{ASSETS}/quasar.important.prod.css"
        answers = list(pool.map(lambda _number: httpx.get(address, verify=False), range(20)))
    file = (STATIC / "quasar.important.prod.css").read_bytes()
    assert all(answer.content == file for answer in answers)


class Counted:
    """NiceGUI's own route, on a folder of ours; it counts how often it is asked."""

    def __init__(self, folder: Path) -> None:
        self.asked = 0
        self._app = Starlette(routes=[Mount(ASSETS, StaticFiles(directory=folder))])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await self._app(scope, receive, send)


async def ask(app: ASGIApp, name: str) -> bytes:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as http:
        answer = await http.get(f"{ASSETS}/{name}", headers={"Accept-Encoding": "gzip"})
    return answer.content


async def test_a_file_is_read_and_compressed_once(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("first " * 1000)
    files = Counted(tmp_path)
    app = compression.LibraryFiles(files)
    assert await asyncio.gather(*(ask(app, "a.js") for _ in range(10))) == [b"first " * 1000] * 10
    (tmp_path / "a.js").write_text("second " * 1000)
    assert await ask(app, "a.js") == b"first " * 1000
    assert files.asked == 1


async def test_no_more_is_kept_than_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "MAX_KEPT", 100)
    (tmp_path / "a.js").write_text("small " * 1000)
    (tmp_path / "b.js").write_text("".join(str(number) for number in range(2000)))
    files = Counted(tmp_path)
    app = compression.LibraryFiles(files)
    for _turn in range(3):
        assert await ask(app, "a.js") == (tmp_path / "a.js").read_bytes()
        assert await ask(app, "b.js") == (tmp_path / "b.js").read_bytes()
    assert files.asked == 4


async def test_who_takes_a_font_slowly_holds_up_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.woff2").write_bytes(bytes(500_000))
    (tmp_path / "a.js").write_text("small " * 1000)
    app = compression.LibraryFiles(Counted(tmp_path))
    begun, taken = asyncio.Event(), asyncio.Event()

    async def take_slowly(_message: Message) -> None:
        begun.set()
        await taken.wait()

    async def nothing_more() -> Message:
        await taken.wait()
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{ASSETS}/a.woff2",
        "headers": [(b"accept-encoding", b"gzip")],
    }
    slow = asyncio.create_task(app(scope, nothing_more, take_slowly))
    await begun.wait()
    async with asyncio.timeout(10):
        assert await ask(app, "a.js") == b"small " * 1000
    taken.set()
    await slow


def test_other_answers_are_as_they_were(http: httpx.Client) -> None:
    file = (STATIC / "nicegui.js").read_bytes()
    http.get(f"{ASSETS}/nicegui.js")
    part = http.get(f"{ASSETS}/nicegui.js", headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, file[2:6])
    tag = http.get(f"{ASSETS}/nicegui.js").headers["ETag"]
    assert http.get(f"{ASSETS}/nicegui.js", headers={"If-None-Match": tag}).status_code == 304
    assert http.head(f"{ASSETS}/nicegui.js").content == b""
    assert http.post(f"{ASSETS}/nicegui.js").status_code == 405
    assert http.get(f"{ASSETS}/nothing.js").status_code == 404
    large = http.get(f"{ASSETS}/sass.dart.js")
    assert large.content == (STATIC / "sass.dart.js").read_bytes()

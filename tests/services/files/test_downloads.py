"""Downloads: each one needs a membership, and nothing in a file can run in the browser."""

import asyncio
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from services.core import app_context
from services.core.errors import NotFound, RateLimited
from services.core.limits.rate_limits import RateLimit
from services.files import files
from services.messages import edits, messages
from services.rooms.members import memberships
from tests import s3
from tests.chat_ui.server.test_guard import make_private_room
from tests.conftest import NewFolder, People
from tests.http_client import Browser
from tests.linked_site import painted
from tests.server import Server
from tests.upload_client import TYPE, connect, file_form, form, new_message_id, part, rows, send

DIGITS = b"0123456789" * 100


# -- permission -------------------------------------------------------------------------------


async def test_a_member_can_read_a_file(people: People) -> None:
    message = await send(people.asha, people.room)
    stored = await files.find(people.ben, people.room, message.seq)
    assert await asyncio.to_thread(stored.content.read_bytes) == b"notes"


async def test_outside_the_room_the_file_does_not_exist(people: People) -> None:
    message = await send(people.asha, people.room)
    with pytest.raises(NotFound) as hidden:
        await files.find(people.chen, people.room, message.seq)
    with pytest.raises(NotFound) as nowhere:
        await files.find(people.chen, 999_999, 1)
    assert hidden.value.message == nowhere.value.message


async def test_a_file_exists_in_its_own_room_only(people: People) -> None:
    message = await send(people.asha, people.room)
    assert await files.find(people.asha, people.room, message.seq)
    with pytest.raises(NotFound):
        await files.find(people.asha, 1, message.seq)


async def test_a_removed_member_cannot_read_it_any_more(people: People) -> None:
    message = await send(people.asha, people.room)
    assert await files.find(people.ben, people.room, message.seq)
    await memberships.remove(people.asha, people.room, people.ben.user_id)
    with pytest.raises(NotFound):
        await files.find(people.ben, people.room, message.seq)


async def test_a_deleted_message_has_no_file(people: People) -> None:
    message = await send(people.asha, people.room)
    assert await files.find(people.asha, people.room, message.seq)
    await edits.delete(people.asha, people.room, message.seq)
    with pytest.raises(NotFound):
        await files.find(people.asha, people.room, message.seq)


async def test_a_text_message_has_no_file(people: People) -> None:
    text, _is_new = await messages.send(people.asha, people.room, "words", new_message_id())
    with pytest.raises(NotFound):
        await files.find(people.asha, people.room, text.seq)


async def test_downloads_are_rate_limited(people: People, monkeypatch) -> None:
    message = await send(people.asha, people.room)
    monkeypatch.setattr(
        app_context.current().rate_limits.download, "_rates", RateLimit("2 per day")._rates
    )
    for _ in range(2):
        assert await files.find(people.ben, people.room, message.seq)
    with pytest.raises(RateLimited):
        await files.find(people.ben, people.room, message.seq)


# -- over HTTP --------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["folder", "s3"])
def place(request: pytest.FixtureRequest) -> str:
    """Where the files are."""
    if request.param == "folder":
        return "folder"
    server: s3.S3Server = request.getfixturevalue("s3_server")
    return server.new_place()


@pytest.fixture(scope="module")
def server(new_folder: NewFolder, place: str) -> Iterator[Server]:
    """One server for all of these; no request may leave an error in its log."""
    with Server(new_folder(), CHAT_FILES=place, **s3.KEYS) as running:
        for name in ("asha", "ben"):
            assert Browser(running.address).register(name).status_code == 303
        yield running
    assert "Traceback" not in running.log.read_text()


@pytest.fixture(scope="module")
def asha(server: Server) -> Browser:
    browser = Browser(server.address)
    browser.login("asha")
    return browser


@pytest.fixture(scope="module")
def ben(server: Server) -> Browser:
    browser = Browser(server.address)
    browser.login("ben")
    return browser


@pytest.fixture(scope="module")
def digits(asha: Browser) -> str:
    """The URL of a file of a thousand digits."""
    return post(asha, DIGITS)


@pytest.fixture(scope="module")
def picture(asha: Browser, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a small picture."""
    from PIL import Image

    place = tmp_path_factory.mktemp("picture") / "dot.png"
    Image.new("RGB", (4, 4), "red").save(place)
    address = post(asha, place.read_bytes(), name="dot.png")
    while get(asha, address.replace("/file", "/preview")).status_code != 200:
        time.sleep(0.05)
    return address


def post(browser: Browser, data: bytes, *, name: str = "notes.txt", room: int = 1) -> str:
    """Upload a file; return its URL."""
    answer = browser.http.post(
        f"/rooms/{room}/files",
        content=file_form(data, name=name),
        headers={"Content-Type": TYPE},
    )
    assert answer.status_code == 201, answer.text
    return f"/rooms/{room}/messages/{answer.json()['seq']}/file"


def get(browser: Browser, address: str, **headers: str) -> httpx.Response:
    return browser.http.get(address, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_the_headers_of_every_file(asha: Browser, digits: str, picture: str) -> None:
    for address in (digits, picture, picture.replace("/file", "/preview"), f"{picture}?save"):
        answer = get(asha, address)
        assert answer.status_code == 200, address
        headers = answer.headers
        assert headers["content-security-policy"].startswith("sandbox;"), address
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "private, no-cache"
        assert "content-encoding" not in headers


def test_a_picture_is_inline_and_can_be_downloaded(asha: Browser, picture: str) -> None:
    shown, saved = get(asha, picture), get(asha, f"{picture}?save=1")
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"].startswith("inline")
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><x/>",
        b"%PDF-1.7\n%no more",
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
        b"alert(1)",
    ],
)
def test_active_content_is_downloaded(asha: Browser, data: bytes) -> None:
    answer = get(asha, post(asha, data, name="page.html"))
    assert answer.content == data
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plain.txt", 'attachment; filename="plain.txt"'),
        ("a %22b%22;c.txt", "attachment; filename*=utf-8''a%20%22b%22%3Bc.txt"),
        ("मेरी.txt", "attachment; filename*=utf-8''%E0%A4%AE%E0%A5%87%E0%A4%B0%E0%A5%80.txt"),
        ("👩‍🚀.txt", "attachment; filename*=utf-8''%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80.txt"),
        ("a%0D%0ASet-Cookie: x=y", "attachment; filename*=utf-8''a%20Set-Cookie%3A%20x%3Dy"),
        ("100%.txt", "attachment; filename*=utf-8''100%25.txt"),
        ("a%255C..txt", "attachment; filename*=utf-8''a%25255C..txt"),
        ("it's.txt", "attachment; filename*=utf-8''it%27s.txt"),
    ],
)
def test_names_in_the_content_disposition(asha: Browser, name: str, said: str) -> None:
    answer = get(asha, post(asha, b"named", name=name))
    assert answer.headers["content-disposition"] == said
    assert "x" not in answer.cookies


@pytest.mark.parametrize(
    ("asked", "status", "said", "content"),
    [
        ("bytes=0-9", 206, "bytes 0-9/1000", DIGITS[:10]),
        ("bytes=990-", 206, "bytes 990-999/1000", DIGITS[990:]),
        ("bytes=-5", 206, "bytes 995-999/1000", DIGITS[-5:]),
        ("bytes=-5000", 206, "bytes 0-999/1000", DIGITS),
        ("bytes=900-5000", 206, "bytes 900-999/1000", DIGITS[900:]),
        ("bytes=1000-", 416, "bytes */1000", None),
        ("bytes=5000-6000", 416, "bytes */1000", None),
        ("bytes=9-1", 400, None, None),
        ("bytes=x", 400, None, None),
        ("lines=1-2", 400, None, None),
        ("bytes=" + "0-1," * 5000, 200, None, DIGITS),
    ],
)
def test_range_requests(
    asha: Browser, digits: str, asked: str, status: int, said: str | None, content: bytes | None
) -> None:
    answer = get(asha, digits, Range=asked)
    assert answer.status_code == status
    assert answer.headers.get("content-range") == said
    if status >= 400:
        assert answer.text.startswith("The file has no such part.")
    if content is not None:
        assert answer.content == content


def test_a_request_for_several_ranges(asha: Browser, digits: str) -> None:
    answer = get(asha, digits, Range="bytes=0-1,10-11,20-21")
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges")
    assert answer.content.count(b"Content-Range") == 3
    assert len(answer.content) < len(DIGITS)


def test_a_range_needs_a_matching_if_range(asha: Browser, digits: str) -> None:
    tag = get(asha, digits).headers["etag"]
    assert get(asha, digits, Range="bytes=0-1", If_Range=tag).status_code == 206
    for other in ('"other"', f"W/{tag}", "Thu, 26 Nov 2026 19:00:00 GMT"):
        assert get(asha, digits, Range="bytes=0-1", If_Range=other).content == DIGITS


def test_head_has_no_body(asha: Browser, ben: Browser, digits: str) -> None:
    answer = asha.http.head(digits)
    assert answer.status_code == 200
    assert answer.headers["content-length"] == "1000"
    assert answer.content == b""
    assert ben.http.head(digits).status_code == 200
    assert ben.http.head(digits.replace("/1/", "/999999/")).status_code == 404


def test_only_members_get_not_modified(asha: Browser, ben: Browser) -> None:
    with ben.open().connect() as page:
        page.catch_up()
    address = post(asha, b"secret", room=make_private_room(asha))
    tag = get(asha, address).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = get(asha, address, If_None_Match=known)
        assert again.status_code == 304
        assert again.headers["cache-control"] == "private, no-cache"
        assert again.content == b""
    assert get(asha, address, If_None_Match='"other"').content == b"secret"
    hidden = [get(ben, address), get(ben, address, If_None_Match=tag), get(ben, address, Range="x")]
    nowhere = get(ben, "/rooms/999999/messages/1/file")
    assert {answer.status_code for answer in hidden} == {404}
    assert {answer.text for answer in hidden} == {nowhere.text}
    assert "etag" not in hidden[1].headers


def test_without_a_session_a_download_redirects_to_login(
    server: Server, asha: Browser, digits: str
) -> None:
    tag = get(asha, digits).headers["etag"]
    stranger = Browser(server.address)
    for headers in ({}, {"If_None_Match": tag}, {"Range": "bytes=0-1"}):
        assert get(stranger, digits, **headers).status_code == 303


def test_headers_do_not_reveal_that_another_person_has_the_same_file(
    asha: Browser, ben: Browser
) -> None:
    """Neither to the second sender nor to the first."""
    room = make_private_room(asha)
    mine = post(asha, b"what both have", room=room)
    before = get(asha, mine)
    theirs = get(ben, post(ben, b"what both have"))
    after = get(asha, mine)
    changes = {"date"}
    for answer in (after, theirs):
        for name in before.headers.keys() - changes:
            assert answer.headers[name] == before.headers[name], name
    assert theirs.headers["last-modified"] == "Thu, 01 Jan 1970 00:00:00 GMT"


def lose(server: Server, place: str, digest: object) -> None:
    """Remove a file from the store, as if it were lost."""
    name = f"{str(digest)[:2]}/{digest}"
    if place == "folder":
        (server.data / "files" / name).unlink()
    else:
        s3.client(place).delete(name)


def test_a_lost_file_is_not_found(server: Server, place: str, asha: Browser) -> None:
    address = post(asha, b"to be lost")
    [(digest,)] = rows(server.data, "SELECT hash FROM attachments ORDER BY message_id DESC LIMIT 1")
    assert get(asha, address).status_code == 200
    lose(server, place, digest)
    answer = get(asha, address)
    assert answer.status_code == 404
    assert "missing on the server" in answer.json()["sentence"]


def test_a_lost_sticker_is_not_found(server: Server, place: str, asha: Browser) -> None:
    content = form(part("name", b"dot"), part("file", painted(9, 9), file_name="dot.png"))
    kept = asha.http.post("/stickers/new", content=content, headers={"Content-Type": TYPE})
    assert kept.status_code == 303, kept.text
    [(number, digest)] = rows(server.data, "SELECT id, hash FROM stickers")
    address = f"/stickers/{number}/{digest}"
    assert get(asha, address).headers["content-type"] == "image/webp"
    lose(server, place, digest)
    answer = get(asha, address)
    assert answer.status_code == 404
    assert "missing on the server" in answer.json()["sentence"]


def test_who_asks_too_often_is_told_when_to_ask_again(server: Server) -> None:
    hurried = Browser(server.address)
    assert hurried.register("hurried").status_code == 303
    answers = [get(hurried, "/stickers/offered") for _time in range(61)]
    assert [each.status_code for each in answers[-2:]] == [200, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 10
    assert "Try again in" in answers[-1].json()["sentence"]


def test_a_slow_reader_uses_little_memory(server: Server, asha: Browser) -> None:
    data = b"x" * 20_000_000
    address = post(asha, data)
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    request = (
        f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Cookie: {asha.cookie()}\r\nConnection: close\r\n\r\n"
    ).encode()
    connections = [connect(server.port) for _ in range(10)]
    for connection in connections:
        connection.sendall(request)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert get(asha, "/healthz").status_code == 200
    assert process.memory_info().rss - before < 10 * 2 * 1024 * 1024
    for connection in connections:
        connection.close()


def test_what_is_shown_without_its_name_is_saved_as_what_it_is(asha: Browser) -> None:
    """Else one press would save a program whose name nobody has seen."""
    data = b"OggS" + bytes(24) + b"OpusHead" + bytes(40) + b"<script>alert(1)</script>"
    answer = get(asha, f"{post(asha, data, name='note.hta')}?save")
    assert answer.headers["content-disposition"] == 'attachment; filename="note.hta.ogg"'

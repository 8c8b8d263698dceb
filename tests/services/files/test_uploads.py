"""Uploads: permission, quotas, malformed requests and cancellation."""

import asyncio
import time
import urllib.parse
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from chat_ui.server.routes import file_routes, picture_routes
from services.accounts import blocks
from services.accounts.sessions import sessions
from services.core import app_context
from services.core.errors import (
    Forbidden,
    NotFound,
    RateLimited,
    ServiceError,
    TooLarge,
    Unavailable,
)
from services.files import file_names, quotas, uploads
from services.files.store.folder import FolderStore
from services.files.store.incoming import Incoming
from services.files.uploads import UploadFields
from services.messages import edits, messages
from services.rooms import settings as room_settings
from services.rooms.members import direct_messages, memberships
from tests.conftest import NewFolder, People, posix_only
from tests.http_client import Browser
from tests.server import Server
from tests.upload_client import (
    TYPE,
    attachment_hashes,
    connect,
    file_form,
    file_sizes,
    form,
    new_message_id,
    part,
    read_response,
    request_head,
    rows,
    send,
    stored_files,
    unfinished_uploads,
)

LOBBY = 1
FILE_SIZE = 300_000


def set_limits(monkeypatch: pytest.MonkeyPatch, **limits: object) -> None:
    """Change settings of the running app."""
    opened = app_context.current()
    settings = opened.settings.model_copy(update=limits)
    monkeypatch.setattr(app_context, "_current", replace(opened, settings=settings))


async def refused(kind: type[ServiceError], *arguments: object, **options: object) -> str:
    """Return the message of a refused upload, after checking that nothing of it is left."""
    before = await stored_files()
    with pytest.raises(kind) as caught:
        await send(*arguments, **options)
    assert type(caught.value) is kind
    assert await stored_files() == before
    return caught.value.message


# -- storage ----------------------------------------------------------------------------------


async def test_a_file_is_stored_once_under_its_hash(people: People) -> None:
    first = await send(people.asha, people.room, b"the same", name="one.txt")
    second = await send(people.ben, people.room, b"the same", name="two.txt")
    assert (first.file.name, second.file.name) == ("one.txt", "two.txt")
    [digest] = await stored_files()
    assert app_context.current().files.path(digest).read_bytes() == b"the same"
    assert await attachment_hashes() == [digest, digest]


async def test_one_event_is_published_for_a_file(people: People, published) -> None:
    number = new_message_id()
    sent = [await send(people.ben, people.room, number=number) for _ in range(2)]
    assert sent[0] == sent[1]
    assert [event.message.seq for event in published if hasattr(event, "message")] == [sent[0].seq]


async def test_concurrent_retries_are_one_message(people: People) -> None:
    number = new_message_id()
    sent = await asyncio.gather(*(send(people.ben, people.room, number=number) for _ in range(4)))
    assert len({message.message_id for message in sent}) == 1
    assert len(await attachment_hashes()) == 1
    await stored_files()


async def test_a_retry_with_another_file_changes_nothing(people: People) -> None:
    number = new_message_id()
    await send(people.ben, people.room, b"first", number=number)
    hashes = await stored_files()
    message = await send(people.ben, people.room, b"second", name="other.txt", number=number)
    assert message.file.name == "notes.txt"
    assert await stored_files() == hashes


async def test_a_retry_in_another_room_is_refused(people: People) -> None:
    number = new_message_id()
    await send(people.ben, people.room, number=number)
    sentence = await refused(ServiceError, people.ben, LOBBY, b"else", number=number)
    assert "another room" in sentence


# -- permission ------------------------------------------------------------------------------


async def test_an_outsider_gets_not_found(people: People) -> None:
    await send(people.ben, people.room)
    outside = await refused(NotFound, people.chen, people.room)
    assert outside == await refused(NotFound, people.chen, 999_999)


async def test_a_person_who_left_cannot_upload(people: People) -> None:
    await send(people.ben, people.room)
    await memberships.leave(people.ben, people.room)
    await refused(NotFound, people.ben, people.room)


async def test_a_member_removed_during_the_upload_is_refused(people: People) -> None:
    async def remove() -> None:
        await memberships.remove(people.asha, people.room, people.ben.user_id)

    await send(people.ben, people.room)
    await refused(NotFound, people.ben, people.room, b"else", before_end=remove)


async def test_a_session_ended_during_the_upload_is_refused(people: People) -> None:
    async def log_out() -> None:
        await sessions.end(people.ben, people.ben.session_id)

    await send(people.ben, people.room)
    assert "Log in" in await refused(
        ServiceError, people.ben, people.room, b"else", before_end=log_out
    )


async def test_an_archived_room_accepts_no_files(people: People) -> None:
    await send(people.asha, people.room)
    await room_settings.archive(people.asha, people.room, on=True)
    await refused(Forbidden, people.asha, people.room)


async def test_in_an_announcement_room_only_moderators_upload(people: People) -> None:
    await room_settings.announce(people.asha, people.room, on=True)
    await send(people.asha, people.room)
    await refused(Forbidden, people.ben, people.room)


async def test_a_blocked_person_cannot_upload(people: People) -> None:
    room = await direct_messages.open(people.asha, ["ben"])
    await send(people.ben, room)
    await blocks.block(people.asha, "ben")
    with pytest.raises(ServiceError) as typed:
        await messages.send(people.ben, room, "hello?", new_message_id())
    assert await refused(type(typed.value), people.ben, room) == typed.value.message


# -- quotas -----------------------------------------------------------------------------------


async def test_a_file_over_the_size_limit_is_refused(people: People, monkeypatch) -> None:
    set_limits(monkeypatch, file_size=100)
    await send(people.ben, people.room, b"x" * 100)
    assert "100 B" in await refused(TooLarge, people.ben, people.room, b"x" * 101)


async def test_a_file_larger_than_announced_is_refused_over_the_limit(
    people: People, monkeypatch
) -> None:
    set_limits(monkeypatch, file_size=100)
    await refused(TooLarge, people.ben, people.room, b"x" * 101, announced=1)


async def test_an_upload_over_the_quota_of_a_person_is_refused(people: People, monkeypatch) -> None:
    set_limits(monkeypatch, files_per_person=100)
    first = await send(people.ben, people.room, b"x" * 60)
    sentence = await refused(quotas.QuotaExceeded, people.ben, people.room, b"y" * 41)
    assert "60 B of your 100 B" in sentence
    await send(people.asha, people.room, b"z" * 60)
    await edits.delete(people.ben, people.room, first.seq)
    await send(people.ben, people.room, b"y" * 41)


async def test_an_upload_over_the_total_quota_is_refused(people: People, monkeypatch) -> None:
    set_limits(monkeypatch, files_total=100)
    await send(people.ben, people.room, b"x" * 60)
    sentence = await refused(quotas.QuotaExceeded, people.asha, people.room, b"y" * 41)
    assert "Ask the host" in sentence
    await send(people.asha, people.room, b"y" * 40)


async def test_uploads_in_progress_count_towards_the_quota(people: People, monkeypatch) -> None:
    set_limits(monkeypatch, files_per_person=100)
    async with uploads.receive(people.ben, people.room, 60) as upload:
        with pytest.raises(ServiceError, match="Delete some"):
            await send(people.ben, people.room, b"y" * 60)
        await upload.write(b"x" * 60)
        await upload.send(UploadFields("x.txt", "", new_message_id()))
    assert len(await stored_files()) == 1


async def test_the_quota_is_checked_again_after_the_upload(people: People, monkeypatch) -> None:
    set_limits(monkeypatch, files_per_person=100)

    async def use_up() -> None:
        await send(people.ben, people.room, b"y" * 60)

    with pytest.raises(ServiceError, match="Delete some"):  # it announces less than it is
        await send(people.ben, people.room, b"x" * 60, announced=10, before_end=use_up)
    assert len(await stored_files()) == 1


async def test_a_person_has_four_uploads_at_a_time(people: People) -> None:
    async def begin(ready: asyncio.Semaphore, go: asyncio.Event) -> None:
        async with uploads.receive(people.ben, people.room, 5):
            ready.release()
            await go.wait()

    ready, go = asyncio.Semaphore(0), asyncio.Event()
    coming = [asyncio.create_task(begin(ready, go)) for _ in range(quotas.MAX_UPLOADS_PER_USER)]
    for _ in coming:
        await ready.acquire()
    assert (
        len(unfinished_uploads(app_context.current().settings.data)) == quotas.MAX_UPLOADS_PER_USER
    )
    with pytest.raises(RateLimited):
        await send(people.ben, people.room)
    await send(people.asha, people.room)
    go.set()
    await asyncio.gather(*coming)
    await send(people.ben, people.room)
    await stored_files()


async def test_a_thousand_uploads_at_once_stay_within_the_limits(people: People) -> None:
    data = app_context.current().settings.data
    most = 0

    async def one(number: int) -> bool:
        nonlocal most
        try:
            await send((people.asha, people.ben)[number % 2], people.room, b"%d" % number)
        except RateLimited:
            return False
        finally:
            most = max(most, len(unfinished_uploads(data)))
        return True

    taken = await asyncio.gather(*map(one, range(1000)))
    assert 0 < sum(taken) < 1000
    assert most <= 2 * quotas.MAX_UPLOADS_PER_USER
    assert len(await stored_files()) == sum(taken)


# -- a full disk ------------------------------------------------------------------------------


async def test_a_nearly_full_disk_refuses_files_and_accepts_messages(
    people: People, monkeypatch, small_disk: Path
) -> None:
    store = FolderStore(small_disk / "files")
    store.open(clears=True)
    monkeypatch.setattr(app_context, "_current", replace(app_context.current(), files=store))
    await send(people.ben, people.room)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(4_020_000))  # 4 % are left
    with pytest.raises(Unavailable, match="nearly full"):
        await send(people.ben, people.room)
    await messages.send(people.ben, people.room, "the chat goes on", new_message_id())
    filler.unlink()
    await send(people.ben, people.room)
    store.close()


async def test_a_disk_that_fills_up_during_an_upload_keeps_no_part_of_it(
    people: People, monkeypatch, small_disk: Path
) -> None:
    store = FolderStore(small_disk / "files")
    store.open(clears=True)
    monkeypatch.setattr(app_context, "_current", replace(app_context.current(), files=store))
    with pytest.raises(Unavailable, match="No space left"):
        await send(people.ben, people.room, b"x" * 5_000_000, announced=10)
    assert file_sizes(small_disk) == {}
    assert unfinished_uploads(small_disk) == []
    await send(people.ben, people.room, b"y" * 1_000_000)
    assert list(file_sizes(small_disk).values()) == [1_000_000]
    store.close()


@posix_only
def test_a_short_write_is_an_error(tmp_path: Path) -> None:
    """The system call reports a short write, and no error yet."""
    incoming = Incoming(tmp_path / "file")
    incoming.open()
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        incoming.write(b"x" * 100)
        with pytest.raises(OSError, match="too large"):
            incoming.write(b"x")
        incoming.discard()
        again = Incoming(tmp_path / "file")
        again.open()
        with pytest.raises(OSError, match="too large"):
            again.write(b"x" * 150)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    again.discard()
    assert list(tmp_path.iterdir()) == []


async def test_a_missing_folder_is_unavailable(people: People) -> None:
    await send(people.ben, people.room)
    folder = app_context.current().settings.data / "files"
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(Unavailable, match="can't store the file"):
        await send(people.ben, people.room)
    await messages.send(people.ben, people.room, "the chat goes on", new_message_id())


# -- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\asha\\photo.png", "photo.png"),
        ("..\\..\\x", "x"),
        ("/", "File"),
        ("..", "File"),
        (".", "File"),
        ("a/..", "File"),
        ("", "File"),
        ("  ", "File"),
        ("a\0b.txt", "ab.txt"),
        ("a\nb.txt", "a b.txt"),
        ("a\x1bb.txt", "ab.txt"),
        ("a\x7fb.txt", "ab.txt"),
        ("\ud800.txt", ".txt"),
        ("\u200b", "File"),
        ("\u200d", "File"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("\u200fדוח שנתי.pdf", "דוח שנתי.pdf"),
        ("תקציב\u200e 2026.xlsx", "תקציב 2026.xlsx"),
        ("CamScanner \u200f٢٨-٠٣.jpg", "CamScanner ٢٨-٠٣.jpg"),
        ("\u2067photo\u2069.png", "photo.png"),
        ("photo.jpg" + "\u2800" * 90 + ".exe", "photo.jpg .exe"),
        ("می\u200cخواهم.pdf", "می\u200cخواهم.pdf"),
        ("cafe\u0301.txt", "café.txt"),
        ("Z" + "\u0301\u0316" * 40 + ".txt", "Ź" + "\u0316" * 4 + ".txt"),
        ("x" * 200, "x" * 200),
        ("x" * 300, "x" * 199 + "…"),
        ("x" * 240 + ".pdf", "x" * 195 + "….pdf"),
        ("x" * 240 + ".tar.gz", "x" * 192 + "….tar.gz"),
        ("." + "x" * 300, "." + "x" * 198 + "…"),
        ("é" * 127 + ".jpg", "é" * 127 + ".jpg"),
        ("👩‍🚀" * 80 + ".png", "👩‍🚀" * 65 + "….png"),
        ("मेरी फ़ाइल.txt", "मेरी फ़ाइल.txt"),
        ('"quoted"; x=.txt', '"quoted"; x=.txt'),
        ("👩‍🚀.txt", "👩‍🚀.txt"),
        ("CON", "CON"),
        (".bashrc", ".bashrc"),
        ("game.exe. .", "game.exe"),
        ("／etc／passwd", "／etc／passwd"),
    ],
)
async def test_names_are_made_safe(people: People, sent: str, stored: str) -> None:
    message = await send(people.ben, people.room, name=sent)
    assert message.file.name == stored


async def test_a_name_of_a_megabyte_takes_no_time() -> None:
    began = time.process_time()
    for name in ("a" + "\u0301\u0316" * 500_000, "x" * 1_000_000 + ".pdf", "\u202e" * 1_000_000):
        assert len(file_names.safe(name)) <= file_names.NAME_LIMIT
    assert time.process_time() - began < 0.5


async def test_refused_kinds(people: People, monkeypatch) -> None:
    set_limits(monkeypatch, files_refused="exe, picture")
    await send(people.ben, people.room, name="exe.txt")
    for name in ("game.exe", "GAME.EXE", "game.exe.", "game.exe. .", "folder.x/game.exe "):
        assert "exe" in await refused(ServiceError, people.ben, people.room, name=name)


async def test_an_empty_file_is_refused(people: People) -> None:
    assert "empty" in await refused(ServiceError, people.ben, people.room, b"")


# -- cancellation -----------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["open", "write", "close", "add", "store", "inspect"])
async def test_a_cancelled_upload_leaves_nothing(people: People, monkeypatch, step: str) -> None:
    reached, loop = asyncio.Event(), asyncio.get_running_loop()
    place, name = {
        "add": (FolderStore, "_add"),
        "store": (messages, "insert"),
        "inspect": (uploads.inspection, "_recognise"),
    }.get(step, (Incoming, step))
    work = getattr(place, name)

    def wait_for_cancel(*arguments: object, **options: object) -> object:
        loop.call_soon_threadsafe(reached.set)
        # The task is cancelled before this returns.
        done = asyncio.run_coroutine_threadsafe(cancelled.wait(), loop)
        done.result(timeout=10)
        return work(*arguments, **options)

    cancelled = asyncio.Event()
    monkeypatch.setattr(place, name, wait_for_cancel)
    sending = asyncio.create_task(send(people.ben, people.room, b"x" * 300_000))
    await reached.wait()
    sending.cancel()
    loop.call_soon(cancelled.set)
    with pytest.raises(asyncio.CancelledError):
        await sending
    monkeypatch.undo()
    await messages.send(people.ben, people.room, "stored after it", new_message_id())
    await stored_files()
    assert quotas._uploads.total() == quotas._reserved.total() == 0


# -- bodies that stall or end -------------------------------------------------------------------


async def receive(
    people: People,
    pieces: Callable[[], object],
    length: str = "1000",
    content_type: str = TYPE,
    route: Callable[[Request], Awaitable[Response]] = file_routes.receive,
) -> Response:
    """Call a route with a body of these ASGI messages."""
    scope = {
        "type": "http",
        "method": "POST",
        "headers": [
            (b"content-length", length.encode()),
            (b"content-type", content_type.encode()),
        ],
        "state": {"viewer": people.asha if route is picture_routes.receive_icon else people.ben},
        "path_params": {"room_id": str(people.room)},
    }
    return await route(Request(scope, pieces))


async def test_a_body_that_stops_times_out(people: People, monkeypatch) -> None:
    monkeypatch.setattr(file_routes, "TIMEOUT_SECONDS", 0.05)

    async def nothing() -> object:
        return await asyncio.Event().wait()

    response = await receive(people, nothing)
    assert response.status_code == 408
    assert b"too slow" in response.body
    assert await stored_files() == set()


async def test_a_body_that_trickles_times_out(people: People, monkeypatch) -> None:
    monkeypatch.setattr(file_routes, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(file_routes, "MIN_BYTES_PER_SECOND", 10**9)
    whole = iter(file_form(b"x" * 10**6))

    async def trickle() -> object:
        await asyncio.sleep(0.005)
        return {"type": "http.request", "body": bytes([next(whole)]), "more_body": True}

    assert (await receive(people, trickle)).status_code == 408
    assert await stored_files() == set()


@pytest.mark.parametrize(
    "route",
    [file_routes.receive, picture_routes.receive_avatar, picture_routes.receive_icon],
)
async def test_a_client_that_disconnects_leaves_nothing(
    people: People, route: Callable[[Request], Awaitable[Response]]
) -> None:
    events = [
        {"type": "http.request", "body": file_form()[:-20], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def next_event() -> object:
        return events.pop(0)

    assert (await receive(people, next_event, route=route)).status_code == 400
    assert await stored_files() == set()


# -- over HTTP --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Server]:
    """One server for all of these; no request may leave an error in its log."""
    with Server(new_folder(), CHAT_FILE_SIZE=str(FILE_SIZE)) as running:
        yield running
        assert unfinished_uploads(running.data) == []
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def browser(server: Server) -> Browser:
    """A new account for each test, so that no rate limit applies."""
    browser = Browser(server.address)
    answer = browser.register(new_message_id().replace("-", ""))
    assert answer.status_code == 303
    return browser


def post(browser: Browser, body: bytes, content_type: str = TYPE, **headers: str) -> httpx.Response:
    return browser.http.post(
        "/rooms/1/files", content=body, headers={"Content-Type": content_type, **headers}
    )


def stored(server: Server) -> int:
    return len(rows(server.data, "SELECT 1 FROM attachments"))


def test_an_uploaded_file_can_be_downloaded(server: Server, browser: Browser) -> None:
    before = stored(server)
    answer = post(browser, file_form(b"hello"))
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    again = browser.http.get(f"/rooms/1/messages/{answer.json()['seq']}/file")
    assert again.content == b"hello"
    assert stored(server) == before + 1


MALFORMED = {
    "no boundary": (file_form(), "multipart/form-data"),
    "an empty boundary": (file_form(), 'multipart/form-data; boundary=""'),
    "another boundary": (file_form(), "multipart/form-data; boundary=other"),
    "a boundary without end": (file_form(), "multipart/form-data; boundary=" + "b" * 300),
    "a type without end": (file_form(), "multipart/form-data" + "; a=b" * 5_000),
    "no form": (b"notes", "text/plain"),
    "another form": (b"id=12345678&file=notes", "application/x-www-form-urlencoded"),
    "nothing": (b"", TYPE),
    "no parts": (form(), TYPE),
    "no file": (form(part("id", b"12345678")), TYPE),
    "no number": (form(part("file", b"x", file_name="x")), TYPE),
    "a file without a name": (form(part("id", b"12345678"), part("file", b"x")), TYPE),
    "two files": (
        form(part("id", b"12345678"), *[part("file", b"x", file_name="x")] * 2),
        TYPE,
    ),
    "fields after the file": (form(part("file", b"x", file_name="x"), part("id", b"1" * 8)), TYPE),
    "a field of 1 MB": (
        form(
            part("id", b"12345678"), part("text", b"x" * 250_000), part("file", b"x", file_name="x")
        ),
        TYPE,
    ),
    "fields without end": (
        form(part("id", b"12345678"), *[part("a", b"")] * 2_000, part("file", b"x", file_name="x")),
        TYPE,
    ),
    "empty parts without end": (
        form(part("id", b"12345678"), *[b"\r\n"] * 5_000, part("file", b"x", file_name="x")),
        TYPE,
    ),
    "a huge header": (form(part("file", b"x", file_name="x" * 100_000)), TYPE),
    "headers without end": (
        form(part("file", b"x", file_name="x", **{f"H{n}": "x" for n in range(500)})),
        TYPE,
    ),
    "a header that is none": (form(b"\xff\0 no header\r\n\r\nx"), TYPE),
    "a form within a form": (form(b"--x\r\n" * 10_000), TYPE),
    "an end before the end": (file_form()[:-10], TYPE),
    "nonsense": (bytes(range(256)) * 1000, TYPE),
}


@pytest.mark.parametrize("how", MALFORMED)
def test_malformed_forms_are_refused(server: Server, browser: Browser, how: str) -> None:
    assert post(browser, file_form()).status_code == 201
    before = stored(server)
    answer = post(browser, *MALFORMED[how])
    assert answer.status_code == 400, answer.text
    assert answer.json()["sentence"].endswith(".")
    assert stored(server) == before


def test_ten_gigabytes_are_refused_before_the_body(server: Server, browser: Browser) -> None:
    with connect(server.port) as connection:
        connection.sendall(request_head(server.port, browser.cookie(), 10 * 10**9))
        status, said = read_response(connection)
    assert status == 413
    assert "larger than" in said


def test_without_a_session_the_body_is_not_read(server: Server, browser: Browser) -> None:
    body = file_form()
    for cookie, length, status in (("", len(body), 401), (browser.cookie(), len(body), 201)):
        with connect(server.port) as connection:
            connection.sendall(request_head(server.port, cookie, length) + body * (status == 201))
            assert read_response(connection)[0] == status


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://localhost:1"]
)
def test_cross_site_uploads_are_refused(browser: Browser, origin: str) -> None:
    assert post(browser, file_form()).status_code == 201
    assert post(browser, file_form(), Origin=origin).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_only_post_is_allowed(server: Server, browser: Browser, method: str) -> None:
    before = stored(server)
    answer = browser.http.request(
        method, "/rooms/1/files", content=file_form(), headers={"Content-Type": TYPE}
    )
    assert answer.status_code in {404, 405}
    assert stored(server) == before


@pytest.mark.parametrize("room", ["999999", "0", "-1", "x", "1%00", "9" * 30])
def test_an_unknown_room_is_not_found(browser: Browser, room: str) -> None:
    answer = browser.http.post(
        f"/rooms/{room}/files", content=file_form(), headers={"Content-Type": TYPE}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("length", [None, "x", "-1", "1e3", "9" * 40])
def test_a_valid_content_length_is_required(
    server: Server, browser: Browser, length: object
) -> None:
    headers = {} if length is None else {"Content-Length": str(length)}
    with connect(server.port) as connection:
        connection.sendall(request_head(server.port, browser.cookie(), None, **headers))
        assert read_response(connection)[0] == 400


def test_chunked_bodies_are_refused(server: Server, browser: Browser) -> None:
    """Without a length, an upload would bypass the quota."""
    body = file_form(b"x" * 1000)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    before = stored(server)
    for length in (None, 10):
        with connect(server.port) as connection:
            begun = request_head(
                server.port, browser.cookie(), length, **{"Transfer-Encoding": "chunked"}
            )
            connection.sendall(begun + chunked)
            assert read_response(connection)[0] == 400
    assert stored(server) == before


def test_a_body_shorter_than_announced_stores_nothing(server: Server, browser: Browser) -> None:
    before = stored(server)
    with connect(server.port) as connection:
        connection.sendall(request_head(server.port, browser.cookie(), 10_000) + file_form())
        connection.shutdown(1)
        read_response(connection)
    assert post(browser, file_form()).status_code == 201
    assert stored(server) == before + 1


def test_a_body_longer_than_announced_is_not_read(server: Server, browser: Browser) -> None:
    body = file_form(b"x" * 5000)
    with connect(server.port) as connection:
        connection.sendall(request_head(server.port, browser.cookie(), 3000) + body)
        status, said = read_response(connection)
    assert status == 400
    assert said.count("HTTP/1.1") == 1


def test_names_are_decoded_as_browsers_encode_them(browser: Browser) -> None:
    answer = post(browser, file_form(name="a %22b%22 100%.txt"))
    page = browser.http.get(f"/rooms/1/messages/{answer.json()['seq']}/file")
    assert "a%20%22b%22%20100%25.txt" in page.headers["content-disposition"]
    assert post(browser, file_form(name="a%0D%0ASet-Cookie: x.txt")).status_code == 201


@pytest.mark.parametrize("name", ["é" * 127 + ".jpg", "क" * 190 + ".tar.gz", "👩‍🚀" * 66])
def test_a_name_is_saved_as_file_systems_take_it(browser: Browser, name: str) -> None:
    answer = post(browser, file_form(name=name))
    assert answer.status_code == 201
    page = browser.http.get(f"/rooms/1/messages/{answer.json()['seq']}/file")
    said = page.headers["content-disposition"].partition("filename*=utf-8''")[2]
    saved = urllib.parse.unquote(said)
    assert 200 < len(saved.encode()) <= 255
    assert saved[:20] == name[:20]
    assert saved.endswith(Path(name).suffix)


def test_a_hundred_requests_are_accepted_or_told_to_retry(server: Server, browser: Browser) -> None:
    before = stored(server)
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: post(browser, file_form()), range(100)))
    assert {each.status_code for each in answers} == {201, 429}
    assert all("retry-after" in each.headers for each in answers if each.status_code == 429)
    assert stored(server) - before == sum(each.status_code == 201 for each in answers)

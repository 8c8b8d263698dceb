"""Both stores do the same: the folder, and a bucket in S3, which may be away or break off."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from services import lifecycle
from services.core import app_context
from services.core.app_context import FileStore
from services.core.disk import data_folder
from services.core.errors import NotFound, Unavailable
from services.core.settings import Settings
from services.files import files, forwarding, orphans
from services.files.stickers import making, stickers
from services.files.store import stores
from services.messages import edits, messages
from services.rooms.members import memberships
from tests import s3
from tests.conftest import NewFolder, People, cheap
from tests.http_client import Browser
from tests.linked_site import painted
from tests.server import Server
from tests.tcp_proxy import TcpProxy
from tests.upload_client import (
    TYPE,
    attachment_hashes,
    file_form,
    file_sizes,
    new_message_id,
    previews_made,
    rows,
    send,
    unfinished_uploads,
)

LOBBY = 1
LARGE = bytes(range(256)) * 80_000
"""More than one part: 20 MB."""


@pytest.fixture(scope="module")
def proxy(s3_server: s3.S3Server) -> Iterator[TcpProxy]:
    with TcpProxy(s3_server.port) as running:
        yield running


@pytest.fixture
def aws_keys() -> Iterator[None]:
    with s3.keys():
        yield


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest) -> str:
    """Where the files are."""
    if request.param == "folder":
        return "folder"
    request.getfixturevalue("aws_keys")
    server: s3.S3Server = request.getfixturevalue("s3_server")
    return server.new_place()


@pytest.fixture
def through(aws_keys: None, proxy: TcpProxy) -> Iterator[str]:
    """A place in the bucket that is reached through the proxy."""
    yield s3.place(proxy.port)
    proxy.may_pass.set()
    proxy.cut_sent_after = proxy.cut_received_after = None


class App:
    """The app, with its files in a place."""

    def __init__(self, settings: Settings, people: People, port: int) -> None:
        self.data = settings.data
        self.place = settings.files
        self.people = people
        self._port = port

    def stored(self) -> set[str]:
        """Return the names of all files and previews."""
        if self.place == "folder":
            return {each.name for each in (self.data / "files").glob("??/*")}
        found = s3.sizes(self.place, self._port)
        assert found.pop("chat") == 64
        assert file_sizes(self.data) == {}
        return {name.partition("/")[2] for name in found}


@pytest.fixture
async def app(
    place: str, people: People, app_settings: Settings, request: pytest.FixtureRequest
) -> AsyncIterator[App]:
    async for each in start(app_settings, people, place, request):
        yield each


@pytest.fixture
async def app_through(
    through: str, people: People, app_settings: Settings, request: pytest.FixtureRequest
) -> AsyncIterator[App]:
    async for each in start(app_settings, people, through, request):
        yield each


async def start(
    settings: Settings, people: People, place: str, request: pytest.FixtureRequest
) -> AsyncIterator[App]:
    """Start the app again, with its files in a place."""
    port = 0
    if place != "folder":
        port = request.getfixturevalue("s3_server").port
        await lifecycle.shutdown()
        settings = cheap(settings.data, files=place)
        await lifecycle.startup(settings)
    yield App(settings, people, port)


def store() -> FileStore:
    return app_context.current().files


async def content(file: app_context.StoredFile) -> bytes:
    """Read a stored file."""
    if isinstance(file, Path):
        return file.read_bytes()
    chunks = [chunk async for chunk in file.read(0, await file.size())]
    return b"".join(chunks)


# -- both ------------------------------------------------------------------------------------------


async def test_a_file_is_stored_once_and_read_by_members_only(app: App) -> None:
    people = app.people
    one = await send(people.asha, people.room, b"the same")
    await send(people.ben, people.room, b"the same", name="two.txt")
    [digest, again] = await attachment_hashes()
    assert (digest, app.stored()) == (again, {digest})
    found = await files.find(people.ben, people.room, one.seq)
    assert await content(found.content) == b"the same"
    with pytest.raises(NotFound):
        await files.find(people.chen, people.room, one.seq)
    await memberships.remove(people.asha, people.room, people.ben.user_id)
    with pytest.raises(NotFound):
        await files.find(people.ben, people.room, one.seq)
    assert unfinished_uploads(app.data) == []


async def test_a_large_file_is_read_in_parts(app: App) -> None:
    message = await send(app.people.asha, app.people.room, LARGE)
    file = (await files.find(app.people.ben, app.people.room, message.seq)).content
    assert await content(file) == LARGE
    if not isinstance(file, Path):
        assert await file.size() == len(LARGE)
        part = [chunk async for chunk in file.read(9_999_999, 10_500_001)]
        assert b"".join(part) == LARGE[9_999_999:10_500_001]
        assert max(map(len, part)) < 2_000_000


async def test_a_preview_is_made_of_a_stored_picture(app: App) -> None:
    people = app.people
    message = await send(people.asha, people.room, painted(900, 700), name="a.png")
    await previews_made()
    [digest] = await attachment_hashes()
    assert app.stored() == {digest, f"{digest}.preview"}
    found = await files.find(people.ben, people.room, message.seq)
    assert found.view.has_preview
    assert (await content(found.preview))[8:12] == b"WEBP"
    assert unfinished_uploads(app.data) == []


async def test_a_sticker_is_made_of_a_stored_picture(app: App) -> None:
    people = app.people
    message = await send(people.asha, people.room, painted(40, 40), name="a.png")
    await making.save_from_message(people.ben, people.room, message.seq, "dot")
    [sticker] = (await stickers.offered(people.ben)).kept
    file = await stickers.find(people.ben, sticker.sticker_id, sticker.hash)
    assert (await content(file))[8:12] == b"WEBP"
    with pytest.raises(NotFound):
        await stickers.find(people.chen, sticker.sticker_id, sticker.hash)
    await stickers.remove(people.ben, sticker.sticker_id)
    await orphans.collect()
    assert sticker.hash not in app.stored()


async def test_what_nothing_refers_to_is_removed(app: App) -> None:
    people = app.people
    message = await send(people.ben, people.room, painted(90, 70), name="a.png")
    await previews_made()
    number = new_message_id()
    await forwarding.forward(
        people.ben, people.room, message.seq, to_room=LOBBY, client_message_id=number
    )
    await edits.delete(people.ben, people.room, message.seq)
    await orphans.collect()
    assert len(app.stored()) == 2
    await edits.delete(people.ben, LOBBY, 1)
    await orphans.collect()
    assert app.stored() == set()


async def test_a_file_is_sent_again_while_it_is_removed(app: App) -> None:
    people = app.people
    message = await send(people.ben, people.room)
    for _ in range(10):
        _deleted, _collected, message = await asyncio.gather(
            edits.delete(people.ben, people.room, message.seq),
            orphans.collect(),
            send(people.ben, people.room),
        )
        await orphans.collect()
        assert app.stored() == set(await attachment_hashes())
        found = await files.find(people.ben, people.room, message.seq)
        assert await content(found.content) == b"notes"


async def test_a_cancelled_upload_leaves_nothing(app: App, monkeypatch) -> None:
    kind = type(store())
    reached, add = asyncio.Event(), kind.add

    async def tell(*arguments: object) -> None:
        reached.set()
        await add(*arguments)

    monkeypatch.setattr(kind, "add", tell)
    sending = asyncio.create_task(send(app.people.ben, app.people.room, LARGE))
    await reached.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await orphans.collect()
    assert (app.stored(), await attachment_hashes()) == (set(), [])
    assert unfinished_uploads(app.data) == []


# -- a bucket that breaks off, or is away ----------------------------------------------------------


@pytest.mark.parametrize("size", [3_000_000, len(LARGE)], ids=["at once", "in parts"])
async def test_an_upload_that_is_cut_stores_nothing(
    app_through: App, proxy: TcpProxy, size: int
) -> None:
    people = app_through.people
    proxy.cut_sent_after = 1_000_000
    with pytest.raises(Unavailable, match=r"can't store the file \(the file storage does not"):
        await send(people.ben, people.room, LARGE[:size])
    assert proxy.cuts
    assert (app_through.stored(), await attachment_hashes()) == (set(), [])
    assert unfinished_uploads(app_through.data) == []
    await messages.send(people.ben, people.room, "the chat goes on", new_message_id())
    proxy.cut_sent_after = None
    await send(people.ben, people.room, LARGE[:size])
    assert app_through.stored() == set(await attachment_hashes())


async def test_a_download_goes_on_where_it_was_cut(app_through: App, proxy: TcpProxy) -> None:
    """As when the server closes a connection on which nobody has read for a while."""
    people = app_through.people
    message = await send(people.ben, people.room, LARGE)
    found = await files.find(people.ben, people.room, message.seq)
    proxy.cut_received_after = 3_000_000
    cuts = proxy.cuts
    assert await content(found.content) == LARGE
    assert proxy.cuts >= cuts + 3


async def test_while_the_bucket_is_away_files_wait_and_messages_go_on(
    app_through: App, proxy: TcpProxy, caplog: pytest.LogCaptureFixture
) -> None:
    people = app_through.people
    message = await send(people.ben, people.room)
    found = await files.find(people.ben, people.room, message.seq)
    proxy.cut_sent_after = 0
    assert not isinstance(found.content, Path)
    with pytest.raises(OSError, match="does not answer") as error:
        await found.content.size()
    assert not isinstance(error.value, FileNotFoundError)
    with pytest.raises(Unavailable, match="Tell the host"):
        await send(people.ben, people.room, b"else")
    await edits.delete(people.ben, people.room, message.seq)
    with pytest.raises(OSError, match="does not answer"):
        await orphans.collect()
    await messages.send(people.ben, people.room, "the chat goes on", new_message_id())
    assert len(app_through.stored()) == 1
    proxy.cut_sent_after = None
    await orphans.collect()
    assert app_through.stored() == set()
    assert s3.KEYS["AWS_SECRET_ACCESS_KEY"] not in caplog.text


async def test_a_bucket_that_hangs_is_told_to_people(
    app_through: App, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.files.store.s3 import object_store

    monkeypatch.setattr(object_store, "MAX_WAITING_PUTS", 2)
    monkeypatch.setattr(object_store, "WAIT_SECONDS", 0.5)
    people, room = app_through.people, app_through.people.room
    proxy.may_pass.clear()
    stored = [
        asyncio.create_task(store().add_preview(f"{number:064x}", b"hangs"))
        for number in range(object_store.MAX_PUTS)
    ]
    await asyncio.sleep(0)
    uploads = [asyncio.create_task(send(people.ben, room, b"%d" % each)) for each in range(4)]
    try:
        async with asyncio.timeout(20):
            refused = await asyncio.gather(*uploads, return_exceptions=True)
        assert {str(each) for each in refused} == {
            "The server can't store the file (the file storage takes too long). Tell the host."
        }
    finally:
        proxy.may_pass.set()
    await asyncio.gather(*stored)
    await send(people.ben, room, b"later")
    await store().remove([f"{number:064x}" for number in range(object_store.MAX_PUTS)])
    assert app_through.stored() == set(await attachment_hashes())


async def test_a_bucket_that_hangs_takes_no_threads(
    app_through: App, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The threads of the event loop also receive uploads, and look up names."""
    from services.files.store.s3 import object_store

    await send(app_through.people.ben, app_through.people.room)
    [digest] = await attachment_hashes()
    monkeypatch.setattr(object_store, "REMOVE_SECONDS", 0.5)
    proxy.may_pass.clear()

    async def copy() -> None:
        async with store().local_copy(digest):
            pass

    waiting = [asyncio.create_task(copy()) for _copy in range(40)]
    try:
        with pytest.raises(OSError, match="does not answer"):
            await store().remove(["0" * 64])
        async with asyncio.timeout(5):
            await asyncio.to_thread(len, "")
        assert not any(each.done() for each in waiting)
    finally:
        proxy.may_pass.set()
    await asyncio.gather(*waiting)


async def test_a_picture_gets_its_preview_when_the_bucket_is_back(
    app_through: App, proxy: TcpProxy, monkeypatch
) -> None:
    """Meanwhile it must not be taken for one that cannot be decoded."""
    from services.files import previews

    monkeypatch.setattr(previews, "RETRY_SECONDS", 0.1)
    people = app_through.people
    failed = asyncio.Event()

    class Tell(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "trying again" in record.getMessage():
                failed.set()

    handler = Tell()
    previews.log.addHandler(handler)
    make_soon = previews.make_soon

    def cut_first(*arguments: object) -> None:
        proxy.cut_sent_after = 0
        make_soon(*arguments)

    monkeypatch.setattr(previews, "make_soon", cut_first)
    try:
        message = await send(people.ben, people.room, painted(90, 70), name="a.png")
        await asyncio.wait_for(failed.wait(), 30)
        proxy.cut_sent_after = None
        await previews_made()
    finally:
        previews.log.removeHandler(handler)
    found = await files.find(people.ben, people.room, message.seq)
    assert (found.view.kind, found.view.has_preview) == ("picture", True)


def test_what_a_browser_is_told(
    new_folder: NewFolder, s3_server: s3.S3Server, proxy: TcpProxy, through: str
) -> None:
    def upload(content: bytes) -> httpx.Response:
        return asha.http.post(
            "/rooms/1/files", content=file_form(content), headers={"Content-Type": TYPE}
        )

    with Server(new_folder(), CHAT_FILES=through, **s3.KEYS) as server:
        asha = Browser(server.address)
        asha.register("asha")
        address = f"/rooms/1/messages/{upload(LARGE).json()['seq']}/file"
        before = s3.sizes(through, s3_server.port)
        proxy.cut_sent_after = 100_000
        refused = upload(LARGE[1:])
        assert refused.status_code == 503
        assert "can't store the file (the file storage does not" in refused.json()["sentence"]
        assert s3.sizes(through, s3_server.port) == before
        assert len(rows(server.data, "SELECT hash FROM attachments")) == 1
        proxy.cut_sent_after = 0
        away = asha.http.get(address)
        assert away.status_code == 503
        assert away.json()["sentence"].startswith("The server cannot get this file now.")
        assert asha.http.get("/healthz").status_code == 200
        proxy.cut_sent_after = None
        part = asha.http.get(address, headers={"Range": "bytes=15000000-15000099"})
        assert (part.status_code, part.content) == (206, LARGE[15_000_000:15_000_100])
    log = server.log.read_text()
    assert "Traceback" not in log
    assert s3.KEYS["AWS_SECRET_ACCESS_KEY"] not in log


# -- the start -------------------------------------------------------------------------------------


def refused(settings: Settings) -> str:
    """Return why a start is refused."""
    with pytest.raises(Unavailable) as error:
        stores.prepare(settings)
    assert s3.KEYS["AWS_SECRET_ACCESS_KEY"] not in error.value.message
    return error.value.message


def test_a_bucket_that_is_away_or_missing_is_one_sentence(
    aws_keys: None, s3_server: s3.S3Server, tmp_path: Path
) -> None:
    away = refused(Settings(data=tmp_path, files=s3.place(1)))
    assert "http://127.0.0.1:1) (the file storage does not answer). Start the server" in away
    missing = refused(Settings(data=tmp_path, files=s3.place(s3_server.port, "no-such-bucket")))
    assert missing.startswith("There is no bucket for s3://no-such-bucket/test/")


def test_wrong_keys_are_one_sentence(
    aws_keys: None, s3_server: s3.S3Server, tmp_path: Path
) -> None:
    """The server checks them after the first request, which creates the bucket."""
    with s3.S3Server(tmp_path / "log", INITIAL_NO_AUTH_ACTION_COUNT="1") as strict:
        said = refused(Settings(data=tmp_path, files=strict.new_place()))
    assert "refuses the chat (the file storage answers InvalidAccessKeyId)" in said
    assert "AWS_SECRET_ACCESS_KEY" in said


def test_a_place_of_another_chat_is_refused(
    aws_keys: None, s3_server: s3.S3Server, tmp_path: Path
) -> None:
    place = s3_server.new_place()
    one, two = (Settings(data=tmp_path / name, files=place) for name in ("one", "two"))
    for each in (one, two):
        each.data.mkdir()
        (each.data / "device.key").write_text(each.data.name)
    for _time in range(2):
        stores.open(one, b"one", clears=True).close()
    with pytest.raises(Unavailable, match="belong to another chat"):
        stores.open(two, b"two", clears=True)
    assert data_folder.files_in(two.data) == ""


async def test_files_that_are_elsewhere_are_not_forgotten(
    aws_keys: None, s3_server: s3.S3Server, people: People, app_settings: Settings
) -> None:
    """Neither when the setting is new, nor when it is forgotten or wrong."""
    await send(people.asha, people.room)
    place = s3_server.new_place()
    in_s3 = cheap(app_settings.data, files=place)
    assert f"move-files --to {place}" in refused(in_s3)
    [file] = (app_settings.data / "files").glob("??/*")
    file.unlink()
    await lifecycle.shutdown()
    await lifecycle.startup(in_s3)
    assert "set CHAT_FILES to that" in refused(app_settings)
    elsewhere = cheap(app_settings.data, files=s3_server.new_place())
    assert "is empty. Correct CHAT_FILES" in refused(elsewhere)

"""The virus scanner: infected files are refused, and so are files that could not be scanned.

Most tests use the real clamd, with one signature in its database: the EICAR test file.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import select

from models import Attachment, LooseFile
from services.core import app_context, events
from services.core.dto import MessageView
from services.core.errors import ServiceError, Unavailable
from services.core.network import socket_address
from services.core.settings import Settings, load
from services.db import database
from services.files import uploads
from services.files.inspection import inspection, scanner
from tests.conftest import People, posix_only
from tests.server import Server, free_port
from tests.upload_client import file_sizes, unfinished_uploads

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

DOES_NOT_WORK = (
    "The server's virus scanner is not working, so the file was not sent. Tell the host."
)


def eicar() -> bytes:
    """Return the EICAR test file, in two parts: otherwise scanners would report this module."""
    return rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + rb"ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run clamd; return its addresses by kind of socket."""
    program = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        missing = "no clamd found: apt install clamav-daemon"
        if os.environ.get("CHAT_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("clamd")
    path, port = folder / "socket", free_port()
    # A signature: its name, any kind of file, at the beginning, these bytes.
    (folder / "one.ndb").write_text(f"Test.Eicar:0:0:{eicar().hex()}\n")
    (folder / "conf").write_text(
        f"Foreground yes\nDatabaseDirectory {folder}\nLocalSocket {path}\n"
        f"TCPAddr 127.0.0.1\nTCPSocket {port}\nStreamMaxLength 2M\n"
    )
    with (folder / "log").open("w") as log:
        running = subprocess.Popen([program, "-c", folder / "conf"], stdout=log, stderr=log)
    try:
        addresses = {"unix": str(path), "tcp": f"127.0.0.1:{port}"}
        until = time.monotonic() + 30
        while any(asyncio.run(scanner.why_unavailable(address)) for address in addresses.values()):
            assert running.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.05)
        yield addresses
    finally:
        running.terminate()
        running.wait(timeout=20)


@pytest.fixture
def scan_with(monkeypatch: pytest.MonkeyPatch, app_settings: Settings) -> Callable[[str], None]:
    """A function that makes the app use the scanner at an address."""

    def use(address: str) -> None:
        chosen = app_settings.model_copy(update={"virus_scanner": address})
        monkeypatch.setattr(
            app_context, "_current", replace(app_context.current(), settings=chosen)
        )

    return use


@asynccontextmanager
async def fake(ask: Handler) -> AsyncIterator[str]:
    """Run a fake scanner with this handler; return its address."""
    async with await asyncio.start_server(ask, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def read_stream(reader: asyncio.StreamReader) -> list[bytes]:
    """Read a stream as clamd does; return its chunks."""
    assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
    chunks = []
    while length := int.from_bytes(await reader.readexactly(4), "big"):
        chunks.append(await reader.readexactly(length))
    return chunks


async def send(people: People, data: bytes, name: str = "homework.bin") -> MessageView:
    async with uploads.receive(people.asha, people.room, len(data)) as upload:
        await upload.write(data)
        message, _is_new = await upload.send(
            uploads.UploadFields(name, client_message_id=uuid4().hex)
        )
    return message


async def stored(settings: Settings) -> list[object]:
    """Return all rows and files of uploads."""
    rows = await database.read(
        lambda session: [
            row for table in (Attachment, LooseFile) for row in session.exec(select(table))
        ]
    )
    files = [*file_sizes(settings.data), *unfinished_uploads(settings.data)]
    return [*rows, *files]


# -- clamd ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["unix", "tcp"])
@pytest.mark.parametrize("size", [1, 1_500_000])
async def test_a_clean_file_is_sent(
    clamd: dict[str, str],
    people: People,
    app_settings: Settings,
    scan_with: Callable[[str], None],
    kind: str,
    size: int,
) -> None:
    scan_with(clamd[kind])
    message = await send(people, b"x" * size)
    assert message.file is not None
    assert message.file.size == size
    assert len(await stored(app_settings)) == 2  # a row and a file


@pytest.mark.parametrize("kind", ["unix", "tcp"])
async def test_a_virus_is_refused_and_leaves_nothing(
    clamd: dict[str, str],
    people: People,
    app_settings: Settings,
    scan_with: Callable[[str], None],
    published: list[object],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    kind: str,
) -> None:
    async def inspect(file: Path) -> inspection.Content:
        raise AssertionError("it has reached the decoders")

    monkeypatch.setattr(inspection, "inspect", inspect)
    scan_with(clamd[kind])
    with pytest.raises(ServiceError) as refused:
        await send(people, eicar(), "game.exe")
    assert refused.value.message == (
        "The virus scanner found a virus in game.exe. It was not sent."
    )
    assert not isinstance(refused.value, Unavailable)
    assert "Test.Eicar" in caplog.text
    assert await stored(app_settings) == []
    assert not [event for event in published if isinstance(event, events.MessageSent)]


async def test_a_file_too_large_for_clamd_is_refused(
    clamd: dict[str, str],
    people: People,
    app_settings: Settings,
    scan_with: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for address in clamd.values():
        scan_with(address)
        for size in (2_200_000, 20_000_000):
            with pytest.raises(Unavailable):
                await send(people, b"x" * size)
    assert "StreamMaxLength" in caplog.text
    assert await stored(app_settings) == []


# -- a scanner that fails ---------------------------------------------------------------------


@posix_only
async def test_without_a_connection_files_are_refused(
    people: People, app_settings: Settings, scan_with: Callable[[str], None], tmp_path: Path
) -> None:
    nobody = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(nobody))
    for address in (
        *(str(nobody), str(tmp_path / "none"), "/" + "x" * 200),
        *(f"127.0.0.1:{free_port()}", f"{'x' * 70}.invalid:3310"),
    ):
        scan_with(address)
        with pytest.raises(Unavailable) as refused:
            await send(people, b"anything")
        assert refused.value.message == DOES_NOT_WORK
    assert await stored(app_settings) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"stream: OK",  # without its end
        b"\0",
        b"OK\0",
        b"stream: OK FOUND or not\0",
        b"stream: OK\n\0",
        b"stream:  FOUND\0",
        b"INSTREAM: Can't write to temporary file. ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"\xff" * 1_000_000,
    ],
)
async def test_any_answer_but_ok_refuses_the_file(
    people: People, app_settings: Settings, scan_with: Callable[[str], None], answer: bytes
) -> None:
    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_stream(reader)
        writer.write(answer)
        writer.close()

    async with fake(ask) as address:
        scan_with(address)
        with pytest.raises(Unavailable) as refused:
            await send(people, b"anything")
    assert refused.value.message == DOES_NOT_WORK
    assert await stored(app_settings) == []


@pytest.mark.parametrize("reads", [True, False])
async def test_a_scanner_that_hangs_times_out(
    people: People,
    app_settings: Settings,
    scan_with: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    reads: bool,
) -> None:
    monkeypatch.setattr(scanner, "TIMEOUT_SECONDS", 0.3)
    ended = asyncio.Event()

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if reads:
            await read_stream(reader)
        await ended.wait()
        writer.close()

    async with fake(ask) as address:
        scan_with(address)
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            await send(people, b"x" * 10_000_000)  # more than a socket holds
        assert time.monotonic() - begun < 10
        ended.set()
    assert await stored(app_settings) == []


async def test_files_are_sent_completely_in_chunks_and_a_few_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(os.urandom(3 * scanner.CHUNK_SIZE + 5))
    now, most, whole = 0, 0, 0

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most, whole
        now += 1
        most = max(most, now)
        chunks = await read_stream(reader)
        assert max(map(len, chunks)) <= scanner.CHUNK_SIZE
        whole += b"".join(chunks) == file.read_bytes()
        await asyncio.sleep(0.05)
        now -= 1
        writer.write(b"stream: OK\0")
        writer.close()

    async with fake(ask) as address:
        each = [scanner.require_clean(address, file, "file") for _ in range(12)]
        await asyncio.gather(*each)
    assert (most, whole) == (scanner.MAX_SCANS, 12)


# -- configuration ----------------------------------------------------------------------------


async def test_without_a_scanner_files_are_sent(people: People, app_settings: Settings) -> None:
    assert app_settings.virus_scanner is None
    assert (await send(people, eicar(), "eicar.com")).file is not None
    assert len(await stored(app_settings)) == 2


def test_a_scanner_is_set_by_path_or_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert socket_address.parse("/run/clamav/clamd.ctl") == "/run/clamav/clamd.ctl"
    assert socket_address.parse("localhost:3310") == ("localhost", 3310)
    assert socket_address.parse("[::1]:3310") == ("::1", 3310)
    monkeypatch.setenv("CHAT_VIRUS_SCANNER", "scanner.example:3310")
    assert load().virus_scanner == "scanner.example:3310"
    monkeypatch.setenv("CHAT_VIRUS_SCANNER", "")
    assert load().virus_scanner is None


def test_a_missing_scanner_is_reported_at_start(tmp_path: Path, app_folder: Path) -> None:
    nowhere = str(tmp_path / "clamd.ctl")
    with Server(app_folder, CHAT_VIRUS_SCANNER=nowhere, LC_ALL="C") as server:
        assert server.log.read_text() == (
            f"The virus scanner at {nowhere} does not respond (No such file or directory). "
            "Start it: no files can be sent until it does.\n"
        )


@pytest.mark.long  # starts another server; the tests above ask a working scanner
def test_a_working_scanner_is_not_reported(clamd: dict[str, str], app_folder: Path) -> None:
    with Server(app_folder, CHAT_VIRUS_SCANNER=clamd["unix"]) as server:
        assert server.log.read_text() == ""

"""The command line: what it says, how it ends, and what it refuses in one sentence."""

import asyncio
import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from chat_ui.server.commands import cli, start, terminal
from models import NoticeKind
from services import lifecycle
from services.accounts import accounts
from services.accounts.security import security_notices
from services.accounts.sessions import sessions
from services.backup import archive
from services.core.dto import CurrentUser
from services.core.settings import Settings
from tests import postgres
from tests.command import refusal, run, run_process, sentence
from tests.conftest import HERE, NewFolder, cheap
from tests.factors import add_app
from tests.http_client import PASSWORD, Browser
from tests.server import Server, free_port

NEW = "violet otter kettle"
T = TypeVar("T")


FEW = 256
"""Files that processes may open within `few_open_files`."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def closed(data: Path, folder_with_people: tuple[Path, object]) -> Path:
    """A data folder in which asha has an account, and that no server uses."""
    return postgres.copytree(folder_with_people[0], data)


@pytest.fixture(scope="module")
def running(new_folder: NewFolder) -> Iterator[Server]:
    """A server for the tests that need none of their own."""
    server = Server(new_folder())
    with few_open_files():
        server.start()
    yield server
    assert server.stop() == 0


@contextmanager
def few_open_files() -> Iterator[None]:
    """Limit how many files a process that is started within may open."""
    if sys.platform != "linux":
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@postgres.sqlite_only  # whose backups these are
def test_ctrl_c_ends_a_command_without_a_traceback(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(archive, "save", interrupt)
    ended = run("--data", closed, "backup", tmp_path / "chat.zip")
    assert ended.returncode == terminal.INTERRUPTED
    assert ended.stdout + ended.stderr == "\n"


# -- starting and stopping --------------------------------------------------------------------


def test_it_says_when_it_is_ready_and_ends_cleanly(data: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        server = Server(data)
        server.start()
        assert server.output == [f"Simple Chat is ready at {server.address}\n"]
        assert httpx.get(f"{server.address}/healthz", verify=False).json()["status"] == "ok"
        with Browser(server.address).http.stream("GET", "/login"):
            server.process.send_signal(number)
            assert server.process.wait(timeout=20) == 0
        assert "Traceback" not in server.log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the limits of a process")
def test_it_may_open_as_many_files_as_the_system_grants(running: Server) -> None:
    limits = Path(f"/proc/{running.process.pid}/limits").read_text()
    [(soft, hard)] = re.findall(r"Max open files +(\S+) +(\S+)", limits)
    assert soft == hard != str(FEW)


def test_what_is_kept_is_for_its_owners_eyes(running: Server) -> None:
    modes = {file.name: file.stat().st_mode & 0o077 for file in running.data.iterdir()}
    assert running.data.stat().st_mode & 0o077 == 0
    assert {"chat.db", "device.key"} <= set(modes)
    assert {name: mode for name, mode in modes.items() if mode and name != "lock"} == {}


@pytest.mark.long  # starts a server twice, as tests/test_light_client.py does, which resends, too
def test_what_was_there_is_there_after_a_restart(data: Path) -> None:
    with Server(data) as server:
        browser = Browser(server.address)
        assert browser.register("asha").status_code == 303
        with browser.open().connect() as page:
            page.catch_up()
            page.send("written before", "message-1")
            page.wait_for("chat_messages", lambda data: "message-1" in data["html"])
    server.start()  # on the same port: the same browser is still logged in
    try:
        with browser.open().connect() as page:
            assert "written before" in page.catch_up()
    finally:
        assert server.stop() == 0


# -- what it refuses --------------------------------------------------------------------------


def test_a_port_that_is_taken(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = refusal("--no-show", "--data", data, "--port", port)
    assert f"Port {port} on 127.0.0.1 cannot be used" in refused
    assert "--port" in refused


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file" / "data", tmp_path / "file", Path("/proc/nowhere/data")):
        refused = refusal("--no-show", "--data", folder, "--port", free_port())
        assert str(folder) in refused
        assert "--data" in refused
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_database_that_is_none(data: Path) -> None:
    data.mkdir()
    (data / "chat.db").write_bytes(b"somebody's essay " * 1000)
    assert "chat.db" in refusal("--no-show", "--data", data, "--port", free_port())
    assert (data / "chat.db").read_bytes() == b"somebody's essay " * 1000


def test_a_second_server_on_the_same_folder(running: Server) -> None:
    """When the first has ended, another may use it: see the restart above."""
    refused = refusal("--no-show", "--data", running.data, "--port", free_port())
    assert str(running.data) in refused
    assert "--data" in refused
    assert httpx.get(f"{running.address}/healthz", verify=False).status_code == 200


def test_a_broken_option_ends_the_program(data: Path) -> None:
    assert "--port" in sentence(run_process("--no-show", "--data", data, "--port", "70000"))
    assert "CHAT_PORT" in refusal("--no-show", "--data", data, CHAT_PORT="http")
    assert not data.exists()


@pytest.fixture
def tell(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Return what is said about these options, in this process; nothing if it would start."""
    for name in [name for name in os.environ if name.startswith("CHAT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr(start, "start", lambda _settings: None)

    def say(*options: str) -> str:
        monkeypatch.setattr(sys, "argv", ["main.py", "--no-show", "--data", str(data), *options])
        with pytest.raises(SystemExit) as ended:
            cli.run()
        said = capsys.readouterr().err.strip()
        assert bool(ended.value.code) == bool(said)
        assert len(said.splitlines()) <= 1
        assert not data.exists()
        return said

    return say


def test_a_broken_option_is_named(tell: Callable[..., str]) -> None:
    assert tell("--port", "9000", "--registration", "closed") == ""
    for options, named in (
        (["--nothing"], "--nothing"),
        (["--port", "70000"], "--port"),
        (["--port", "http"], "--port"),
        (["--port"], "--port"),
        (["--registration", "friends"], "--registration"),
        (["--tls-cert", "cert.pem"], "--tls-key"),
        (["--tls-cert", "no.pem", "--tls-key", "no.pem"], "no.pem"),
        (["nothing"], "nothing"),
        (["reset-password"], "NAME"),
    ):
        assert named in tell(*options)


def test_a_broken_variable_is_named(
    tell: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("CHAT_PROT", "9000"), ("CHAT_PORT", "http"), ("CHAT_LAN", "maybe")):
        with monkeypatch.context() as now:
            now.setenv(name, value)
            assert name in tell()
    assert tell() == ""


def test_passwords_do_not_travel_unencrypted_by_accident(tell: Callable[..., str]) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.7", "chat.example"):
        for way_out in (host, "--lan", "--tls-cert", "--behind-proxy"):
            assert way_out in tell("--host", host)
        behind = ("--host", host, "--behind-proxy")
        assert tell(*behind, "--public-url", "https://chat.example") == ""
        assert "--public-url" in tell(*behind)
    for host in ("127.0.0.1", "::1", "localhost"):
        assert tell("--host", host) == ""


# -- what it tells ----------------------------------------------------------------------------


NOT_OPTIONS = {
    "push_to_this_machine",
    "accent",
    "backups",
    "bus",
    "daily_text",
    "database",
    "host_names",
    "metrics_token",
    "message_rate",
    "proxy_addresses",
    "virus_scanner",
}


def test_help_lists_every_option_in_one_line_each() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    lines = [line for line in shown.stdout.splitlines() if line.startswith("  --")]
    for name in Settings.model_fields:
        if name.startswith(("argon2", "file")) or name in NOT_OPTIONS:
            continue  # set by variables alone
        [line] = [each for each in lines if re.match(rf"  --{name.replace('_', '-')}\b", each)]
        assert re.search(r"\S  +\S", line), line
    for command in (
        *("reset-password", "remove-second-factor", "backup", "restore", "check", "log"),
        *("move", "demo", "certificate"),
    ):
        assert command in shown.stdout


def test_sharing_on_the_network_says_what_it_means(app_folder: Path) -> None:
    with Server(app_folder, "--lan") as server:
        said = "".join(server.output)
        [address] = re.findall(r"can open the chat at (http://\S+)", said)
        assert address.endswith(f":{server.port}")
        assert any(block in said for block in "█▀▄")  # the QR code
        assert "not encrypted" in said
        [code] = re.findall(r"Setup code .*: ([a-z0-9-]{14})\n", said)
        assert httpx.get(f"{address}/healthz", verify=False).status_code == 200
        browser = Browser(server.address)
        assert browser.register("asha").status_code == 403
        form = {"username": "asha", "password": PASSWORD, "setup_code": code}
        assert browser.http.post("/register", data=form).status_code == 303
        assert Browser(server.address).register("ben").status_code == 303
    with Server(app_folder, "--lan") as server:
        assert "Setup code" not in "".join(server.output)


@pytest.mark.long  # a further detail
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_terminal_that_has_few_letters(app_folder: Path, encoding: str) -> None:
    with Server(app_folder, "--lan", PYTHONIOENCODING=encoding, LC_ALL="hi_IN") as server:
        said = "".join(server.output)
        assert f":{server.port}" in said
        assert re.search(r": [a-z0-9-]{14}\n", said)
        assert not re.search("[█▀▄]", said)
        assert len(server.output) < 8  # no QR code of question marks
    assert "Traceback" not in server.log.read_text()


# -- a forgotten password ---------------------------------------------------------------------


@pytest.mark.long  # starts a server; tests/services makes such links
def test_a_link_for_a_forgotten_password_works_while_the_server_runs(running: Server) -> None:
    asha = Browser(running.address)
    asha.register("asha")
    with asha.open().connect() as page:
        page.catch_up()
        options = ("--data", running.data, "--port", running.port)
        made = run_process(*options, "reset-password", "Asha")
        assert made.returncode == 0, made.stderr
        [link] = re.findall(rf"{running.address}/reset/[\w-]{{43}}", made.stdout)
        there = link.removeprefix(running.address)
        phone = Browser(running.address)
        assert phone.http.get(there).status_code == 200
        assert phone.http.post(there, data={"password": "short"}).status_code == 400
        assert asha.http.get("/").status_code == 200
        assert phone.http.post(there, data={"password": NEW}).status_code == 303
        page.wait_for("chat_session_ended")
    assert phone.http.get("/").status_code == 200
    assert asha.http.get("/").status_code == 303
    assert phone.http.post(there, data={"password": PASSWORD}).status_code == 404
    assert Browser(running.address).login("asha").status_code == 401
    assert Browser(running.address).login("asha", NEW).status_code == 303


def test_no_link_for_nobody(closed: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert str(nowhere) in refusal("--data", nowhere, "reset-password", "asha")
    assert not nowhere.exists()
    assert run("--data", closed, "reset-password", "asha").returncode == 0
    refused = refusal("--data", closed, "reset-password", "nobody")
    assert refused == "There is no account with this username. Check the spelling."


async def _as_asha(data: Path, do: Callable[[CurrentUser], Awaitable[T]]) -> T:
    """Start the app without its server, and do something as asha."""
    await lifecycle.startup(cheap(data))
    try:
        login = await accounts.login(HERE, "asha", PASSWORD)
        return await do(await sessions.resume(login.token))
    finally:
        await lifecycle.shutdown()


def test_a_lost_second_factor_is_turned_off(closed: Path) -> None:
    asyncio.run(_as_asha(closed, add_app))
    turn_off = ("--data", closed, "remove-second-factor")
    assert "Two-step login is off for asha." in run(*turn_off, "asha").stdout
    assert refusal(*turn_off, "asha") == "Two-step login is already off for asha."
    missing = "There is no account with this username. Check the spelling."
    assert refusal(*turn_off, "nobody") == missing

    *_logins, notice = asyncio.run(_as_asha(closed, security_notices.mine))
    assert notice.kind == NoticeKind.FACTORS_REMOVED_BY_ADMIN


@postgres.sqlite_only
def test_a_link_changes_no_database_of_another_version(closed: Path) -> None:
    with closing(sqlite3.connect(closed / "chat.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'earlier'")
    before = (closed / "chat.db").read_bytes()
    assert "Start the chat once" in refusal("--data", closed, "reset-password", "asha")
    assert (closed / "chat.db").read_bytes() == before
    (closed / "chat.db").write_bytes(b"")
    assert "Start the chat once" in refusal("--data", closed, "reset-password", "asha")
    assert {each.name for each in closed.glob("*upgrade*")} == set()

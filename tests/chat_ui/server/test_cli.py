"""The command line: what it says, how it ends, and what it refuses in one sentence."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from chat_ui.server import cli
from services.core.settings import Settings
from tests.http_client import PASSWORD, Browser
from tests.server import PROJECT, Server, free_port

NEW = "violet otter kettle"


def run(*options: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `python main.py` with these options until it ends by itself."""
    inherited = {name: value for name, value in os.environ.items() if name[:5] != "CHAT_"}
    inherited.pop("PYTEST_CURRENT_TEST", None)
    return subprocess.run(
        [sys.executable, str(PROJECT / "main.py"), *map(str, options)],
        env={**inherited, "LC_ALL": "C", **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def refusal(*options: object, **variables: str) -> str:
    """Return the one sentence with which it refuses."""
    ended = run(*options, **variables)
    assert ended.returncode not in (0, None), ended.stdout
    assert "Traceback" not in ended.stderr, ended.stderr
    assert "ready" not in ended.stdout
    sentence = ended.stderr.strip()
    assert len(sentence.splitlines()) == 1, ended.stderr
    return sentence


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


# -- starting and stopping --------------------------------------------------------------------


def test_it_says_when_it_is_ready_and_ends_cleanly(data: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        server = Server(data)
        server.start()
        assert server.output == [f"Simple Chat is ready at {server.address}\n"]
        assert httpx.get(f"{server.address}/healthz").json()["status"] == "ok"
        with Browser(server.address).http.stream("GET", "/login"):
            server.process.send_signal(number)
            assert server.process.wait(timeout=20) == 0
        assert "Traceback" not in server.log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the limits of a process")
def test_it_may_open_as_many_files_as_the_system_grants(data: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        with Server(data) as server:
            limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    [(soft, hard)] = re.findall(r"Max open files +(\S+) +(\S+)", limits)
    assert soft == hard != "256"


def test_what_is_kept_is_for_its_owners_eyes(data: Path) -> None:
    with Server(data):
        modes = {file.name: file.stat().st_mode & 0o077 for file in data.iterdir()}
    assert data.stat().st_mode & 0o077 == 0
    assert {"chat.db", "device.key"} <= set(modes)
    assert {name: mode for name, mode in modes.items() if mode and name != "lock"} == {}


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
        sentence = refusal("--no-show", "--data", data, "--port", port)
    assert f"Port {port} on 127.0.0.1 cannot be used" in sentence
    assert "--port" in sentence


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file" / "data", tmp_path / "file", Path("/proc/nowhere/data")):
        sentence = refusal("--no-show", "--data", folder, "--port", free_port())
        assert str(folder) in sentence
        assert "--data" in sentence
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_database_that_is_none(data: Path) -> None:
    data.mkdir()
    (data / "chat.db").write_bytes(b"somebody's essay " * 1000)
    sentence = refusal("--no-show", "--data", data, "--port", free_port())
    assert "chat.db" in sentence
    assert (data / "chat.db").read_bytes() == b"somebody's essay " * 1000


def test_a_second_server_on_the_same_folder(data: Path) -> None:
    with Server(data) as first:
        sentence = refusal("--no-show", "--data", data, "--port", free_port())
        assert str(data) in sentence
        assert "--data" in sentence
        assert httpx.get(f"{first.address}/healthz").status_code == 200
    with Server(data):
        pass


def test_a_broken_option_ends_the_program(data: Path) -> None:
    assert "--port" in refusal("--no-show", "--data", data, "--port", "70000")
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
    monkeypatch.setattr(cli, "_start", lambda _settings: None)

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
        (["reset-password"], "name"),
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
        assert tell("--host", host, "--behind-proxy") == ""
    for host in ("127.0.0.1", "::1", "localhost"):
        assert tell("--host", host) == ""


# -- what it tells ----------------------------------------------------------------------------


NOT_OPTIONS = {"backups", "message_rate", "proxy_addresses", "virus_scanner"}


def test_help_lists_every_option_in_one_line_each() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    lines = [line for line in shown.stdout.splitlines() if line.startswith("  --")]
    for name in Settings.model_fields:
        if name.startswith(("argon2", "file")) or name in NOT_OPTIONS:
            continue  # set by variables alone
        [line] = [each for each in lines if re.match(rf"  --{name.replace('_', '-')}\b", each)]
        assert re.search(r"\S  +\S", line), line
    for command in ("reset-password", "backup", "restore", "check"):
        assert command in shown.stdout


def test_sharing_on_the_network_says_what_it_means(data: Path) -> None:
    with Server(data, "--lan") as server:
        said = "".join(server.output)
        [address] = re.findall(r"find the chat at (http://\S+)", said)
        assert address.endswith(f":{server.port}")
        assert any(block in said for block in "█▀▄")  # the QR code
        assert "unencrypted" in said
        [code] = re.findall(r"Set-up code .*: ([a-z0-9-]{14})\n", said)
        assert httpx.get(f"{address}/healthz").status_code == 200
        browser = Browser(server.address)
        assert browser.register("asha").status_code == 403
        form = {"username": "asha", "password": PASSWORD, "setup_code": code}
        assert browser.http.post("/register", data=form).status_code == 303
        assert Browser(server.address).register("ben").status_code == 303
    with Server(data, "--lan") as server:
        assert "Set-up code" not in "".join(server.output)


def test_a_terminal_that_has_few_letters(data: Path) -> None:
    for encoding in ("cp1252", "ascii"):
        with Server(data, "--lan", PYTHONIOENCODING=encoding, LC_ALL="hi_IN") as server:
            said = "".join(server.output)
            assert f":{server.port}" in said
            assert re.search(r": [a-z0-9-]{14}\n", said)
            assert not re.search("[█▀▄]", said)
            assert len(server.output) < 8  # no QR code of question marks
        assert "Traceback" not in server.log.read_text()


# -- a forgotten password ---------------------------------------------------------------------


def test_a_link_for_a_forgotten_password_works_while_the_server_runs(data: Path) -> None:
    with Server(data) as server:
        asha = Browser(server.address)
        asha.register("asha")
        with asha.open().connect() as page:
            page.catch_up()
            made = run("--data", data, "--port", server.port, "reset-password", "Asha")
            assert made.returncode == 0, made.stderr
            [link] = re.findall(rf"{server.address}/reset/[\w-]{{43}}", made.stdout)
            there = link.removeprefix(server.address)
            phone = Browser(server.address)
            assert phone.http.get(there).status_code == 200
            assert phone.http.post(there, data={"password": "short"}).status_code == 400
            assert asha.http.get("/").status_code == 200
            assert phone.http.post(there, data={"password": NEW}).status_code == 303
            page.wait_for("chat_session_ended")
        assert phone.http.get("/").status_code == 200
        assert asha.http.get("/").status_code == 303
        assert phone.http.post(there, data={"password": PASSWORD}).status_code == 404
        assert Browser(server.address).login("asha").status_code == 401
        assert Browser(server.address).login("asha", NEW).status_code == 303


def test_no_link_for_nobody(data: Path) -> None:
    assert str(data) in refusal("--data", data, "reset-password", "asha")
    assert not data.exists()
    with Server(data) as server:
        Browser(server.address).register("asha")
        assert run("--data", data, "reset-password", "asha").returncode == 0
        sentence = refusal("--data", data, "reset-password", "nobody")
        assert sentence == "There is no account of that name."


def test_a_link_changes_no_database_of_another_version(data: Path) -> None:
    with Server(data) as server:
        Browser(server.address).register("asha")
    with closing(sqlite3.connect(data / "chat.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'earlier'")
    before = (data / "chat.db").read_bytes()
    assert "Start the chat once" in refusal("--data", data, "reset-password", "asha")
    assert (data / "chat.db").read_bytes() == before
    (data / "chat.db").write_bytes(b"")
    assert "Start the chat once" in refusal("--data", data, "reset-password", "asha")
    assert {each.name for each in data.glob("*upgrade*")} == set()

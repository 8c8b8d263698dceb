"""`python main.py demo`, as somebody tries it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chat_ui.server.commands.demo import for_demo
from services.core import settings
from services.core.settings import Registration, Settings
from services.demo.script import PASSWORD, READER
from tests.command import environment, refusal
from tests.http_client import Browser
from tests.server import PROJECT, free_port


def folders(parent: Path) -> list[str]:
    return sorted(each.name for each in parent.iterdir())


@pytest.mark.long  # fills a whole chat; the other test stops it while it is filled
def test_it_can_be_tried_and_leaves_nothing(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "main.py", "--no-show", "--port", str(port), "demo"]
    own = {"CHAT_REGISTRATION": "invite", "CHAT_VIRUS_SCANNER": "127.0.0.1:1"}
    variables = environment(TMPDIR=str(tmp_path), PYTHONUNBUFFERED="1", **own)
    with subprocess.Popen(
        command, cwd=PROJECT, env=variables, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "ready" in line:
                break
        assert f"Log in as {READER} with the password: {PASSWORD}\n" in said
        assert len(folders(tmp_path)) == 1
        browser = Browser(f"http://127.0.0.1:{port}")
        assert browser.login(READER, PASSWORD).status_code == 303
        assert "Class 11" in browser.http.get("/").text
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert folders(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without a signal")
def test_it_leaves_nothing_when_it_is_stopped_while_it_is_filled(tmp_path: Path) -> None:
    command = [sys.executable, "main.py", "--no-show", "--port", str(free_port()), "demo"]
    variables = environment(TMPDIR=str(tmp_path), PYTHONUNBUFFERED="1")
    with subprocess.Popen(
        command, cwd=PROJECT, env=variables, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Preparing")
        assert len(folders(tmp_path)) == 1
        process.terminate()
        assert process.stdout.read() == ""
        assert process.wait(timeout=30) == 0
    assert folders(tmp_path) == []


@pytest.mark.parametrize(("options", "variables"), [(["--edit"], {}), ([], {"CHAT_EDIT": "yes"})])
def test_it_is_not_for_editing(options: list[str], variables: dict[str, str]) -> None:
    assert "Leave out --edit" in refusal(*options, "demo", **variables)


def test_it_goes_by_the_usual_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may try it who has set up a chat of their own, where nobody could do all that."""
    monkeypatch.setenv("CHAT_PORT", "9123")
    monkeypatch.setenv("CHAT_SHOW", "no")
    monkeypatch.setenv("CHAT_REGISTRATION", "invite")
    monkeypatch.setenv("CHAT_FILE_SIZE", "1 kB")
    monkeypatch.setenv("CHAT_FILES_REFUSED", "picture")
    monkeypatch.setenv("CHAT_VIRUS_SCANNER", "127.0.0.1:1")
    monkeypatch.setenv("CHAT_HOST_NAMES", "chat.example.org")
    tried = for_demo(settings.load(), tmp_path)
    assert (tried.port, tried.show, tried.data) == (9123, False, tmp_path)
    for each in list(os.environ):
        if each.startswith("CHAT_"):
            monkeypatch.delenv(each)
    assert tried == Settings(port=9123, show=False, data=tmp_path)
    assert tried.who_may_register == Registration.OPEN


PUBLIC = "--public-url=https://chat.example.org"


@pytest.mark.parametrize("options", [("--lan",), (PUBLIC,), (PUBLIC, "--behind-proxy")])
def test_others_cannot_reach_it(options: tuple[str, ...]) -> None:
    assert "everybody knows its password" in refusal(*options, "demo")

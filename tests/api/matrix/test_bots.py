"""The bots of `docs/bots.md`, as they are there, on a real server: with matrix-nio and pages."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.api.matrix.clients.installed import require_nio
from tests.http_client import PASSWORD, Browser, Page
from tests.server import PROJECT, Server

GUIDE = PROJECT / "docs" / "bots.md"


require_nio()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("bots") / "data") as running:
        for name in ("asha", "parrot", "reminder"):
            assert Browser(running.address).register(name).status_code == 303
        yield running


@pytest.fixture
def page(server: Server) -> Iterator[Page]:
    """Asha's page of the Lobby, in which the bots are."""
    browser = Browser(server.address)
    browser.login("asha")
    with browser.open().connect() as opened:
        opened.catch_up()
        yield opened


def program(name: str) -> str:
    """Return a program of the guide."""
    programs = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    [found] = [each for each in programs if f'"{name}"' in each]
    return found


class Bot:
    """A program of the guide that runs."""

    def __init__(self, server: Server, folder: Path, name: str) -> None:
        file = folder / f"{name}.py"
        file.write_text(program(file.name), encoding="utf-8")
        self.log = folder / "log"
        command = [sys.executable, str(file), server.address, name]
        variables = {**os.environ, "BOT_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, env=variables, stdout=subprocess.PIPE, stderr=log, text=True
            )

    def __enter__(self) -> "Bot":
        assert self.process.stdout is not None
        assert "Logged in" in self.process.stdout.readline(), self.log.read_text()
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)


def answers(page: Page, question: str, answer: str) -> str:
    """Ask until there is an answer, as a bot may have logged in but not have listened yet."""
    for number in range(10):
        page.send(question, f"question-{os.urandom(4).hex()}-{number}")
        try:
            found: str = page.wait_for(
                "chat_messages", lambda data: re.search(answer, data["html"]), within=2
            )["html"]
        except TimeoutError:
            continue
        return found
    raise AssertionError(f"nobody has answered {question}")


def test_a_bot_answers_on_the_page(server: Server, page: Page, tmp_path: Path) -> None:
    with ExitStack() as stack:
        bot = stack.enter_context(Bot(server, tmp_path, "parrot"))
        answers(page, "!say Hello *there*", r">Hello <em>there</em>")
        assert bot.process.poll() is None


def test_a_bot_reminds_in_a_reply(server: Server, page: Page, tmp_path: Path) -> None:
    with Bot(server, tmp_path, "reminder"):
        html = answers(page, "!remind 0.001 The cake", r">\s*The cake\s*<")
        assert "!remind 0.001" in html, "the answer does not quote the question"


def test_the_programs_are_short() -> None:
    for name in ("parrot.py", "reminder.py"):
        assert len(program(name).splitlines()) < 35

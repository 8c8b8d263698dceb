"""`python main.py`, run until it ends: in this process or, where that matters, in its own."""

import contextvars
import io
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from chat_ui.server.commands import cli
from tests import postgres
from tests.server import PROJECT


@dataclass(frozen=True)
class Ended:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def environment(**variables: str) -> dict[str, str]:
    """Return the environment variables of a command: none of the chat's but these."""
    inherited = {name: value for name, value in os.environ.items() if name[:5] != "CHAT_"}
    inherited.pop("PYTEST_CURRENT_TEST", None)
    return {**inherited, "LC_ALL": "C", **variables}


def run(*options: object, **variables: str) -> Ended:
    """Run `main.py` with these options in this process: that takes a tenth of the time."""
    out, err = io.StringIO(), io.StringIO()
    log = logging.StreamHandler(err)
    log.setLevel(logging.WARNING)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(os, "environ", environment(**(_database(options) | variables)))
        patch.setattr(sys, "argv", ["main.py", *map(str, options)])
        patch.setattr(logging.getLogger(), "handlers", [log])
        with pytest.raises(SystemExit) as ended:
            contextvars.copy_context().run(cli.run)
    return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def run_process(*options: object, **variables: str) -> Ended:
    """Run `python main.py` with these options."""
    ended = subprocess.run(
        [sys.executable, str(PROJECT / "main.py"), *map(str, options)],
        env=environment(**(_database(options) | variables)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def _database(options: Sequence[object]) -> dict[str, str]:
    """Return the variables for the data folder in the options, if tests run on PostgreSQL."""
    if "--data" not in options:
        return {}
    return postgres.known_variables(Path(str(options[options.index("--data") + 1])))


def refusal(*options: object, **variables: str) -> str:
    """Return the one sentence with which `main.py` refuses these options, in this process."""
    return sentence(run(*options, **variables))


def sentence(ended: Ended) -> str:
    """Return the one sentence with which a command has refused."""
    assert ended.returncode not in (0, None), ended.stdout
    assert "Traceback" not in ended.stderr, ended.stderr
    assert "ready" not in ended.stdout
    said = ended.stderr.strip()
    assert len(said.splitlines()) == 1, ended.stderr
    return said

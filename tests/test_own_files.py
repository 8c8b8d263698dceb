"""Files that somebody added to `chat_ui/custom/` make no test fail: the lists leave them out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import PROJECT
from tests.test_docs import apply, steps

PARTS = ("api", "benchmarks", "chat_ui", "docs", "models", "node", "services", "tests")
FILES = ("main.py", "pyproject.toml", "README.md")
CARELESS = """\
from nicegui import ui
from sqlmodel import select

from chat_ui.handlers import Handlers, callback
from chat_ui.plugins import page, service_action
from models.room import Membership


class Buttons(Handlers):
    @callback
    async def on_press(self):
        self.page.notify("Pressed without a translation")


@service_action("careless", icon="tag", label="Careless")
async def careless(page, room_id, seq):
    page.notify(f"{select(Membership)}")


@page("/careless", title="Careless", menu=1)
def draw(page):
    ui.button("Press", on_click=Buttons(page).on_press)
"""
LISTING = (
    "tests/test_authorisation.py::test_every_handler_is_listed",
    "tests/test_authorisation.py::test_nothing_else_handles_what_a_browser_sends",
    "tests/test_routes.py::test_every_address_is_listed",
    "tests/pages/test_custom.py::test_it_is_in_the_user_menu",
    "tests/test_docs.py::test_the_tutorial_can_be_followed",
    "tests/test_docs.py::test_public_code_has_docstrings",
    "tests/test_layers.py",
    "tests/chat_ui/test_stylesheet.py",
    "tests/chat_ui/realtime/test_protocol.py",
    "tests/services/core/test_i18n.py::test_a_catalog_is_complete",
    "tests/services/core/test_i18n.py::test_every_visible_text_is_translated",
    "tests/services/core/test_i18n.py::test_every_sentence_is_a_literal_looked_up_at_run_time",
    "tests/services/rooms/test_access.py::test_modules_that_query_memberships_are_listed",
)
"""The tests that list what there is."""


@pytest.mark.long  # copies the project, and runs the tests that list things there
def test_own_files_may_stay(tmp_path: Path) -> None:
    """Those of the tutorial, and one that keeps to no rule."""
    for part in PARTS:
        shutil.copytree(PROJECT / part, tmp_path / part)
    for file in FILES:
        shutil.copy(PROJECT / file, tmp_path / file)
    for kind, file, text in steps():
        if file.startswith("chat_ui/custom/"):
            apply(tmp_path, kind, file, text)
    (tmp_path / "chat_ui" / "custom" / "careless.py").write_text(CARELESS)
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *LISTING],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
    )
    assert tests.returncode == 0, tests.stdout

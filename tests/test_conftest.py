"""What tests share."""

from pathlib import Path

import pytest

from services.core.settings import Settings
from tests.conftest import cheap, next_scope


def test_variables_that_one_test_sets_do_not_reach_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = Settings().port
    monkeypatch.setenv("CHAT_PORT", str(port + 1))
    assert cheap(tmp_path).port == port


def test_browsers_start_in_every_second_worker() -> None:
    waiting = ["tests/test_start.py", "tests/browser/test_menus.py", "tests/pages/test_room.py"]
    assert [next_scope(worker, waiting) for worker in range(4)] == [waiting[1], waiting[0]] * 2
    assert next_scope(0, waiting[::2]) == waiting[0]
    assert next_scope(1, waiting[1:2]) == waiting[1]

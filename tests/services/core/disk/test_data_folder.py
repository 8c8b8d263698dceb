"""Who may change the data folder."""

from pathlib import Path

import pytest

from services.core.disk import data_folder
from tests.conftest import posix_only

pytestmark = posix_only


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a database, as the chat creates them."""
    folder = tmp_path / "data"
    data_folder.lock(folder).release()
    return folder


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_the_chat_creates_is_closed_to_others(folder: Path) -> None:
    assert data_folder.close_to_others(folder) == ""
    assert mode(folder) == 0o700


@pytest.mark.parametrize(("before", "after"), [(0o777, 0o755), (0o775, 0o755), (0o770, 0o750)])
def test_an_open_folder_is_closed(folder: Path, before: int, after: int) -> None:
    folder.chmod(before)
    (folder / "chat.db").chmod(0o666)
    assert data_folder.close_to_others(folder).count(".") >= 1
    assert (mode(folder), mode(folder / "chat.db")) == (after, 0o644)
    assert data_folder.close_to_others(folder) == ""


def test_a_folder_that_others_read_stays_so(folder: Path) -> None:
    folder.chmod(0o750)
    assert data_folder.close_to_others(folder) == ""
    assert mode(folder) == 0o750


def test_a_disk_without_permissions_is_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.chmod(0o777)
    monkeypatch.setattr(Path, "chmod", lambda _path, _mode: None)
    assert "can't prevent it" in data_folder.close_to_others(folder)

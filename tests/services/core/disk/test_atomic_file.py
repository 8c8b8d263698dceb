"""Secrets in files: stored whole or created again, and readable by their owner only."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services import lifecycle
from services.core import app_context
from services.core.disk import atomic_file, data_folder
from services.registration import setup_code as code
from tests.conftest import cheap


def create() -> bytes:
    return b"0123456789"


def test_a_secret_is_created_once(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    assert atomic_file.read_or_create(file, create) == create() == file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert atomic_file.read_or_create(file, lambda: b"another one") == b"another one"
    assert atomic_file.read_or_create(file, create) == b"another one"
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_all_that_create_a_secret_at_once_have_the_same(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    all_look = threading.Barrier(4)

    def create_late() -> bytes:
        all_look.wait(10)
        return os.urandom(10)

    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(atomic_file.read_or_create, file, create_late) for _ in range(4)]
        assert {each.result() for each in found} == {file.read_bytes()}
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_a_secret_is_created_on_a_disk_without_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("not permitted")

    monkeypatch.setattr(os, "link", refuse)
    file = tmp_path / "secret"
    assert atomic_file.read_or_create(file, create) == create() == file.read_bytes()
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_a_truncated_secret_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise OSError("the power is gone")

    file = tmp_path / "secret"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", crash)
        with pytest.raises(OSError, match="power"):
            atomic_file.read_or_create(file, create)
    assert list(tmp_path.iterdir()) == []
    for truncated in (b"", b"012"):
        file.write_bytes(truncated)
        assert atomic_file.read_or_create(file, create) == create() == file.read_bytes()


async def test_an_empty_set_up_code_or_key_is_replaced(tmp_path: Path) -> None:
    settings = cheap(tmp_path / "data", behind_proxy=True)
    with data_folder.lock(settings.data):
        (settings.data / "device.key").touch()
        (settings.data / "setup-code").touch()
        assert not code.matches(settings, "")
        assert code.matches(settings, code.get_or_create(settings))
        await lifecycle.startup(settings)
        try:
            key = app_context.current().device_key
        finally:
            await lifecycle.shutdown()
    assert len(key) == 32
    assert (settings.data / "device.key").read_bytes() == key

"""What the commands are tried with where files are in a bucket."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat_ui.server.commands.demo import prepare
from services.core.settings import Settings
from tests import s3


@pytest.fixture
def aws_keys() -> Iterator[None]:
    """The keys, where the library looks for them."""
    with s3.keys():
        yield


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat with five files, in SQLite."""
    data = tmp_path_factory.mktemp("demo") / "data"
    asyncio.run(prepare(Settings(data=data, argon2_memory_kib=8192, argon2_time_cost=1)))
    return data

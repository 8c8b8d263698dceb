"""Two processes for all tests of a file, with this one as the third, and pages of theirs."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests import postgres, redis_server
from tests.cluster.several import Person, SeveralProcesses, Tabs, register
from tests.redis_server import RedisServer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is here without a PostgreSQL server: several processes need one."""
    if postgres.SERVER:
        return
    for item in items:
        if item.nodeid.startswith("tests/cluster/"):
            item.add_marker(pytest.mark.skip(reason="CHAT_TEST_DATABASE names no PostgreSQL"))


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    redis_server.require()
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def chat(bus: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeveralProcesses]:
    """Two processes."""
    with SeveralProcesses(tmp_path_factory.mktemp("several") / "data", bus) as several:
        yield several


@pytest.fixture
async def here(chat: SeveralProcesses) -> AsyncIterator[None]:
    """This process as the third."""
    async with chat.joined():
        if chat.admin is None:
            chat.admin = await register("admin")
        yield


@pytest.fixture
async def admin(chat: SeveralProcesses, here: None) -> Person:
    """The administrator."""
    assert chat.admin is not None
    return chat.admin


@pytest.fixture
async def tabs() -> AsyncIterator[Tabs]:
    """Opens pages."""
    tabs = Tabs()
    yield tabs
    await tabs.close()

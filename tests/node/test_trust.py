"""An identity is the one that was compared, or that the node has made itself."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.matrix.clients.installed import require_nio
from tests.conftest import People

require_nio("vodozemac")

from node import tables, trust  # noqa: E402
from node.connection import Connection  # noqa: E402
from node.login import Login  # noqa: E402
from node.signing import SigningKey  # noqa: E402
from node.trust import Trust  # noqa: E402
from services.db import database  # noqa: E402

ME, BEN = "@asha:hub", "@ben:hub"
LOGIN = Login("http://127.0.0.1:9", "asha", ME, "NODE", "token", "key")


@pytest.fixture
async def mine(people: People, tmp_path: Path) -> AsyncIterator[Trust]:
    await database.write(tables.create)
    connection = Connection(LOGIN, tmp_path, asyncio.Lock())
    yield connection.trust
    await connection.close()


def answer(user_id: str, key: str) -> dict[str, Any]:
    """Return what a hub says about somebody's identity."""
    master = {"user_id": user_id, "usage": ["master"], "keys": {f"ed25519:{key}": key}}
    return {"master_keys": {user_id: master}, "device_keys": {user_id: {}}}


async def test_the_key_that_was_compared_is_accepted_and_no_other(mine: Trust) -> None:
    first, compared, other = (SigningKey().public for _each in range(3))
    for key in (first, compared, other):  # the last one after the page was drawn
        await mine.learn(answer(BEN, key), [BEN])
    assert not await mine.accept(BEN, compared)
    [changed] = await trust.changed()
    assert (changed.before, changed.now) == (first, other)
    assert not await mine.accept(BEN, "")
    assert await mine.accept(BEN, other)
    assert await trust.changed() == []


async def test_another_identity_than_the_one_that_was_made_is_a_change(mine: Trust) -> None:
    async def ask(path: str, body: Any) -> dict[str, Any]:
        return {}

    mine._ask = ask  # type: ignore[method-assign]
    made = SigningKey((await mine._make_keys()).master).public
    await mine.learn(answer(ME, SigningKey().public), [ME])
    [changed] = await trust.changed()
    assert (changed.name, changed.before) == (ME, made)

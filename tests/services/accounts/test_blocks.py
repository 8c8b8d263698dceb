"""Blocking and unblocking users."""

import pytest

from services.accounts import blocks
from services.accounts.sessions import sessions
from services.core import events
from services.core.errors import NotFound, ServiceError
from services.db import database


async def test_blocking_and_unblocking(people, published) -> None:
    await blocks.block(people.asha, "ben")
    await blocks.block(people.asha, "@Chen")
    await blocks.block(people.asha, "ben")
    assert [each.username for each in await blocks.mine(people.asha)] == ["ben", "chen"]
    ben, chen = people.ben.user_id, people.chen.user_id
    assert published[-1] == events.BlocksChanged(people.asha.user_id, frozenset({ben, chen}))
    ids = await database.read(lambda session: blocks.blocked_ids(session, people.asha.user_id))
    assert ids == {ben, chen}
    await blocks.unblock(people.asha, "ben")
    await blocks.unblock(people.asha, "ben")
    assert published[-1] == events.BlocksChanged(people.asha.user_id, frozenset({chen}))
    assert await blocks.mine(people.ben) == []


async def test_the_current_user_has_the_ids_of_blocked_users(app_settings) -> None:
    from services.registration import registration
    from services.registration.registration import RegistrationForm
    from tests.conftest import HERE, PASSWORD

    tokens = {
        name: (await registration.register(HERE, RegistrationForm(name, PASSWORD))).token
        for name in ("asha", "ben", "chen")
    }
    asha = await sessions.resume(tokens["asha"])
    assert asha.blocked == frozenset()
    await blocks.block(asha, "ben")
    await blocks.block(asha, "chen")
    assert (await sessions.resume(tokens["asha"])).blocked == {2, 3}
    assert (await sessions.resume(tokens["ben"])).blocked == frozenset()


async def test_users_cannot_block_themselves(people) -> None:
    with pytest.raises(ServiceError):
        await blocks.block(people.asha, "asha")


@pytest.mark.parametrize("name", ["nobody", "", None, 5, ["ben"], "\ud800", "x" * 9999])
async def test_an_unknown_user_cannot_be_blocked(people, name) -> None:
    for change in (blocks.block, blocks.unblock):
        with pytest.raises(NotFound):
            await change(people.asha, name)


async def test_the_number_of_blocks_is_limited(people, monkeypatch) -> None:
    monkeypatch.setattr(blocks, "MAX_BLOCKS", 1)
    await blocks.block(people.asha, "ben")
    with pytest.raises(ServiceError):
        await blocks.block(people.asha, "chen")

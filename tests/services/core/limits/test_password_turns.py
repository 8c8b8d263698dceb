"""Whose password is hashed next: known before strange, and strangers in turn by address."""

import asyncio
from collections.abc import Sequence

import pytest

from services.core.dto import Visitor
from services.core.errors import RateLimited
from services.core.limits import password_turns
from services.core.limits.password_turns import Caller, Turns
from tests.conftest import People


def stranger(address: str) -> Caller:
    return password_turns.caller(Visitor(address, "Firefox"))


MALLORY, NEIGHBOUR, OTHER = map(stranger, ("192.0.2.1", "192.0.2.1", "192.0.2.2"))
ASHA, BEN = password_turns.known(1), password_turns.known(2)


async def served(turns: Turns, callers: Sequence[Caller]) -> tuple[list[int], list[object]]:
    """Have these come while somebody has the turn; return the order, and what became of each."""
    order: list[int] = []

    async def come(number: int) -> None:
        async with turns.turn(callers[number]):
            order.append(number)
            await asyncio.sleep(0)

    async with turns.turn(ASHA):
        coming = [asyncio.ensure_future(come(number)) for number in range(len(callers))]
        await asyncio.sleep(0)
        assert order == []
    return order, await asyncio.gather(*coming, return_exceptions=True)


async def test_who_is_known_goes_first_and_strangers_take_turns() -> None:
    order, results = await served(
        Turns(1, 64), [MALLORY, MALLORY, NEIGHBOUR, OTHER, BEN, ASHA, BEN]
    )
    assert order == [4, 5, 6, 0, 3, 1, 2]
    assert results == [None] * 7


async def test_who_has_most_waiting_is_refused_not_who_comes_last() -> None:
    order, results = await served(Turns(1, 3), [MALLORY] * 4 + [OTHER, OTHER, BEN])
    assert order == [6, 0, 4, 1]
    assert [isinstance(each, RateLimited) for each in results] == [
        *(False, False, True, True),  # the third made room for another address
        *(False, True, False),
    ]


async def test_who_is_cancelled_keeps_nobody_waiting() -> None:
    turns = Turns(1, 64)

    async def take(by: Caller) -> None:
        async with turns.turn(by):
            await asyncio.sleep(0)

    async with turns.turn(ASHA):
        waiting = [asyncio.ensure_future(take(BEN)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
    waiting[1].cancel()  # just when its turn has come
    await asyncio.wait_for(waiting[2], 5)
    await asyncio.wait_for(take(OTHER), 5)


async def test_an_ipv6_site_is_one_address_and_a_known_device_its_own(people: People) -> None:
    assert stranger("2001:db8:1:2::1") == stranger("2001:db8:1:3::9")
    assert stranger("2001:db8:1:2::1") != stranger("2001:db8:2:2::1")
    there = Visitor("192.0.2.1", "Firefox")
    assert password_turns.caller(there, "a device").is_known
    assert not password_turns.caller(there).is_known
    assert password_turns.caller(people.ben) == password_turns.known(people.ben.user_id)


@pytest.mark.parametrize("at_once", [1, 2])
async def test_only_so_many_at_once(at_once: int) -> None:
    turns, now, most = Turns(at_once, 64), 0, 0

    async def take() -> None:
        nonlocal now, most
        async with turns.turn(OTHER):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    await asyncio.gather(*(take() for _ in range(20)))
    assert (now, most) == (0, at_once)

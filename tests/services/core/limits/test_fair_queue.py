"""Nobody waits for the many jobs of somebody else."""

import asyncio

from services.core.limits.fair_queue import FairQueue
from services.core.limits.rate_limits import Budget

PLENTY = 1000.0


def queue_of(*jobs: tuple[int, str], budget: Budget | None = None) -> FairQueue[str]:
    queue: FairQueue[str] = FairQueue(budget or Budget(PLENTY, 1))
    for user_id, job in jobs:
        queue.add(user_id, job)
    return queue


async def order(queue: FairQueue[str], count: int) -> list[str]:
    """Return the jobs as one worker gets them."""
    taken = []
    for _ in range(count):
        user_id, job = await asyncio.wait_for(queue.take(), 5)
        taken.append(job)
        queue.done(user_id)
    return taken


async def test_users_have_turns_and_their_jobs_stay_in_order() -> None:
    queue = queue_of((1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (2, "b2"), (3, "c1"))
    assert await order(queue, 6) == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_who_comes_late_waits_for_one_job_of_each_other_user() -> None:
    queue = queue_of(*((1, f"a{number}") for number in range(100)))
    assert await order(queue, 2) == ["a0", "a1"]
    queue.add(2, "b1")
    assert "b1" in await order(queue, 2)


async def test_a_user_has_one_job_at_a_time() -> None:
    queue = queue_of((1, "a1"), (1, "a2"))
    assert await queue.take() == (1, "a1")
    second = asyncio.create_task(queue.take())
    await asyncio.sleep(0.05)
    assert not second.done()
    queue.add(2, "b1")
    assert await asyncio.wait_for(second, 5) == (2, "b1")
    queue.done(1)
    assert await asyncio.wait_for(queue.take(), 5) == (1, "a2")


async def test_a_spent_budget_holds_up_nobody_else() -> None:
    budget = Budget(1, per_second=1)
    queue = queue_of((1, "a1"), (1, "a2"), budget=budget)
    user_id, job = await queue.take()
    assert job == "a1"
    budget.spend(user_id, 1.5)
    queue.done(user_id)
    waiting = asyncio.create_task(queue.take())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    queue.add(2, "b1")
    assert await asyncio.wait_for(waiting, 5) == (2, "b1")
    queue.done(2)
    # It is refilled with time: nothing is lost.
    assert await asyncio.wait_for(queue.take(), 10) == (1, "a2")


async def test_several_workers_share_a_queue() -> None:
    queue = queue_of()
    takers = [asyncio.create_task(queue.take()) for _ in range(3)]
    await asyncio.sleep(0)
    for user_id in (1, 2, 3):
        queue.add(user_id, f"job {user_id}")
    taken = await asyncio.wait_for(asyncio.gather(*takers), 5)
    assert sorted(taken) == [(1, "job 1"), (2, "job 2"), (3, "job 3")]

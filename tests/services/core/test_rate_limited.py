"""`@rate_limited` counts calls per user, against one of `RateLimits`."""

import inspect
from dataclasses import replace

import pytest

from services.accounts import people as profiles
from services.core import app_context
from services.core.errors import RateLimited
from services.core.rate_limited import rate_limited
from services.core.rate_limits import RateLimit, RateLimits
from tests.conftest import People


def test_a_user_id_counts_the_same_as_number_and_as_text() -> None:
    limit = RateLimit("1 per day")
    limit.consume(7)
    with pytest.raises(RateLimited):
        limit.consume("7")
    limit.consume(7, "7")
    limit.consume("77")


async def test_services_and_pages_share_a_users_limit(people: People) -> None:
    limits = RateLimits(look=RateLimit("1 per day"))
    app_context.use(replace(app_context.current(), rate_limits=limits))
    await profiles.profile(people.asha, "ben")
    with pytest.raises(RateLimited):
        limits.look.consume(people.asha.user_id)  # as a page does
    with pytest.raises(RateLimited):
        await profiles.profile(people.asha, "ben")
    await profiles.profile(people.ben, "asha")


async def test_a_call_over_the_limit_does_nothing(people: People) -> None:
    called = []

    @rate_limited("message")
    async def verb(viewer: object, words: str, *, loud: bool = False) -> str:
        called.append(viewer)
        return words.upper() if loud else words

    limits = RateLimits(message=RateLimit("2 per day"))
    app_context.use(replace(app_context.current(), rate_limits=limits))
    assert await verb(people.asha, "hello") == "hello"
    assert await verb(people.asha, words="hello", loud=True) == "HELLO"
    with pytest.raises(RateLimited):
        await verb(people.asha, "hello")
    assert called == [people.asha, people.asha]
    assert inspect.iscoroutinefunction(verb)
    assert list(inspect.signature(verb).parameters) == ["viewer", "words", "loud"]


def test_an_unknown_limit_is_found_when_the_module_is_imported() -> None:
    with pytest.raises(ValueError, match="mesage"):
        rate_limited("mesage")

"""`@rate_limited` counts calls per user, against one of `RateLimits`."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from services.accounts import people as profiles
from services.accounts.passwords import password_resets
from services.accounts.security import audit
from services.core import app_context
from services.core.dto import CurrentUser, Visitor
from services.core.errors import Forbidden, RateLimited, ServiceError
from services.core.limits.rate_limited import consume, rate_limited
from services.core.limits.rate_limits import SITE_SHARE, RateLimit, network
from services.files import usage
from services.messages import edits, messages, polls, reactions
from services.registration import invites
from services.rooms import settings
from tests.conftest import People


def test_a_user_id_counts_the_same_as_number_and_as_text() -> None:
    limit = RateLimit("1 per day")
    limit.consume(7)
    with pytest.raises(RateLimited):
        limit.consume("7")
    limit.consume(7, "7")
    limit.consume("77")


async def test_services_and_pages_share_a_users_limit(people: People) -> None:
    limits = replace(app_context.current().rate_limits, read=RateLimit("1 per day"))
    app_context.use(replace(app_context.current(), rate_limits=limits))
    await profiles.profile(people.asha, "ben")
    with pytest.raises(RateLimited):
        limits.read.consume(people.asha.user_id)  # as a page does
    with pytest.raises(RateLimited):
        await profiles.profile(people.asha, "ben")
    await profiles.profile(people.ben, "asha")


async def test_a_call_over_the_limit_does_nothing(people: People) -> None:
    called = []

    @rate_limited("message")
    async def limited(viewer: object, words: str, *, loud: bool = False) -> str:
        called.append(viewer)
        return words.upper() if loud else words

    limits = replace(app_context.current().rate_limits, message=RateLimit("2 per day"))
    app_context.use(replace(app_context.current(), rate_limits=limits))
    assert await limited(people.asha, "hello") == "hello"
    assert await limited(people.asha, words="hello", loud=True) == "HELLO"
    with pytest.raises(RateLimited):
        await limited(people.asha, "hello")
    assert called == [people.asha, people.asha]
    assert inspect.iscoroutinefunction(limited)
    assert list(inspect.signature(limited).parameters) == ["viewer", "words", "loud"]


def test_an_unknown_limit_is_found_when_the_module_is_imported() -> None:
    with pytest.raises(ValueError, match="mesage"):
        rate_limited("mesage")


INVALID: dict[str, tuple[str, Callable[[CurrentUser, int], Awaitable[object]]]] = {
    "message": ("message", lambda user, room: messages.send(user, room, " ", "message-0001")),
    "edit": ("message", lambda user, room: edits.edit(user, room, 1, " ")),
    "poll": ("message", lambda user, room: polls.send(user, room, "Tea?", [], "message-0002")),
    "vote": ("reaction", lambda user, room: polls.vote(user, room, 1, [])),
    "reaction": ("reaction", lambda user, room: reactions.add(user, room, 1, "no emoji")),
    "removal": ("reaction", lambda user, room: reactions.remove(user, room, 1, "no emoji")),
    "room": ("room", lambda user, room: settings.change(user, room, name=" ", topic="")),
}


@pytest.mark.parametrize(("name", "call"), INVALID.values(), ids=INVALID)
async def test_invalid_input_does_not_count(people: People, name: str, call) -> None:
    limits = replace(app_context.current().rate_limits, **{name: RateLimit("1 per day")})
    app_context.use(replace(app_context.current(), rate_limits=limits))
    for _attempt in range(2):
        with pytest.raises(ServiceError) as caught:
            await call(people.asha, people.room)
        assert type(caught.value) is ServiceError
    getattr(limits, name).consume(people.asha.user_id)


FOR_ADMINS: dict[str, tuple[str, Callable[[CurrentUser], Awaitable[object]]]] = {
    "audit log": ("read", audit.list_all),
    "usage": ("read", usage.usage),
    "invite": ("invite", lambda user: invites.create(user, days=1, uses=1)),
    "reset link": ("invite", lambda user: password_resets.create(user, user.user_id)),
}


@pytest.mark.parametrize(("name", "call"), FOR_ADMINS.values(), ids=FOR_ADMINS)
async def test_calls_for_administrators_only_do_not_count(people: People, name: str, call) -> None:
    limits = replace(app_context.current().rate_limits, **{name: RateLimit("1 per day")})
    app_context.use(replace(app_context.current(), rate_limits=limits))
    for _attempt in range(2):
        with pytest.raises(Forbidden):
            await call(people.ben)
    getattr(limits, name).consume(people.ben.user_id)


async def test_twelve_networks_of_one_ipv6_site_count_together(people: People) -> None:
    limits = replace(app_context.current().rate_limits, login_address=RateLimit("1 per hour"))
    app_context.use(replace(app_context.current(), rate_limits=limits))
    allowed = 0
    for number in range(12):
        visitor = Visitor(network(f"2001:db8:1:{number:x}::7"), "")
        try:
            consume("login_address", visitor)
            allowed += 1
        except RateLimited:
            continue
    assert allowed == SITE_SHARE
    consume("login_address", Visitor("192.0.2.7", ""))

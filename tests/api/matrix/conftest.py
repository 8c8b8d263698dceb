"""Fixtures of the tests of apps."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.core import app_context
from services.sync import polls
from tests.api.matrix.app import App, app_of
from tests.conftest import People
from tests.seeded_app import Unlimited


@pytest.fixture
def no_limits(people: People) -> Iterator[None]:
    """Let people ask as often as a test likes."""
    before = app_context.current()
    app_context.use(replace(before, rate_limits=Unlimited([])))  # type: ignore[arg-type]
    yield
    app_context.use(before)


@pytest.fixture
async def asha(people: People) -> App:
    """An app of asha, who owns a private room."""
    return await app_of(people.asha)


@pytest.fixture
async def ben(people: People) -> App:
    """An app of ben, who is in it."""
    return await app_of(people.ben)


@pytest.fixture
async def chen(people: People) -> App:
    """An app of chen, who is not."""
    return await app_of(people.chen)


@pytest.fixture
def listening() -> Iterator[None]:
    """Listen to what happens, so that it wakes requests that wait, as the server does."""
    polls.start()
    yield
    polls.stop()

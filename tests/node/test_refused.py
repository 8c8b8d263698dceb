"""On a node, whatever others would see and the hub is not given is refused."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from services.accounts import accounts, preferences
from services.core import app_context
from services.core.errors import Forbidden
from services.files import gifs
from services.files.stickers import stickers
from services.messages import bookmarks, messages, pins, polls
from services.messages.scheduling import scheduled
from services.rooms import rooms
from services.rooms.members import direct_messages, memberships
from tests.api.matrix.clients.installed import require_nio
from tests.authorisation import in_an_hour
from tests.conftest import People

require_nio("vodozemac")

REFUSED: dict[str, Callable[[People], Awaitable[Any]]] = {
    "making a room": lambda p: rooms.create(p.asha, name="New", topic="", private=True),
    "a new conversation": lambda p: direct_messages.open(p.asha, [p.ben.username]),
    "leaving": lambda p: memberships.leave(p.asha, p.room),
    "a pin": lambda p: pins.pin(p.asha, p.room, 1),
    "a poll": lambda p: polls.send(p.asha, p.room, "Tea?", ["Yes", "No"], "poll-000001"),
    "a sticker": lambda p: stickers.send(p.asha, p.room, 1, "sticker-000001"),
    "a GIF": lambda p: gifs.send(p.asha, p.room, (p.room, 1), "gif-00000001"),
    "sending later": lambda p: scheduled.schedule(
        p.asha, p.room, "Later", "later-000001", in_an_hour()
    ),
    "another name": lambda p: accounts.change_profile(p.asha, display_name="Other", hue=3),
}


@pytest.fixture
async def people_of_node(people: People) -> Iterator[People]:  # type: ignore[misc]
    """The people, where the chat is a node from now on."""
    from node.node import Node

    await messages.send(people.asha, people.room, "Hello", "hello-000001")
    before = app_context.current()
    settings = before.settings.model_copy(update={"connect": "https://chat.example.org"})
    app_context.use(replace(before, settings=settings, hub=Node(settings)))
    yield people
    app_context.use(before)


def test_what_is_local_is_there() -> None:
    from node.node import LOCAL

    for name in LOCAL:
        module, _dot, function = name.rpartition(".")
        assert callable(getattr(import_module(module), function)), name


@pytest.mark.parametrize("what", REFUSED)
async def test_it_is_refused_with_where_it_works(people_of_node: People, what: str) -> None:
    with pytest.raises(Forbidden, match=r"https://chat\.example\.org"):
        await REFUSED[what](people_of_node)


async def test_what_is_personal_is_local(people_of_node: People) -> None:
    asha, room = people_of_node.asha, people_of_node.room
    await bookmarks.save(asha, room, 1)
    assert [each.message.seq for each in await bookmarks.mine(asha)] == [1]
    await accounts.change_theme(asha, "dark")
    await preferences.choose_language(asha, "hi")

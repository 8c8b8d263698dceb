"""The first steps: until when an administrator is offered them, and what is ticked off."""

import pytest

from services import lifecycle
from services.core.dto import CurrentUser
from services.core.errors import Forbidden
from services.core.settings import Settings
from services.host import appearance, first_steps
from services.host.first_steps import FirstSteps
from services.messages import messages
from services.registration import invites
from services.rooms import rooms
from services.rooms.views import RoomView
from tests.conftest import person


async def lobby(viewer: CurrentUser) -> RoomView:
    return (await rooms.mine(viewer))[0]


async def steps(viewer: CurrentUser) -> FirstSteps | None:
    return await first_steps.of(viewer, await lobby(viewer))


@pytest.fixture
async def asha(app_settings: Settings) -> CurrentUser:
    """The first of a new chat, its administrator."""
    return await person("asha")


async def test_a_new_chat_offers_them_all(asha: CurrentUser) -> None:
    assert await steps(asha) == FirstSteps(has_invited=False, has_name=False, has_room=False)


async def test_each_is_ticked_off(asha: CurrentUser) -> None:
    await invites.create(asha, days=1, uses=1)
    assert await steps(asha) == FirstSteps(has_invited=True, has_name=False, has_room=False)
    await appearance.change(asha, name="Class 9B", accent="")
    assert await steps(asha) == FirstSteps(has_invited=True, has_name=True, has_room=False)
    await rooms.create(asha, name="Homework", topic="", private="")
    assert await steps(asha) is None


async def test_they_are_offered_in_the_lobby_only(asha: CurrentUser) -> None:
    room_id = await rooms.create(asha, name="Homework", topic="", private="")
    room = await rooms.get(asha, room_id)
    assert await first_steps.of(asha, room) is None
    assert await steps(asha) is not None


async def test_they_are_for_administrators(asha: CurrentUser) -> None:
    ben = await person("ben")
    assert await steps(ben) is None
    assert await steps(asha) is not None
    with pytest.raises(Forbidden):
        await first_steps.hide(ben)


async def test_they_end_when_somebody_else_speaks(
    asha: CurrentUser, app_settings: Settings
) -> None:
    room = await lobby(asha)
    await messages.send(asha, room.room_id, "Is anybody here?", "first-steps-1")
    assert await steps(asha) == FirstSteps(has_invited=False, has_name=False, has_room=False)
    ben = await person("ben")
    await messages.send(ben, room.room_id, "I am!", "first-steps-2")
    assert await steps(asha) is None
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    assert await steps(asha) is None


async def test_they_are_hidden_for_good(asha: CurrentUser, app_settings: Settings) -> None:
    await first_steps.hide(asha)
    assert await steps(asha) is None
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    assert await steps(asha) is None

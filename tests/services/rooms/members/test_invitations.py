"""Consent: who is added to a room at once, and who is invited and decides themselves."""

from datetime import timedelta

import pytest
from sqlmodel import select, update

from models import Role, RoomInvitation
from models.clock import now
from services.accounts import administration, blocks
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import NotFound, ServiceError
from services.db import database
from services.messages import initial_state, messages
from services.rooms import rooms, settings
from services.rooms.members import consent, direct_messages, invitations, memberships
from tests.conftest import People, add_member, person
from tests.roles import roles


async def invited_to(viewer: CurrentUser) -> list[int]:
    """Return the rooms a user is invited to, of which the sidebar shows how many they are."""
    mine = await invitations.mine(viewer)
    assert (await initial_state.sidebar(viewer)).invitations == len(mine)
    return [each.room_id for each in mine]


async def is_member(viewer: CurrentUser, room_id: int) -> bool:
    try:
        await rooms.get(viewer, room_id)
    except NotFound:
        return False
    return True


async def private_room(viewer: CurrentUser, name: str) -> int:
    return await rooms.create(viewer, name=name, topic="", private=True)


async def test_strangers_are_invited_and_accept(people: People, published: list[object]) -> None:
    """All are in the Lobby, which makes nobody known to anybody."""
    assert await memberships.add(people.asha, people.room, "chen") is False
    assert events.InvitationsChanged(people.chen.user_id) in published
    assert not await is_member(people.chen, people.room)
    [invitation] = await invitations.mine(people.chen)
    assert (invitation.room_id, invitation.name) == (people.room, "Study group")
    assert invitation.invited_by == people.asha.person
    await invitations.accept(people.chen, people.room)
    assert events.MemberJoined(people.room, people.chen.user_id) in published
    assert (await roles(people.chen, people.room))["chen"] == Role.MEMBER
    assert await invited_to(people.chen) == []


async def test_strangers_decline_and_stay_outside(people: People) -> None:
    await memberships.add(people.asha, people.room, "chen")
    await invitations.decline(people.chen, people.room)
    assert await invited_to(people.chen) == []
    for answer in (invitations.accept, invitations.decline):
        with pytest.raises(NotFound):
            await answer(people.chen, people.room)
    # Neither asha nor ben can ask again, or sees that it was declined.
    for viewer in (people.asha, people.ben):
        assert await memberships.add(viewer, people.room, "chen") is False
    assert await invited_to(people.chen) == []


async def test_declining_can_be_taken_back(people: People, published: list[object]) -> None:
    await memberships.add(people.asha, people.room, "chen")
    with pytest.raises(NotFound):
        await invitations.restore(people.chen, people.room)  # it is open
    await invitations.decline(people.chen, people.room)
    published.clear()
    for other in (people.asha, people.ben):
        with pytest.raises(NotFound):
            await invitations.restore(other, people.room)
    await invitations.restore(people.chen, people.room)
    assert published == [events.InvitationsChanged(people.chen.user_id)]
    assert await invited_to(people.chen) == [people.room]
    await invitations.accept(people.chen, people.room)
    assert await is_member(people.chen, people.room)


async def test_what_was_declined_does_not_outlive_its_room(people: People) -> None:
    await memberships.add(people.asha, people.room, "chen")
    await invitations.decline(people.chen, people.room)
    await memberships.leave(people.asha, people.room)
    await invitations.restore(people.chen, people.room)
    assert await invited_to(people.chen) == []  # who invited them is not in it any more
    with pytest.raises(NotFound):
        await invitations.accept(people.chen, people.room)


async def test_who_shares_a_private_room_is_added_at_once(people: People) -> None:
    room = await private_room(people.asha, "Chess")
    assert await memberships.add(people.asha, room, "ben") is True
    assert await is_member(people.ben, room)


async def test_a_public_room_makes_nobody_known(people: People) -> None:
    """One can join it to meet somebody there."""
    public = await rooms.create(people.chen, name="Market", topic="", private=False)
    await memberships.join(people.asha, public)
    assert await memberships.add(people.asha, people.room, "chen") is False


async def test_direct_messages_make_known_who_has_answered(people: People) -> None:
    direct = await direct_messages.open(people.asha, ["chen"])
    await messages.send(people.asha, direct, "Hello?", "hello-asha-1")
    assert await memberships.add(people.asha, people.room, "chen") is False
    room = await private_room(people.asha, "Chess")
    await messages.send(people.chen, direct, "Hello!", "hello-chen-1")
    assert await memberships.add(people.asha, room, "chen") is True


async def test_public_rooms_ask_strangers_too(people: People) -> None:
    public = await rooms.create(people.asha, name="Market", topic="", private=False)
    assert await memberships.add(people.asha, public, "chen") is False
    await memberships.join(people.chen, public)
    assert await invited_to(people.chen) == []


async def test_a_group_begins_with_those_who_are_known(people: People) -> None:
    group = await direct_messages.open(people.asha, ["ben", "chen"])
    assert await is_member(people.ben, group)
    assert not await is_member(people.chen, group)
    assert [each.name for each in await invitations.mine(people.chen)] == [""]
    # The title has all whom it is for, so that the set of people still is one conversation.
    assert (await rooms.get(people.asha, group)).title == "ben, chen"
    assert await direct_messages.open(people.ben, ["asha", "chen"]) == group
    await messages.send(people.asha, group, "Hello", "hello-asha-1")
    await invitations.accept(people.chen, group)
    assert (await rooms.get(people.chen, group)).unread == 1


async def test_a_title_does_not_tell_that_somebody_has_declined(people: People) -> None:
    group = await direct_messages.open(people.asha, ["ben", "chen"])
    await invitations.decline(people.chen, group)
    assert (await rooms.get(people.asha, group)).title == "ben, chen"
    assert not await is_member(people.chen, group)


async def test_opening_a_group_oneself_is_accepting(people: People) -> None:
    group = await direct_messages.open(people.asha, ["ben", "chen"])
    assert await direct_messages.open(people.chen, ["asha", "ben"]) == group
    assert await is_member(people.chen, group)
    assert await invited_to(people.chen) == []


async def test_a_group_of_strangers_can_be_left(people: People) -> None:
    dina = await person("dina")
    group = await direct_messages.open(dina, ["asha", "chen"])
    await memberships.leave(dina, group)
    assert await invited_to(people.chen) == []


async def test_who_is_blocked_cannot_tell(people: People) -> None:
    dina = await person("dina")
    room = await private_room(dina, "Ads")
    answer = await memberships.add(dina, room, "chen")
    await blocks.block(people.asha, "dina")
    assert await memberships.add(dina, room, "asha") is answer is False
    assert await memberships.add(dina, room, "asha") is False
    assert await invited_to(people.asha) == []
    with pytest.raises(NotFound):
        await invitations.accept(people.asha, room)
    assert await invited_to(people.chen) == [room]
    await blocks.block(people.chen, "dina")
    assert await invited_to(people.chen) == []


async def test_who_is_blocked_adds_nobody_they_know_either(people: People) -> None:
    await blocks.block(people.ben, "asha")
    room = await private_room(people.asha, "Chess")
    assert await memberships.add(people.asha, room, "ben") is False
    assert not await is_member(people.ben, room)
    assert await invited_to(people.ben) == []


async def test_invitations_are_bounded(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(consent.MAX_FOR_ONE):
        room = await private_room(people.asha, f"Room {number}")
        await memberships.add(people.asha, room, "chen")
    with pytest.raises(ServiceError, match="Wait for their answer"):
        await memberships.add(people.asha, people.room, "chen")
    await invitations.decline(people.chen, room)
    with pytest.raises(ServiceError, match="Wait for their answer"):
        await memberships.add(people.asha, people.room, "chen")
    assert len(await invited_to(people.chen)) == consent.MAX_FOR_ONE - 1
    monkeypatch.setattr(consent, "MAX_A_DAY", consent.MAX_FOR_ONE)
    await person("dina")
    with pytest.raises(ServiceError, match="tomorrow"):
        await memberships.add(people.asha, people.room, "dina")


async def test_an_invitation_ends_after_some_time(people: People) -> None:
    await memberships.add(people.asha, people.room, "chen")
    await invitations.decline(people.chen, people.room)
    long_ago = now() - consent.VALID_FOR - timedelta(hours=1)
    await database.write(
        lambda session: session.exec(update(RoomInvitation).values(created_at=long_ago))
    )
    with pytest.raises(NotFound):
        await invitations.accept(people.chen, people.room)
    await memberships.add(people.asha, people.room, "chen")
    assert await invited_to(people.chen) == [people.room]


async def test_an_invitation_ends_with_the_membership_of_its_sender(people: People) -> None:
    await memberships.add(people.ben, people.room, "chen")
    await memberships.remove(people.asha, people.room, people.ben.user_id)
    assert await invited_to(people.chen) == []
    with pytest.raises(NotFound):
        await invitations.accept(people.chen, people.room)


async def test_an_invitation_ends_with_its_room(people: People) -> None:
    await memberships.add(people.asha, people.room, "chen")
    await settings.delete(people.asha, people.room, "Study group")
    assert await invited_to(people.chen) == []


async def test_nobody_accepts_what_is_not_theirs(people: People) -> None:
    await memberships.add(people.asha, people.room, "chen")
    dina = await person("dina")
    for room_id in (people.room, 1, 0, -1, 2**53):
        with pytest.raises(NotFound):
            await invitations.accept(dina, room_id)
        with pytest.raises(NotFound):
            await invitations.decline(dina, room_id)


async def test_who_was_removed_has_no_old_invitation(people: People) -> None:
    await memberships.add(people.ben, people.room, "chen")
    await add_member(people.asha, people.room, "chen")
    await memberships.remove(people.asha, people.room, people.chen.user_id)
    rows = await database.read(lambda session: session.exec(select(RoomInvitation)).all())
    assert rows == []


async def test_a_disabled_account_invites_nobody(people: People) -> None:
    await memberships.add(people.ben, people.room, "chen")
    await administration.disable(people.asha, people.ben.user_id)
    assert await invited_to(people.chen) == []

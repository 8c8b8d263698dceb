"""Moderation: removing members, changing roles, transferring ownership."""

import pytest

from models import Role, RoomKind
from services.core import events
from services.core.errors import Forbidden, NotFound, ServiceError
from services.messages import edits, history, messages
from services.rooms import moderation_log, rooms, settings
from services.rooms.members import memberships
from tests.roles import ROLES, Cast, roles, set_role, set_room

MAY_REMOVE = {
    ("owner", "moderator"),
    ("owner", "member"),
    ("moderator", "member"),
}


def refusal(role: str) -> type[ServiceError]:
    """Return the error for this role."""
    return NotFound if role == "outsider" else Forbidden


@pytest.mark.parametrize("by", ROLES)
@pytest.mark.parametrize("whom", ["owner", "moderator", "member"])
async def test_removing_members_by_role(
    all_roles: Cast, published: list[object], by: str, whom: str
) -> None:
    target = all_roles.other if by == whom == "member" else all_roles[whom]
    before = await all_roles.roles()
    published.clear()
    if (by, whom) in MAY_REMOVE:
        await memberships.remove(all_roles[by], all_roles.room, target.user_id, "Too loud")
        assert published == [
            events.MemberLeft(all_roles.room, target.user_id, removed_from="Study group")
        ]
        assert set(before) - set(await all_roles.roles()) == {target.username}
        return
    expected = ServiceError if target == all_roles[by] else refusal(by)
    with pytest.raises(expected):
        await memberships.remove(all_roles[by], all_roles.room, target.user_id)
    assert await all_roles.roles() == before
    assert published == []


@pytest.mark.parametrize("by", ROLES)
async def test_changing_roles_by_role(all_roles: Cast, published: list[object], by: str) -> None:
    for whom, role in (("other", Role.MODERATOR), ("moderator", Role.MEMBER)):
        published.clear()
        target = all_roles[whom]
        work = memberships.change_role(all_roles[by], all_roles.room, target.user_id, role)
        if by == "owner":
            await work
            assert (await all_roles.roles())[target.username] == role
            assert published == [events.RoleChanged(all_roles.room, target.user_id)]
        else:
            with pytest.raises(refusal(by)):
                await work
            assert published == []


@pytest.mark.parametrize("by", ROLES)
@pytest.mark.parametrize("to", ["moderator", "other"])
async def test_transferring_ownership_by_role(
    all_roles: Cast, published: list[object], by: str, to: str
) -> None:
    target = all_roles[to]
    published.clear()
    if by == to:
        with pytest.raises(Forbidden):
            await memberships.hand_over(all_roles[by], all_roles.room, target.user_id)
        return
    work = memberships.hand_over(all_roles[by], all_roles.room, target.user_id)
    if by != "owner":
        with pytest.raises(refusal(by)):
            await work
        assert published == []
        return
    await work
    now_are = await all_roles.roles()
    assert (now_are["asha"], now_are[target.username]) == (Role.MODERATOR, Role.OWNER)
    assert published == [
        events.RoleChanged(all_roles.room, each.user_id) for each in (all_roles.owner, target)
    ]
    with pytest.raises(Forbidden):
        await memberships.hand_over(all_roles.owner, all_roles.room, all_roles.member.user_id)


async def test_unknown_roles_are_refused(all_roles: Cast) -> None:
    for role in ("owner", "", "admin", None, 7, ["moderator"], {"moderator": 1}):
        with pytest.raises(ServiceError, match="Choose moderator or member"):
            await memberships.change_role(
                all_roles.owner, all_roles.room, all_roles.member.user_id, role
            )


async def test_neither_the_viewer_nor_outsiders_can_be_the_target(all_roles: Cast) -> None:
    owner, room = all_roles.owner, all_roles.room
    for user_id, sentence in (
        (owner.user_id, "This is you"),
        (all_roles.outsider.user_id, "no longer in this room"),
        (999_999, "no longer in this room"),
        (-1, "no longer in this room"),
    ):
        for work in (
            memberships.remove(owner, room, user_id),
            memberships.change_role(owner, room, user_id, Role.MODERATOR),
            memberships.hand_over(owner, room, user_id),
        ):
            with pytest.raises(ServiceError, match=sentence):
                await work


async def test_a_reason_is_short_and_may_be_missing(all_roles: Cast) -> None:
    owner, room = all_roles.owner, all_roles.room
    for reason in ("x" * 201, "\ud800", "\u202e", 7, ["because"]):
        with pytest.raises(ServiceError, match="The reason"):
            await memberships.remove(owner, room, all_roles.member.user_id, reason)
    assert "ben" in await all_roles.roles()
    await memberships.remove(owner, room, all_roles.member.user_id, None)
    await memberships.remove(owner, room, all_roles.other.user_id, "  too   loud ")
    second, first = (await moderation_log.of_room(owner, room))[:2]
    assert (first.reason, second.reason) == ("", "too loud")


async def test_removed_members_lose_all_access(all_roles: Cast) -> None:
    ben, room = all_roles.member, all_roles.room
    await messages.send(ben, room, "Before", "message-1")
    await memberships.remove(all_roles.owner, room, ben.user_id)
    for attempt in (
        messages.send(ben, room, "After", "message-2"),
        messages.send(ben, room, "Before", "message-1"),
        history.since(ben, room, history.ShownRange()),
        history.older(ben, room, 5),
        memberships.members(ben, room),
        memberships.leave(ben, room),
        memberships.add(ben, room, "chen"),
        settings.change(ben, room, name="Mine", topic=""),
        edits.edit(ben, room, 1, "What I wrote is mine"),
        edits.delete(ben, room, 1),
        edits.history(ben, room, 1),
        moderation_log.of_room(ben, room),
        rooms.get(ben, room),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_moderator_inherits_before_a_member(
    all_roles: Cast, published: list[object]
) -> None:
    published.clear()
    await memberships.leave(all_roles.owner, all_roles.room)
    now_are = await roles(all_roles.member, all_roles.room)
    assert now_are == {"mira": Role.OWNER, "ben": Role.MEMBER, "eli": Role.MEMBER}
    assert published == [
        events.MemberLeft(all_roles.room, all_roles.owner.user_id),
        events.RoleChanged(all_roles.room, all_roles.moderator.user_id),
    ]


async def test_members_are_sorted_by_role_and_found_by_name(all_roles: Cast) -> None:
    seen = await memberships.members(all_roles.member, all_roles.room)
    assert [each.username for each in seen.found] == ["asha", "mira", "ben", "eli"]
    assert (seen.total, seen.role) == (4, Role.MEMBER)
    for words, names in (
        ("MIR", ["mira"]),
        ("a", ["asha", "mira"]),
        ("%", []),
        ("nobody", []),
        (None, ["asha", "mira", "ben", "eli"]),
        (7, ["asha", "mira", "ben", "eli"]),
    ):
        seen = await memberships.members(all_roles.member, all_roles.room, words)
        assert [each.username for each in seen.found] == names
        assert seen.total == 4
    with pytest.raises(ServiceError):
        await memberships.members(all_roles.member, all_roles.room, "a\ud800b")


# -- direct messages --------------------------------------------------------------------------


async def test_direct_messages_have_no_moderators_and_no_owner(all_roles: Cast) -> None:
    """Regardless of the role stored in the membership."""
    room, owner = all_roles.room, all_roles.owner
    await set_room(room, kind=RoomKind.DIRECT, people_key="1,2,3,4")
    for viewer, target in ((owner, all_roles.member), (all_roles.member, owner)):
        for work in (
            memberships.add(viewer, room, "chen"),
            memberships.remove(viewer, room, target.user_id),
            memberships.change_role(viewer, room, target.user_id, Role.MODERATOR),
            memberships.hand_over(viewer, room, target.user_id),
            settings.change(viewer, room, name="Ours", topic=""),
            settings.announce(viewer, room, on=True),
            settings.archive(viewer, room, on=True),
            settings.delete(viewer, room, "Study group"),
        ):
            with pytest.raises(Forbidden):
                await work
    assert len(await all_roles.roles()) == 4


async def test_members_can_leave_a_group_but_not_a_pair(all_roles: Cast) -> None:
    room = all_roles.room
    await set_room(room, kind=RoomKind.DIRECT, people_key="1,2,3,4")
    for viewer in (all_roles.owner, all_roles.moderator, all_roles.member, all_roles.other):
        await set_role(room, viewer, Role.MEMBER)
    await memberships.leave(all_roles.owner, room)
    assert set(await roles(all_roles.member, room)) == {"mira", "ben", "eli"}
    assert set((await roles(all_roles.member, room)).values()) == {Role.MEMBER}
    pair = await rooms.create(all_roles.owner, name="x", topic="", private=True)
    await memberships.add(all_roles.owner, pair, "ben")
    await set_room(pair, kind=RoomKind.DIRECT, people_key="1,2")
    with pytest.raises(Forbidden, match="between two"):
        await memberships.leave(all_roles.owner, pair)

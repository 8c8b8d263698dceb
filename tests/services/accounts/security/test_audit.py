"""The audit log: what is recorded, and who may read it."""

import pytest

from models import Action, Role
from services.accounts.security import audit
from services.accounts.security.audit import AuditView
from services.core import app_context
from services.core.errors import Forbidden, NotFound
from services.rooms import moderation_log, settings
from services.rooms.members import memberships
from tests.conftest import People
from tests.roles import Cast


def summary(entry: AuditView) -> tuple[str, str, str | None, str]:
    """Return an entry as (actor, action, person, reason)."""
    person = entry.person.username if entry.person else None
    return (entry.actor.username, entry.action, person, entry.reason)


async def test_what_moderators_and_owners_do_is_recorded(all_roles: Cast) -> None:
    owner, room = all_roles.owner, all_roles.room
    await memberships.change_role(owner, room, all_roles.other.user_id, Role.MODERATOR)
    await memberships.change_role(owner, room, all_roles.other.user_id, Role.MODERATOR)
    await memberships.change_role(owner, room, all_roles.other.user_id, Role.MEMBER)
    await memberships.remove(all_roles.moderator, room, all_roles.member.user_id, "Too loud")
    await settings.change(owner, room, name="Physics", topic="Waves")
    await settings.change(owner, room, name="Physics", topic="Heat")
    await settings.announce(owner, room, on=True)
    await settings.announce(owner, room, on=False)
    await settings.archive(owner, room, on=True)
    await settings.archive(owner, room, on=False)
    await memberships.hand_over(owner, room, all_roles.moderator.user_id)
    entries = await moderation_log.of_room(owner, room)
    assert [summary(entry) for entry in entries][::-1] == [
        ("asha", Action.MODERATOR_MADE, "eli", ""),
        ("asha", Action.MODERATOR_UNMADE, "eli", ""),
        ("mira", Action.MEMBER_REMOVED, "ben", "Too loud"),
        ("asha", Action.ROOM_RENAMED, None, ""),
        ("asha", Action.ROOM_ANNOUNCES, None, ""),
        ("asha", Action.ROOM_OPENED, None, ""),
        ("asha", Action.ROOM_ARCHIVED, None, ""),
        ("asha", Action.ROOM_RESTORED, None, ""),
        ("asha", Action.ROOM_HANDED_OVER, "mira", ""),
    ]
    assert entries[0].room_name == "Physics"


async def test_refused_actions_are_not_recorded(all_roles: Cast) -> None:
    with pytest.raises(Forbidden):
        await settings.archive(all_roles.member, all_roles.room, on=True)
    assert await moderation_log.of_room(all_roles.owner, all_roles.room) == []


async def test_moderators_see_the_entries_of_their_room(all_roles: Cast) -> None:
    for role in ("owner", "moderator"):
        assert await moderation_log.of_room(all_roles[role], all_roles.room) == []
    with pytest.raises(Forbidden):
        await moderation_log.of_room(all_roles.member, all_roles.room)
    with pytest.raises(NotFound):
        await moderation_log.of_room(all_roles.outsider, all_roles.room)


async def test_administrators_see_all_entries(all_roles: Cast) -> None:
    await settings.archive(all_roles.owner, all_roles.room, on=True)
    await settings.delete(all_roles.owner, all_roles.room, "Study group")
    for role in ("moderator", "member", "outsider"):
        with pytest.raises(Forbidden):
            await audit.list_all(all_roles[role])
    entries = await audit.list_all(all_roles.owner)  # the first account is the administrator
    assert [(entry.action, entry.room_name) for entry in entries] == [
        (Action.ROOM_DELETED, "Study group"),
        (Action.ROOM_ARCHIVED, "Study group"),
    ]


async def test_entries_come_in_pages(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(audit.PAGE_SIZE + 3):
        await settings.announce(people.asha, people.room, on=number % 2 == 0)
        reset_rate_limit(people)
    first = await moderation_log.of_room(people.asha, people.room)
    second = await moderation_log.of_room(people.asha, people.room, first[-1].entry_id)
    assert (len(first), len(second)) == (audit.PAGE_SIZE, 3)
    ids = [entry.entry_id for entry in (*first, *second)]
    assert ids == sorted(ids, reverse=True)
    assert await moderation_log.of_room(people.asha, people.room, 0) == []
    assert len(await moderation_log.of_room(people.asha, people.room, 2**80)) == audit.PAGE_SIZE


def reset_rate_limit(people: People) -> None:
    """Let asha do more than the rate limit allows."""
    app_context.current().rate_limits.room.forget(people.asha.user_id)

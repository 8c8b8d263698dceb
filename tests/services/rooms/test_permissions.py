"""Permissions by role and state of the room."""

from dataclasses import dataclass

import pytest

from models import Role, Room
from models.clock import now
from services.core.errors import Forbidden, NotFound
from services.messages import messages
from services.rooms import permissions
from tests.roles import set_role, set_room


@dataclass
class As:
    """A member with a role."""

    role: str


@pytest.mark.parametrize(
    ("room", "owner", "moderator", "member"),
    [
        (Room(kind="public", name="", name_key=""), True, True, True),
        (Room(kind="public", name="", name_key="", is_announcement=True), True, True, False),
        (Room(kind="public", name="", name_key="", archived_at=now()), False, False, False),
    ],
    ids=["ordinary", "announcements", "archived"],
)
def test_writing_by_role(room: Room, owner: bool, moderator: bool, member: bool) -> None:
    written = {Role.OWNER: owner, Role.MODERATOR: moderator, Role.MEMBER: member}
    for role, may in written.items():
        assert permissions.may_write(room, As(role)) is may
        assert bool(permissions.why_read_only(room, As(role))) is not may


@pytest.mark.parametrize("remover", Role)
@pytest.mark.parametrize("other", Role)
def test_removing_by_role(remover: Role, other: Role) -> None:
    expected = remover == Role.OWNER or (remover == Role.MODERATOR and other == Role.MEMBER)
    assert permissions.may_remove(As(remover), As(other)) is expected


async def test_only_moderators_write_announcements(people, published) -> None:
    await set_room(people.room, is_announcement=True)
    with pytest.raises(Forbidden, match="Only its moderators can post"):
        await messages.send(people.ben, people.room, "me too", "message-1")
    assert published == []
    await messages.send(people.asha, people.room, "School is closed", "message-2")
    await set_role(people.room, people.ben, Role.MODERATOR)
    await messages.send(people.ben, people.room, "All day", "message-3")


async def test_nobody_writes_in_an_archived_room(people) -> None:
    await messages.send(people.ben, people.room, "in time", "message-1")
    await set_room(people.room, archived_at=now())
    for viewer in (people.asha, people.ben):
        with pytest.raises(Forbidden, match="archived"):
            await messages.send(viewer, people.room, "too late", "message-2")
    with pytest.raises(NotFound):
        await messages.send(people.chen, people.room, "let me in", "message-3")
    # A repeated message that was stored before archiving still succeeds.
    assert not (await messages.send(people.ben, people.room, "in time", "message-1"))[1]

"""A room with a user of every role, and one outside."""

from dataclasses import dataclass

from sqlmodel import update

from models import Membership, Role, Room
from services.core.dto import CurrentUser
from services.db import database
from services.rooms.members import memberships
from tests.conftest import People, add_member, person

ROLES = ("owner", "moderator", "member", "outsider")


@dataclass
class Cast:
    """asha owns the room, mira moderates it, ben and eli are members, chen is outside."""

    owner: CurrentUser
    moderator: CurrentUser
    member: CurrentUser
    other: CurrentUser
    outsider: CurrentUser
    room: int

    def __getitem__(self, role: str) -> CurrentUser:
        viewer: CurrentUser = getattr(self, role)
        return viewer

    async def roles(self) -> dict[str, str]:
        """Return the roles of the members, by username."""
        return await roles(self.owner, self.room)


async def cast(people: People) -> Cast:
    """Add a user of every role to the room of `people`."""
    mira, eli = await person("mira"), await person("eli")
    for name in ("mira", "eli"):
        await add_member(people.asha, people.room, name)
    await set_role(people.room, mira, Role.MODERATOR)
    return Cast(people.asha, mira, people.ben, eli, people.chen, people.room)


async def roles(viewer: CurrentUser, room_id: int) -> dict[str, str]:
    """Return the roles of the members of a room, by username."""
    members = await memberships.members(viewer, room_id)
    return {each.username: each.role for each in members.found}


async def set_role(room_id: int, viewer: CurrentUser, role: Role) -> None:
    """Set the role of a member."""
    await database.write(
        lambda session: session.exec(
            update(Membership)
            .where(Membership.room_id == room_id, Membership.user_id == viewer.user_id)
            .values(role=role)
        )
    )


async def set_room(room_id: int, **values: object) -> None:
    """Set columns of a room."""
    await database.write(
        lambda session: session.exec(update(Room).where(Room.id == room_id).values(**values))
    )

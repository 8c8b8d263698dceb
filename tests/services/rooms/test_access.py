"""Membership is the permission: which modules may ask the table of memberships themselves.

All others start from `services/rooms/access.py`, so that the check cannot be forgotten.
"""

import ast
from pathlib import Path

import pytest
from sqlmodel import Session

from services.core.errors import NotFound
from services.db import database
from services.rooms import access
from tests.conftest import People

PROJECT = Path(__file__).parent.parent.parent.parent

WHO_ASKS = {
    "services/rooms/access.py": "the helper that the others start from",
    # These change memberships.
    "services/accounts/registration.py": "a new account joins the Lobby, in the same write",
    "services/rooms/direct_messages.py": "makes a conversation with its members",
    "services/rooms/memberships.py": "joining, leaving, roles; members, after `require_member`",
    "services/rooms/read_positions.py": "moves how far members have read",
    "services/rooms/rooms.py": "makes a room with its owner; the members of one's own rooms",
    "services/rooms/settings.py": "deleting a room ends its memberships",
    "services/messages/insert.py": "who sends has read so far; the query starts from `rooms_of`",
    # These ask about the memberships of others, or of two people at once.
    "services/accounts/accounts.py": "one's own rooms, whose members see a new display name",
    "services/accounts/people.py": "the rooms that both people are in",
    "services/mentions/autocomplete.py": "members to offer, after `require_member`",
    "services/mentions/mentions.py": "who of those named is in the room",
    "services/rooms/presence.py": "whom one shares a room with",
    "services/rooms/quick_search.py": "with whom one has conversations",
    "services/rooms/receipts.py": "how far the members of a room have read",
    # These need the unread position of each membership, in the same statement.
    "services/mentions/counts.py": "how many unread messages name somebody",
    "services/mentions/filters.py": "conditions for the two around it",
    "services/messages/inbox.py": "what names somebody, in the rooms they are in",
    # This asks for nobody.
    "services/backup/integrity.py": "tries whether rooms can be read at all",
}
"""Modules that name `Membership` in a query, and what for."""


def names_membership(file: Path) -> bool:
    """Tell whether a module uses `Membership` other than in annotations."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    annotations = {
        id(part)
        for node in ast.walk(tree)
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(annotation, ast.AST)
        for part in ast.walk(annotation)
    }
    return any(
        isinstance(node, ast.Name) and node.id == "Membership" and id(node) not in annotations
        for node in ast.walk(tree)
    )


def names_its_table(file: Path) -> bool:
    """Tell whether a module has SQL of its own in which the table stands."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and " memberships" in node.value
        and {"FROM", "JOIN", "UPDATE", "INTO"} & set(node.value.split())
        for node in ast.walk(tree)
    )


def test_who_may_ask_for_memberships_is_listed() -> None:
    files = [*(PROJECT / "services").rglob("*.py"), *(PROJECT / "chat_ui").rglob("*.py")]
    found = {
        file.relative_to(PROJECT).as_posix()
        for file in files
        if names_membership(file) or names_its_table(file)
    }
    assert found == set(WHO_ASKS)


async def test_a_room_is_found_by_its_members_alone(people: People) -> None:
    def query(session: Session) -> str:
        room, membership = access.require_member(session, people.ben.user_id, people.room)
        return f"{room.name}: {membership.role}"

    assert await database.read(query) == "Study group: member"
    for user, room in ((people.chen, people.room), (people.ben, 10**6)):
        with pytest.raises(NotFound):
            await database.read(
                lambda session, who=user.user_id, where=room: access.require_member(
                    session, who, where
                )
            )
        with pytest.raises(NotFound):
            await database.read(
                lambda session, who=user, where=room: access.position(session, who, where)
            )


async def test_rooms_of_a_member(people: People) -> None:
    def query(session: Session) -> list[set[int]]:
        return [
            set(session.connection().execute(access.room_ids_of(who.user_id)).scalars())
            for who in (people.ben, people.chen)
        ]

    assert await database.read(query) == [{1, people.room}, {1}]

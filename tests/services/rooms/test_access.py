"""Membership is the permission: which modules may query memberships themselves.

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
from tests.own_files import is_own

PROJECT = Path(__file__).parent.parent.parent.parent

WHO_ASKS = {
    "services/rooms/access.py": "the helper that the others start from",
    # These change memberships.
    "services/rooms/members/direct_messages.py": "whether the viewer is still in a conversation",
    "services/rooms/members/invitations.py": "the viewer's, whose senders are members",
    "services/rooms/members/memberships.py": "joining, leaving, roles, after `require_member`",
    "services/rooms/reading/read_positions.py": "moves how far members have read",
    "services/rooms/members/member_settings.py": "what the viewer set; starts from `rooms_of`",
    "services/rooms/rooms.py": "the viewer's last room; how many are in public ones",
    "services/rooms/room_queries.py": "the members of the viewer's rooms",
    "services/webhooks/webhooks.py": "a webhook's bot joins its room, and leaves it",
    "services/rooms/settings.py": "deleting a room ends its memberships",
    "services/messages/messages.py": "moves the author's position; starts from `rooms_of`",
    "services/messages/scheduling/scheduler.py": "leaves the author's position where it was",
    # These query the memberships of others, or of two people at once.
    "services/accounts/profile_events.py": "in whose rooms a new name is told: one's own",
    "services/accounts/names/namesakes.py": "whose members see a new display name: rooms of a user",
    "services/accounts/people.py": "the rooms that both people are in",
    "services/mentions/autocomplete.py": "members to offer, after `require_member`",
    "services/rooms/room_events.py": "records that all members of a deleted room are removed",
    "services/sync/room_state.py": "the members of rooms that the caller may see",
    "services/mentions/mentions.py": "which mentioned users are in the room",
    "services/cluster/hints.py": "whether somebody of whom another process says so has left",
    "services/push/recipients.py": "whose devices new messages notify",
    "services/push/outdated.py": "what devices may still show",
    "services/push/queue.py": "how far the user of a device has read, and what they may be sent",
    "services/messages/reports.py": "whether the viewer moderates the room of a report",
    "services/webhooks/posting.py": "whether a webhook's bot is still in its room",
    "services/rooms/members/consent.py": "whether two people share a room",
    "services/keys/sharing.py": "people who share a room with the viewer",
    "services/keys/device_lists.py": "who is in a room that the viewer came into, or left",
    "services/rooms/presence.py": "users who share a room with the viewer",
    "services/rooms/quick_search.py": "people the viewer has conversations with",
    "services/rooms/reading/receipts.py": "how far the members of a room have read",
    # These need the unread position of each membership, in the same statement.
    "services/rooms/reading/unread_mentions.py": "how many, and conditions for `inbox`",
    "services/rooms/reading/notified.py": "unread messages that notify the viewer",
    "services/rooms/reading/uncounted.py": "unread messages that do not count",
    "services/sync/standing.py": "what is unread in the viewer's rooms; starts from `rooms_of`",
    "services/sync/windows.py": "the order of the viewer's rooms; starts from `rooms_of`",
    "services/messages/inbox.py": "mentions in the viewer's rooms",
    # This checks no user's permission.
    "services/backup/integrity.py": "checks that rooms can be read at all",
}
"""Modules that name `Membership` in a query, and their purpose."""


def names_membership(source: str) -> bool:
    """Return whether a module uses `Membership` other than in annotations."""
    if "Membership" not in source:  # parsing all modules takes seconds
        return False
    tree = ast.parse(source)
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


def names_its_table(source: str) -> bool:
    """Return whether a module contains SQL text that names the table."""
    if "memberships" not in source:
        return False
    tree = ast.parse(source)
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and " memberships" in node.value
        and {"FROM", "JOIN", "UPDATE", "INTO"} & set(node.value.split())
        for node in ast.walk(tree)
    )


def test_modules_that_query_memberships_are_listed() -> None:
    files = [*(PROJECT / "services").rglob("*.py"), *(PROJECT / "chat_ui").rglob("*.py")]
    files += (PROJECT / "api").rglob("*.py")
    sources = {file: file.read_text(encoding="utf-8") for file in files if not is_own(file)}
    found = {
        file.relative_to(PROJECT).as_posix()
        for file, source in sources.items()
        if names_membership(source) or names_its_table(source)
    }
    assert found == set(WHO_ASKS)


async def test_only_members_find_a_room(people: People) -> None:
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

"""The authorisation matrix: every function of the services that takes a user, by kind of room.

Add new functions here. Each has one or more cases; a case has the call, and the expected result
by kind of room and role. `tests/test_authorisation.py` generates the tests.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.clock import now
from services.accounts import (
    accounts,
    audit,
    blocks,
    invites,
    password_resets,
    people,
    preferences,
    sessions,
)
from services.backup import schedule
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound, ServiceError
from services.files import files, forwarding, uploads, usage
from services.mentions import autocomplete
from services.messages import (
    bookmarks,
    edits,
    history,
    inbox,
    initial_state,
    messages,
    pins,
    polls,
    reactions,
    statistics,
)
from services.rooms import (
    direct_messages,
    member_settings,
    memberships,
    moderation_log,
    presence,
    quick_search,
    read_positions,
    receipts,
    rooms,
    settings,
    typing,
)
from services.search import search
from tests.conftest import PASSWORD
from tests.seeded_app import INSIDE, OUTSIDE, SECRET, MessageRef, SeededApp

Answer = type[ServiceError] | str
"""The expected result: an error, or one of these."""
DONE = "done"
IGNORED = "ignored"
"""No error, and nothing is stored."""
Row = Mapping[str, Answer]
"""The expected result by role."""


@dataclass(frozen=True)
class Ask:
    """The user and the room of a call."""

    viewer: CurrentUser
    role: str
    place: str
    all: SeededApp

    @property
    def room(self) -> int:
        """The id of the room."""
        return self.all.rooms[self.place]

    @property
    def mine(self) -> MessageRef:
        """A message of the user in it; if they have none, one of somebody else."""
        return self._message(self.role)

    @property
    def theirs(self) -> MessageRef:
        """A message of somebody else in it."""
        return self._message("other")

    @property
    def pinned(self) -> MessageRef:
        """A pinned message in it."""
        return self._message("answer")

    @property
    def poll(self) -> MessageRef:
        """A poll in it."""
        return self._message("poll")

    @property
    def file(self) -> MessageRef:
        """A message with a file in it."""
        return self._message("file")

    @property
    def other(self) -> CurrentUser:
        """Another of its members."""
        return self.all.people["other"]

    def _message(self, by: str) -> MessageRef:
        place = self.place if (self.place, "other") in self.all.messages else "private"
        return self.all.messages.get((place, by), self.all.messages[place, "other"])


@dataclass(frozen=True)
class Case:
    """A call of a function, and the expected results by kind of room and role."""

    function: str
    ask: Callable[[Ask], Awaitable[Any] | Any]
    answers: Mapping[str, Row]
    what: str = ""
    """Distinguishes the cases of one function."""
    tells: tuple[str, ...] = ()
    """The outsiders who may learn about rooms that they are not in."""

    @property
    def name(self) -> str:
        """The name of the case in test names."""
        return f"{self.function} {self.what}".strip().replace(" ", "-")


def row(outside: Answer, member: Answer, moderator: Answer, owner: Answer) -> Row:
    """Return the results by role; administrators have no special rights in a room."""
    by_role = zip(INSIDE, (member, moderator, owner), strict=True)
    return dict.fromkeys(OUTSIDE, outside) | dict(by_role)


MEMBERS = row(NotFound, DONE, DONE, DONE)
MODERATORS = row(NotFound, Forbidden, DONE, DONE)
OWNERS = row(NotFound, Forbidden, Forbidden, DONE)
NONE_OF_THEM = row(NotFound, Forbidden, Forbidden, Forbidden)
IT_IS_NOT_THERE = row(NotFound, NotFound, NotFound, NotFound)
EVERYBODY = row(DONE, DONE, DONE, DONE)
ADMINISTRATORS = row(Forbidden, Forbidden, Forbidden, Forbidden) | {"administrator": DONE}

IN_ALL = dict.fromkeys(("private", "public", "archived", "announcements", "direct"), MEMBERS)
"""Members may, in every kind of room: reading, and what concerns only themselves."""
WHERE_ONE_WRITES = IN_ALL | {"archived": NONE_OF_THEM, "announcements": MODERATORS}
WHERE_IT_IS_OPEN = IN_ALL | {"archived": NONE_OF_THEM}
ALWAYS_MODERATORS = dict.fromkeys(IN_ALL, MODERATORS) | {"direct": NONE_OF_THEM}
ALWAYS_OWNERS = dict.fromkeys(IN_ALL, OWNERS) | {"direct": NONE_OF_THEM}
NEVER = dict.fromkeys(IN_ALL, NONE_OF_THEM)
ONES_OWN = {"": EVERYBODY}
"""Calls that concern no room."""
TO_ADMINISTRATORS = {"": ADMINISTRATORS}

NUMBER = "matrix-000001"
"""The `client_message_id` of sent messages."""


async def _begin_upload(asked: Ask) -> None:
    """Upload the first byte of a file; the rest is decided by `insert`."""
    async with uploads.receive(asked.viewer, asked.room, 1) as upload:
        await upload.write(b"x")


CASES = (
    # -- accounts
    Case("accounts.accounts.about", lambda a: accounts.about(a.viewer), ONES_OWN),
    Case(
        "accounts.accounts.change_password",
        lambda a: accounts.change_password(a.viewer, PASSWORD, "another good battery"),
        ONES_OWN,
    ),
    Case(
        "accounts.accounts.change_profile",
        lambda a: accounts.change_profile(a.viewer, display_name="Zoe", hue=7, about="Hello"),
        ONES_OWN,
    ),
    Case(
        "accounts.accounts.change_theme",
        lambda a: accounts.change_theme(a.viewer, "dark"),
        ONES_OWN,
    ),
    Case("accounts.accounts.list_all", lambda a: accounts.list_all(a.viewer), TO_ADMINISTRATORS),
    Case("accounts.accounts.logout", lambda a: accounts.logout(a.viewer), ONES_OWN),
    # -- what moderators and administrators did
    Case(
        "rooms.moderation_log.of_room",
        lambda a: moderation_log.of_room(a.viewer, a.room),
        ALWAYS_MODERATORS,
    ),
    Case(
        "accounts.audit.list_all",
        lambda a: audit.list_all(a.viewer),
        TO_ADMINISTRATORS,
        tells=("administrator",),
    ),
    # -- blocks
    Case("accounts.blocks.block", lambda a: blocks.block(a.viewer, "other"), ONES_OWN),
    Case("accounts.blocks.unblock", lambda a: blocks.unblock(a.viewer, "other"), ONES_OWN),
    Case("accounts.blocks.mine", lambda a: blocks.mine(a.viewer), ONES_OWN),
    # -- direct messages
    Case(
        "rooms.direct_messages.open", lambda a: direct_messages.open(a.viewer, ["other"]), ONES_OWN
    ),
    # -- edits
    Case(
        "messages.edits.edit",
        lambda a: edits.edit(a.viewer, a.room, a.mine.seq, "Other words"),
        WHERE_ONE_WRITES,
        "of one's own",
    ),
    Case(
        "messages.edits.edit",
        lambda a: edits.edit(a.viewer, a.room, a.theirs.seq, "Other words"),
        NEVER,
        "of another's",
    ),
    Case(
        "messages.edits.delete",
        lambda a: edits.delete(a.viewer, a.room, a.mine.seq),
        IN_ALL,
        "of one's own",
    ),
    Case(
        "messages.edits.delete",
        lambda a: edits.delete(a.viewer, a.room, a.theirs.seq, "Too loud"),
        ALWAYS_MODERATORS,
        "of another's",
    ),
    Case("messages.edits.history", lambda a: edits.history(a.viewer, a.room, a.theirs.seq), IN_ALL),
    Case(
        "messages.edits.text_of",
        lambda a: edits.text_of(a.viewer, a.room, a.mine.seq),
        WHERE_ONE_WRITES,
        "of one's own",
    ),
    Case(
        "messages.edits.text_of",
        lambda a: edits.text_of(a.viewer, a.room, a.theirs.seq),
        NEVER,
        "of another's",
    ),
    Case(
        "messages.edits.is_mine",
        lambda a: edits.is_mine(a.viewer, a.room, a.mine.seq),
        IN_ALL,
        "of one's own",
    ),
    Case(
        "messages.edits.is_mine",
        lambda a: edits.is_mine(a.viewer, a.room, a.theirs.seq),
        ALWAYS_MODERATORS,
        "of another's",
    ),
    # -- files
    Case("files.files.find", lambda a: files.find(a.viewer, a.room, a.file.seq), IN_ALL),
    Case("files.files.of_room", lambda a: files.of_room(a.viewer, a.room), IN_ALL),
    Case(
        "files.files.of_room",
        lambda a: files.of_room(
            a.viewer, a.room, kind=files.Kinds.DOCUMENTS, user_id=a.other.user_id
        ),
        IN_ALL,
        "of a kind and a person",
    ),
    # -- forwarding
    Case(
        "files.forwarding.forward",
        lambda a: forwarding.forward(
            a.viewer, a.room, a.theirs.seq, to_room=1, client_message_id=NUMBER
        ),
        IN_ALL,
        "out of it",
    ),
    Case(
        "files.forwarding.forward",
        lambda a: forwarding.forward(
            a.viewer, a.all.rooms["public"], 1, to_room=a.room, client_message_id=NUMBER
        ),
        WHERE_ONE_WRITES,
        "into it",
    ),
    Case("files.uploads.receive", _begin_upload, WHERE_ONE_WRITES),
    # -- invites
    Case(
        "accounts.invites.create",
        lambda a: invites.create(a.viewer, days=1, uses=1),
        TO_ADMINISTRATORS,
    ),
    Case("accounts.invites.list_all", lambda a: invites.list_all(a.viewer), TO_ADMINISTRATORS),
    Case(
        "accounts.invites.revoke",
        lambda a: invites.revoke(a.viewer, a.all.ids["invite"]),
        TO_ADMINISTRATORS,
    ),
    # -- memberships
    Case(
        "rooms.memberships.join",
        lambda a: memberships.join(a.viewer, a.room),
        dict.fromkeys(IN_ALL, IT_IS_NOT_THERE) | {"public": EVERYBODY},
    ),
    Case(
        "rooms.memberships.add",
        lambda a: memberships.add(a.viewer, a.room, a.all.people["newcomer"].username),
        IN_ALL | {"direct": NONE_OF_THEM},
    ),
    Case("rooms.memberships.leave", lambda a: memberships.leave(a.viewer, a.room), IN_ALL),
    Case(
        "rooms.memberships.remove",
        lambda a: memberships.remove(a.viewer, a.room, a.other.user_id, "Too loud"),
        ALWAYS_MODERATORS,
    ),
    Case(
        "rooms.memberships.change_role",
        lambda a: memberships.change_role(a.viewer, a.room, a.other.user_id, "moderator"),
        ALWAYS_OWNERS,
    ),
    Case(
        "rooms.memberships.hand_over",
        lambda a: memberships.hand_over(a.viewer, a.room, a.other.user_id),
        ALWAYS_OWNERS,
    ),
    Case("rooms.memberships.members", lambda a: memberships.members(a.viewer, a.room), IN_ALL),
    Case(
        "rooms.memberships.member",
        lambda a: memberships.member(a.viewer, a.room, a.other.user_id),
        IN_ALL,
    ),
    # -- messages
    Case(
        "messages.messages.send",
        lambda a: messages.send(a.viewer, a.room, "Hello", NUMBER),
        WHERE_ONE_WRITES,
    ),
    Case(
        "messages.messages.send",
        lambda a: messages.send(a.viewer, a.room, "Hello", NUMBER, reply_to=a.theirs.seq),
        WHERE_ONE_WRITES,
        "in answer",
    ),
    Case("messages.statistics.of_room", lambda a: statistics.of_room(a.viewer, a.room), IN_ALL),
    Case("messages.messages.get", lambda a: messages.get(a.viewer, a.room, a.theirs.seq), IN_ALL),
    Case("messages.history.older", lambda a: history.older(a.viewer, a.room, 99), IN_ALL),
    Case(
        "messages.history.since",
        lambda a: history.since(a.viewer, a.room, history.ShownRange()),
        IN_ALL,
    ),
    Case("messages.initial_state.read", lambda a: initial_state.read(a.viewer, a.room), IN_ALL),
    Case(
        "messages.history.around",
        lambda a: history.around(a.viewer, a.room, a.theirs.seq),
        IN_ALL,
    ),
    # -- naming people
    Case(
        "mentions.autocomplete.complete",
        lambda a: autocomplete.complete(a.viewer, a.room, "o"),
        IN_ALL,
    ),
    Case(
        "mentions.autocomplete.undelivered",
        lambda a: autocomplete.undelivered(a.viewer, a.room, "@outsider"),
        IN_ALL,
    ),
    # -- what an owner does with a room
    Case(
        "rooms.settings.change",
        lambda a: settings.change(a.viewer, a.room, name="Renamed", topic=""),
        ALWAYS_OWNERS,
    ),
    Case(
        "rooms.settings.announce",
        lambda a: settings.announce(a.viewer, a.room, on=a.place != "announcements"),
        ALWAYS_OWNERS,
    ),
    Case(
        "rooms.settings.archive",
        lambda a: settings.archive(a.viewer, a.room, on=a.place != "archived"),
        ALWAYS_OWNERS,
    ),
    Case(
        "rooms.settings.delete",
        lambda a: settings.delete(
            a.viewer, a.room, "Market" if a.place == "public" else f"{SECRET} {a.place}"
        ),
        ALWAYS_OWNERS,
    ),
    # -- people
    Case("accounts.people.profile", lambda a: people.profile(a.viewer, "other"), ONES_OWN),
    # -- pins
    Case(
        "messages.pins.pin",
        lambda a: pins.pin(a.viewer, a.room, a.theirs.seq),
        dict.fromkeys(IN_ALL, MODERATORS) | {"archived": NONE_OF_THEM, "direct": MEMBERS},
    ),
    Case(
        "messages.pins.unpin",
        lambda a: pins.unpin(a.viewer, a.room, a.pinned.seq),
        dict.fromkeys(IN_ALL, MODERATORS) | {"archived": NONE_OF_THEM, "direct": MEMBERS},
    ),
    Case("messages.pins.of_room", lambda a: pins.of_room(a.viewer, a.room), IN_ALL),
    # -- polls
    Case(
        "messages.polls.send",
        lambda a: polls.send(a.viewer, a.room, "When?", ["Now", "Later"], NUMBER),
        WHERE_ONE_WRITES,
    ),
    Case(
        "messages.polls.vote",
        lambda a: polls.vote(a.viewer, a.room, a.poll.seq, [2]),
        WHERE_IT_IS_OPEN,
    ),
    Case(
        "messages.polls.withdraw",
        lambda a: polls.withdraw(a.viewer, a.room, a.poll.seq),
        WHERE_IT_IS_OPEN,
    ),
    Case(
        "messages.polls.close",
        lambda a: polls.close(a.viewer, a.room, a.poll.seq),
        ALWAYS_MODERATORS | {"archived": NONE_OF_THEM},
        "of another's",
    ),
    Case("messages.polls.who", lambda a: polls.who(a.viewer, a.room, a.poll.seq), IN_ALL),
    Case("messages.polls.mine", lambda a: polls.mine(a.viewer, a.room, [a.poll.seq]), IN_ALL),
    # -- preferences
    Case("accounts.preferences.get", lambda a: preferences.get(a.viewer), ONES_OWN),
    Case(
        "accounts.preferences.change",
        lambda a: preferences.change(
            a.viewer,
            shows_receipts=False,
            shows_last_seen=False,
            has_sound=False,
            quiet_from="22:00",
            quiet_until="07:00",
        ),
        ONES_OWN,
    ),
    Case(
        "accounts.preferences.set_time_zone",
        lambda a: preferences.set_time_zone(a.viewer, "Asia/Kolkata"),
        ONES_OWN,
    ),
    # -- links for forgotten passwords
    Case(
        "accounts.password_resets.create",
        lambda a: password_resets.create(a.viewer, a.other.user_id),
        TO_ADMINISTRATORS,
    ),
    # -- reactions
    Case(
        "messages.reactions.add",
        lambda a: reactions.add(a.viewer, a.room, a.theirs.seq, "🎉"),
        WHERE_IT_IS_OPEN,
    ),
    Case(
        "messages.reactions.remove",
        lambda a: reactions.remove(a.viewer, a.room, a.theirs.seq, "👍"),
        WHERE_IT_IS_OPEN,
    ),
    Case("messages.reactions.who", lambda a: reactions.who(a.viewer, a.room, a.theirs.seq), IN_ALL),
    # -- rooms
    Case(
        "rooms.rooms.create",
        lambda a: rooms.create(a.viewer, name="New", topic="", private=True),
        ONES_OWN,
    ),
    Case("rooms.rooms.all_mine", lambda a: rooms.all_mine(a.viewer), ONES_OWN),
    Case("rooms.rooms.all_mine", lambda a: rooms.all_mine(a.viewer, SECRET), ONES_OWN, "by a word"),
    Case("rooms.rooms.mine", lambda a: rooms.mine(a.viewer), ONES_OWN),
    Case("rooms.rooms.get", lambda a: rooms.get(a.viewer, a.room), IN_ALL),
    Case("rooms.rooms.last", lambda a: rooms.last(a.viewer), ONES_OWN),
    Case("rooms.rooms.discover", lambda a: rooms.discover(a.viewer), ONES_OWN),
    Case("rooms.rooms.discover", lambda a: rooms.discover(a.viewer, SECRET), ONES_OWN, "by a word"),
    # -- what is kept for later
    Case("messages.bookmarks.save", lambda a: bookmarks.save(a.viewer, a.room, a.mine.seq), IN_ALL),
    Case(
        "messages.bookmarks.remove",
        lambda a: bookmarks.remove(a.viewer, a.theirs.message_id),
        ONES_OWN,
    ),
    Case("messages.bookmarks.mine", lambda a: bookmarks.mine(a.viewer), ONES_OWN),
    # -- searching
    Case("search.search.find", lambda a: search.find(a.viewer, SECRET), ONES_OWN, "by a word"),
    Case(
        "search.search.find", lambda a: search.find(a.viewer, "from:other"), ONES_OWN, "by a person"
    ),
    Case("search.search.find", lambda a: search.find(a.viewer, "has:link"), ONES_OWN, "by links"),
    Case("search.search.find", lambda a: search.find(a.viewer, "has:file"), ONES_OWN, "by files"),
    Case(
        "search.search.find",
        lambda a: search.find(a.viewer, f"{SECRET[:3]}", order=search.Order.BEST),
        ONES_OWN,
        "ranked",
    ),
    Case("search.search.seq_at", lambda a: search.seq_at(a.viewer, a.room, now()), IN_ALL),
    Case("search.search.seq_on", lambda a: search.seq_on(a.viewer, a.room, "2026-01-31"), IN_ALL),
    # -- sessions
    Case("accounts.sessions.mine", lambda a: sessions.mine(a.viewer), ONES_OWN),
    Case(
        "accounts.sessions.end",
        lambda a: sessions.end(a.viewer, a.viewer.session_id),
        ONES_OWN,
        "one's own",
    ),
    Case(
        "accounts.sessions.end",
        lambda a: sessions.end(a.viewer, a.other.session_id),
        {"": IT_IS_NOT_THERE},
        "another's",
    ),
    # -- what is kept of files
    Case("files.usage.usage", lambda a: usage.usage(a.viewer), TO_ADMINISTRATORS),
    Case("backup.schedule.overview", lambda a: schedule.overview(a.viewer), TO_ADMINISTRATORS),
    # -- finding conversations and people
    Case("rooms.quick_search.find", lambda a: quick_search.find(a.viewer, ""), ONES_OWN),
    Case(
        "rooms.quick_search.find",
        lambda a: quick_search.find(a.viewer, SECRET),
        ONES_OWN,
        "by a word",
    ),
    Case(
        "rooms.quick_search.find",
        lambda a: quick_search.find(a.viewer, "other"),
        ONES_OWN,
        "by a person",
    ),
    Case("messages.inbox.mine", lambda a: inbox.mine(a.viewer), ONES_OWN),
    # -- what is unread
    Case(
        "rooms.member_settings.mark_unread",
        lambda a: member_settings.mark_unread(a.viewer, a.room, 1),
        IN_ALL,
    ),
    Case(
        "rooms.member_settings.set_level",
        lambda a: member_settings.set_level(a.viewer, a.room, "nothing"),
        IN_ALL,
    ),
    # -- presence, typing, receipts
    Case("rooms.presence.connect", lambda a: presence.connect(a.viewer, "page"), ONES_OWN),
    Case(
        "rooms.presence.set_active",
        lambda a: presence.set_active(a.viewer, "page", False),
        ONES_OWN,
    ),
    Case("rooms.presence.disconnect", lambda a: presence.disconnect(a.viewer, "no page"), ONES_OWN),
    Case("rooms.presence.of", lambda a: presence.of(a.viewer, [a.other.user_id]), ONES_OWN),
    Case("rooms.typing.publish", lambda a: typing.publish(a.viewer, a.room), WHERE_ONE_WRITES),
    Case(
        "rooms.receipts.of",
        lambda a: receipts.of(a.viewer, a.room, a.mine.seq),
        IN_ALL,
        "of one's own",
    ),
    Case(
        "rooms.receipts.of",
        lambda a: receipts.of(a.viewer, a.room, a.theirs.seq),
        NEVER,
        "of another's",
    ),
    # -- where everybody is
    Case(
        "rooms.read_positions.mark_read",
        lambda a: read_positions.mark_read(a.viewer, a.room, a.pinned.seq),
        dict.fromkeys(IN_ALL, row(IGNORED, DONE, DONE, DONE)),
    ),
    Case(
        "rooms.read_positions.remember",
        lambda a: read_positions.remember(a.viewer, a.room),
        dict.fromkeys(IN_ALL, row(IGNORED, DONE, DONE, DONE)),
    ),
    Case(
        "rooms.read_positions.reached", lambda a: read_positions.reached(a.viewer, a.room), ONES_OWN
    ),
    Case("rooms.read_positions.take", lambda a: read_positions.take(a.viewer, a.room), ONES_OWN),
    Case("rooms.read_positions.opened", lambda a: read_positions.opened(a.viewer), ONES_OWN),
)

UNTHROTTLED = {
    "accounts.accounts.logout": "logging out is never refused",
    "accounts.sessions.end": "logging out is never refused",
    "accounts.invites.revoke": "an administrator revokes each invite once",
    "rooms.read_positions.mark_read": "every event of a page is counted, and positions gather",
    "rooms.read_positions.remember": "every event of a page is counted, and positions gather",
}
"""Functions that write without a rate limit, and why."""

WITHOUT_VIEWER = {
    "accounts.accounts.login": "creates the session",
    "accounts.registration.needs_first_account": "returns only whether there is any account",
    "accounts.registration.register": "creates the account",
    "files.inspection.inspect": "for `uploads`, about a received file",
    "db.database.read": "runs the queries of services",
    "db.database.read_cached": "runs the queries of services",
    "db.database.write": "runs the queries of services",
    "rooms.purge.wait": "waits for background tasks",
    "rooms.purge.stop": "stops background tasks",
    "lifecycle.shutdown": "for the server itself",
    "lifecycle.startup": "for the server itself",
    "accounts.invites.is_valid": "needs an invite's code, of 128 random bits",
    "files.orphans.collect": "removes files without a message",
    "files.orphans.note": "for `uploads`, within one",
    "files.orphans.stop": "stops background tasks",
    "messages.history.changed": "for `listeners`, which sends it to pages that show the room",
    "backup.schedule.make": "for the server itself",
    "backup.schedule.stop": "stops background tasks",
    "files.quotas.require_space": "for `uploads`, which passes the user",
    "rooms.receipts.authors": "for the receipts of `realtime`: the authors to tell",
    "rooms.receipts.furthest_behind": "for the receipts of `realtime`, for who shows their own",
    "accounts.password_resets.create_in_terminal": "for the command line",
    "accounts.password_resets.use": "needs a link's token, of 256 random bits",
    "accounts.password_resets.username_of": "needs a link's token, of 256 random bits",
    "rooms.rooms.make_lobby": "for the server itself",
    "files.scanner.require_clean": "for `uploads`, within one",
    "files.scanner.why_unavailable": "for the server itself",
    "accounts.sessions.resume": "returns the user of a session",
    "accounts.sessions.touch": "for the server itself",
    "accounts.sessions.which_ended": "for the server itself",
    "rooms.read_positions.flush": "waits for background tasks",
}
"""Async functions that take no user, and why."""

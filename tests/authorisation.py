"""The authorisation matrix: every function of the services that takes a user, by kind of room.

Add new functions here. Each has one or more cases; a case has the call, and the expected result
by kind of room and role; and, if an entry of a message's menu calls the function, the name of that
entry. `tests/test_authorisation.py` generates the tests.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp
from msgspec.structs import replace
from sqlmodel import SQLModel, func, select

from chat_ui.components.icons.app_icons import FOLDER
from models import RoomEventKind
from models.clock import now
from services.accounts import (
    accounts,
    administration,
    blocks,
    own_copy,
    people,
    preferences,
)
from services.accounts.factors import second_factor, trusted_devices
from services.accounts.factors.ceremonies import Site
from services.accounts.factors.passkeys import WrongPasskey
from services.accounts.names import namesakes
from services.accounts.passwords import password_resets
from services.accounts.security import audit, security_log, security_notices
from services.accounts.sessions import (
    bot_tokens,
    browsers_only,
    devices,
    reauthentication,
    sessions,
)
from services.backup import schedule
from services.core.dto import CurrentUser
from services.core.errors import Conflict, Forbidden, NotFound, ServiceError
from services.db import database
from services.files import (
    avatars,
    files,
    forwarding,
    gifs,
    kept_files,
    media,
    pending,
    uploads,
    usage,
)
from services.files.pending import MediaFields
from services.files.stickers import making, stickers
from services.files.stickers.starters import FIRST_ID
from services.host import appearance, first_steps
from services.keys import (
    backup_keys,
    claims,
    cross_signing,
    device_lists,
    key_backups,
    key_devices,
    queries,
    signatures,
    to_device,
)
from services.keys import uploads as key_uploads
from services.keys.backup_keys import RoomKey
from services.keys.device_lists import Moment
from services.links import switch
from services.mentions import autocomplete
from services.mentions.parser import candidates
from services.messages import (
    bookmarks,
    edits,
    encrypted,
    history,
    inbox,
    initial_state,
    link_previews,
    messages,
    pins,
    polls,
    preview,
    reactions,
    rendered,
    replies,
    reports,
    statistics,
)
from services.messages.scheduling import scheduled, scheduler
from services.messages.scheduling.scheduled import NotScheduled, ScheduledView
from services.push import pushers, subscriptions
from services.push.endpoints import GATEWAY_PATH
from services.push.pushers import PusherView
from services.registration import invites
from services.rooms import (
    encryption,
    moderation_log,
    presence,
    quick_search,
    rooms,
    settings,
    typing,
)
from services.rooms.members import direct_messages, invitations, member_settings, memberships
from services.rooms.reading import read_positions, receipts
from services.search import search
from services.sync import (
    account_data,
    connections,
    lookup,
    read_receipts,
    relations,
    standing,
    sync,
    timeline,
    windows,
)
from services.sync import polls as open_polls
from services.sync.connections import Connection, State
from services.sync.news import News
from services.sync.positions import Position
from services.webhooks import webhooks
from tests.conftest import PASSWORD
from tests.push_service import Device
from tests.seeded_app import (
    HASH_OF_STICKER,
    INSIDE,
    OUTSIDE,
    SECRET,
    SECRET_OF_APP,
    MessageRef,
    SeededApp,
)

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
    def pictured(self) -> MessageRef:
        """A message with a sticker in it."""
        return self._message("sticker")

    @property
    def moving(self) -> MessageRef:
        """A message with a picture that moves in it."""
        return self._message("moving")

    @property
    def sticker(self) -> int:
        """The id of a sticker of the user's."""
        return self.all.ids.get(f"sticker-{self.role}", 0)

    @property
    def sticker_of_other(self) -> int:
        """The id of a sticker that somebody else keeps."""
        return self.all.ids["sticker-other"]

    @property
    def later(self) -> str:
        """What the user sends later to it, or to the Lobby if they never were in it."""
        place = f"{self.place}-" if self.role in {*INSIDE, "former"} else ""
        return f"later-{place}{self.role}"

    @property
    def later_of_other(self) -> str:
        """What somebody else sends later to it."""
        return f"later-{self.place}-other"

    @property
    def report(self) -> int:
        """The id of the report of a message in it."""
        return self.all.ids.get(f"report-{self.place}", 0)

    @property
    def webhook(self) -> int:
        """The id of a webhook of it, or of another room where none may be."""
        return self.all.ids.get(f"webhook-{self.place}", self.all.ids["webhook-private"])

    @property
    def token(self) -> int:
        """The id of a bot's token of the user."""
        return self.all.ids.get(f"token-{self.role}", 0)

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
    action: str = ""
    """The entry of a message's menu that calls the function."""
    on: str = "theirs"
    """On which message that entry is chosen: the name of a property of `Ask`."""

    def message(self, ask: Ask) -> tuple[int, int]:
        """Return the room and `seq` of that message."""
        return ask.room, getattr(ask, self.on).seq

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

NOT_SCHEDULED = {"": row(NotScheduled, NotScheduled, NotScheduled, NotScheduled)}
NEVER_SCHEDULED = {"outsider": NotScheduled, "administrator": NotScheduled}
NO_PASSKEY = row(WrongPasskey, WrongPasskey, WrongPasskey, WrongPasskey)
"""For an answer that no device gave: real ones are in tests/services/accounts/factors/."""
WITHOUT_FACTOR = row(ServiceError, ServiceError, ServiceError, ServiceError)
"""For what only users with a second factor can do: the tests of each function have one."""
SITE = Site("localhost", "http://localhost")
ICON = (FOLDER / "icon-192.png").read_bytes()
DEVICE = Device("https://push.example.org/device")
PUSHER = PusherView(
    "org.example.app",
    "key",
    f"https://push.example.org{GATEWAY_PATH}",
    data={"format": pushers.FORMAT},
)

HANDLERS_OF_REPORTS = {**row(NotFound, NotFound, DONE, DONE), "administrator": DONE}
REPORTS = {
    **dict.fromkeys(IN_ALL, HANDLERS_OF_REPORTS),
    "direct": {**IT_IS_NOT_THERE, "administrator": DONE},
}
"""Those who moderate the room, and administrators, who need not be in it."""
CIPHERTEXT = {"algorithm": encryption.ALGORITHM, "ciphertext": "AwgBEn"}
NUMBER = "matrix-000001"
"""The `client_message_id` of sent messages."""
REMOVED = ScheduledView(NUMBER, 1, "Lobby", "Hello", None, now(), now(), None, None, "No.", True)
"""A scheduled message that was deleted."""


def in_an_hour() -> str:
    """Return that moment, as a browser sends it."""
    return (now() + timedelta(hours=1)).isoformat()


async def _begin_upload(asked: Ask) -> None:
    """Upload the first byte of a file; the rest is decided by `insert`."""
    async with uploads.receive(asked.viewer, asked.room, 1) as upload:
        await upload.write(b"x")


async def _begin_avatar(asked: Ask) -> None:
    """Upload the first byte of a picture of oneself."""
    async with avatars.receive(asked.viewer, 1) as upload:
        await upload.write(b"x")


async def _begin_pending(asked: Ask) -> None:
    """Upload the first byte of a file that an app may send later."""
    async with pending.receive(asked.viewer, 1) as upload:
        await upload.write(b"x")


def _media_id(asked: Ask) -> str:
    """Return the id of a file of the room, or one that is not there if there is no such room."""
    found = asked.all.messages.get((asked.place, "file"))
    return f"m{found.message_id if found else 10**9}"


def _send_file(asked: Ask, message_id: int) -> Awaitable[object]:
    """Send the file of a message to the room."""
    fields = MediaFields(client_message_id=NUMBER)
    return pending.send(asked.viewer, asked.room, f"m{message_id}", fields)


async def _begin_sticker(asked: Ask) -> None:
    """Upload the first byte of a picture for a sticker."""
    async with making.receive(asked.viewer, 1) as upload:
        await upload.write(b"x")


async def _first_steps(asked: Ask) -> object:
    """Ask for them in the Lobby."""
    lobby = (await rooms.mine(asked.viewer))[0]
    return await first_steps.of(asked.viewer, lobby)


def _app(asked: Ask) -> CurrentUser:
    """Return the user as an app of theirs, on the device that is called like their role."""
    return replace(asked.viewer, device_id=asked.role, session_id=asked.viewer.session_id)


async def _claim(asked: Ask) -> object:
    """Claim the only key of a member, who shares the Lobby with everybody."""
    return await claims.claim(_app(asked), {asked.other.user_id: {"other": "x"}})


async def _store_key(asked: Ask) -> object:
    """Store a key in a new backup."""
    version = await key_backups.create(asked.viewer, "x", {})
    key = RoomKey("!1:x", "s", 0, 0, False, {})
    return await backup_keys.store(asked.viewer, version, [key])


async def _change_backup(asked: Ask) -> None:
    """Change a new backup."""
    version = await key_backups.create(asked.viewer, "x", {})
    await key_backups.change(asked.viewer, version, "x", {"y": 1})


async def _remove_backup(asked: Ask) -> None:
    """Delete a new backup, with what is in it."""
    await _store_key(asked)
    await backup_keys.remove(asked.viewer, 1)
    await key_backups.remove(asked.viewer, 1)


def _all_rooms(asked: Ask) -> windows.Asked:
    wanted = windows.Wanted(20, frozenset({windows.EVERYTHING}))
    return windows.Asked({"all": windows.Listed(wanted)}, {asked.room: wanted})


async def _wait_for_nothing(asked: Ask) -> object:
    async def ask(position: Position) -> News:
        return News(position)

    return await open_polls.until_any(asked.viewer, Position(), 0, ask)


async def _find_connection(asked: Ask) -> object:
    return connections.find(asked.viewer, "main", "")


async def _keep_connection(asked: Ask) -> object:
    return connections.keep(asked.viewer, "main", Connection(), State())


async def _first_happening(asked: Ask) -> object:
    """Look up the first thing that happened in a room besides its messages."""
    events = SQLModel.metadata.tables["room_events"]
    first = select(func.min(events.c.id)).where(events.c.room_id == asked.room)
    number = await database.read(lambda session: session.connection().scalar(first))
    return await lookup.happening(asked.viewer, asked.room, number or 1)


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
    Case("accounts.accounts.logout", lambda a: accounts.logout(a.viewer), ONES_OWN),
    # -- what administrators do with accounts
    Case(
        "accounts.administration.list_all",
        lambda a: administration.list_all(a.viewer),
        TO_ADMINISTRATORS,
    ),
    Case(
        "accounts.administration.get",
        lambda a: administration.get(a.viewer, a.other.user_id),
        TO_ADMINISTRATORS,
    ),
    Case(
        "accounts.administration.disable",
        lambda a: administration.disable(a.viewer, a.other.user_id),
        TO_ADMINISTRATORS,
    ),
    Case(
        "accounts.administration.enable",
        lambda a: administration.enable(a.viewer, a.other.user_id),
        TO_ADMINISTRATORS,
    ),
    Case(
        "accounts.administration.end_sessions",
        lambda a: administration.end_sessions(a.viewer, a.other.user_id),
        TO_ADMINISTRATORS,
    ),
    Case(
        "accounts.administration.set_admin",
        lambda a: administration.set_admin(a.viewer, a.other.user_id, on=True),
        TO_ADMINISTRATORS,
    ),
    # -- the name, the colour and the icon of the chat
    Case(
        "host.appearance.change",
        lambda a: appearance.change(a.viewer, name="Class 9B", accent="#0a7d5a"),
        TO_ADMINISTRATORS,
    ),
    Case(
        "host.appearance.set_icon",
        lambda a: appearance.set_icon(a.viewer, [ICON]),
        TO_ADMINISTRATORS,
    ),
    Case(
        "host.appearance.remove_icon",
        lambda a: appearance.remove_icon(a.viewer),
        TO_ADMINISTRATORS,
    ),
    # Off: otherwise later cases would ask for the links that they send.
    Case("links.switch.set_on", lambda a: switch.set_on(a.viewer, on=False), TO_ADMINISTRATORS),
    Case(
        "links.switch.set_pictures",
        lambda a: switch.set_pictures(a.viewer, on=False),
        TO_ADMINISTRATORS,
    ),
    # -- the first steps of an administrator
    Case("host.first_steps.of", _first_steps, ONES_OWN),
    Case("host.first_steps.hide", lambda a: first_steps.hide(a.viewer), TO_ADMINISTRATORS),
    # -- what moderators and administrators did
    # -- webhooks
    Case(
        "webhooks.webhooks.of_room",
        lambda a: webhooks.of_room(a.viewer, a.room),
        ALWAYS_MODERATORS,
    ),
    Case(
        "webhooks.webhooks.create",
        lambda a: webhooks.create(a.viewer, a.room, "Grafana"),
        ALWAYS_MODERATORS | {"archived": NONE_OF_THEM},
    ),
    Case(
        "webhooks.webhooks.rename",
        lambda a: webhooks.rename(a.viewer, a.room, a.webhook, "Uptime Kuma"),
        ALWAYS_MODERATORS,
    ),
    Case(
        "webhooks.webhooks.remove",
        lambda a: webhooks.remove(a.viewer, a.room, a.webhook),
        ALWAYS_MODERATORS,
    ),
    Case(
        "rooms.moderation_log.of_room",
        lambda a: moderation_log.of_room(a.viewer, a.room),
        ALWAYS_MODERATORS,
    ),
    Case(
        "accounts.security.audit.list_all",
        lambda a: audit.list_all(a.viewer),
        TO_ADMINISTRATORS,
        tells=("administrator",),
    ),
    Case(
        "accounts.security.security_log.list_all",
        lambda a: security_log.list_all(a.viewer),
        TO_ADMINISTRATORS,
    ),
    # -- blocks
    Case("accounts.blocks.block", lambda a: blocks.block(a.viewer, "other"), ONES_OWN),
    Case("accounts.blocks.unblock", lambda a: blocks.unblock(a.viewer, "other"), ONES_OWN),
    Case("accounts.blocks.mine", lambda a: blocks.mine(a.viewer), ONES_OWN),
    # -- notifications of devices
    Case(
        "push.subscriptions.subscribe",
        lambda a: subscriptions.subscribe(a.viewer, *DEVICE.said, shows_text=False),
        ONES_OWN,
    ),
    Case(
        "push.subscriptions.unsubscribe",
        lambda a: subscriptions.unsubscribe(a.viewer),
        ONES_OWN,
    ),
    Case("push.pushers.store", lambda a: pushers.store(a.viewer, PUSHER), ONES_OWN),
    Case("push.pushers.mine", lambda a: pushers.mine(a.viewer), ONES_OWN),
    Case(
        "push.pushers.remove",
        lambda a: pushers.remove(a.viewer, PUSHER.app_id, PUSHER.pushkey),
        ONES_OWN,
    ),
    Case(
        "rooms.members.member_settings.levels", lambda a: member_settings.levels(a.viewer), ONES_OWN
    ),
    # -- direct messages
    Case(
        "rooms.members.direct_messages.open",
        lambda a: direct_messages.open(a.viewer, ["other"]),
        ONES_OWN,
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
    Case(
        "messages.edits.history",
        lambda a: edits.history(a.viewer, a.room, a.theirs.seq),
        IN_ALL,
        action="history",
    ),
    Case(
        "messages.edits.text_of",
        lambda a: edits.text_of(a.viewer, a.room, a.mine.seq),
        WHERE_ONE_WRITES,
        "of one's own",
        action="edit",
        on="mine",
    ),
    Case(
        "messages.edits.text_of",
        lambda a: edits.text_of(a.viewer, a.room, a.theirs.seq),
        NEVER,
        "of another's",
        action="edit",
    ),
    Case(
        "messages.edits.is_mine",
        lambda a: edits.is_mine(a.viewer, a.room, a.mine.seq),
        IN_ALL,
        "of one's own",
        action="delete",
        on="mine",
    ),
    Case(
        "messages.edits.is_mine",
        lambda a: edits.is_mine(a.viewer, a.room, a.theirs.seq),
        ALWAYS_MODERATORS,
        "of another's",
        action="delete",
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
        "files.forwarding.check",
        lambda a: forwarding.check(a.viewer, a.room, a.theirs.seq),
        IN_ALL,
    ),
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
    Case("files.pending.receive", _begin_pending, ONES_OWN),
    Case("files.kept_files.mine", lambda a: kept_files.mine(a.viewer), ONES_OWN),
    Case(
        "files.kept_files.remove",
        lambda a: kept_files.remove(a.viewer, older_than_days=7),
        ONES_OWN,
    ),
    Case(
        "files.pending.send",
        lambda a: _send_file(a, a.all.messages["public", "file"].message_id),
        WHERE_ONE_WRITES,
        "into it",
    ),
    Case("files.media.find", lambda a: media.find(a.viewer, _media_id(a)), IN_ALL),
    Case(
        "files.avatars.use",
        lambda a: avatars.use(a.viewer, _media_id(a)),
        dict.fromkeys(IN_ALL, row(NotFound, ServiceError, ServiceError, ServiceError)),
        "of no picture",
    ),
    Case("files.avatars.receive", _begin_avatar, ONES_OWN),
    Case("files.avatars.remove", lambda a: avatars.remove(a.viewer), ONES_OWN),
    Case(
        "files.avatars.find",
        lambda a: avatars.find(a.viewer, a.viewer.user_id, "made-up", small=True),
        {"": IT_IS_NOT_THERE},
    ),
    # -- GIFs
    Case("files.gifs.find", lambda a: gifs.find(a.viewer, "secret"), ONES_OWN),
    Case(
        "files.gifs.send",
        lambda a: gifs.send(a.viewer, 1, (a.room, a.moving.seq), NUMBER),
        IN_ALL,
        "out of it",
    ),
    Case(
        "files.gifs.send",
        lambda a: gifs.send(
            a.viewer,
            a.room,
            (a.all.rooms["public"], a.all.messages["public", "moving"].seq),
            NUMBER,
        ),
        WHERE_ONE_WRITES,
        "into it",
    ),
    # -- stickers
    Case("files.stickers.making.receive", _begin_sticker, ONES_OWN),
    Case("files.stickers.stickers.offered", lambda a: stickers.offered(a.viewer), ONES_OWN),
    Case(
        "files.stickers.stickers.remove",
        lambda a: stickers.remove(a.viewer, FIRST_ID),
        TO_ADMINISTRATORS,
        "the chat's",
    ),
    Case(
        "files.stickers.stickers.share",
        lambda a: stickers.share(a.viewer, FIRST_ID, with_everyone=False),
        TO_ADMINISTRATORS,
        "the chat's",
    ),
    Case(
        "files.stickers.stickers.send",
        lambda a: stickers.send(a.viewer, a.room, FIRST_ID, NUMBER),
        WHERE_ONE_WRITES,
        "the chat's",
    ),
    Case(
        "files.stickers.making.check_message",
        lambda a: making.check_message(a.viewer, a.room, a.pictured.seq),
        IN_ALL,
        action="sticker",
        on="pictured",
    ),
    Case(
        "files.stickers.making.save_from_message",
        lambda a: making.save_from_message(a.viewer, a.room, a.pictured.seq, "party"),
        IN_ALL,
    ),
    Case(
        "files.stickers.stickers.send",
        lambda a: stickers.send(a.viewer, a.room, a.sticker, NUMBER),
        WHERE_ONE_WRITES,
        "one's own",
    ),
    Case(
        "files.stickers.stickers.send",
        lambda a: stickers.send(a.viewer, 1, a.sticker_of_other, NUMBER),
        {"": IT_IS_NOT_THERE},
        "another's",
    ),
    Case(
        "files.stickers.stickers.remove", lambda a: stickers.remove(a.viewer, a.sticker), ONES_OWN
    ),
    Case(
        "files.stickers.stickers.remove",
        lambda a: stickers.remove(a.viewer, a.sticker_of_other),
        {"": IT_IS_NOT_THERE},
        "another's",
    ),
    Case(
        "files.stickers.stickers.share",
        lambda a: stickers.share(a.viewer, a.sticker, with_everyone=True),
        TO_ADMINISTRATORS,
        "one's own",
    ),
    Case(
        "files.stickers.stickers.share",
        lambda a: stickers.share(a.viewer, a.sticker_of_other, with_everyone=True),
        {"": ADMINISTRATORS | {"administrator": NotFound}},
        "another's",
    ),
    Case(
        "files.stickers.stickers.find",
        lambda a: stickers.find(a.viewer, a.sticker, HASH_OF_STICKER),
        ONES_OWN,
        "one's own",
    ),
    Case(
        "files.stickers.stickers.find",
        lambda a: stickers.find(a.viewer, a.sticker_of_other, HASH_OF_STICKER),
        {"": IT_IS_NOT_THERE},
        "another's",
    ),
    # -- invites
    Case(
        "registration.invites.create",
        lambda a: invites.create(a.viewer, days=1, uses=1),
        TO_ADMINISTRATORS,
    ),
    Case("registration.invites.list_all", lambda a: invites.list_all(a.viewer), TO_ADMINISTRATORS),
    Case(
        "registration.invites.revoke",
        lambda a: invites.revoke(a.viewer, a.all.ids["invite"]),
        TO_ADMINISTRATORS,
    ),
    # -- memberships
    Case(
        "rooms.members.memberships.join",
        lambda a: memberships.join(a.viewer, a.room),
        dict.fromkeys(IN_ALL, IT_IS_NOT_THERE) | {"public": EVERYBODY},
    ),
    Case(
        "rooms.members.memberships.add",
        lambda a: memberships.add(a.viewer, a.room, a.all.people["newcomer"].username),
        IN_ALL | {"direct": NONE_OF_THEM},
    ),
    Case("rooms.members.invitations.mine", lambda a: invitations.mine(a.viewer), ONES_OWN),
    Case(
        "rooms.members.invitations.accept",
        lambda a: invitations.accept(a.viewer, a.room),
        dict.fromkeys(IN_ALL, IT_IS_NOT_THERE),
    ),
    Case(
        "rooms.members.invitations.decline",
        lambda a: invitations.decline(a.viewer, a.room),
        dict.fromkeys(IN_ALL, IT_IS_NOT_THERE),
    ),
    Case(
        "rooms.members.invitations.restore",
        lambda a: invitations.restore(a.viewer, a.room),
        dict.fromkeys(IN_ALL, IT_IS_NOT_THERE),
    ),
    Case("rooms.members.memberships.leave", lambda a: memberships.leave(a.viewer, a.room), IN_ALL),
    Case(
        "rooms.members.memberships.remove",
        lambda a: memberships.remove(a.viewer, a.room, a.other.user_id, "Too loud"),
        ALWAYS_MODERATORS,
    ),
    Case(
        "rooms.members.memberships.change_role",
        lambda a: memberships.change_role(a.viewer, a.room, a.other.user_id, "moderator"),
        ALWAYS_OWNERS,
    ),
    Case(
        "rooms.members.memberships.hand_over",
        lambda a: memberships.hand_over(a.viewer, a.room, a.other.user_id),
        ALWAYS_OWNERS,
    ),
    Case(
        "rooms.members.memberships.members", lambda a: memberships.members(a.viewer, a.room), IN_ALL
    ),
    Case(
        "rooms.members.memberships.member",
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
    Case(
        "messages.encrypted.send",
        lambda a: encrypted.send(a.viewer, a.room, NUMBER, CIPHERTEXT),
        NEVER,  # none of these rooms is encrypted: those that are have tests of their own
    ),
    Case(
        "messages.preview.render",
        lambda a: preview.render(a.viewer, a.room, "**Hello**"),
        WHERE_ONE_WRITES,
    ),
    Case("messages.statistics.of_room", lambda a: statistics.of_room(a.viewer, a.room), IN_ALL),
    Case(
        "messages.messages.get",
        lambda a: messages.get(a.viewer, a.room, a.theirs.seq),
        IN_ALL,
        action="copy_as_quotation",
    ),
    Case(
        "messages.messages.get",
        lambda a: messages.get(a.viewer, a.room, a.theirs.seq),
        IN_ALL,
        "to report it",
        action="report",
    ),
    Case(
        "messages.messages.get",
        lambda a: messages.get(a.viewer, a.room, a.poll.seq),
        IN_ALL,
        "to close its poll",
        action="close_poll",
        on="poll",
    ),
    Case("messages.history.older", lambda a: history.older(a.viewer, a.room, 99), IN_ALL),
    Case(
        "messages.history.since",
        lambda a: history.since(a.viewer, a.room, history.ShownRange()),
        IN_ALL,
    ),
    Case("messages.initial_state.read", lambda a: initial_state.read(a.viewer, a.room), IN_ALL),
    Case("messages.initial_state.sidebar", lambda a: initial_state.sidebar(a.viewer), ONES_OWN),
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
        lambda a: autocomplete.undelivered(a.viewer, a.room, list(candidates("@outsider"))),
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
        "rooms.encryption.switch_on",
        lambda a: encryption.switch_on(a.viewer, a.room),
        ALWAYS_OWNERS | {"archived": NONE_OF_THEM},
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
    # -- previews of links
    Case(
        "messages.link_previews.picture",
        lambda a: link_previews.picture(a.viewer, a.room, a.theirs.seq, SECRET),
        IN_ALL,
    ),
    Case(
        "messages.link_previews.remove",
        lambda a: link_previews.remove(a.viewer, a.room, a.mine.seq),
        IN_ALL,
        "of one's own",
    ),
    Case(
        "messages.link_previews.remove",
        lambda a: link_previews.remove(a.viewer, a.room, a.theirs.seq),
        ALWAYS_MODERATORS,
        "of another's",
        action="remove_preview",
    ),
    # -- pins
    Case(
        "messages.pins.pin",
        lambda a: pins.pin(a.viewer, a.room, a.theirs.seq),
        dict.fromkeys(IN_ALL, MODERATORS) | {"archived": NONE_OF_THEM, "direct": MEMBERS},
        action="pin",
    ),
    Case(
        "messages.pins.unpin",
        lambda a: pins.unpin(a.viewer, a.room, a.pinned.seq),
        dict.fromkeys(IN_ALL, MODERATORS) | {"archived": NONE_OF_THEM, "direct": MEMBERS},
        action="unpin",
        on="pinned",
    ),
    Case("messages.pins.of_room", lambda a: pins.of_room(a.viewer, a.room), IN_ALL),
    Case("messages.replies.of", lambda a: replies.of(a.viewer, a.room, a.theirs.seq), IN_ALL),
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
    Case(
        "messages.polls.who",
        lambda a: polls.who(a.viewer, a.room, a.poll.seq),
        IN_ALL,
        action="votes",
        on="poll",
    ),
    Case("messages.polls.mine", lambda a: polls.mine(a.viewer, a.room, [a.poll.seq]), IN_ALL),
    # -- what is rendered to be stored
    Case("messages.rendered.render", lambda a: rendered.render(a.viewer, "**Hello**"), ONES_OWN),
    Case(
        "messages.rendered.render_unstored",
        lambda a: rendered.render_unstored(a.viewer, "**Hello**"),
        ONES_OWN,
    ),
    Case("messages.rendered.count", lambda a: rendered.count(a.viewer, "Hello", None), ONES_OWN),
    # -- reports
    Case(
        "messages.reports.report",
        lambda a: reports.report(a.viewer, a.room, a.theirs.seq, "Rude"),
        IN_ALL,
        "another's",
    ),
    Case(
        "messages.reports.report",
        lambda a: reports.report(a.viewer, a.room, a.mine.seq),
        NEVER,
        "one's own",
    ),
    Case(
        "messages.reports.of_room",
        lambda a: reports.of_room(a.viewer, a.room),
        ALWAYS_MODERATORS,
    ),
    Case(
        "messages.reports.list_all",
        lambda a: reports.list_all(a.viewer),
        TO_ADMINISTRATORS,
        tells=("administrator",),
    ),
    Case("messages.reports.handle", lambda a: reports.handle(a.viewer, a.report), REPORTS),
    Case(
        "messages.reports.delete_message",
        lambda a: reports.delete_message(a.viewer, a.report),
        REPORTS,
    ),
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
        "accounts.preferences.change_appearance",
        lambda a: preferences.change_appearance(a.viewer, density="compact", text_size="large"),
        ONES_OWN,
    ),
    Case(
        "accounts.preferences.choose_language",
        lambda a: preferences.choose_language(a.viewer, "hi"),
        ONES_OWN,
    ),
    Case(
        "accounts.preferences.set_time_zone",
        lambda a: preferences.set_time_zone(a.viewer, "Asia/Kolkata"),
        ONES_OWN,
    ),
    # -- links for forgotten passwords
    Case(
        "accounts.passwords.password_resets.create",
        lambda a: password_resets.create(a.viewer, a.other.user_id),
        TO_ADMINISTRATORS,
    ),
    Case(
        "accounts.passwords.password_resets.list_open",
        lambda a: password_resets.list_open(a.viewer),
        TO_ADMINISTRATORS,
    ),
    Case(
        "accounts.passwords.password_resets.revoke",
        lambda a: password_resets.revoke(a.viewer, a.all.ids["reset_link"]),
        TO_ADMINISTRATORS,
    ),
    # -- confirming who one is
    Case(
        "accounts.sessions.reauthentication.require_recent",
        lambda a: reauthentication.require_recent(a.viewer),
        ONES_OWN,
    ),
    Case(
        "accounts.sessions.reauthentication.confirm_with_password",
        lambda a: reauthentication.confirm_with_password(a.viewer, PASSWORD),
        ONES_OWN,
    ),
    Case(
        "accounts.sessions.reauthentication.has_passkey",
        lambda a: reauthentication.has_passkey(a.viewer, SITE),
        ONES_OWN,
    ),
    Case(
        "accounts.sessions.reauthentication.begin_passkey",
        lambda a: reauthentication.begin_passkey(a.viewer, SITE),
        ONES_OWN,
    ),
    Case(
        "accounts.sessions.reauthentication.confirm_with_passkey",
        lambda a: reauthentication.confirm_with_passkey(a.viewer, SITE, "made-up", "{}"),
        {"": NO_PASSKEY},
    ),
    # -- the second factor
    Case(
        "accounts.factors.second_factor.overview",
        lambda a: second_factor.overview(a.viewer),
        ONES_OWN,
    ),
    Case(
        "accounts.factors.second_factor.begin_app",
        lambda a: second_factor.begin_app(a.viewer),
        ONES_OWN,
    ),
    Case(
        "accounts.factors.second_factor.add_app",
        lambda a: second_factor.add_app(a.viewer, SECRET_OF_APP, pyotp.TOTP(SECRET_OF_APP).now()),
        ONES_OWN,
    ),
    Case(
        "accounts.factors.second_factor.remove_app",
        lambda a: second_factor.remove_app(a.viewer),
        {"": IT_IS_NOT_THERE},
    ),
    Case(
        "accounts.factors.second_factor.begin_passkey",
        lambda a: second_factor.begin_passkey(a.viewer, SITE),
        ONES_OWN,
    ),
    Case(
        "accounts.factors.second_factor.add_passkey",
        lambda a: second_factor.add_passkey(a.viewer, SITE, "made-up", "{}", "Phone"),
        {"": NO_PASSKEY},
    ),
    Case(
        "accounts.factors.second_factor.remove_passkey",
        lambda a: second_factor.remove_passkey(a.viewer, 1),
        {"": IT_IS_NOT_THERE},
    ),
    Case(
        "accounts.factors.second_factor.remove_of",
        lambda a: second_factor.remove_of(a.viewer, a.all.people["guarded"].user_id),
        TO_ADMINISTRATORS,
    ),
    Case(
        "accounts.factors.second_factor.renew_codes",
        lambda a: second_factor.renew_codes(a.viewer),
        {"": WITHOUT_FACTOR},
    ),
    Case(
        "accounts.factors.trusted_devices.forget",
        lambda a: trusted_devices.forget(a.viewer),
        ONES_OWN,
    ),
    Case(
        "accounts.security.security_notices.mine",
        lambda a: security_notices.mine(a.viewer),
        ONES_OWN,
    ),
    Case(
        "accounts.security.security_notices.mark_shown",
        lambda a: security_notices.mark_shown(a.viewer, [1]),
        ONES_OWN,
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
    Case(
        "messages.reactions.who",
        lambda a: reactions.who(a.viewer, a.room, a.theirs.seq),
        IN_ALL,
        action="reactions",
    ),
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
    Case(
        "rooms.rooms.visit",
        lambda a: rooms.visit(a.viewer, a.room),
        IN_ALL | {"public": EVERYBODY},
    ),
    # -- what is sent later
    Case(
        "messages.scheduling.scheduled.schedule",
        lambda a: scheduled.schedule(a.viewer, a.room, "Hello", NUMBER, in_an_hour()),
        WHERE_ONE_WRITES,
    ),
    Case(
        "messages.scheduling.scheduled.schedule",
        lambda a: scheduled.schedule(
            a.viewer, a.room, "Hello", NUMBER, in_an_hour(), reply_to=a.theirs.seq
        ),
        WHERE_ONE_WRITES,
        "in answer",
    ),
    Case("messages.scheduling.scheduled.mine", lambda a: scheduled.mine(a.viewer), ONES_OWN),
    Case("messages.scheduling.scheduled.count", lambda a: scheduled.count(a.viewer), ONES_OWN),
    Case(
        "messages.scheduling.scheduled.get",
        lambda a: scheduled.get(a.viewer, a.later),
        ONES_OWN,
        "of one's own",
    ),
    Case(
        "messages.scheduling.scheduled.get",
        lambda a: scheduled.get(a.viewer, a.later_of_other),
        NOT_SCHEDULED,
        "of another's",
    ),
    Case(
        "messages.scheduling.scheduled.move",
        lambda a: scheduled.move(a.viewer, a.later, in_an_hour()),
        ONES_OWN,
        "of one's own",
    ),
    Case(
        "messages.scheduling.scheduled.move",
        lambda a: scheduled.move(a.viewer, a.later_of_other, in_an_hour()),
        NOT_SCHEDULED,
        "of another's",
    ),
    Case(
        "messages.scheduling.scheduled.remove",
        lambda a: scheduled.remove(a.viewer, a.later),
        ONES_OWN,
        "of one's own",
    ),
    Case(
        "messages.scheduling.scheduled.remove",
        lambda a: scheduled.remove(a.viewer, a.later_of_other),
        NOT_SCHEDULED,
        "of another's",
    ),
    Case(
        "messages.scheduling.scheduled.restore",
        lambda a: scheduled.restore(a.viewer, REMOVED),
        ONES_OWN,
    ),
    Case(
        "messages.scheduling.scheduler.send_now",
        lambda a: scheduler.send_now(a.viewer, f"later-{a.place}-{a.role}"),
        {place: {**answers, **NEVER_SCHEDULED} for place, answers in WHERE_ONE_WRITES.items()},
        "of one's own",
    ),
    Case(
        "messages.scheduling.scheduler.send_now",
        lambda a: scheduler.send_now(a.viewer, a.later_of_other),
        NOT_SCHEDULED,
        "of another's",
    ),
    # -- what is kept for later
    Case(
        "messages.bookmarks.save",
        lambda a: bookmarks.save(a.viewer, a.room, a.mine.seq),
        IN_ALL,
        action="save",
        on="mine",
    ),
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
    Case(
        "search.search.find",
        lambda a: search.find(a.viewer, SECRET, room_id=a.room),
        IN_ALL,
        "in one room",
    ),
    Case("search.search.seq_at", lambda a: search.seq_at(a.viewer, a.room, now()), IN_ALL),
    Case("search.search.seq_on", lambda a: search.seq_on(a.viewer, a.room, "2026-01-31"), IN_ALL),
    # -- sessions
    Case("accounts.sessions.sessions.current", lambda a: sessions.current(a.viewer), ONES_OWN),
    Case("accounts.sessions.sessions.mine", lambda a: sessions.mine(a.viewer), ONES_OWN),
    Case(
        "accounts.sessions.sessions.end",
        lambda a: sessions.end(a.viewer, a.viewer.session_id),
        ONES_OWN,
        "one's own",
    ),
    Case(
        "accounts.sessions.sessions.end",
        lambda a: sessions.end(a.viewer, a.other.session_id),
        {"": IT_IS_NOT_THERE},
        "another's",
    ),
    Case(
        "accounts.sessions.sessions.end_others", lambda a: sessions.end_others(a.viewer), ONES_OWN
    ),
    # -- apps and bots
    Case(
        "accounts.sessions.browsers_only.require_browser",
        lambda a: browsers_only.require_browser(a.viewer),
        ONES_OWN,
    ),
    Case(
        "accounts.names.namesakes.refuse_reserved_to",
        lambda a: namesakes.refuse_reserved_to(a.viewer, "System"),
        {"": row(Conflict, Conflict, Conflict, Conflict) | {"administrator": DONE}},
    ),
    Case("accounts.own_copy.state", lambda a: own_copy.state(a.viewer), ONES_OWN),
    Case(
        "accounts.own_copy.accept_identity",
        lambda a: own_copy.accept_identity(a.viewer, "@ben:localhost", "key"),
        {"": IT_IS_NOT_THERE},
    ),
    Case("accounts.sessions.bot_tokens.mine", lambda a: bot_tokens.mine(a.viewer), ONES_OWN),
    Case(
        "accounts.sessions.bot_tokens.create",
        lambda a: bot_tokens.create(a.viewer, "Echo"),
        ONES_OWN,
    ),
    Case(
        "accounts.sessions.bot_tokens.revoke",
        lambda a: bot_tokens.revoke(a.viewer, a.token),
        ONES_OWN,
        "one's own",
    ),
    Case(
        "accounts.sessions.bot_tokens.revoke",
        lambda a: bot_tokens.revoke(a.viewer, a.all.ids["token-other"]),
        {"": IT_IS_NOT_THERE},
        "another's",
    ),
    Case("accounts.sessions.devices.mine", lambda a: devices.mine(a.viewer), ONES_OWN),
    Case(
        "accounts.sessions.devices.rename",
        lambda a: devices.rename(a.viewer, a.role, "Echo"),
        ONES_OWN,
        "one's own",
    ),
    Case(
        "accounts.sessions.devices.rename",
        lambda a: devices.rename(a.viewer, "other", "Echo"),
        {"": IT_IS_NOT_THERE},
        "another's",
    ),
    Case(
        "accounts.sessions.devices.end",
        lambda a: devices.end(a.viewer, a.role),
        ONES_OWN,
        "one's own",
    ),
    Case(
        "accounts.sessions.devices.end",
        lambda a: devices.end(a.viewer, "other"),
        {"": IT_IS_NOT_THERE},
        "another's",
    ),
    Case("accounts.sessions.devices.end_all", lambda a: devices.end_all(a.viewer), ONES_OWN),
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
    Case(
        "rooms.quick_search.find",
        lambda a: quick_search.find(a.viewer, SECRET, among=quick_search.Among.TARGETS),
        ONES_OWN,
        "to forward",
    ),
    Case("messages.inbox.mine", lambda a: inbox.mine(a.viewer), ONES_OWN),
    # -- what is unread
    Case(
        "rooms.members.member_settings.mark_unread",
        lambda a: member_settings.mark_unread(a.viewer, a.room, 1),
        IN_ALL,
        action="unread",
    ),
    Case(
        "rooms.members.member_settings.set_favourite",
        lambda a: member_settings.set_favourite(a.viewer, a.room, on=True),
        IN_ALL,
    ),
    Case(
        "rooms.members.member_settings.set_level",
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
    Case(
        "rooms.presence.set_by_app",
        lambda a: presence.set_by_app(a.viewer, presence.State.OFFLINE),
        ONES_OWN,
    ),
    Case(
        "rooms.presence.of_companions",
        lambda a: presence.of_companions(a.viewer, None),
        ONES_OWN,
    ),
    Case("rooms.presence.of", lambda a: presence.of(a.viewer, [a.other.user_id]), ONES_OWN),
    Case("rooms.typing.publish", lambda a: typing.publish(a.viewer, a.room), WHERE_ONE_WRITES),
    Case(
        "rooms.reading.receipts.of",
        lambda a: receipts.of(a.viewer, a.room, a.mine.seq),
        IN_ALL,
        "of one's own",
        action="receipts",
        on="mine",
    ),
    Case(
        "rooms.reading.receipts.of",
        lambda a: receipts.of(a.viewer, a.room, a.theirs.seq),
        NEVER,
        "of another's",
        action="receipts",
    ),
    # -- where everybody is
    Case(
        "rooms.reading.read_positions.mark_read",
        lambda a: read_positions.mark_read(a.viewer, a.room, a.pinned.seq),
        dict.fromkeys(IN_ALL, row(IGNORED, DONE, DONE, DONE)),
    ),
    Case(
        "rooms.reading.read_positions.remember",
        lambda a: read_positions.remember(a.viewer, a.room),
        dict.fromkeys(IN_ALL, row(IGNORED, DONE, DONE, DONE)),
    ),
    Case(
        "rooms.reading.read_positions.reached",
        lambda a: read_positions.reached(a.viewer, a.room),
        ONES_OWN,
    ),
    Case(
        "rooms.reading.read_positions.take",
        lambda a: read_positions.take(a.viewer, a.room),
        ONES_OWN,
    ),
    Case(
        "rooms.reading.read_positions.opened", lambda a: read_positions.opened(a.viewer), ONES_OWN
    ),
    # -- apps
    Case("sync.standing.read", lambda a: standing.read(a.viewer, Position()), ONES_OWN),
    Case("sync.sync.since", lambda a: sync.since(a.viewer, None, 20), ONES_OWN),
    Case(
        "sync.polls.wait",
        lambda a: open_polls.wait(a.viewer, Position(), 20, 0),
        ONES_OWN,
    ),
    Case("sync.polls.until_any", _wait_for_nothing, ONES_OWN),
    Case(
        "sync.windows.since",
        lambda a: windows.since(a.viewer, _all_rooms(a), Connection(), State()),
        ONES_OWN,
    ),
    Case(
        "sync.windows.wait",
        lambda a: windows.wait(a.viewer, _all_rooms(a), Connection(), State(), 0),
        ONES_OWN,
    ),
    Case(
        "sync.read_receipts.read",
        lambda a: read_receipts.read(a.viewer, [a.room], [], {}),
        ONES_OWN,
    ),
    Case("sync.connections.find", _find_connection, ONES_OWN),
    Case("sync.connections.keep", _keep_connection, ONES_OWN),
    Case("sync.lookup.person", lambda a: lookup.person(a.viewer, username="other"), ONES_OWN),
    Case(
        "sync.lookup.post",
        lambda a: lookup.post(a.viewer, a.room, a.theirs.message_id),
        IN_ALL,
    ),
    Case(
        "sync.lookup.happening",
        lambda a: _first_happening(a),
        IN_ALL,
    ),
    Case(
        "sync.lookup.last_of",
        lambda a: lookup.last_of(a.viewer, a.room, a.theirs.message_id, RoomEventKind.REACTION),
        IN_ALL,
    ),
    Case("sync.lookup.seq", lambda a: lookup.seq(a.viewer, a.room, a.theirs.message_id), IN_ALL),
    Case(
        "sync.lookup.seq_upto",
        lambda a: lookup.seq_upto(a.viewer, a.room, a.theirs.message_id),
        IN_ALL,
    ),
    Case(
        "sync.timeline.before",
        lambda a: timeline.before(a.viewer, a.room, timeline.EVERYTHING, 20),
        IN_ALL,
    ),
    Case(
        "sync.timeline.after",
        lambda a: timeline.after(a.viewer, a.room, Position(), 20),
        IN_ALL,
    ),
    Case(
        "sync.relations.of_message",
        lambda a: relations.of_message(
            a.viewer, a.room, a.theirs.message_id, [RoomEventKind.REACTION], most=10
        ),
        IN_ALL,
    ),
    Case("sync.timeline.state", lambda a: timeline.state(a.viewer, a.room), IN_ALL),
    Case("sync.timeline.whole_state", lambda a: timeline.whole_state(a.viewer, a.room), IN_ALL),
    Case(
        "sync.timeline.members_among",
        lambda a: timeline.members_among(a.viewer, {1: [a.viewer.user_id]}),
        ONES_OWN,
    ),
    Case("sync.timeline.room_ids", lambda a: timeline.room_ids(a.viewer), ONES_OWN),
    Case(
        "sync.timeline.event_before",
        lambda a: timeline.event_before(a.viewer, a.room, a.theirs.message_id),
        IN_ALL,
    ),
    Case(
        "sync.account_data.store",
        lambda a: account_data.store(a.viewer, "org.example", {"x": 1}),
        ONES_OWN,
    ),
    Case(
        "sync.account_data.store",
        lambda a: account_data.store(a.viewer, "org.example", {"x": 1}, room_id=a.room),
        IN_ALL,
        "of a room",
    ),
    Case(
        "sync.account_data.get",
        lambda a: account_data.get(a.viewer, "org.example"),
        {"": row(NotFound, NotFound, NotFound, NotFound)},
    ),
    # -- keys of apps: `_app` is one; a browser has none
    Case(
        "keys.uploads.upload",
        lambda a: key_uploads.upload(_app(a), None, {"x:y": {"key": "z"}}, {}),
        ONES_OWN,
    ),
    Case(
        "keys.uploads.upload",
        lambda a: key_uploads.upload(a.viewer, None, {}, {}),
        {"": row(Forbidden, Forbidden, Forbidden, Forbidden)},
        "by a browser",
    ),
    Case(
        "keys.uploads.upload",
        lambda a: key_uploads.upload(_app(a), {"device_id": "other"}, {}, {}),
        {"": row(Forbidden, Forbidden, Forbidden, Forbidden)},
        "another's",
    ),
    Case("keys.key_devices.counts", lambda a: key_devices.counts(_app(a)), ONES_OWN),
    Case("keys.key_devices.required", lambda a: key_devices.required(_app(a)), ONES_OWN),
    Case(
        "keys.queries.query",
        lambda a: queries.query(a.viewer, {a.other.user_id: []}),
        ONES_OWN,
    ),
    Case("keys.claims.claim", _claim, ONES_OWN),
    Case(
        "keys.cross_signing.upload",
        lambda a: cross_signing.upload(
            a.viewer, {"master": {"usage": ["master"], "keys": {"x:y": "y"}}}
        ),
        ONES_OWN,
    ),
    Case("keys.signatures.add", lambda a: signatures.add(a.viewer, []), ONES_OWN),
    Case(
        "keys.device_lists.changed",
        lambda a: device_lists.changed(a.viewer, Moment(), Moment(99, 99)),
        ONES_OWN,
    ),
    Case(
        "keys.device_lists.between",
        lambda a: device_lists.between(a.viewer, Moment(), Moment(99, 99)),
        ONES_OWN,
    ),
    Case(
        "keys.device_lists.require_few_changes",
        lambda a: device_lists.require_few_changes(a.viewer),
        ONES_OWN,
    ),
    Case(
        "keys.device_lists.publish_change",
        lambda a: device_lists.publish_change(a.viewer),
        ONES_OWN,
    ),
    Case(
        "keys.to_device.send",
        lambda a: to_device.send(_app(a), "x", "1", {a.other.user_id: {"other": {}}}),
        ONES_OWN,
    ),
    Case(
        "keys.to_device.send",
        lambda a: to_device.send(a.viewer, "x", "1", {}),
        {"": row(Forbidden, Forbidden, Forbidden, Forbidden)},
        "by a browser",
    ),
    Case("keys.to_device.since", lambda a: to_device.since(_app(a), 0, 9, 10), ONES_OWN),
    Case("keys.to_device.acknowledge", lambda a: to_device.acknowledge(_app(a), 9), ONES_OWN),
    Case("keys.key_backups.create", lambda a: key_backups.create(a.viewer, "x", {}), ONES_OWN),
    Case(
        "keys.key_backups.get",
        lambda a: key_backups.get(a.viewer),
        {"": IT_IS_NOT_THERE},
    ),
    Case("keys.key_backups.change", _change_backup, ONES_OWN),
    Case("keys.key_backups.remove", _remove_backup, ONES_OWN),
    Case("keys.backup_keys.store", _store_key, ONES_OWN),
    Case(
        "keys.backup_keys.read",
        lambda a: backup_keys.read(a.viewer, 1),
        {"": IT_IS_NOT_THERE},
    ),
    Case(
        "keys.backup_keys.remove",
        lambda a: backup_keys.remove(a.viewer, 1),
        {"": IT_IS_NOT_THERE},
    ),
)

BROWSERS_ONLY = {
    "accounts.sessions.browsers_only.require_browser",
    "accounts.accounts.change_password",
    "accounts.sessions.bot_tokens.create",
    "accounts.sessions.bot_tokens.revoke-one's-own",
    "accounts.sessions.devices.end-one's-own",
    "accounts.sessions.devices.end_all",
    "accounts.sessions.devices.rename-one's-own",
    "accounts.sessions.devices.rename-another's",
    "accounts.sessions.reauthentication.begin_passkey",
    "accounts.sessions.reauthentication.confirm_with_passkey",
    "accounts.sessions.reauthentication.confirm_with_password",
    "accounts.sessions.reauthentication.require_recent",
    "accounts.factors.second_factor.add_app",
    "accounts.factors.second_factor.add_passkey",
    "accounts.factors.second_factor.begin_app",
    "accounts.factors.second_factor.begin_passkey",
    "accounts.factors.second_factor.remove_app",
    "accounts.factors.second_factor.remove_passkey",
    "accounts.factors.second_factor.renew_codes",
    "accounts.sessions.sessions.end-another's",
    "accounts.sessions.sessions.end_others",
    "files.stickers.stickers.share-another's",
    "webhooks.webhooks.create",
} | {case.name for case in CASES if case.answers == TO_ADMINISTRATORS}
"""The cases that apps and bots are refused, whosoever they are."""

UNTHROTTLED = {
    "accounts.accounts.logout": "logging out is never refused",
    "accounts.sessions.sessions.end": "logging out is never refused",
    "accounts.sessions.bot_tokens.revoke": "each token is revoked once",
    "accounts.sessions.devices.end": "logging out is never refused",
    "accounts.passwords.password_resets.revoke": "an administrator revokes each link once",
    "accounts.security.security_notices.mark_shown": "each notice is shown once in each session",
    "registration.invites.revoke": "an administrator revokes each invite once",
    "host.first_steps.of": "once, when the first steps are over",
    "rooms.reading.read_positions.mark_read": "each event of a page is counted, positions gather",
    "rooms.reading.read_positions.remember": "each event of a page is counted, positions gather",
}
"""Functions that write without a rate limit, and why."""

WITHOUT_VIEWER = {
    "accounts.accounts.login": "creates the session",
    "accounts.sessions.devices.log_in": "creates the session",
    "accounts.passwords.password_login.check": "for `accounts` and `devices`: creates the session",
    "accounts.factors.ceremonies.begin_new": "for `second_factor`, which checks the user first",
    "accounts.factors.ceremonies.begin_use": "for `second_step` and `reauthentication`",
    "accounts.factors.ceremonies.check_new": "for `second_factor`, which checks the user first",
    "accounts.factors.ceremonies.check_use": "for `second_step` and `reauthentication`",
    "accounts.factors.recovery_codes.find": "for `second_step`, which passes the user",
    "accounts.factors.recovery_codes.generate": "makes codes, and stores none",
    "accounts.factors.second_factor.remove_in_terminal": "for the command line",
    "accounts.factors.totp.load": "loads libraries",
    "accounts.factors.second_step.begin_passkey": "creates the session, with `finish_with_passkey`",
    "accounts.factors.second_step.finish": "creates the session",
    "accounts.factors.second_step.finish_with_passkey": "creates the session",
    "registration.registration.needs_first_account": "returns only whether there is any account",
    "registration.registration.register": "creates the account",
    "files.inspection.inspection.inspect": "for `uploads`, about a received file",
    "db.budgeted.read": "runs the queries of services, within a budget of their user",
    "db.database.is_any": "runs the queries of services",
    "db.database.read": "runs the queries of services",
    "db.database.look": "runs the queries of services",
    "db.database.look_cached": "runs the queries of services",
    "db.database.look_each_cached": "runs the queries of services",
    "db.database.rows": "runs the queries of services",
    "db.database.read_cached": "runs the queries of services",
    "db.database.write": "runs the queries of services",
    "rooms.purge.wait": "waits for background tasks",
    "sync.epoch.load": "for the server itself, at its start",
    "rooms.purge.stop": "stops background tasks",
    "accounts.names.namesakes.fill": "for the server itself, at its start",
    "rooms.room_names.fill": "for the server itself, at its start",
    "cluster.cluster.stop": "for the server itself",
    "lifecycle.shutdown": "for the server itself",
    "lifecycle.startup": "for the server itself",
    "registration.invites.is_valid": "needs an invite's code, of 128 random bits",
    "core.processes.run": "runs the programs that decode files and make backups",
    "core.tasks.run_to_end": "runs the work of services in a thread",
    "core.tasks.to_end": "runs the work of services",
    "files.decoding.decoding.decode": "for `previews`, about a stored file",
    "files.decoding.decoding.make_icons": "for `appearance`, which checks the user first",
    "files.decoding.decoding.make_squares": "for `avatars`, about a received picture",
    "files.stickers.sticker_files.add": "for `making`, about a sticker that the user has made",
    "files.stickers.sticker_files.copy": "for `starters`, about a file that comes with the chat",
    "files.decoding.decoding.make_sticker": "for `stickers`, about a picture that the user may see",
    "demo.fill.fill": "for the command line, in a folder of its own",
    "host.appearance.load": "for the server itself, at its start",
    "links.fetching.fetch": "for `unfurling`, about a link that was sent",
    "links.fetching.fetch_picture": "for `unfurling`, about a page that was linked",
    "links.pictures.make": "for `unfurling`, about what a site has sent",
    "links.switch.load": "for the server itself, at its start",
    "links.unfurling.stop": "stops background tasks",
    "files.previews.stop": "stops background tasks",
    "files.orphans.collect": "removes files without a message",
    "files.orphans.note": "for `uploads`, within one",
    "files.orphans.stop": "stops background tasks",
    "messages.rendered.store_waiting": "stores what pages have rendered again",
    "messages.rendered.stop": "stops background tasks",
    "messages.scheduling.scheduler.stop": "stops background tasks",
    "search.erasing.erase": "erases words that were deleted",
    "search.erasing.stop": "stops background tasks",
    "search.tsvector.filling.fill": "for the server itself",
    "search.tsvector.filling.stop": "stops background tasks",
    "messages.history.changed": "for `listeners`, which sends it to pages that show the room",
    "backup.schedule.make": "for the server itself",
    "backup.schedule.stop": "stops background tasks",
    "files.quotas.require_space": "for `uploads`, which passes the user",
    "push.delivery.stop": "stops background tasks",
    "push.gateway.rejects": "for `delivery`: reads an answer",
    "rooms.presence.rooms_of": "for `sync`: whom a change of presence wakes",
    "rooms.reading.receipts.authors": "for `realtime`: the authors to tell",
    "rooms.reading.receipts.moved": "for `realtime`: as `furthest_behind` and `authors`",
    "rooms.reading.receipts.furthest_behind": "for `realtime`, for who shows their own",
    "accounts.passwords.password_resets.create_in_terminal": "for the command line",
    "accounts.passwords.password_resets.use": "needs a link's token, of 256 random bits",
    "accounts.passwords.password_resets.username_of": "needs a link's token, of 256 random bits",
    "rooms.rooms.crowd": "for the pages of a room, which members have open",
    "rooms.rooms.make_lobby": "for the server itself",
    "rooms.rooms.members_among": "for pages that are sent something, before they are",
    "files.inspection.scanner.require_clean": "for `uploads`, within one",
    "files.inspection.scanner.why_unavailable": "for the server itself",
    "accounts.security.security_log.flush": "stores what was counted",
    "accounts.security.security_log.stop": "stops background tasks",
    "accounts.sessions.sessions.has_lapsed": "needs a session's token, of 256 random bits",
    "accounts.sessions.recent_bearers.resume": "returns the user of a session",
    "accounts.sessions.sessions.resume": "returns the user of a session",
    "accounts.sessions.sessions.resume_bearer": "returns the user of a session",
    "accounts.sessions.sessions.touch": "for the server itself",
    "accounts.sessions.sessions.which_ended": "for the server itself",
    "sync.room_state.shared": "for callers that have checked the viewer's membership",
    "sync.room_state.count_members": "for callers that have checked the viewer's membership",
    "sync.server_name.load": "for the server itself, at its start",
    "rooms.reading.read_positions.flush": "waits for background tasks",
    "webhooks.posting.find": "needs a webhook's token, of 256 random bits",
    "webhooks.posting.post": "for a webhook that `find` returned",
}
"""Async functions that take no user, and why."""

"""The hub, as the services of a node see it: who logs in, and what the person does there."""

import asyncio
import logging
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import update
from sqlmodel import Session, col, select

from models import LoginSession, Message, Room, RoomInvitation, RoomKind, SessionKind, User
from models.clock import now
from node import login as logins
from node import outbox, people, posts, requests, rooms, tables, trust
from node.connection import Connection, Ended
from node.login import Login
from node.outbox import Outbox, Row
from node.requests import FAILURES, Refused
from services.accounts.passwords.password_login import WrongPassword
from services.core import events, hub
from services.core.app_context import HubState
from services.core.dto import CurrentUser, MessageView, Visitor
from services.core.errors import Forbidden, NotFound, RateLimited, ServiceError, Unavailable
from services.core.i18n import _
from services.core.limits.rate_limited import consume
from services.core.settings import Settings
from services.db import database
from services.messages import messages, queries
from services.rooms import access
from services.rooms.permissions import require_writer

log = logging.getLogger(__name__)
FIRST_SECONDS = 120
"""How long logging in waits until the rooms are here."""
ANSWER_SECONDS = 15
"""How long something that was done at the hub may take until it is here."""
MAX_REACTIONS = 1000
"""How many reactions are remembered that the hub may not have told of yet."""
READ_SECONDS = 1
"""For which read positions are collected before the hub is told."""
LOCAL_LIMITS = frozenset(
    {"read", "download", "avatar", "history", "page", "search", "complete", "preview", "presence"}
    | {"unread", "sync", "drawing", "loading"}
)
"""Rate limits of what only reads, or concerns nobody else."""
LOCAL = frozenset(
    {
        "services.accounts.accounts.change_theme",
        "services.accounts.preferences.change",
        "services.accounts.preferences.change_appearance",
        "services.accounts.preferences.choose_language",
        "services.accounts.preferences.set_time_zone",
        "services.accounts.sessions.sessions.end_others",
        "services.rooms.members.invitations.accept",
        "services.rooms.members.invitations.decline",
        "services.messages.bookmarks.save",
        "services.messages.bookmarks.remove",
        "services.messages.edits._edit",
        "services.messages.edits.delete",
        "services.messages.reactions._add",
        "services.messages.reactions._remove",
    }
)
"""What concerns this copy alone, and what is given to the hub first."""


class Node:
    """See `services.core.app_context.Hub`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder: Path = settings.data / hub.LOGIN.parent
        self._connection: Connection | None = None
        self._outbox: Outbox | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._logging_in = asyncio.Lock()
        self._listeners = events.Listeners()
        self._read: dict[int, int] = {}
        """By room: how far the person has read, and the hub does not know yet."""
        self._reactions: dict[tuple[str, str], str] = {}
        """By message and emoji: the last reactions that were sent, until the hub tells of them."""

    @property
    def address(self) -> str:
        """Where the hub is."""
        return self._settings.connect

    async def start(self) -> None:
        """Make the tables, and go on with the login that is stored."""
        await database.write(_prepare)
        try:
            login = logins.load(self._folder)
        except (OSError, ValueError) as error:
            raise Unavailable(
                _("{file} cannot be read: {error}").format(
                    file=self._folder / logins.FILE, error=error
                )
            ) from error
        if login is None:
            return
        if login.hub != self.address:
            raise Unavailable(
                _(
                    "The folder {folder} is a copy of {hub}. Choose another folder with --data."
                ).format(folder=self._settings.data, hub=login.hub)
            )
        await self._begin(login)

    async def stop(self) -> None:
        """End the connection; what waits in the outbox stays there."""
        connection, self._connection, self._outbox = self._connection, None, None
        self._listeners.remove_all()
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if connection is not None:
            await connection.close()

    # -- Logging in --------------------------------------------------------------------------------

    async def log_in(self, visitor: Visitor, username: object, password: object) -> int:
        """Return the local id of whom the hub knows by this name and password."""
        consume("login_address", visitor)
        if not isinstance(username, str) or not isinstance(password, str) or not username.strip():
            raise WrongPassword
        async with self._logging_in:
            login = await self._log_in(username.strip().casefold(), password)
            if self._connection is None:
                await self._begin(login)
            else:
                self._connection.renew(login)
        assert self._connection is not None
        try:
            async with asyncio.timeout(FIRST_SECONDS):
                await self._connection.is_caught_up.wait()
        except TimeoutError as error:
            raise requests.out_of_reach(self.address) from error
        user_id = await database.read(lambda session: people.known(session, login.user_id))
        if user_id is None:
            raise Unavailable(
                _("There is no room for you yet. Join one at {address} first.").format(
                    address=self.address
                )
            )
        return user_id

    async def _log_in(self, username: str, password: str) -> Login:
        before = logins.load(self._folder)
        if before is not None and before.username != username:
            raise Forbidden(
                _("This copy belongs to {name}. Choose another folder with --data.").format(
                    name=before.username
                )
            )
        body: dict[str, Any] = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": username},
            "password": password,
            "initial_device_display_name": f"NODE on {socket.gethostname()}"[:100],
        }
        if before is not None:
            body["device_id"] = before.device_id
        try:
            answer = await requests.ask(self.address, "POST", "/login", body)
        except Refused as refused:
            raise _not_logged_in(refused, self.address) from refused
        except FAILURES as error:
            raise requests.out_of_reach(self.address) from error
        login = Login(
            hub=self.address,
            username=username,
            user_id=str(answer.get("user_id", "")),
            device_id=str(answer.get("device_id", "")),
            access_token=str(answer.get("access_token", "")),
            store_key=before.store_key if before else secrets.token_urlsafe(32),
        )
        if not (login.user_id and login.device_id and login.access_token):
            raise requests.out_of_reach(self.address)
        logins.store(self._folder, login)
        return login

    async def _begin(self, login: Login) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = Connection(login, self._folder, self._logging_in)
        user_id, _renamed = await database.write(
            lambda session: people.local(session, login.user_id)
        )
        waiting = Outbox(self._give, user_id)

        async def settle(hub_room: str) -> None:
            room_id = await database.read(lambda session: rooms.known(session, hub_room))
            with suppress(Refused):  # nothing more can be learnt of it now
                await waiting.settle(room_id or 0)

        connection.settle = settle
        self._connection, self._outbox = connection, waiting
        for work in (self._follow(connection), waiting.run(), self._tell_read()):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._listeners.add(events.RoomRead, self._on_read)

    async def _follow(self, connection: Connection) -> None:
        try:
            await connection.run()
        except Ended:
            log.warning("The hub has ended the login of this node")
            await self.stop()
            await _end_sessions(connection.login.user_id)

    # -- What the person does ----------------------------------------------------------------------

    async def send(
        self,
        viewer: CurrentUser,
        room_id: int,
        text: str,
        client_message_id: object,
        reply_to: int | None,
    ) -> tuple[MessageView, bool]:
        """Return the message if the hub has it; otherwise store it for the hub, and say so."""
        name = messages.check_id(client_message_id)

        def put(session: Session) -> MessageView | None:
            room, membership = access.require_member(session, viewer.user_id, room_id)
            statement = select(Message.id).where(
                Message.author_id == viewer.user_id, Message.client_message_id == name
            )
            if stored := session.exec(statement).first():
                return queries.some(session, [stored])[stored]
            if outbox.has(session, name):
                return None
            require_writer(room, membership)
            self._require_room(session, room_id)
            content = {"text": text}
            if reply_to:
                message, _quote = messages.original(session, room_id, reply_to)
                content["reply_to"] = posts.event_of(session, message.id or 0)
            outbox.put(session, room_id, "text", name, content)
            return None

        stored = await database.write(put)
        if stored is not None:
            return stored, False
        self._wake()
        raise hub.Waiting

    async def edit(self, viewer: CurrentUser, room_id: int, seq: int, text: str) -> None:
        """Store an edit of the person's own message for the hub."""

        def put(session: Session) -> None:
            _room, _membership, message = messages.find(session, viewer, room_id, seq)
            if message.author_id == viewer.user_id and message.text != text:
                content = {"event": self._event(session, message), "text": text}
                outbox.put(session, room_id, "edit", _new_name(), content)

        await database.write(put)
        self._wake()

    async def delete(self, viewer: CurrentUser, room_id: int, seq: int, reason: object) -> None:
        """Store for the hub that a message is to be deleted."""

        def put(session: Session) -> None:
            _room, _membership, message = messages.find(session, viewer, room_id, seq)
            content = {"event": self._event(session, message)}
            if isinstance(reason, str) and reason:
                content["reason"] = reason[:500]
            outbox.put(session, room_id, "delete", _new_name(), content)

        await database.write(put)
        self._wake()

    async def react(
        self, viewer: CurrentUser, room_id: int, seq: int, sign: str, *, on: bool
    ) -> None:
        """Store a reaction for the hub, or that it is taken back."""

        def put(session: Session) -> None:
            _room, _membership, message = messages.find(session, viewer, room_id, seq)
            content = {"event": self._event(session, message), "sign": sign, "by": viewer.user_id}
            kind = "reaction" if on else "reaction_removed"
            outbox.put(session, room_id, kind, _new_name(), content)

        await database.write(put)
        self._wake()

    async def answer_invitation(self, viewer: CurrentUser, room_id: int, *, accepts: bool) -> None:
        """Accept or decline an invitation on the hub, and return once it is so here."""
        is_invited, room = await database.read(
            lambda session: (
                session.get(RoomInvitation, (room_id, viewer.user_id)) is not None,
                rooms.hub_id(session, room_id),
            )
        )
        if not is_invited or self._connection is None:
            raise NotFound
        answered = asyncio.Event()
        listeners = events.Listeners()
        listeners.add(events.InvitationsChanged, lambda _event: answered.set())
        what = "join" if accepts else "leave"
        try:
            await self._connection.ask("POST", f"/rooms/{requests.part(room)}/{what}", {})
            async with asyncio.timeout(ANSWER_SECONDS):
                await answered.wait()
        except Refused as refused:
            raise _as_error(refused) from refused
        except FAILURES as error:
            raise requests.out_of_reach(self.address) from error
        finally:
            listeners.remove_all()

    async def state(self, viewer: CurrentUser) -> HubState:
        """Return how it is with the hub."""
        connection = self._connection
        return HubState(
            address=self.address,
            is_reached=connection is not None and connection.is_reached,
            waiting=await database.read(outbox.count),
            is_signed=None if connection is None else connection.trust.is_signed,
            changed=tuple(await trust.changed()),
        )

    async def accept_identity(self, viewer: CurrentUser, name: str, key: str) -> None:
        """Take somebody's new identity for theirs, if it is still the one that was compared."""
        if self._connection is None or not await self._connection.trust.accept(name, key):
            raise NotFound
        self._wake()

    def is_local(self, function: str, limit: str) -> bool:
        """Return whether a service function concerns this copy alone, or is given to the hub."""
        return function in LOCAL or limit in LOCAL_LIMITS

    def _require_room(self, session: Session, room_id: int) -> None:
        if outbox.is_full(session):
            raise Unavailable(
                _("Too much waits for the hub already. Wait until it can be reached.")
            )
        if not rooms.hub_id(session, room_id):
            raise Forbidden(_("This room is not at the hub."))

    def _event(self, session: Session, message: Message) -> str:
        self._require_room(session, message.room_id)
        event = posts.event_of(session, message.id or 0)
        if not event:
            raise Forbidden(_("This message is not at the hub."))
        return event

    def _wake(self) -> None:
        if self._outbox is not None:
            self._outbox.wake()

    # -- What the hub is given ---------------------------------------------------------------------

    async def _give(self, row: Row) -> str:
        """Give a row of the outbox to the hub; return the event."""
        connection = self._connection
        if connection is None:
            raise ConnectionError("not logged in")
        room = await database.read(lambda session: rooms.hub_id(session, row.room_id))
        content = row.content
        match row.kind:
            case "text" | "edit":
                made = _message(content) if row.kind == "text" else _edited(content)
                return await connection.send(room, "m.room.message", made, row.transaction_id)
            case "reaction":
                relation = {
                    "rel_type": "m.annotation",
                    "event_id": content["event"],
                    "key": content["sign"],
                }
                made = {"m.relates_to": relation}
                event = await connection.send(room, "m.reaction", made, row.transaction_id)
                self._remember(content, event)
                return event
            case "delete":
                return await self._redact(connection, room, content["event"], row)
            case "reaction_removed":
                sent = self._reactions.get((content["event"], content["sign"]), "")
                told = await database.read(lambda session: _own_reaction(session, content))
                event = sent or told
                answer = await self._redact(connection, room, event, row) if event else ""
                self._reactions.pop((content["event"], content["sign"]), None)
                return answer
        raise Refused(400, {"errcode": "M_UNRECOGNIZED"})

    def _remember(self, content: dict[str, Any], event: str) -> None:
        """Remember a reaction: it may be taken back before the hub has told of it."""
        self._reactions[content["event"], content["sign"]] = event
        if len(self._reactions) > MAX_REACTIONS:
            del self._reactions[next(iter(self._reactions))]

    async def _redact(self, connection: Connection, room: str, event: str, row: Row) -> str:
        parts = (room, event, row.transaction_id)
        path = "/rooms/{}/redact/{}/{}".format(*map(requests.part, parts))
        body = {"reason": row.content["reason"]} if "reason" in row.content else {}
        return str((await connection.ask("PUT", path, body)).get("event_id", ""))

    def _on_read(self, event: events.RoomRead) -> None:
        """Remember how far the person has read, on their own page."""
        if self._outbox is not None and self._outbox.user_id in event.reached:
            self._read[event.room_id] = event.reached[self._outbox.user_id]

    async def _tell_read(self) -> None:
        """Tell the hub now and then how far the person has read: again if that fails."""
        while True:
            await asyncio.sleep(READ_SECONDS)
            connection = self._connection
            for room_id, seq in list(self._read.items()):
                place = await database.read(
                    lambda session, room_id=room_id, seq=seq: _place(session, room_id, seq)  # type: ignore[misc]
                )
                if connection is None or not all(place):
                    self._read.pop(room_id, None)
                    continue
                path = "/rooms/{}/receipt/m.read/{}".format(*map(requests.part, place))
                try:
                    await connection.ask("POST", path, {})
                except Refused as refused:
                    if refused.is_passing:
                        break
                except FAILURES:
                    break
                if self._read.get(room_id) == seq:
                    del self._read[room_id]


def _prepare(session: Session) -> None:
    """Make the tables, in a new folder or a node's. Raises `Unavailable` in a chat's own."""
    is_node = sqlalchemy.inspect(session.connection()).has_table(tables.STATE.name)
    if not is_node and session.exec(select(User.id).limit(1)).first() is not None:
        raise Unavailable(
            _(
                "The data folder has a chat of its own. Choose another folder for the copy with "
                "--data."
            )
        )
    tables.create(session)
    if not is_node:  # the room that is made for each new chat: those of the hub take its place
        for room in session.exec(select(Room)):
            room.kind = RoomKind.PRIVATE
            session.add(room)


async def _end_sessions(hub_id: str) -> None:
    """End the person's sessions here: they log in again, at the hub."""

    def end(session: Session) -> int:
        user_id = people.known(session, hub_id) or 0
        session.connection().execute(
            update(LoginSession)
            .where(
                col(LoginSession.user_id) == user_id,
                col(LoginSession.kind) == SessionKind.BROWSER,
                col(LoginSession.revoked_at).is_(None),
            )
            .values(revoked_at=now())
        )
        return user_id

    events.publish(events.SessionsEnded(await database.write(end)))


def _not_logged_in(refused: Refused, address: str) -> ServiceError:
    if refused.status == 429:
        return RateLimited(max(1, round(refused.seconds)), is_attempt=True)
    if refused.code == "M_FORBIDDEN":
        return WrongPassword()
    if refused.status == 404 or not refused.code:
        return Unavailable(_("At {address} is no chat that answers apps.").format(address=address))
    return _as_error(refused)


def _as_error(refused: Refused) -> ServiceError:
    return Unavailable(_("The hub says: {sentence}").format(sentence=refused.sentence))


def _message(content: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"msgtype": "m.text", "body": content["text"]}
    if content.get("reply_to"):
        made["m.relates_to"] = {"m.in_reply_to": {"event_id": content["reply_to"]}}
    return made


def _edited(content: dict[str, Any]) -> dict[str, Any]:
    new = {"msgtype": "m.text", "body": content["text"]}
    relation = {"rel_type": "m.replace", "event_id": content["event"]}
    return {
        "msgtype": "m.text",
        "body": f"* {content['text']}",
        "m.new_content": new,
        "m.relates_to": relation,
    }


def _own_reaction(session: Session, content: dict[str, Any]) -> str:
    """Return the event of the person's own reaction; empty if the hub has not told of it."""
    table = tables.EVENTS.c
    message = posts.message_of(session, content["event"])
    found = session.connection().scalar(
        sqlalchemy.select(table.hub_id)
        .where(
            table.message_id == (message.id if message else 0),
            table.sign == content["sign"],
            table.user_id == content["by"],
        )
        .order_by(table.hub_id.desc())
    )
    return str(found or "")


def _place(session: Session, room_id: int, seq: int) -> tuple[str, str]:
    """Return what the hub calls a room, and the last message in it up to a number."""
    statement = (
        select(Message.id)
        .where(Message.room_id == room_id, Message.seq <= seq)
        .order_by(col(Message.seq).desc())
        .limit(1)
    )
    message_id = session.exec(statement).first()
    return rooms.hub_id(session, room_id), posts.event_of(session, message_id or 0)


def _new_name() -> str:
    """Return a transaction id for what has none of the page's."""
    return secrets.token_hex(16)

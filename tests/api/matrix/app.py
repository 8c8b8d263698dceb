"""An app of a person, which asks the chat as a real one does, without a network between."""

import json
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from api import routes
from chat_ui.server.routes import file_routes
from models import SessionKind
from services.accounts.sessions import sessions
from services.core import app_context
from services.core.dto import CurrentUser, Visitor
from services.db import database
from services.sync import server_name

V3 = "/_matrix/client/v3"
HOME = Visitor("192.0.2.1", "A phone")
_numbers = count(1)


async def token(viewer: CurrentUser) -> str:
    """Return a token for a new device of a person."""
    opened = await database.write(
        lambda session: sessions.add(
            session,
            viewer.user_id,
            HOME,
            kind=SessionKind.APP,
            device_id=f"DEVICE{next(_numbers)}",
        )
    )
    return opened.token


class App:
    """Puts together what it is told, as an app does."""

    def __init__(self, viewer: CurrentUser | None, given: str = "") -> None:
        """`given` is its token."""
        made = Starlette(routes=routes(app_context.current().settings, file_routes))

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            visitor = Visitor("192.0.2.7", "A phone")
            scope.setdefault("state", {}).update(visitor=visitor)
            await made(scope, receive, send)

        transport = httpx.ASGITransport(answer)
        headers = {"Authorization": f"Bearer {given}"} if given else {}
        self.http = httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers, timeout=40
        )
        self.viewer = viewer
        self.since = ""
        self.rooms: dict[str, Room] = {}
        self.invited: dict[str, Any] = {}
        self.data: dict[str, Any] = {}

    @property
    def user(self) -> str:
        """The id of its person."""
        assert self.viewer is not None
        return user_id(self.viewer)

    async def ask(self, method: str, path: str, body: Any = None, **query: str) -> httpx.Response:
        """Request something below `/_matrix/client/v3`."""
        content = None if body is None else body if isinstance(body, bytes) else json.dumps(body)
        return await self.http.request(method, f"{V3}{path}", content=content, params=query)

    async def do(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Request something that works; return what was answered."""
        answer = await self.ask(method, path, body, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def send(self, room: int, text: str, **more: Any) -> str:
        """Send a message; return its event id."""
        path = f"/rooms/{quote(room_id(room))}/send/m.room.message/{next(_numbers)}"
        return (await self.do("PUT", path, {"msgtype": "m.text", "body": text, **more}))["event_id"]

    async def sync(self, **query: str) -> dict[str, Any]:
        """Ask for what is new, and take it over; return it."""
        known = {"since": self.since} if self.since else {}
        news = await self.do("GET", "/sync", **{"timeout": "0", **known, **query})
        self.since = news["next_batch"]
        for name, told in news["rooms"].get("join", {}).items():
            room = self.rooms.setdefault(name, Room())
            if told.get("timeline", {}).get("limited"):
                room.gaps.append(told["timeline"]["prev_batch"])
            for event in [
                *told.get("state", {}).get("events", []),
                *told.get("timeline", {}).get("events", []),
            ]:
                room.take(event)
        for name in news["rooms"].get("leave", {}):
            self.rooms.pop(name, None)
        self.invited |= news["rooms"].get("invite", {})
        self.data |= {each["type"]: each["content"] for each in news["account_data"]["events"]}
        return news

    async def fill(self, room: int) -> None:
        """Ask for what is older than it was told, up to the beginning of the room."""
        known = self.rooms[room_id(room)]
        older = []
        for start in known.gaps:
            at: str | None = start
            while at:
                found = await self.do(
                    "GET", f"/rooms/{room_id(room)}/messages", dir="b", limit="3", **{"from": at}
                )
                older += found["chunk"]
                at = found.get("end")
        for event in reversed(older):
            known.take_older(event)


class Room:
    """A room as an app has put it together."""

    def __init__(self) -> None:
        self.texts: dict[str, str | None] = {}
        """By event id; None for what was deleted."""
        self.reactions: dict[str, tuple[str, str, str]] = {}
        """By event id: message, emoji, and who."""
        self.state: dict[tuple[str, str], Any] = {}
        self.seen: list[str] = []
        self.gaps: list[str] = []
        self.redacted: set[str] = set()

    def take(self, event: dict[str, Any]) -> None:
        """Take over an event."""
        if event["event_id"] in self.seen:
            assert event["event_id"].startswith("$s"), f"told twice: {event}"
        self.seen.append(event["event_id"])
        if "state_key" in event:
            self.state[event["type"], event["state_key"]] = event["content"]
        self._apply(event)

    def take_older(self, event: dict[str, Any]) -> None:
        """Take over an event from before, which changes nothing of the state."""
        if event["event_id"] not in self.seen:
            self.seen.append(event["event_id"])
            self._apply(event)

    def _apply(self, event: dict[str, Any]) -> None:
        number, content = event["event_id"], event["content"]
        relation = content.get("m.relates_to", {})
        match event["type"]:
            case "m.room.message" if relation.get("rel_type") == "m.replace":
                if self.texts.get(relation["event_id"]) is not None:
                    self.texts[relation["event_id"]] = content["m.new_content"]["body"]
            case "m.room.message" if number.startswith("$m"):
                self.texts[number] = content.get("body") if number not in self.redacted else None
            case "m.reaction" if content and number not in self.redacted:
                self.reactions[number] = relation["event_id"], relation["key"], event["sender"]
            case "m.room.redaction":
                self.redacted.add(event["redacts"])
                self.texts |= {event["redacts"]: None} if event["redacts"] in self.texts else {}
                self.reactions.pop(event["redacts"], None)
                for each, (message, _key, _who) in list(self.reactions.items()):
                    if message == event["redacts"]:
                        del self.reactions[each]

    @property
    def members(self) -> set[str]:
        """Who is in it."""
        return {
            key
            for (kind, key), content in self.state.items()
            if kind == "m.room.member" and content["membership"] == "join"
        }

    @property
    def name(self) -> str:
        """What it is called."""
        return self.state.get(("m.room.name", ""), {}).get("name", "")

    @property
    def pinned(self) -> list[str]:
        """Its pinned messages."""
        return self.state.get(("m.room.pinned_events", ""), {}).get("pinned", [])

    @property
    def moderators(self) -> set[str]:
        """Who has a role in it."""
        return set(self.state["m.room.power_levels", ""]["users"])


def user_id(person: Any) -> str:
    """Return a person's id."""
    return f"@{person.username}:{server_name.get()}"


def room_id(room: int) -> str:
    """Return a room's id."""
    return f"!{room}:{server_name.get()}"


async def app_of(viewer: CurrentUser) -> App:
    """Return a new app of a person."""
    return App(viewer, await token(viewer))

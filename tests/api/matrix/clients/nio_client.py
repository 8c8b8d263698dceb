"""matrix-nio as a program: it does what each line of JSON says, and answers with one.

Arguments: the address of the chat, a username, a password. Nothing of the chat is used.
"""

import asyncio
import json
import sys
from itertools import count
from typing import Any

import nio

_numbers = count(1)


class Nio:
    """A client that is logged in, and puts together what it is told."""

    def __init__(self, client: nio.AsyncClient) -> None:
        self.client = client
        self.shown: dict[str, dict[str, dict[str, Any]]] = {}
        self.reactions: dict[str, tuple[str, str]] = {}
        self.left: set[str] = set()

    def take(self, answer: nio.SyncResponse) -> None:
        """Take over what is new."""
        for room, told in answer.rooms.join.items():
            self.left.discard(room)
            for event in told.timeline.events:
                self._take(self.shown.setdefault(room, {}), event.source)
        self.left |= answer.rooms.leave.keys()

    def _take(self, shown: dict[str, dict[str, Any]], event: dict[str, Any]) -> None:
        number, content = event["event_id"], event["content"]
        relation = content.get("m.relates_to", {})
        original = shown.get(relation.get("event_id", ""))
        if event["type"] == "m.reaction" and original:
            people = original["reactions"].setdefault(relation["key"], [])
            people.append(event["sender"])
        elif event["type"] == "m.room.redaction" and event["redacts"] in shown:
            shown[event["redacts"]]["text"] = None
        elif relation.get("rel_type") == "m.replace" and original:
            original["text"] = content["m.new_content"]["body"]
        elif event["type"] == "m.room.message" and not relation.get("rel_type"):
            shown[number] = {
                "id": number,
                "sender": event["sender"],
                "text": content.get("body"),
                "reactions": {},
                "reply_to": relation.get("m.in_reply_to", {}).get("event_id"),
            }

    async def do(self, said: dict[str, Any]) -> Any:
        """Do one thing."""
        room, event, what = said.get("room", ""), said.get("event", ""), said["do"]
        text = {"msgtype": "m.text", "body": said.get("text", "")}
        if what == "rooms":
            invited = dict.fromkeys(self.client.invited_rooms, "invited")
            joined = dict.fromkeys(self.client.rooms, "joined")
            return invited | joined | dict.fromkeys(self.left, "left")
        if what == "join":
            return await self._done(self.client.join(room))
        if what == "messages":
            return list(self.shown.get(room, {}).values())
        if what == "typing":
            return self.client.rooms[room].typing_users
        if what == "unread":
            return self.client.rooms[room].unread_notifications
        if what == "members":
            return sorted(self.client.rooms[room].users)
        if what == "read":
            last = [*self.shown[room]][-1]
            return await self._done(self.client.room_read_markers(room, last, last))
        if what == "type":
            return await self._done(self.client.room_typing(room, timeout=5000))
        if what == "redact":
            return await self._done(self.client.room_redact(room, event))
        if what == "remove":
            return await self._done(self.client.room_kick(room, said["user"]))
        relation: dict[str, Any] = {}
        if what == "reply":
            relation = {"m.in_reply_to": {"event_id": event}}
        elif what == "edit":
            relation = {"rel_type": "m.replace", "event_id": event}
            text["m.new_content"] = dict(text)
        elif what == "react":
            text, relation = {}, {"rel_type": "m.annotation", "event_id": event, "key": said["key"]}
        kind = "m.reaction" if what == "react" else "m.room.message"
        content = text | ({"m.relates_to": relation} if relation else {})
        return await self._done(self.client.room_send(room, kind, content, str(next(_numbers))))

    async def _done(self, work: Any) -> None:
        answer = await work
        if isinstance(answer, nio.ErrorResponse):
            raise RuntimeError(str(answer))


async def main() -> None:
    """Log in, and do what is said."""
    address, name, password = sys.argv[1:4]
    client = nio.AsyncClient(address, name)
    answer = await client.login(password)
    assert isinstance(answer, nio.LoginResponse), answer
    shown = Nio(client)
    client.add_response_callback(shown.take, nio.SyncResponse)
    await client.sync(full_state=True)
    syncing = asyncio.create_task(client.sync_forever(timeout=10_000))
    print(json.dumps({"user": client.user_id}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            done: dict[str, Any] = {"done": await shown.do(json.loads(line))}
        except Exception as error:
            done = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(done), flush=True)
    syncing.cancel()
    await client.close()


asyncio.run(main())

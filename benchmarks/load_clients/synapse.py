"""People and rooms of Synapse: each is asked for, as a client and an administrator do."""

import asyncio
import hashlib
import hmac
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import msgspec

from benchmarks.load_clients.apps import V3, AppClient
from benchmarks.load_clients.base import TEXT
from benchmarks.peers.synapse import SECRET
from benchmarks.servers import Server

PASSWORD = "correct horse battery"
_REGISTER = "/_synapse/admin/v1/register"
_transactions = count(1)


async def register(server: Server, people: int) -> list[str]:
    """Make accounts; return the token of an app of each."""
    tokens = []
    async with AsyncExitStack() as stack:
        anybody = AppClient(server, "")
        await anybody.connect(stack)
        for number in range(people):
            nonce = msgspec.json.decode(await anybody.ask("GET", _REGISTER))["nonce"]
            said = "\0".join([nonce, f"person{number}", PASSWORD, "notadmin"])
            body = {
                "nonce": nonce,
                "username": f"person{number}",
                "password": PASSWORD,
                "mac": hmac.new(SECRET.encode(), said.encode(), hashlib.sha1).hexdigest(),
                "admin": False,
            }
            made = await anybody.ask("POST", _REGISTER, msgspec.json.encode(body))
            tokens.append(msgspec.json.decode(made)["access_token"])
    return tokens


async def fill(server: Server, tokens: list[str], rooms: int, messages: int) -> str:
    """Make rooms that all are in, each with so many messages; return the id of the last room."""
    async with AsyncExitStack() as stack:
        apps = [AppClient(server, token) for token in tokens]
        for app in apps:
            await app.connect(stack)
        room = ""
        for number in range(rooms):
            made = {"preset": "public_chat", "name": f"Room {number}"}
            room = (await _do(apps[0], "POST", "/createRoom", made))["room_id"]
            for app in apps[1:]:
                await _do(app, "POST", f"/join/{room}", {})
            for said in range(messages):
                content = {"msgtype": "m.text", "body": TEXT.format(said)}
                path = f"/rooms/{room}/send/m.room.message/{next(_transactions)}"
                await _do(apps[said % len(apps)], "PUT", path, content)
            await asyncio.sleep(0)
        return room


async def _do(app: AppClient, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(
        await app.ask(method, V3 + path, msgspec.json.encode(body))
    )
    return found

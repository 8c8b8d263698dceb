"""Nothing that the hub or another member sends does more than it may, or ends the copy."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.api.matrix.clients.installed import require_nio
from tests.conftest import People

require_nio("vodozemac")

from nio import Event, MatrixRoom  # noqa: E402
from sqlmodel import col, select  # noqa: E402

from models import Message  # noqa: E402
from node import mirror, tables  # noqa: E402
from node.connection import Connection  # noqa: E402
from node.login import Login  # noqa: E402
from node.mirror import Heard, RoomNews  # noqa: E402
from services.db import database  # noqa: E402

ME, BEN = "@asha:hub", "@ben:hub"
LOGIN = Login("http://127.0.0.1:9", "asha", ME, "NODE", "token", "key")
ONE, OTHER = "!one:hub", "!other:hub"


@pytest.fixture(autouse=True)
async def node(people: People) -> None:
    """The tables of a node, and two rooms."""
    await database.write(tables.create)
    for room in (ONE, OTHER):
        members = [
            _event(f"{room}{who}", "m.room.member", {"membership": "join"}, who, state_key=who)
            for who in (ME, BEN)
        ]
        await take(room, state=members)


def _event(hub_id: str, kind: str, content: Any, sender: str = BEN, **more: Any) -> dict[str, Any]:
    return {
        "event_id": hub_id,
        "type": kind,
        "content": content,
        "sender": sender,
        "origin_server_ts": 1_800_000_000_000,
        **more,
    }


def said(hub_id: str, text: str, **content: Any) -> dict[str, Any]:
    """Return a message of ben's."""
    return _event(hub_id, "m.room.message", {"msgtype": "m.text", "body": text, **content})


async def take(
    room: str, *events: dict[str, Any], state: Any = (), encrypted: bool = False
) -> None:
    """Take over some events of a room."""
    timeline = [Heard(each, was_encrypted=encrypted) for each in events]
    await mirror.take(RoomNews(room, state, timeline), ME)


async def texts(room: str) -> list[str]:
    """Return what is shown of a room."""
    from node import rooms

    return await database.read(
        lambda session: list(
            session.exec(
                select(Message.text)
                .where(
                    Message.room_id == rooms.known(session, room),
                    col(Message.deleted_at).is_(None),
                )
                .order_by(col(Message.seq))
            )
        )
    )


def edit(hub_id: str, target: str, text: str) -> dict[str, Any]:
    """Return an edit of ben's."""
    new = {"msgtype": "m.text", "body": text}
    relation = {"rel_type": "m.replace", "event_id": target}
    return said(hub_id, text, **{"m.new_content": new, "m.relates_to": relation})


async def test_another_room_changes_nothing_here() -> None:
    await take(ONE, said("$first", "Tea at five"), encrypted=True)
    await take(OTHER, edit("$edit", "$first", "Send me money"))
    await take(OTHER, _event("$gone", "m.room.redaction", {"redacts": "$first"}))
    assert await texts(ONE) == ["Tea at five"]
    await take(ONE, edit("$better", "$first", "Tea at six"), encrypted=True)
    assert await texts(ONE) == ["Tea at six"]


async def test_nothing_is_deleted_by_what_is_encrypted() -> None:
    await take(ONE, said("$first", "Tea at five"))
    event = Event.parse_event(_event("$gone", "m.room.redaction", {"redacts": "$first"}))
    event.decrypted = True
    connection = Connection.__new__(Connection)
    connection.trust = _Trusting()
    await mirror.take(RoomNews(ONE, (), [connection._heard(event, ONE)]), ME)
    assert await texts(ONE) == ["Tea at five"]


ODD: dict[str, dict[str, Any]] = {
    "a reply to half a character": said(
        "$odd", "Hello", **{"m.relates_to": {"m.in_reply_to": {"event_id": "\ud800"}}}
    ),
    "an edit of it": edit("$odd", "\ud800", "Hello"),
    "an event called so": said("$\ud800", "Hello"),
    "a sender called so": _event("$odd", "m.room.message", {"body": "Hello"}, "@\ud800:hub"),
    "rights that are a list": _event("$odd", "m.room.power_levels", [1], state_key=""),
    "a member with a list": _event("$odd", "m.room.member", [1], state_key=BEN),
    "a member called so": _event(
        "$odd", "m.room.member", {"membership": "join"}, state_key="@\ud800:hub"
    ),
}


@pytest.mark.parametrize("what", ODD)
async def test_what_is_odd_is_left_out(what: str) -> None:
    await take(ONE, said("$first", "Before"), ODD[what], said("$last", "After"))
    assert await texts(ONE) == ["Before", "After"]
    await take(OTHER, said("$other", "Elsewhere"), state=[ODD[what]])
    assert await texts(OTHER) == ["Elsewhere"]


@pytest.mark.parametrize("payload", [b"\xff", b"[" * 40_000, b"{}", b"[]"])
async def test_what_is_encrypted_ends_no_sync(payload: bytes, tmp_path: Path) -> None:
    connection = Connection(LOGIN, tmp_path, asyncio.Lock())
    client, olm = connection.client, connection.client.olm
    olm.create_outbound_group_session(ONE)
    session = olm.outbound_group_sessions[ONE]
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "sender_key": olm.account.identity_keys["curve25519"],
        "session_id": session.id,
        "device_id": LOGIN.device_id,
        "ciphertext": session._session.encrypt(payload).to_base64(),
    }
    event = Event.parse_event(_event("$odd", "m.room.encrypted", content, ME))
    try:
        client._handle_timeline_event(event, ONE, MatrixRoom(ONE, ME), set())
    finally:
        await connection.close()


class _Trusting:
    def is_from_signed_device(self, _event: object) -> bool:
        return True

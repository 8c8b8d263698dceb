"""Frames of a websocket as pages send them, changed at random.

From the outside in: RFC 6455, Engine.IO 4, Socket.IO 5, NiceGUI's events, and our own.
"""

from random import Random
from typing import Any

from msgspec import structs

from benchmarks.fuzz.mutations import deep, mutate, mutate_fields, to_json, value
from benchmarks.page_html import PageState
from chat_ui.realtime import protocol
from chat_ui.realtime.protocol import ClientEvent

MASK = b"\0\0\0\0"
EVENTS = tuple(
    each
    for each in vars(protocol).values()
    if isinstance(each, type) and issubclass(each, ClientEvent) and each is not ClientEvent
)
GOOD: dict[str, Any] = {
    "room": 1,
    "seq": 1,
    "last": 0,
    "before": 5,
    "active": True,
    "people": [1, 2],
    "zone": "Asia/Kolkata",
    "path": "/rooms/1",
    "id": "message-0001",
    "text": "hello **you**",
    "action": "pin",
    "on": True,
    "emoji": "👍",
    "numbers": [1],
    "asked": 1,
    "start": "as",
    "words": "lob",
    "answer": "{}",
}


def frame(payload: bytes, *, opcode: int = 1, first: int | None = None) -> bytes:
    """Return a websocket frame as a client sends it (RFC 6455 §5.2), with a mask of zeros.

    `first` is another first byte than that of a whole frame with `opcode`.
    """
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65536:
        length = b"\xfe" + size.to_bytes(2)
    else:
        length = b"\xff" + size.to_bytes(8)
    return bytes([0x80 | opcode if first is None else first]) + length + MASK + payload


def any_frame(random: Random, page: PageState) -> bytes:
    """Return a frame of any kind."""
    kind = random.choices(
        (_event, _callback, _nicegui, _socketio, _engineio, _raw), weights=(55, 25, 8, 4, 4, 4)
    )[0]
    return kind(random, page)


def _text(text: str) -> bytes:
    return frame(text.encode(errors="surrogatepass"))


def _event(random: Random, page: PageState) -> bytes:
    """Return one of our own events."""
    kind = random.choice(EVENTS)
    fields = {each.name: GOOD.get(each.name, 1) for each in structs.fields(kind)}
    if kind is protocol.OpenDirect:
        fields["people"] = ["1"]
    if kind is protocol.Send:
        fields["id"] = f"fuzz-{random.randrange(10**12)}"
    detail: Any = mutate_fields(random, fields) if random.random() < 0.8 else fields
    if random.random() < 0.05:
        detail = value(random)
    event: Any = kind.EVENT if random.random() < 0.97 else value(random)
    sent = page.event("data-frame", True, "client_event", None)
    sent["args"] = [to_json({"detail": {"event": event, "detail": detail}})]
    return _text("42" + to_json(["event", sent]))


def _callback(random: Random, page: PageState) -> bytes:
    """Return an event of any element, which its view handles."""
    element, listener = random.choice(page.listeners())
    arguments = [to_json(value(random)) for _ in range(random.choice((0, 1, 1, 2)))]
    sent = {
        "id": element,
        "client_id": page.client_id,
        "listener_id": listener,
        "args": arguments,
    }
    if random.random() < 0.3:
        changed = mutate_fields(random, sent)
        sent = {**changed, "client_id": page.client_id}
    return _text("42" + to_json(["event", sent]))


def _nicegui(random: Random, page: PageState) -> bytes:
    """Return another of NiceGUI's events."""
    fields: dict[str, dict[str, Any]] = {
        "handshake": {
            "client_id": page.client_id,
            "document_id": "d1",
            "tab_id": "t1",
            "old_tab_id": "",
            "next_message_id": 0,
            "environ": {},
        },
        "ack": {"client_id": page.client_id, "next_message_id": 1},
        "javascript_response": {"client_id": page.client_id, "request_id": "r", "result": 1},
        "log": {"client_id": page.client_id, "level": "error", "message": "x"},
    }
    name = random.choice(tuple(fields))
    sent: Any = mutate_fields(random, fields[name])
    more = [value(random)] if random.random() < 0.1 else []
    number = random.choice(("", "", "7", "99999999999999999999"))
    return _text(f"42{number}{to_json([name, sent, *more])}")


def _socketio(random: Random, page: PageState) -> bytes:
    """Return a frame of Socket.IO that no page sends."""
    placeholder = {"_placeholder": True, "num": random.choice((0, -1, 5, 10**9))}
    packets = (
        "40",
        "40/other,",
        '40{"token":"x"}',
        "41",
        "41/other,",
        "42/other," + to_json(["event", {}]),
        "42" + to_json([value(random), value(random)]),
        "42" + to_json(value(random)),
        "42[" + "9" * 5_000 + "]",
        "42" + "9" * 5_000 + '["event",{}]',
        "43" + str(random.choice((0, 1, -1, 10**30))) + to_json([value(random)]),
        "44" + to_json(value(random)),
        f"45{random.choice((0, 1, 2, 10**9))}-" + to_json(["event", placeholder]),
        f"46{random.choice((1, 10**9))}-" + to_json([placeholder]),
        "4" + str(random.randrange(10)),
        "42" + "[" * random.choice((10, 900, 50_000)),
        "42" + to_json(["event", deep(random)]),
        "4",
    )
    chosen = random.choice(packets).encode(errors="surrogatepass")
    return frame(mutate(random, chosen) if random.random() < 0.5 else chosen)


def _engineio(random: Random, page: PageState) -> bytes:
    """Return a packet of Engine.IO that no page sends."""
    packets = (
        *("", "0", "0{}", "1", "2", "2probe", "3", "3probe", "3" + "x" * 3_000, "5", "6", "7", "b"),
        *("bAAAA", "b!", "-1", "²", "٣", "4\x1e4\x1e2", "3" + to_json(value(random))),
    )
    chosen = random.choice(packets).encode(errors="surrogatepass")
    return frame(chosen, opcode=random.choice((1, 1, 1, 2)))


def _raw(random: Random, page: PageState) -> bytes:
    """Return a frame that is none by RFC 6455, or of an unusual kind."""
    payload = random.choice((b"", b"42", b"2", b"\xff\xff", b"\x03\xe8", b"\0" * 125, b"x" * 126))
    if random.random() < 0.5:
        return frame(payload, first=random.randrange(256))
    frames = (
        frame(payload, opcode=9) + frame(payload, opcode=10),
        frame(payload, opcode=8),
        frame(b"\x03\xe8\xff\xff", opcode=8),
        frame(b"\x00\x01", opcode=8),
        frame(payload, first=1) + frame(payload, first=0x80),
        frame(payload, first=0x80),
        frame(b"\xc3\x28"),
        frame(b"\xed\xa0\x80"),
        b"\x81\x05hello",  # without a mask
        b"\x81\xff" + b"\xff" * 8 + MASK,
        frame(b"4" * 300_000),
    )
    return mutate(random, random.choice(frames)) if random.random() < 0.3 else random.choice(frames)

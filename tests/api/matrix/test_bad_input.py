"""What is wrong gets a code of the specification and one sentence, and stores nothing."""

import json
import random
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from api.matrix import matrix
from chat_ui.server.routes import file_routes
from services.core import app_context
from services.core.limits.rate_limits import RateLimit, RateLimits
from services.db import database
from services.messages import history
from services.rooms import rooms
from tests.api.matrix.app import V3, App, app_of, room_id
from tests.conftest import People


def refused(answer: httpx.Response, status: int, code: str) -> None:
    """Check how a request was refused."""
    body = answer.json()
    assert (answer.status_code, body["errcode"]) == (status, code)
    assert body["error"].endswith("."), body
    assert answer.headers["access-control-allow-origin"] == "*"


def path(room: int, rest: str) -> str:
    return f"/rooms/{quote(room_id(room))}/{rest}"


async def test_without_a_token_of_ours(people: People) -> None:
    refused(await App(None).ask("GET", "/sync"), 401, "M_MISSING_TOKEN")
    for token in ("made-up", "sct_" + "x" * 43, "s" * 10_000):
        answer = await App(None, token).ask("GET", "/sync")
        refused(answer, 401, "M_UNKNOWN_TOKEN")
    asha = await app_of(people.asha)
    token = asha.http.headers.pop("authorization").removeprefix("Bearer ")
    refused(await asha.ask("GET", "/sync", access_token=token), 401, "M_MISSING_TOKEN")


async def test_who_guesses_tokens_is_slowed_down(people: People) -> None:
    stranger = App(None, "made-up")
    while (answer := await stranger.ask("GET", "/sync")).status_code == 401:
        pass
    refused(answer, 429, "M_LIMIT_EXCEEDED")
    assert answer.json()["retry_after_ms"] > 0


async def test_a_guesser_is_refused_before_the_database_is_asked(
    people: People, asha: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asha.do("GET", "/account/whoami")
    late = await app_of(people.ben)
    stranger = App(None, f"sct_{'x' * 43}")
    while (await stranger.ask("GET", "/sync")).status_code == 401:
        pass
    # Who was here before goes on, from the same address.
    await asha.do("GET", "/account/whoami")

    async def read_cached(*_args: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(database, "read_cached", read_cached)
    for app in (stranger, late):
        refused(await app.ask("GET", "/sync"), 429, "M_LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    ("method", "where"),
    [
        ("GET", "/_matrix/client/versions"),
        ("GET", f"{V3}/login"),
        ("POST", f"{V3}/login"),
        ("OPTIONS", f"{V3}/sync"),
        ("DELETE", "/_matrix/made-up"),
        ("GET", f"{V3}/sync"),
    ],
)
async def test_requests_of_nobody_are_counted(people: People, method: str, where: str) -> None:
    app_context.use(replace(app_context.current(), rate_limits=few_visits()))
    stranger = App(None)
    for _time in range(3):
        assert (await stranger.http.request(method, where)).status_code != 429
    refused(await stranger.http.request(method, where), 429, "M_LIMIT_EXCEEDED")


async def test_several_processes_answer_no_apps(people: People, asha: App) -> None:
    context = app_context.current()
    settings = context.settings.model_copy(update={"bus": SecretStr("redis://localhost")})
    app_context.use(replace(context, settings=settings, rate_limits=few_visits()))
    try:
        refused(await App(None).ask("POST", "/login", {}), 503, "M_UNKNOWN")
        for app in (asha, App(None)):
            refused(await app.ask("GET", "/sync"), 503, "M_UNKNOWN")
        refused(await asha.ask("GET", "/sync"), 429, "M_LIMIT_EXCEEDED")
    finally:
        app_context.use(context)  # else it stops as one of several, too


def few_visits() -> RateLimits:
    """Return limits of three requests without a session."""
    limits = app_context.current().rate_limits
    return replace(limits, visit=RateLimit("3 per minute"))


async def test_what_the_chat_does_not_do(people: People, asha: App) -> None:
    for method, where in (
        ("POST", "/search"),
        ("GET", "/voip/made-up"),
        ("DELETE", "/sync"),
        ("GET", "/../../r0/sync"),
    ):
        refused(await asha.ask(method, where), 404, "M_UNRECOGNIZED")
    answer = await asha.http.request("OPTIONS", "/_matrix/client/v3/sync")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


@pytest.mark.parametrize("room", ["foreign", "missing", "other server", "malformed"])
async def test_a_room_of_others_is_one_that_is_not_there(people: People, room: str) -> None:
    chen = await app_of(people.chen)
    name = {
        "foreign": room_id(people.room),
        "missing": room_id(999_999),
        "other server": "!1:elsewhere.example.org",
        "malformed": "#x",
    }[room]
    where = f"/rooms/{quote(name, safe='')}"
    text = {"msgtype": "m.text", "body": "Hello"}
    like = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$m1", "key": "👍"}}
    for method, rest, body in (
        ("PUT", "/send/m.room.message/1", text),
        ("PUT", "/send/m.reaction/2", like),
        ("PUT", "/redact/$m1/3", {}),
        ("PUT", "/redact/$e1/3", {}),
        ("GET", "/messages", None),
        ("GET", "/event/$m1", None),
        ("GET", "/event/$e1", None),
        ("GET", "/context/$m1", None),
        ("GET", "/state", None),
        ("GET", "/state/m.room.name", None),
        ("PUT", "/state/m.room.name", {"name": "Mine"}),
        ("GET", "/members", None),
        ("GET", "/joined_members", None),
        ("POST", "/invite", {"user_id": chen.user}),
        ("POST", "/kick", {"user_id": chen.user}),
        ("POST", "/leave", {}),
        ("POST", "/join", {}),
        ("POST", "/receipt/m.read/$m1", {}),
        ("PUT", f"/typing/{chen.user}", {"typing": True}),
    ):
        answer = await chen.ask(method, where + rest, body)
        refused(answer, 404, "M_NOT_FOUND")
    assert (await history.older(people.asha, people.room, 10**6)).messages == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "M_NOT_JSON"),
        (b"\xff", "M_NOT_JSON"),
        (b'{"body": NaN}', "M_NOT_JSON"),
        (b'{"msgtype": "m.text", "body": "x", "more": 1e999}', "M_BAD_JSON"),
        (b'{"msgtype": "m.text", "body": "x", "more": [-1e999]}', "M_BAD_JSON"),
        (b'{"msgtype": "m.text", "body": "x", "more": 9007199254740993}', "M_BAD_JSON"),
        (b'{"msgtype": "m.text", "body": "x", "more": -%s}' % (b"9" * 400), "M_BAD_JSON"),
        (b'{"msgtype": "m.text", "body": "\\ud800"}', "M_NOT_JSON"),
        (b"[" * 5_000, "M_NOT_JSON"),
        (b'{"a":' * 30 + b"1" + b"}" * 30, "M_BAD_JSON"),
        ([], "M_BAD_JSON"),
        ({}, "M_BAD_JSON"),
        ({"msgtype": "m.text"}, "M_BAD_JSON"),
        ({"msgtype": "m.text", "body": 7}, "M_BAD_JSON"),
        ({"msgtype": "m.text", "body": ""}, "M_BAD_JSON"),
        ({"msgtype": "m.text", "body": "x" * 20_000}, "M_BAD_JSON"),
        ({"msgtype": "m.image", "body": "x.png", "url": 7}, "M_BAD_JSON"),
        ({"msgtype": ["m.text"], "body": "x"}, "M_BAD_JSON"),
        ({"body": "x", "m.relates_to": {"rel_type": "m.replace", "event_id": "$m1"}}, "M_BAD_JSON"),
    ],
)
async def test_a_malformed_message(people: People, asha: App, body: Any, code: str) -> None:
    answer = await asha.ask("PUT", path(people.room, "send/m.room.message/1"), body)
    refused(answer, 400, code)
    assert (await history.older(people.asha, people.room, 10**6)).messages == []


async def test_what_is_too_large(people: People, asha: App) -> None:
    body = {"msgtype": "m.text", "body": "x" * 65_536}
    answer = await asha.ask("PUT", path(people.room, "send/m.room.message/1"), body)
    refused(answer, 413, "M_TOO_LARGE")
    refused(await asha.ask("GET", "/sync", filter="{" + "x" * 50_000), 413, "M_TOO_LARGE")
    answer = await asha.ask("POST", f"/user/{quote(asha.user)}/filter", b"[" + b"1," * 10**6)
    refused(answer, 413, "M_TOO_LARGE")


async def test_a_position_of_another_server(people: People, asha: App) -> None:
    for token in ("s72594_4483_1934", "made up", "s-1_0_0_0", "s" + "9" * 400, "s١_0_0_0"):
        refused(await asha.ask("GET", "/sync", since=token), 400, "M_INVALID_PARAM")
        where = path(people.room, "messages")
        refused(await asha.ask("GET", where, **{"from": token}), 400, "M_INVALID_PARAM")


async def test_events_of_another_room(people: People, asha: App, ben: App) -> None:
    other = await rooms.create(people.ben, name="Other", topic="", private=True)
    secret = await ben.send(other, "secret")
    for where in (f"event/{secret}", f"context/{secret}"):
        refused(await asha.ask("GET", path(people.room, where)), 404, "M_NOT_FOUND")
    refused(await asha.ask("PUT", path(people.room, f"redact/{secret}/1"), {}), 404, "M_NOT_FOUND")
    reply = {"m.in_reply_to": {"event_id": secret}}
    body = {"msgtype": "m.text", "body": "x", "m.relates_to": reply}
    answer = await asha.ask("PUT", path(people.room, "send/m.room.message/1"), body)
    refused(answer, 404, "M_NOT_FOUND")


async def test_what_apps_store_is_bounded(people: People, asha: App, no_limits: None) -> None:
    where = f"/user/{quote(asha.user)}/account_data"
    answer = await asha.ask("PUT", f"{where}/org.x", {"text": "x" * 20_000})
    refused(answer, 413, "M_TOO_LARGE")
    refused(await asha.ask("PUT", f"{where}/a%00b", {}), 413, "M_TOO_LARGE")
    refused(await asha.ask("PUT", f"{where}/m.direct", {}), 403, "M_FORBIDDEN")
    for number in range(100):
        await asha.do("PUT", f"{where}/org.x{number}", {})
    refused(await asha.ask("PUT", f"{where}/org.more", {}), 400, "M_BAD_JSON")
    await asha.do("PUT", f"{where}/org.x7", {"again": True})


async def test_state_that_the_chat_does_not_have(people: People, asha: App, ben: App) -> None:
    for kind in ("m.room.avatar", "m.room.tombstone", "org.example"):
        refused(await asha.ask("PUT", path(people.room, f"state/{kind}"), {}), 403, "M_FORBIDDEN")
    refused(
        await ben.ask("PUT", path(people.room, "state/m.room.name"), {"name": "Mine"}),
        403,
        "M_FORBIDDEN",
    )


VALUES: tuple[Any, ...] = (
    *(None, True, 7, -1, 10**30, 1.5, "", "x", "\ud800", "\x00", "@", "$m1", "$e1", "!1:x"),
    *([], {}, ["x"], {"x": 1}, [None], [[]], "x" * 5_000, "m.text", "m.replace", "$m" + "9" * 14),
    "m.megolm.v1.aes-sha2",
)
NAMES = (
    *("msgtype", "body", "m.relates_to", "rel_type", "event_id", "key", "m.new_content", "reason"),
    *(
        "m.in_reply_to",
        "user_id",
        "name",
        "topic",
        "invite",
        "is_direct",
        "preset",
        "users",
        "type",
    ),
    *("pinned", "typing", "m.read", "m.fully_read", "filter", "generic_search_term", "room"),
    *("timeline", "limit", "state", "initial_state", "identifier", "user", "password", "device_id"),
    *("initial_device_display_name", "display_name", "devices", "visibility"),
    *("algorithm", "ciphertext", "content", "session_id"),
    *("url", "filename", "displayname", "avatar_url", "search_term", "presence"),
)


QUERIES = [
    "since",
    "from",
    "to",
    "dir",
    "limit",
    "filter",
    "timeout",
    "version",
    "width",
    "filename",
]


def anything(dice: random.Random, depth: int = 0) -> Any:
    """Return any value, mostly an object with names that count somewhere."""
    if depth > 3 or dice.random() < 0.3:
        return dice.choice(VALUES)
    return {dice.choice(NAMES): anything(dice, depth + 1) for _each in range(dice.randint(0, 4))}


@pytest.mark.parametrize("number", range(3))
async def test_nothing_breaks_it(people: People, asha: App, number: int, no_limits: None) -> None:
    """Anything at all, sent to every address: no answer is an error of the server."""
    dice = random.Random(number)
    await asha.send(people.room, "Hello")
    routes = [
        (method, getattr(route, "path", ""))
        for route in matrix.routes(file_routes)
        for method in getattr(route, "methods", None) or ["PATCH"]
    ]
    parts = {
        "room": [room_id(people.room)] * 4 + ["!1", "%00", "x"],
        "event": ["$m1"] * 3 + ["$e1", "$m0", "$x", "%F0%9F"],
        "user": [asha.user, "@ben:x", "@u/1", "@"],
        "type": [
            "m.room.message",
            "m.room.encrypted",
            "m.room.encryption",
            "m.reaction",
            "m.room.name",
            "m.room.topic",
            "m.direct",
            "%00",
        ],
        "transaction": ["1", "%ff", "x" * 500],
        "key": ["", asha.user],
        "filter": ["f20", "f", "{", "f٣"],
        "device": ["x", "%00"],
        "kind": ["m.read"],
        "version": ["1", "x", "%00"],
        "session": ["x", "%00"],
        "rest": ["x"],
        "server": [room_id(1).partition(":")[2]] * 3 + ["x", "%00"],
        "media": ["m1", "m1-p", "0" * 32, "a1-" + "0" * 64, "%00", "x" * 500],
        "name": ["", "x", "%00"],
        "alias": ["%23x:x", "%00"],
        "relation": ["m.annotation", "m.replace", "%00"],
    }
    for _time in range(1500):
        method, pattern = dice.choice(routes)
        if "logout" in pattern or (method == "DELETE"):
            continue
        for name, values in parts.items():
            for form in (f"{{{name}}}", f"{{{name}:path}}"):
                pattern = pattern.replace(form, quote(dice.choice(values), safe="%"))
        query = {
            each: str(dice.choice(VALUES[2:]))[:2000].encode("utf-8", "replace").decode()
            for each in dice.sample(QUERIES, 2)
        }
        if query.get("timeout", "").isdecimal():
            query["timeout"] = "0"
        body = anything(dice) if method in ("POST", "PUT") else None
        answer = await asha.http.request(
            method, pattern, content=None if body is None else _encoded(body), params=query
        )
        assert answer.status_code < 500, (method, pattern, query, body, answer.text)
        assert answer.status_code == 200 or answer.json()["errcode"].startswith("M_")


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode()

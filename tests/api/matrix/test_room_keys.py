"""The backup of the keys of rooms: versions, which of two keys stays, and what is too much."""

from typing import Any
from urllib.parse import quote

import pytest
from sqlmodel import Session, col, select

from models import KeyBackup
from services.db import database
from services.keys import backup_keys, key_backups
from tests.api.matrix.app import App
from tests.api.matrix.test_bad_input import refused
from tests.conftest import People

pytestmark = pytest.mark.usefixtures("no_limits")

ALGORITHM = "m.megolm_backup.v1.curve25519-aes-sha2"
ROOM = "!7:chat.example"
KEYS = "/room_keys/keys"
OF_ROOM = f"{KEYS}/{quote(ROOM, safe='')}"


def key(text: str = "x", *, first: int = 5, forwarded: int = 1, verified: bool = False) -> Any:
    """Return the key of a session."""
    return {
        "first_message_index": first,
        "forwarded_count": forwarded,
        "is_verified": verified,
        "session_data": {"ciphertext": text},
    }


async def create(app: App, name: str = "public") -> str:
    """Begin a version of a backup."""
    body = {"algorithm": ALGORITHM, "auth_data": {"public_key": name}}
    return str((await app.do("POST", "/room_keys/version", body))["version"])


async def test_versions(asha: App, ben: App) -> None:
    refused(await asha.ask("GET", "/room_keys/version"), 404, "M_NOT_FOUND")
    first = await create(asha)
    second = await create(asha, "other")
    assert first != second
    told = await asha.do("GET", "/room_keys/version")
    expected = {"algorithm": ALGORITHM, "auth_data": {"public_key": "other"}, "count": 0}
    assert told == expected | {"version": second, "etag": "0"}
    body = {"algorithm": ALGORITHM, "auth_data": {"public_key": "third"}, "version": first}
    await asha.do("PUT", f"/room_keys/version/{first}", body)
    told = await asha.do("GET", f"/room_keys/version/{first}")
    assert told["auth_data"] == {"public_key": "third"}
    refused(await ben.ask("GET", f"/room_keys/version/{first}"), 404, "M_NOT_FOUND")
    refused(await ben.ask("DELETE", f"/room_keys/version/{first}"), 404, "M_NOT_FOUND")
    for _time in range(2):
        await asha.do("DELETE", f"/room_keys/version/{second}")
    assert (await asha.do("GET", "/room_keys/version"))["version"] == first
    refused(await asha.ask("GET", f"/room_keys/version/{second}"), 404, "M_NOT_FOUND")
    assert await create(asha) not in (first, second), "no version is used again"


async def test_keys_are_stored_and_read(asha: App) -> None:
    version = await create(asha)
    answer = await asha.do("PUT", f"{OF_ROOM}/a%2Fb", key("one"), version=version)
    assert answer["count"] == 1
    more = {"sessions": {"c": key("two"), "d": key("three")}}
    answer = await asha.do("PUT", OF_ROOM, more, version=version)
    assert answer["count"] == 3
    rest = {"rooms": {"!8:x": {"sessions": {"a/b": key("four")}}}}
    answer = await asha.do("PUT", KEYS, rest, version=version)
    assert (answer["count"], answer["etag"]) == (4, "4")
    told = await asha.do("GET", "/room_keys/version")
    assert (told["count"], told["etag"]) == (4, "4")
    assert await asha.do("GET", f"{OF_ROOM}/a%2Fb", version=version) == key("one")
    of_room = await asha.do("GET", OF_ROOM, version=version)
    assert of_room == {"sessions": {"a/b": key("one")} | more["sessions"]}
    everything = await asha.do("GET", KEYS, version=version)
    assert everything == {"rooms": {ROOM: of_room} | rest["rooms"]}
    answer = await asha.do("DELETE", f"{OF_ROOM}/c", version=version)
    assert (answer["count"], answer["etag"]) == (3, "5")
    assert (await asha.do("DELETE", OF_ROOM, version=version))["count"] == 1
    assert await asha.do("GET", OF_ROOM, version=version) == {"sessions": {}}
    assert (await asha.do("DELETE", KEYS, version=version))["count"] == 0
    assert await asha.do("GET", KEYS, version=version) == {"rooms": {}}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (key("b", verified=True, first=9, forwarded=9), key("w", first=0, forwarded=0)),
        (key("b", first=4, forwarded=9), key("w", first=5, forwarded=0)),
        (key("b", forwarded=0), key("w", forwarded=1)),
    ],
)
async def test_the_better_key_stays(asha: App, better: Any, worse: Any) -> None:
    version = await create(asha)
    etags = [
        (await asha.do("PUT", f"{OF_ROOM}/s", each, version=version))["etag"]
        for each in (worse, better, worse, better)
    ]
    assert etags == ["1", "2", "2", "2"]
    assert await asha.do("GET", f"{OF_ROOM}/s", version=version) == better


async def test_only_the_newest_version_takes_keys(asha: App, ben: App) -> None:
    first = await create(asha)
    await asha.do("PUT", f"{OF_ROOM}/s", key("kept"), version=first)
    second = await create(asha)
    answer = await asha.ask("PUT", f"{OF_ROOM}/s", key(), version=first)
    refused(answer, 403, "M_WRONG_ROOM_KEYS_VERSION")
    assert answer.json()["current_version"] == second
    assert await asha.do("GET", f"{OF_ROOM}/s", version=first) == key("kept")
    refused(await asha.ask("GET", f"{OF_ROOM}/s", version=second), 404, "M_NOT_FOUND")
    for method in ("GET", "PUT", "DELETE"):
        answer = await ben.ask(method, f"{OF_ROOM}/s", key(), version=first)
        refused(answer, 404, "M_NOT_FOUND")


async def test_a_backup_is_bounded(asha: App, monkeypatch: pytest.MonkeyPatch) -> None:
    version = await create(asha)
    monkeypatch.setattr(backup_keys, "MAX_KEYS", 2)
    await asha.do("PUT", f"{OF_ROOM}/a", key(), version=version)
    body: Any = {"sessions": {"b": key(), "c": key()}}
    refused(await asha.ask("PUT", OF_ROOM, body, version=version), 413, "M_TOO_LARGE")
    told = await asha.do("GET", "/room_keys/version")
    assert (told["count"], told["etag"]) == (1, "1"), "it takes all or nothing"
    monkeypatch.setattr(backup_keys, "MAX_KEYS", 100)
    monkeypatch.setattr(backup_keys, "MAX_SIZE", 100)
    body = key("x" * 90)
    refused(await asha.ask("PUT", f"{OF_ROOM}/b", body, version=version), 413, "M_TOO_LARGE")
    body = key("x" * 9_000)
    refused(await asha.ask("PUT", f"{OF_ROOM}/b", body, version=version), 413, "M_TOO_LARGE")
    many = {"sessions": {str(each): key() for each in range(1_001)}}
    refused(await asha.ask("PUT", OF_ROOM, many, version=version), 413, "M_TOO_LARGE")
    monkeypatch.setattr(key_backups, "MAX_VERSIONS", 1)
    more = {"algorithm": ALGORITHM, "auth_data": {}}
    refused(await asha.ask("POST", "/room_keys/version", more), 400, "M_BAD_JSON")
    large = {"algorithm": ALGORITHM, "auth_data": {"x": "x" * 9_000}}
    refused(await asha.ask("POST", "/room_keys/version", large), 413, "M_TOO_LARGE")


async def test_a_full_backup_takes_what_makes_it_no_larger(
    asha: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = await create(asha)
    kept = {"sessions": {"a": key("x" * 20, first=5), "b": key("x" * 20, first=5)}}
    await asha.do("PUT", OF_ROOM, kept, version=version)
    monkeypatch.setattr(backup_keys, "MAX_KEYS", 2)
    monkeypatch.setattr(backup_keys, "MAX_SIZE", 2 * len('{"ciphertext":""}') + 40)
    again = await asha.do("PUT", OF_ROOM, kept, version=version)
    assert (again["count"], again["etag"]) == (2, "2")
    better = key("y" * 20, first=4)
    assert (await asha.do("PUT", f"{OF_ROOM}/a", better, version=version))["etag"] == "3"
    longer = key("z" * 21, first=3)
    answer = await asha.ask("PUT", f"{OF_ROOM}/a", longer, version=version)
    refused(answer, 413, "M_TOO_LARGE")
    assert await asha.do("GET", f"{OF_ROOM}/a", version=version) == better
    monkeypatch.setattr(backup_keys, "MAX_SIZE", 10)  # as when the limit was another one
    shorter = key("y", first=3)
    await asha.do("PUT", f"{OF_ROOM}/a", shorter, version=version)
    assert await asha.do("GET", f"{OF_ROOM}/a", version=version) == shorter


async def test_only_one_deleted_version_is_remembered(people: People, asha: App) -> None:
    def read(session: Session) -> list[tuple[int, bool, str]]:
        rows = session.exec(select(KeyBackup).order_by(col(KeyBackup.version))).all()
        return [(each.version, each.is_deleted, each.algorithm) for each in rows]

    for each in range(1, 5):
        assert await create(asha) == str(each)
    for version in (1, 3, 4):
        await asha.do("DELETE", f"/room_keys/version/{version}")
    assert await database.read(read) == [(2, False, ALGORITHM), (4, True, "")]
    for version in (1, 2, 3, 4):
        await asha.do("DELETE", f"/room_keys/version/{version}")
    assert await database.read(read) == [(4, True, "")]
    for version in (0, 5):
        answer = await asha.ask("DELETE", f"/room_keys/version/{version}")
        refused(answer, 404, "M_NOT_FOUND")
    assert await create(asha) == "5", "no version is used again"


async def test_malformed_backups(asha: App) -> None:
    version = await create(asha)
    for body in (
        [],
        {},
        {"algorithm": 7, "auth_data": {}},
        {"algorithm": "x", "auth_data": []},
        {"algorithm": "", "auth_data": {}},
    ):
        refused(await asha.ask("POST", "/room_keys/version", body), 400, "M_BAD_JSON")
    for wrong in ({"version": "99"}, {"algorithm": "other"}, {"auth_data": 7}):
        body = {"algorithm": ALGORITHM, "auth_data": {}} | wrong
        answer = await asha.ask("PUT", f"/room_keys/version/{version}", body)
        refused(answer, 400, "M_BAD_JSON")
    for missing in ("", "x", "-1", "99", "9" * 30, "١"):
        refused(await asha.ask("GET", KEYS, version=missing), 404, "M_NOT_FOUND")
    for wrong in (
        {"first_message_index": "1"},
        {"first_message_index": -1},
        {"first_message_index": 1.5},
        {"first_message_index": True},
        {"first_message_index": 2**60},
        {"forwarded_count": None},
        {"is_verified": 1},
        {"session_data": "x"},
    ):
        answer = await asha.ask("PUT", f"{OF_ROOM}/s", key() | wrong, version=version)
        refused(answer, 400, "M_BAD_JSON")
    for where, body in (
        (KEYS, {}),
        (KEYS, {"rooms": {"!x:y": 7}}),
        (OF_ROOM, {"sessions": []}),
        (OF_ROOM, {"sessions": {"s": 7}}),
        (OF_ROOM, {"sessions": {"": key()}}),
        (f"{OF_ROOM}/{'s' * 300}", key()),
    ):
        answer = await asha.ask("PUT", where, body, version=version)
        refused(answer, 400, "M_BAD_JSON")
    assert (await asha.do("GET", "/room_keys/version"))["count"] == 0

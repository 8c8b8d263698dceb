"""The same requests to the chat and to Synapse: what these answer, by the names in their JSON.

What Synapse says and the chat does not is listed here by name, and explained in docs/matrix.md.
"""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.api.matrix.app import V3
from tests.api.matrix.clients.cross_signing import CrossSigning
from tests.api.matrix.clients.homes import HOMES, Home, running
from tests.http_client import PASSWORD

pytestmark = pytest.mark.long
V1 = "/_matrix/client/v1"
SLIDING = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
MEGOLM = "m.megolm.v1.aes-sha2"
ID = re.compile(r"[!@$+#].|[^.]+:\w{6,}$|s\d|[A-Z0-9_]{9,}$")
"""What names a room, person, event, key or device."""
LEGACY = "age|user_id|prev_content|replaces_state|redacted_because"
UNSIGNED = f"{LEGACY}|membership|prev_sender|redacted_by|transaction_id|m.relations|unsigned"
STATE = (
    "create|encryption|guest_access|history_visibility|join_rules|member|name|power_levels|topic"
)
DIFFERENCES = {
    "unsigned": rf"/unsigned$|/unsigned/(redacted_because/)?({UNSIGNED})(/|$)"
    rf"|[\]:t] ?/({LEGACY})(/|$)",
    "redacts": "/redacted_because/content/redacts$",
    "m.room.*": rf"^(messages|context).*\[m.room.({STATE})\]/",
    "m.topic": "/m.topic(/|$)",
    "m.room.power_levels": r"/events/m.(room|call)\.\w+$|/historical$",
    "m.push_rules": "/global/(content|postcontent|underride)",
    "last_active_ago": "/last_active_ago$",
    "m.fully_read": "m.fully_read",
    "m.typing": "^first sync: .*m.typing",
    "end": "^messages that are encrypted: /end$",
    "avatar_url": "/avatar_url$",
    "account_data": "/rooms/join/.*/account_data$|/account_data/rooms/.*$|/typing/rooms/.$",
    "summary": r"/join/\*/summary$",
    "prev_batch": "/leave/.*/prev_batch$",
    "lists.….ops": "/ops(/|$|.]/)",
    "unstable_features": "/unstable_features/",
    "capabilities": "/capabilities/",
    "m.login.application_service": "m.login.application_service",
    "devices": "^device.*/user_id$",
    "403 M_FORBIDDEN": "^(invite who is there|send where one is not): ",
    "history": "^(read|state) where one is not: ",
    "errcode": "^(a (room|position|method|person|profile)|log in somehow).*: ",
}
"""What Synapse says and the chat does not: by a name in docs/matrix.md, how to find it."""
DOCS = Path(__file__).parents[3] / "docs" / "matrix.md"


def test_what_synapse_says_the_chat_does_too_or_the_docs_name_it(tmp_path: Path) -> None:
    said = {}
    for name in HOMES:
        (tmp_path / name).mkdir()
        with running(name, tmp_path / name) as home:
            said[name] = talk(home)
    found: dict[str, list[str]] = {name: [] for name in DIFFERENCES}
    unlisted = []
    for each in lacks(said["synapse"], said["chat"]):
        names = [name for name, how in DIFFERENCES.items() if re.search(how, each)]
        unlisted += [] if names else [each]
        for name in names:
            found[name].append(each)
    assert unlisted == []
    assert [name for name, cases in found.items() if not cases] == [], "no differences any more"
    listed = DOCS.read_text().partition("## Beside Synapse")[2]
    assert [name for name in DIFFERENCES if f"`{name}`" not in listed] == []


def lacks(synapse: dict[str, set[str]], chat: dict[str, set[str]]) -> list[str]:
    """Return what only Synapse answers, after what was asked; without what is in such a thing."""
    found = []
    for what, names in synapse.items():
        missing = merged(names) - merged(chat[what])
        first = (each for each in missing if each.rpartition("/")[0] not in missing)
        found += [f"{what}: {each}" for each in sorted(first)]
    return found


def merged(names: set[str]) -> set[str]:
    """Return names with the events of a room's state among those of its timeline."""
    kept = (re.sub(r"(state|timeline)/events\[", "events[", each) for each in names)
    return {re.sub(r"\*/(required_state|timeline)\[", "*/events[", each) for each in kept}


class Asker:
    """A person's app, which notes the names in all that it is answered."""

    def __init__(
        self, home: Home, name: str, noted: dict[str, set[str]], device: str = "PHONE"
    ) -> None:
        self.name, self.noted = name, noted
        self.http = httpx.Client(base_url=home.address, timeout=20)
        identifier = {"type": "m.id.user", "user": name}
        proof = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
        given = self.ask(
            "log in", "POST", f"{V3}/login", proof | {"device_id": f"{name.upper()}{device}"}
        )
        self.proof = proof
        self.user, self.device = given["user_id"], given["device_id"]
        self.http.headers["Authorization"] = f"Bearer {given['access_token']}"

    def ask(self, what: str, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Request something; return what was answered, and note its shape."""
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = self.http.request(
            method, path, params=query, **(content if body is not None else {})
        )
        try:
            found = answer.json()
        except ValueError:
            found = answer.content.decode()
        assert answer.status_code < 500, f"{what}: {answer.text}"
        noted = self.noted.setdefault(what, set())
        noted.add(f"{answer.status_code}")
        if answer.status_code >= 400:
            noted.add(f"errcode {found.get('errcode')}")
        noted |= set(shape(found))
        return found


def shape(value: Any, path: str = "") -> Iterator[str]:
    """Return the names in some JSON. What an id names is `*`; events are told apart by type."""
    if isinstance(value, dict):
        for key, each in value.items():
            below = f"{path}/*" if ID.match(key) else f"{path}/{key}"
            yield below
            yield from shape(each, below)
    elif isinstance(value, list):
        for each in value:
            kind = each.get("type") if isinstance(each, dict) else None
            yield from shape(each, f"{path}[{kind or ''}]")


def talk(home: Home) -> dict[str, set[str]]:
    """Have two people do all that apps can do; return the names in what was answered, by what."""
    noted: dict[str, set[str]] = {}
    for name in ("asha", "ben"):
        home.register(name)
    asha, ben = Asker(home, "asha", noted), Asker(home, "ben", noted)
    tablet = Asker(home, "ben", noted, "TABLET")
    of_the_server(asha)
    room = of_rooms(asha, ben)
    of_messages(asha, ben, room)
    of_people(asha, ben, room)
    of_keys(asha, ben, room)
    of_files(asha, room)
    of_news(asha, ben, tablet, room)
    of_mistakes(asha, ben, room)
    for each in (asha, ben, tablet):
        each.http.close()
    return noted


def of_the_server(asha: Asker) -> None:
    asha.ask("versions", "GET", "/_matrix/client/versions")
    asha.ask("capabilities", "GET", f"{V3}/capabilities")
    asha.ask("ways to log in", "GET", f"{V3}/login")
    asha.ask("who am I", "GET", f"{V3}/account/whoami")
    asha.ask("devices", "GET", f"{V3}/devices")
    asha.ask("device", "GET", f"{V3}/devices/{asha.device}")
    asha.ask("name device", "PUT", f"{V3}/devices/{asha.device}", {"display_name": "Phone"})
    asha.ask("calls", "GET", f"{V3}/voip/turnServer")
    made = asha.ask("make filter", "POST", f"{V3}/user/{asha.user}/filter", {"room": {}})
    asha.ask("filter", "GET", f"{V3}/user/{asha.user}/filter/{made['filter_id']}")
    asha.ask("notification rules", "GET", f"{V3}/pushrules/")
    asha.ask("pushers", "GET", f"{V3}/pushers")


def of_rooms(asha: Asker, ben: Asker) -> str:
    encryption = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": MEGOLM}}
    body = {"name": "Encrypted", "invite": [ben.user], "initial_state": [encryption]}
    secret = asha.ask("make an encrypted room", "POST", f"{V3}/createRoom", body)["room_id"]
    ben.ask("be invited", "GET", f"{V3}/sync", timeout="0")
    ben.ask("join", "POST", f"{V3}/join/{quote(secret)}", {})
    cipher = {"algorithm": MEGOLM, "ciphertext": "AwgA", "device_id": "D", "sender_key": "k"}
    path = f"{V3}/rooms/{quote(secret)}"
    sent = asha.ask(
        "send what is encrypted",
        "PUT",
        f"{path}/send/m.room.encrypted/1",
        cipher | {"session_id": "s"},
    )["event_id"]
    asha.ask("how a room is encrypted", "GET", f"{path}/state/m.room.encryption/")
    ben.ask("what is encrypted", "GET", f"{path}/event/{quote(sent)}")
    ben.ask("messages that are encrypted", "GET", f"{path}/messages", dir="b")

    body = {"name": "Plain", "topic": "Tea", "invite": [ben.user]}
    room = asha.ask("make a room", "POST", f"{V3}/createRoom", body)["room_id"]
    path = f"{V3}/rooms/{quote(room)}"
    ben.ask("join", "POST", f"{V3}/join/{quote(room)}", {})
    ben.ask("rooms", "GET", f"{V3}/joined_rooms")
    ben.ask("members", "GET", f"{path}/members")
    ben.ask("who has joined", "GET", f"{path}/joined_members")
    ben.ask("state", "GET", f"{path}/state")
    ben.ask("name of a room", "GET", f"{path}/state/m.room.name/")
    ben.ask("roles", "GET", f"{path}/state/m.room.power_levels/")
    asha.ask("rename", "PUT", f"{path}/state/m.room.name/", {"name": "Harbour"})
    asha.ask("topic", "PUT", f"{path}/state/m.room.topic/", {"topic": "Ships"})
    asha.ask("invite who is there", "POST", f"{path}/invite", {"user_id": ben.user})
    public = {"name": "Open", "preset": "public_chat", "visibility": "public"}
    found = asha.ask("make a public room", "POST", f"{V3}/createRoom", public)["room_id"]
    ben.ask("public rooms", "GET", f"{V3}/publicRooms")
    ben.ask(
        "look for rooms", "POST", f"{V3}/publicRooms", {"filter": {"generic_search_term": "Op"}}
    )
    ben.ask("join", "POST", f"{V3}/rooms/{quote(found)}/join", {})
    ben.ask("leave", "POST", f"{V3}/rooms/{quote(found)}/leave", {})
    ben.ask("forget", "POST", f"{V3}/rooms/{quote(found)}/forget", {})
    return str(room)


def of_messages(asha: Asker, ben: Asker, room: str) -> None:
    path, numbers = f"{V3}/rooms/{quote(room)}", count(1)

    def send(who: Asker, what: str, content: Any, kind: str = "m.room.message") -> str:
        place = f"{path}/send/{kind}/{who.name}{next(numbers)}"
        return str(who.ask(what, "PUT", place, content)["event_id"])

    text = {"msgtype": "m.text", "body": "Hello"}
    first = send(asha, "send", text)
    relation = {"m.in_reply_to": {"event_id": first}}
    send(ben, "reply", text | {"m.relates_to": relation})
    relation = {"rel_type": "m.replace", "event_id": first}
    new = {"msgtype": "m.text", "body": "Hello!"}
    send(asha, "edit", text | {"m.new_content": new, "m.relates_to": relation})
    relation = {"rel_type": "m.annotation", "event_id": first, "key": "👍"}
    reaction = send(ben, "react", {"m.relates_to": relation}, "m.reaction")
    gone = send(ben, "send", text)
    ben.ask("delete", "PUT", f"{path}/redact/{quote(gone)}/1", {})
    asha.ask("event", "GET", f"{path}/event/{quote(first)}")
    ben.ask("event that is deleted", "GET", f"{path}/event/{quote(gone)}")
    ben.ask("messages", "GET", f"{path}/messages", dir="b", limit="3")
    ben.ask("context", "GET", f"{path}/context/{quote(first)}")
    relations = f"{V1}/rooms/{quote(room)}/relations/{quote(first)}"
    ben.ask("relations", "GET", relations)
    ben.ask("reactions", "GET", f"{relations}/m.annotation/m.reaction")
    ben.ask("take a reaction back", "PUT", f"{path}/redact/{quote(reaction)}/2", {})
    pins = {"pinned": [first]}
    asha.ask("pin", "PUT", f"{path}/state/m.room.pinned_events/", pins)
    ben.ask("type", "PUT", f"{path}/typing/{ben.user}", {"typing": True, "timeout": 30000})
    asha.ask("read", "POST", f"{path}/receipt/m.read/{quote(first)}", {})
    asha.ask("read up to", "POST", f"{path}/read_markers", {"m.fully_read": first, "m.read": first})


def of_people(asha: Asker, ben: Asker, room: str) -> None:
    asha.ask("profile", "GET", f"{V3}/profile/{ben.user}")
    asha.ask("display name", "GET", f"{V3}/profile/{ben.user}/displayname")
    asha.ask("rename oneself", "PUT", f"{V3}/profile/{asha.user}/displayname", {"displayname": "A"})
    asha.ask("look for people", "POST", f"{V3}/user_directory/search", {"search_term": "ben"})
    ben.ask("be here", "PUT", f"{V3}/presence/{ben.user}/status", {"presence": "online"})
    asha.ask("who is here", "GET", f"{V3}/presence/{ben.user}/status")
    data = f"{V3}/user/{asha.user}"
    asha.ask("keep", "PUT", f"{data}/account_data/org.example", {"a": 1})
    asha.ask("kept", "GET", f"{data}/account_data/org.example")
    kept = f"{data}/rooms/{quote(room)}/account_data/org.example"
    asha.ask("keep of a room", "PUT", kept, {"b": 1})
    asha.ask("kept of a room", "GET", kept)


def of_keys(asha: Asker, ben: Asker, room: str) -> None:
    for each in (asha, ben):
        keys = {f"ed25519:{each.device}": "e" * 43, f"curve25519:{each.device}": "c" * 43}
        signatures = {each.user: {f"ed25519:{each.device}": "s" * 86}}
        device = {"user_id": each.user, "device_id": each.device, "keys": keys}
        device |= {"algorithms": [MEGOLM], "signatures": signatures}
        one_time = {"signed_curve25519:AAAAAQ": {"key": "k" * 43, "signatures": signatures}}
        body = {"device_keys": device, "one_time_keys": one_time}
        each.ask("upload keys", "POST", f"{V3}/keys/upload", body)
    body = {"device_keys": {ben.user: []}}
    asha.ask("keys of somebody", "POST", f"{V3}/keys/query", body)
    body = {"one_time_keys": {ben.user: {ben.device: "signed_curve25519"}}}
    asha.ask("claim keys", "POST", f"{V3}/keys/claim", body)
    since = asha.ask("sync", "GET", f"{V3}/sync", timeout="0")["next_batch"]
    query = {"from": since, "to": since}
    asha.ask("changes of keys", "GET", f"{V3}/keys/changes", **query)
    message = {ben.user: {ben.device: {"hello": "ben"}}}
    path = f"{V3}/sendToDevice/org.example/1"
    asha.ask("send to a device", "PUT", path, {"messages": message})
    backup = {"algorithm": "m.megolm_backup.v1.curve25519-aes-sha2"}
    backup |= {"auth_data": {"public_key": "p" * 43, "signatures": {}}}
    version = asha.ask("make a backup", "POST", f"{V3}/room_keys/version", backup)["version"]
    asha.ask("backup", "GET", f"{V3}/room_keys/version")
    session = {"first_message_index": 0, "forwarded_count": 0, "is_verified": True}
    session |= {"session_data": {"ciphertext": "x", "mac": "y", "ephemeral": "z"}}
    path = f"{V3}/room_keys/keys"
    body = {"rooms": {room: {"sessions": {"session+one": session}}}}
    asha.ask("back up", "PUT", path, body, version=version)
    asha.ask("what is backed up", "GET", path, version=version)
    asha.ask("what is backed up of a room", "GET", f"{path}/{quote(room)}", version=version)


def of_files(asha: Asker, room: str) -> None:
    asha.ask("how large files may be", "GET", f"{V1}/media/config")
    path = "/_matrix/media/v3/upload"
    address = asha.ask("upload", "POST", path, b"Hello", filename="a.txt")["content_uri"]
    content = {"msgtype": "m.file", "body": "a.txt", "url": address}
    place = f"{V3}/rooms/{quote(room)}"
    sent = asha.ask("send a file", "PUT", f"{place}/send/m.room.message/f", content)["event_id"]
    asha.ask("a file's message", "GET", f"{place}/event/{quote(sent)}")
    asha.ask("download", "GET", f"{V1}/media/download/{address.removeprefix('mxc://')}")


def of_news(asha: Asker, ben: Asker, tablet: Asker, room: str) -> None:
    since = ben.ask("first sync", "GET", f"{V3}/sync", timeout="0")["next_batch"]
    lists = {"all": {"ranges": [[0, 20]], "timeline_limit": 20, "required_state": [["*", "*"]]}}
    names = ("account_data", "receipts", "typing", "to_device", "e2ee")
    body = {"lists": lists, "extensions": {each: {"enabled": True} for each in names}}
    pos = tablet.ask("first sliding sync", "POST", SLIDING, body)["pos"]
    content = {"msgtype": "m.text", "body": "News"}
    path = f"{V3}/rooms/{quote(room)}"
    sent = ben.ask("send", "PUT", f"{path}/send/m.room.message/n", content)["event_id"]
    asha.ask("read", "POST", f"{path}/receipt/m.read/{quote(sent)}", {})
    asha.ask("type", "PUT", f"{path}/typing/{asha.user}", {"typing": True, "timeout": 30000})
    message = {ben.user: {"*": {"hello": "ben"}}}
    asha.ask("send to", "PUT", f"{V3}/sendToDevice/org.example/2", {"messages": message})
    what = "sync of what is new"
    for _time in range(2):  # who has read it is told a moment later
        since = ben.ask(what, "GET", f"{V3}/sync", since=since, timeout="2000")["next_batch"]
        sliding = {"pos": pos, "timeout": "2000"}
        pos = tablet.ask(f"sliding {what}", "POST", SLIDING, body, **sliding)["pos"]
    asha.ask("remove", "POST", f"{path}/kick", {"user_id": ben.user})
    ben.ask("sync of a removal", "GET", f"{V3}/sync", since=since, timeout="2000")


def of_mistakes(asha: Asker, ben: Asker, room: str) -> None:
    text = {"msgtype": "m.text", "body": "Hello"}
    path = f"{V3}/rooms/{quote(room)}"
    ben.ask("send where one is not", "PUT", f"{path}/send/m.room.message/x", text)
    ben.ask("read where one is not", "GET", f"{path}/messages", dir="b")
    ben.ask("state where one is not", "GET", f"{path}/state")
    asha.ask("state that is not there", "GET", f"{path}/state/org.example/")
    asha.ask("an event that is not there", "GET", f"{path}/event/$none")
    asha.ask("a room that is not there", "POST", f"{V3}/join/!none:nowhere.test", {})
    asha.ask("an address that is not there", "GET", f"{V3}/none")
    asha.ask("no JSON", "POST", f"{V3}/createRoom", b"{")
    asha.ask("a position of nobody", "GET", f"{V3}/sync", since="nonsense", timeout="0")
    asha.ask("a method that is not there", "DELETE", f"{V3}/sync")
    asha.ask("no data", "GET", f"{V3}/user/{asha.user}/account_data/org.none")
    asha.ask("data of others", "GET", f"{V3}/user/{ben.user}/account_data/org.none")
    asha.ask(
        "a person who is not there", "GET", f"{V3}/profile/{asha.user.replace('asha', 'none')}"
    )
    asha.ask(
        "a profile of others", "PUT", f"{V3}/profile/{ben.user}/displayname", {"displayname": ""}
    )
    path = f"{V3}/keys/device_signing/upload"
    asha.ask("sign", "POST", path, CrossSigning(asha.user).public)
    asha.ask("sign otherwise without a password", "POST", path, CrossSigning(asha.user).public)
    wrong = asha.proof | {"password": "wrong"}
    asha.ask("log in with a wrong password", "POST", f"{V3}/login", wrong)
    asha.ask("log in somehow", "POST", f"{V3}/login", {"type": "org.example"})
    asha.ask("log out", "POST", f"{V3}/logout", {})
    asha.ask("ask without being logged in", "GET", f"{V3}/account/whoami")
    del asha.http.headers["Authorization"]
    asha.ask("ask as nobody", "GET", f"{V3}/account/whoami")

"""The protocol names every event that JavaScript and Python send each other, and its fields."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import fields

from chat_ui import all_handlers, plugins
from chat_ui.handlers import TABLE
from chat_ui.realtime import protocol, validation
from chat_ui.realtime.protocol import ClientEvent, ServerEvent
from tests.own_files import is_own

CHAT_UI = Path(__file__).parent.parent.parent.parent / "chat_ui"
SCRIPTS = {path: path.read_text(encoding="utf-8") for path in sorted(CHAT_UI.rglob("*.js"))}
PYTHON = {
    path: path.read_text(encoding="utf-8")
    for path in sorted(CHAT_UI.rglob("*.py"))
    if not is_own(path)
}
EVENTS = [
    each for each in vars(protocol).values() if isinstance(each, type) and "EVENT" in vars(each)
]
FROM_BROWSER = {each.EVENT: each for each in EVENTS if issubclass(each, ClientEvent)}
SERVER_EVENTS = [each for each in EVENTS if issubclass(each, ServerEvent)]
FROM_SERVER: dict[str, set[str]] = {}
for each in SERVER_EVENTS:
    names = {field.name for field in fields(each)}
    FROM_SERVER[each.EVENT] = FROM_SERVER.get(each.EVENT, set()) | names


def sent() -> Iterator[tuple[str, str | None]]:
    """Return what modules send: the name of an event, and its object literal if it has one."""
    for script in SCRIPTS.values():
        for name, literal in re.findall(r'sendToServer\("(\w+)", (\{.*?\})?', script, re.DOTALL):
            yield name, literal or None


def keys(literal: str) -> set[str]:
    """Return the keys of an object literal without objects in it."""
    parts = re.split(r",(?![^(\[]*[)\]])", literal.strip("{} \n"))
    return {part.partition(":")[0].strip() for part in parts if part.strip()}


def asked() -> set[str]:
    """Return what buttons with `data-ask` ask for."""
    drawn = r'data_ask="(\w+)"|data-ask=(\w+)|_ask\("\w+", (?:_\("[^"]+"\)|\w+), "(\w+)"\)'
    return {"".join(found) for source in PYTHON.values() for found in re.findall(drawn, source)}


def test_what_modules_send_is_what_the_protocol_takes() -> None:
    names = {name for name, _literal in sent()}
    assert names | asked() == set(FROM_BROWSER)


def test_what_modules_send_has_the_fields_of_the_protocol() -> None:
    checked = set()
    for name, literal in sent():
        if literal is None:
            continue
        known = {field.name for field in fields(FROM_BROWSER[name])}
        assert keys(literal) <= known, name
        checked.add(name)
    assert len(checked) > 15


def test_every_event_of_a_browser_has_a_handler() -> None:
    assert all_handlers.HANDLERS
    assert {name: route.event for name, route in TABLE.items()} == FROM_BROWSER
    assert all(route.name == f"on_{name}" for name, route in TABLE.items())


LISTENER = re.compile(r'^on\("(chat_\w+)", (.*?)^(?=\S)', re.MULTILINE | re.DOTALL)


def test_what_modules_listen_to_is_what_the_server_sends() -> None:
    listened = {
        name for script in SCRIPTS.values() for name, _rest in LISTENER.findall(script + "\nend")
    }
    assert listened == set(FROM_SERVER)


def listeners() -> Iterator[tuple[str, set[str]]]:
    """Return which fields of an event are read by each function that listens to it."""
    for script in SCRIPTS.values():
        for name, listener in LISTENER.findall(script + "\nend"):
            named = re.match(r"(\w+)\);", listener)
            if named is not None:
                found = re.search(
                    rf"function {named[1]}\(([^)]*)\)(.*?)^}}", script, re.DOTALL | re.MULTILINE
                )
                assert found is not None, named[1]
                parameter, body = found[1], found[2]
            else:
                parameter, _arrow, body = listener.partition("=>")
            yield name, taken(parameter.strip("() "), body)


def taken(parameter: str, body: str) -> set[str]:
    """Return the fields that a function takes from its parameter."""
    if parameter.startswith("{"):
        return {each.partition("=")[0].strip() for each in keys(parameter)}
    return set(re.findall(rf"\b{parameter}\.(\w+)", body)) if parameter else set()


def test_what_modules_read_of_an_event_is_in_it() -> None:
    read = list(listeners())
    assert sum(bool(names) for _event, names in read) > 12
    for event, names in read:
        assert names <= FROM_SERVER[event], event


@pytest.mark.parametrize("event", SERVER_EVENTS)
def test_an_event_of_the_server_is_sent_with_all_its_fields(event: type[ServerEvent]) -> None:
    names = [field.name for field in fields(event)]
    made = event(*names)  # type: ignore[call-arg]
    assert made.fields() == {name: name for name in names}


def test_the_server_sends_no_event_past_the_protocol() -> None:
    sends = re.compile(r'\.emit\("chat|send\("chat')
    assert [path.name for path, source in PYTHON.items() if sends.search(source)] == []


def test_what_a_browser_sends_is_validated() -> None:
    read = validation.read(protocol.CatchUp, {"room": 1, "last": 2, "unknown": 3})
    assert read == protocol.CatchUp(room=1, last=2)
    for wrong in ({"room": "1", "last": 2}, {"room": True, "last": 2}, {"last": 2}, None, 7, []):
        with pytest.raises(validation.malformed().__class__):
            validation.read(protocol.CatchUp, wrong)


def test_menu_actions_have_names_that_browsers_may_send() -> None:
    for name in plugins.ACTIONS:
        assert validation.read(protocol.MessageAction, {"action": name, "room": 1, "seq": 1})

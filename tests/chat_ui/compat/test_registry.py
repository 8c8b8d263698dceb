"""Patches of other people's libraries: checked at start, and switched off by name."""

import json
import logging
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from engineio.async_socket import AsyncSocket
from nicegui.observables import ObservableCollection
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from chat_ui.compat import registry
from chat_ui.compat.registry import Incompatible, Patch
from chat_ui.server.protocols.http_connection import HttpConnection
from chat_ui.server.protocols.websocket_connection import WebSocketConnection
from services.core.settings import Settings
from tests.command import refusal
from tests.server import PROJECT, Server

SWITCHABLE = [patch for patch in registry.patches() if not patch.is_safety]
STATE = """
import json
from htpy import _elements, _fragments
from nicegui import client, core, helpers, json as nicegui_json, outbox
from nicegui.classes import Classes
from nicegui.observables import ObservableCollection
from engineio.async_drivers import asgi
from engineio.async_socket import AsyncSocket
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from uvicorn.server import Server
from chat_ui.compat import registry, socket_guard
from chat_ui.server import socket_events
import asyncio
socket_guard.handle_with(socket_events.HANDLERS)
registry.install({setting!r})
ours = lambda found: hasattr(found, "__wrapped__")
print(json.dumps({{
    "backpressure": ours(AsyncSocket.send),
    "connection_cycles": ours(asgi._async["translate_request"]),
    "element_cycles": ours(ObservableCollection.__init__)
        and "_handle_change" in vars(Classes) and ours(outbox.Outbox.enqueue_update),
    "html_rendering": ours(_elements.chunks_as_markup) and ours(_fragments.chunks_as_markup)
        and ours(_elements._validate_children),
    "idle_pages": outbox.asyncio is not asyncio,
    "json_escaping": client.json is not nicegui_json,
    "pings": not core.sio.eio.start_service_task and ours(AsyncSocket.schedule_ping),
    "server_ticks": ours(Server.main_loop) and ours(Server.handle_exit),
    "socket_guard": ours(AsyncSocket.receive) and core.sio.packet_class is socket_guard.Frame,
    "uvicorn_connections": any(each.name == "uvicorn_connections" for each in registry.active()),
    "websocket_transport": ours(AsyncSocket._websocket_handler),
}}))
"""
"""What is really replaced, in a process where the patches are installed."""


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_installed", {})


def patch(**changes: object) -> Patch:
    """A patch of its own that notes in `done` that it was installed."""
    return replace(registry.patches()[0], **{"name": "a_patch", "bodies": {}, **changes})


def in_force(setting: str) -> dict[str, bool]:
    done = subprocess.run(
        [sys.executable, "-c", STATE.format(setting=setting)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def test_every_patch_says_what_one_has_to_know() -> None:
    for each in registry.patches():
        assert (Path(registry.__file__).parent / f"{each.name}.py").is_file()
        assert each.replaces
        assert each.why.endswith(".")
        assert each.gain
        assert each.measured_with
        assert each.tried_with
        text = " ".join((sys.modules[f"chat_ui.compat.{each.name}"].__doc__ or "").split())
        if each.is_safety:
            assert "Safety rests on this: it cannot be switched off" in text
        else:
            assert f"Gain: {each.gain}" in text
            assert f"`{each.measured_with}`" in text
            assert f"`CHAT_COMPAT={each.name}`" in text
    assert {each.name for each in registry.patches() if each.is_safety} == registry.SAFETY


def test_no_two_patches_replace_the_same() -> None:
    replaced = Counter(target for each in registry.patches() for target in each.replaces)
    assert [target for target, count in replaced.items() if count > 1] == []


@pytest.mark.parametrize("each", registry.patches(), ids=lambda each: each.name)
def test_it_fits_the_libraries_that_are_installed(each: Patch) -> None:
    assert each.mismatch() == ""


@pytest.mark.long  # starts a server for it
def test_without_a_setting_all_are_in_force() -> None:
    assert all(in_force("").values())


@pytest.mark.long  # starts another server
def test_off_leaves_the_libraries_as_they_come_but_for_safety() -> None:
    assert {name for name, is_ours in in_force("off").items() if is_ours} == registry.SAFETY


@pytest.mark.long  # `off` goes the same way, and which names a setting leaves out is tested below
def test_a_name_leaves_out_that_one() -> None:
    state = in_force("idle_pages, json_escaping")
    assert {name for name, is_ours in state.items() if not is_ours} == {
        "idle_pages",
        "json_escaping",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"expects": {"engineio.async_socket:AsyncSocket.send": "self, packet"}},
        {"expects": {"engineio.async_socket:AsyncSocket.send_all": "self"}},
        {"expects": {"engineio.no_module:thing": registry.ANY}},
        {"bodies": {"engineio.async_socket:AsyncSocket.send": "0" * 16}},
        {"uses": {"engineio.async_socket:AsyncSocket.send": "queue nothing_of_that_name"}},
        {"uses": {"engineio.async_socket:AsyncSocket.send_all": "queue"}},
        {"check": lambda: "something is missing"},
    ],
)
def test_what_does_not_fit_stands_aside_with_one_warning(
    wrong: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    done: list[int] = []
    odd = patch(install=lambda: done.append(1), **wrong)
    with caplog.at_level(logging.WARNING):
        odd.apply(frozenset())
    assert done == []
    assert not odd.is_active
    [warning] = caplog.records
    assert warning.getMessage().startswith("compat: a_patch is skipped: ")


def test_each_of_ours_stands_aside_when_a_library_changes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def changed(self, packet, urgent) -> None:  # type: ignore[no-untyped-def]
        pass

    monkeypatch.setattr(AsyncSocket, "_websocket_handler", changed)
    websocket_transport = next(each for each in SWITCHABLE if each.name == "websocket_transport")
    websocket_transport.apply(frozenset())
    assert AsyncSocket._websocket_handler is changed
    assert "websocket_transport is skipped" in caplog.text


@pytest.mark.parametrize("setting", ["", "off"])
def test_a_patch_stands_aside_when_what_it_replaces_is_gone(
    setting: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(registry, "names", lambda: ["backpressure", "element_cycles"])
    monkeypatch.delitem(sys.modules, "chat_ui.compat.element_cycles")
    monkeypatch.delattr(ObservableCollection, "_handle_change")
    registry.install(setting)
    assert [each.name for each in registry.active()] == ["backpressure"]
    warnings = [record.getMessage() for record in caplog.records]
    assert [each.partition(": Attr")[0] for each in warnings] == (
        [] if setting else ["compat: element_cycles is skipped"]
    )


def test_what_safety_rests_on_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    async def changed(self, packet, urgent) -> None:  # type: ignore[no-untyped-def]
        pass

    for name, attribute in (("backpressure", "send"), ("socket_guard", "receive")):
        guarded = next(each for each in registry.patches() if each.name == name)
        with monkeypatch.context() as changing:
            changing.setattr(AsyncSocket, attribute, changed)
            with pytest.raises(Incompatible, match=f"AsyncSocket.{attribute} takes"):
                guarded.apply(registry.left_out("off"))
        assert not guarded.is_active


CHANGES = [
    (HttpToolsProtocol, "on_body", lambda self, chunk: None, "on_body takes"),
    (HttpToolsProtocol, "data_received", lambda self, data: None, "data_received has no"),
    (RequestResponseCycle, "receive", None, "receive is missing"),
    (WSProtocol, "handle_ping", lambda self, event, payload: None, "handle_ping takes"),
    (WSProtocol, "handle_events", lambda self: None, "handle_events has no"),
]
"""What another uvicorn could have, and what the sentence says about it."""


@pytest.mark.parametrize(("kind", "name", "changed", "reason"), CHANGES)
def test_a_uvicorn_whose_connections_would_not_be_bounded_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, kind: type, name: str, changed: object, reason: str
) -> None:
    bounds = next(each for each in registry.patches() if each.name == "uvicorn_connections")
    if changed:
        monkeypatch.setattr(kind, name, changed)
    else:
        monkeypatch.delattr(kind, name)
    sentence = rf"would not be safe: .*{reason}.*\. Install uvicorn 0\.54, wsproto 1\.3\.$"
    with pytest.raises(Incompatible, match=sentence):
        bounds.apply(registry.left_out("off"))
    assert not bounds.is_active


SUBCLASSES = [(HttpConnection, HttpToolsProtocol), (WebSocketConnection, WSProtocol)]


@pytest.mark.parametrize(("ours", "theirs"), SUBCLASSES)
def test_whatever_our_connections_override_is_checked(ours: type, theirs: type) -> None:
    bounds = next(each for each in registry.patches() if each.name == "uvicorn_connections")
    checked = {target.rpartition(".")[2] for target in bounds.expects} | {"__init__"}
    overridden = {
        name for name in vars(ours) if name in vars(theirs) and callable(vars(ours)[name])
    }
    assert len(overridden) > 4
    assert overridden <= checked


def test_a_server_that_would_not_be_safe_refuses_to_start_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import engineio.async_socket as it\n"
        "async def send(self, packet, urgent): ...\n"
        "it.AsyncSocket.send = send\n"
    )
    server = Server(tmp_path / "data", PYTHONPATH=str(tmp_path))
    ended = subprocess.run(
        server.command, env=server.variables, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        "The chat did not start, because it would not be safe: "
        "engineio.async_socket:AsyncSocket.send takes (self, packet, urgent), not (self, pkt). "
        "Install python-engineio 4.15.\n"
    )


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        (
            "nonsense",
            "nonsense is not a patch. Set CHAT_COMPAT to off, or to some of these names: ",
        ),
        ("idle_pages,off", "off is not a patch. "),
        ("socket_guard", "socket_guard keeps the chat safe and cannot be turned off."),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, setting: str, sentence: str) -> None:
    assert refusal("--data", tmp_path, "--compat", setting).startswith(sentence)


def test_the_setting_is_off_or_names() -> None:
    everything = {each.name for each in SWITCHABLE}
    assert registry.left_out("") == set()
    assert registry.left_out(" OFF ") == everything
    assert registry.left_out("idle_pages, json_escaping,") == {"idle_pages", "json_escaping"}
    assert Settings().compat in {"", "off"}


def table() -> str:
    """Return the table of the documentation."""
    rows = [("patch", "replaces", "why", "gain", "switch"), ("---",) * 5]
    for each in registry.patches():
        code = [f"`{target}`" if "." in target else target for target in each.replaces]
        switch = "none: safety" if each.is_safety else f"`CHAT_COMPAT={each.name}`"
        rows.append((f"`{each.name}`", "<br>".join(code), each.why, each.gain, switch))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def test_the_documentation_lists_every_patch() -> None:
    page = (PROJECT / "docs" / "compat.md").read_text(encoding="utf-8")
    written = page.partition("<!-- patches -->\n\n")[2].partition("\n\n<!-- end of patches -->")[0]
    assert written == table(), f"put this table there:\n{table()}"


@pytest.mark.parametrize("each", registry.patches(), ids=lambda each: each.name)
def test_the_libraries_are_bounded_to_the_minors_it_was_tried_with(each: Patch) -> None:
    pyproject = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    for tried in each.tried_with.split(", "):
        library, version = tried.split(" ")
        major, minor = version.split(".")
        assert f'"{library}>={version},<{major}.{int(minor) + 1}"' in pyproject

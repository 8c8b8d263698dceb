"""`deploy/compose.yaml` fits the chat, as far as that can be seen without containers."""

import ipaddress
import os
import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from chat_ui.server import draining, run
from services.core import settings
from services.core.settings import Settings
from tests.deploy.proxies import DEPLOY
from tests.routes import ADDRESSES
from tests.server import PROJECT, Server

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROCESSES = {name: each for name, each in SERVICES.items() if "build" in each}
SECRETS = {"POSTGRES_PASSWORD", "VALKEY_PASSWORD"}
SET_BY_HOST = {
    "CHAT_PUBLIC_URL": "https://chat.example.org",
    "POSTGRES_PASSWORD": "0123456789abcdef",
    "VALKEY_PASSWORD": "fedcba9876543210",
}
_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)([^}]*)\}")


def texts(value: object) -> list[str]:
    """Return all texts in what was read from YAML."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def environment(service: dict[str, Any]) -> dict[str, str]:
    """Return the variables of a service, with what the host has set."""
    return {
        name: _VARIABLE.sub(lambda found: SET_BY_HOST[found[1]], value)
        for name, value in service["environment"].items()
    }


@pytest.fixture
def of_process(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of one of the processes."""
    for name in os.environ:
        if name.startswith(settings.PREFIX):
            monkeypatch.delenv(name)
    for name, value in environment(PROCESSES["one"]).items():
        monkeypatch.setenv(name, value)
    return settings.load()


def test_there_are_three_processes_which_are_alike() -> None:
    assert list(PROCESSES) == ["one", "two", "three"]
    assert PROCESSES["one"] == PROCESSES["two"] == PROCESSES["three"]


def test_every_variable_is_a_setting_and_together_they_work(of_process: Settings) -> None:
    assert of_process.is_one_of_several
    assert of_process.postgres
    assert of_process.behind_proxy
    assert of_process.public_url == "https://chat.example.org"
    mounts = [each.partition(":")[2] for each in PROCESSES["one"]["volumes"]]
    assert str(of_process.data) in mounts


def test_the_host_may_set_what_is_not_set_there(
    of_process: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for process in PROCESSES.values():
        assert process["env_file"] == [{"path": ".env", "required": False}]
    example = (DEPLOY / ".env.example").read_text(encoding="utf-8")
    offered = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert not offered.keys() & environment(PROCESSES["one"]).keys()
    assert {"AWS_ACCESS_KEY_ID", "CHAT_FILES"} <= offered.keys()
    for name, value in offered.items():
        monkeypatch.setenv(name, value)
    assert settings.load().bucket
    assert settings.load().registration != of_process.registration


def test_passwords_are_set_by_the_host_and_have_no_default() -> None:
    asked = {name: rest for text in texts(COMPOSE) for name, rest in _VARIABLE.findall(text)}
    assert asked.keys() == SET_BY_HOST.keys()
    required = {
        name
        for text in texts(PROCESSES)
        for name, rest in _VARIABLE.findall(text)
        if rest.startswith(":?")
    }
    assert required == asked.keys()
    for text in texts(COMPOSE):
        assert not re.search(r"\$\{\w+:?-", text), f"{text} has a default"
    example = (DEPLOY / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == SET_BY_HOST.keys()
    assert "/deploy/.env\n" in (PROJECT / ".gitignore").read_text(encoding="utf-8")


def test_caddy_reads_the_file_that_is_tested_and_finds_all_processes(of_process: Settings) -> None:
    caddy = SERVICES["caddy"]
    assert "./Caddyfile:/etc/caddy/Caddyfile:ro" in caddy["volumes"]
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert set(re.findall(r"\{\$(\w+)", text)) == caddy["environment"].keys()
    found = caddy["environment"]["UPSTREAMS"].split()
    assert found == [f"{name}:{of_process.port}" for name in PROCESSES]
    for process in PROCESSES.values():
        assert set(caddy["networks"]) & set(process["networks"])


def test_processes_believe_caddy_alone_who_asks(of_process: Settings) -> None:
    address = SERVICES["caddy"]["networks"]["front"]["ipv4_address"]
    assert of_process.proxy_addresses == address
    [pool] = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert ipaddress.ip_address(address) in ipaddress.ip_network(pool["subnet"])
    assert ipaddress.ip_address(address) not in ipaddress.ip_network(pool["ip_range"])


def test_only_caddy_can_be_reached_from_outside(of_process: Settings) -> None:
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["caddy"]
    assert SERVICES["caddy"]["ports"] == ["80:80", "443:443"]
    assert COMPOSE["networks"]["back"]["internal"]
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["back"]
    assert of_process.listen == "0.0.0.0"


def test_a_process_has_the_time_that_it_takes_to_stop() -> None:
    [grace] = {each["stop_grace_period"] for each in PROCESSES.values()}
    takes = draining.NOTICE_SECONDS + draining.FINISH_SECONDS + run.STOP_WITHIN
    assert int(grace.removesuffix("s")) > takes + 10


def test_it_is_asked_whether_it_is_ready(of_process: Settings) -> None:
    asked = PROCESSES["one"]["healthcheck"]["test"][-1]
    assert f"'http://127.0.0.1:{of_process.port}/readyz'" in asked
    assert "GET /readyz" in {each.route for each in ADDRESSES}


def test_what_is_in_the_image_is_all_that_is_needed(app_folder: Path, tmp_path: Path) -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = [
        name
        for line in re.findall(r"^COPY ([^-\n]+) \S+$", text, re.MULTILINE)
        for name in line.split()
    ]
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    assert {f"!{name}" for name in copied} == set(re.findall(r"^!.+$", allowed, re.MULTILINE))
    for name in copied:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, tmp_path / "chat" / name)
        else:
            (tmp_path / "chat").mkdir(exist_ok=True)
            shutil.copy(PROJECT / name, tmp_path / "chat")
    server = Server(app_folder, PYTHONPATH=str(tmp_path / "chat"))
    server.command[1] = str(tmp_path / "chat" / "main.py")
    with server:
        assert httpx.get(f"{server.address}/readyz", verify=False).status_code == 200
        page = httpx.get(f"{server.address}/login", verify=False)
        assert page.status_code == 200

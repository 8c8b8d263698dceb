"""`python main.py certificate`, and the chat that is then shared under HTTPS."""

import re
import ssl
from pathlib import Path

import httpx
import pytest

from chat_ui.auth.certificate_page import LINE
from services.host.certificates import AUTHORITY, FOLDER
from tests.command import refusal, run
from tests.server import Server


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_the_chat_is_shared_under_https(app_folder: Path) -> None:
    said = run("--data", app_folder, "certificate", "--name", "chat.school.lan").stdout
    assert "chat.school.lan" in said
    [fingerprint] = re.findall(r"^((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$", said, re.MULTILINE)
    trusting = ssl.create_default_context(cafile=app_folder / FOLDER / AUTHORITY)
    with Server(app_folder, "--lan") as server, httpx.Client(verify=trusting) as device:
        printed = "".join(server.output)
        assert f"ready at https://127.0.0.1:{server.port}" in printed
        assert "not encrypted" not in printed
        assert f":{server.port}/certificate what to do" in printed
        address = f"https://localhost:{server.port}"
        page = device.get(f"{address}/certificate")
        assert page.status_code == 200
        for start in range(0, len(fingerprint), LINE):
            assert fingerprint[start : start + LINE] in page.text
        assert "strict-transport-security" not in page.headers
        file = device.get(f"{address}/certificate/authority.crt")
        assert file.headers["content-type"] == "application/x-x509-ca-cert"
        installed = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        installed.load_verify_locations(cadata=file.content)
        assert httpx.get(f"{address}/healthz", verify=installed).status_code == 200
        named = {"Host": f"chat.school.lan:{server.port}"}
        assert device.get(f"{address}/login", headers=named).status_code == 200
        assert device.get(f"{address}/login", headers={"Host": "example.org"}).status_code == 421


def test_without_one_there_is_no_page(app_folder: Path) -> None:
    with Server(app_folder, "--lan") as server:
        printed = "".join(server.output)
        assert "python main.py certificate" in printed
        for path in ("/certificate", "/certificate/authority.crt"):
            assert httpx.get(server.address + path, verify=False).status_code == 404


def test_another_certificate_needs_nothing_of_devices(data: Path) -> None:
    assert "Compare this fingerprint" in run("--data", data, "certificate").stdout
    assert "Devices need nothing new." in run("--data", data, "certificate").stdout


def test_another_authority_is_needed_by_all_devices(data: Path) -> None:
    run("--data", data, "certificate")
    said = run("--data", data, "certificate", "--name", "chat.school.lan").stdout
    assert "a new authority, which devices need" in said
    assert "Compare this fingerprint" in said


def test_a_name_that_may_be_a_top_level_domain(data: Path) -> None:
    refused = refusal("--data", data, "certificate", "--name", "Chat")
    assert "such as chat.local" in refused
    assert not data.exists()


def test_a_name_that_is_none(data: Path) -> None:
    refused = refusal("--data", data, "certificate", "--name", "no name")
    assert "no name is not a host name" in refused
    assert not data.exists()

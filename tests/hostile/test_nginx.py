"""The block for nginx in docs/hosting.md, word for word in a real nginx before a real server."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import ByteSize, TypeAdapter

from chat_ui.server.routes.file_routes import MAX_OTHER_BYTES
from services.core.settings import Settings
from tests.conftest import NewFolder
from tests.http_client import PASSWORD, Browser
from tests.server import PROJECT, Server, free_port
from tests.upload_client import TYPE, file_form

HOSTING = (PROJECT / "docs" / "hosting.md").read_text(encoding="utf-8")
FILE_SIZE = int(Settings.model_fields["file_size"].default)
WHOLE = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; {block} }}
}}
"""


def block() -> str:
    """Return the block of the documentation."""
    [found] = re.findall(r"```nginx\n(.+?)```", HOSTING, flags=re.DOTALL)
    return str(found)


def test_the_block_lets_through_what_a_file_may_have() -> None:
    [allowed] = re.findall(r"client_max_body_size (\w+);", block())
    size = TypeAdapter(ByteSize).validate_python(f"{allowed}ib")  # nginx counts by 1,024
    assert size >= FILE_SIZE + MAX_OTHER_BYTES
    assert "CHAT_FILE_SIZE" in block()
    assert "client_max_body_size" in (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")


class Proxy:
    """nginx before a chat, with the block of the documentation."""

    def __init__(self, folder: Path, block: str, chat: Server, port: int) -> None:
        folder.mkdir()
        self.chat = chat
        self.address = f"http://127.0.0.1:{port}"
        own = block.replace("http://127.0.0.1:8080", chat.address)
        assert own != block
        file = folder / "nginx.conf"
        file.write_text(WHOLE.format(folder=folder, port=port, block=own))
        self.process = subprocess.Popen([str(program()), "-p", str(folder), "-c", str(file)])

    def wait(self) -> None:
        """Wait until it answers."""
        for _attempt in range(100):
            try:
                httpx.get(self.address + "/healthz", verify=False)
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("nginx does not answer")


def program() -> str | None:
    """Return where nginx is: it is not among the programs of everybody."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


@pytest.fixture
def proxied(new_folder: NewFolder, tmp_path: Path) -> Iterator[Proxy]:
    if program() is None:
        if os.environ.get("CHAT_REQUIRE_BROWSER") == "1":
            pytest.fail("no nginx found: apt install nginx-light")
        pytest.skip("no nginx found: apt install nginx-light")
    port = free_port()
    public = {"CHAT_PUBLIC_URL": f"http://127.0.0.1:{port}", "CHAT_REGISTRATION": "open"}
    with Server(new_folder(), "--behind-proxy", **public) as chat:
        proxy = Proxy(tmp_path / "nginx", block(), chat, port)
        try:
            proxy.wait()
            yield proxy
        finally:
            proxy.process.terminate()
            proxy.process.wait(timeout=20)


def test_the_largest_file_passes_and_pages_are_live(proxied: Proxy) -> None:
    asha = Browser(proxied.address)
    [code] = re.findall(r"Setup code .*: ([a-z0-9-]{14})\n", "".join(proxied.chat.output))
    form = {"username": "asha", "password": PASSWORD, "setup_code": code}
    assert asha.http.post("/register", data=form).status_code == 303
    with asha.open().connect():
        for size in (3_000_000, FILE_SIZE):
            form = file_form(os.urandom(1000) * (size // 1000))
            answer = asha.http.post("/rooms/1/files", content=form, headers={"Content-Type": TYPE})
            assert answer.status_code == 201, answer.text
        answer = asha.http.post(
            "/rooms/1/files",
            content=file_form(bytes(FILE_SIZE + 1)),
            headers={"Content-Type": TYPE},
        )
    assert answer.status_code == 413
    assert "25 MB" in answer.json()["sentence"]  # the chat's own word, not that of nginx


def post(browser: Browser, size: int) -> httpx.Response:
    """Send a file of so many bytes."""
    headers = {"Content-Type": TYPE}
    return browser.http.post("/rooms/1/files", content=file_form(bytes(size)), headers=headers)

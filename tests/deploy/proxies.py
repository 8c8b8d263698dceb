"""The proxies of `deploy/`, each with its file from there, before processes on this machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server import PROJECT

DEPLOY = PROJECT / "deploy"
HOST = "chat.localhost"
"""For Chromium a name of this machine, and for the chat one that it has to be told."""
EXAMPLE = "chat.example.org"
PORTS = ("8081", "8082", "8083")
"""Where the processes are, in the files."""


@dataclass(frozen=True)
class Site:
    """What is written into a file: where the proxy listens, its certificate, its processes."""

    port: int
    certificate: Path
    """With its key in it."""
    processes: Sequence[int]
    folder: Path

    @property
    def address(self) -> str:
        """Where people open the chat."""
        return f"https://{HOST}:{self.port}"

    def replaced(self, text: str, *replacements: tuple[str, str]) -> str:
        """Return the text of a file with what differs here, each of which is in it."""
        ports = zip(PORTS, map(str, self.processes), strict=True)
        for old, new in (*((f"127.0.0.1:{a}", f"127.0.0.1:{b}") for a, b in ports), *replacements):
            assert old in text, old
            text = text.replace(old, new)
        return text


def haproxy(site: Site) -> list[str]:
    """Write the file of HAProxy; return the command."""
    text = site.replaced(
        (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8"),
        ("bind :443 ssl", f"bind 127.0.0.1:{site.port} ssl"),
        ("    bind :80\n", ""),
        ("/etc/haproxy/chat.example.org.pem", str(site.certificate)),
    )
    file = site.folder / "haproxy.cfg"
    file.write_text(text)
    return ["haproxy", "-db", "-f", str(file)]


def nginx(site: Site) -> list[str]:
    """Write the file of nginx, and what includes it; return the command."""
    text = site.replaced(
        (DEPLOY / "nginx.conf").read_text(encoding="utf-8"),
        ("    listen 80;", "    listen unix:/tmp/unused;".replace("/tmp", str(site.folder))),
        ("    listen 443 ssl", f"    listen 127.0.0.1:{site.port} ssl"),
        ("/etc/ssl/chat.example.org.pem", str(site.certificate)),
        ("/etc/ssl/private/chat.example.org.key", str(site.certificate)),
        (EXAMPLE, HOST),
    )
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{each}_temp_path {site.folder}/{each};" for each in places)
    file = site.folder / "nginx.conf"
    file.write_text(
        f"daemon off; master_process off; pid {site.folder}/pid; "
        f"error_log {site.folder}/error.log; events {{}} "
        f"http {{ access_log off; {temporary}\n{text}\n}}"
    )
    return ["nginx", "-p", str(site.folder), "-c", str(file)]


def caddy(site: Site) -> list[str]:
    """Write the file of Caddy; return the command."""
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    own = f"{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {site.folder}\n}}\n"
    [opening] = re.findall(r"^\{\$CHAT_PUBLIC_URL.*\} \{\n", text, re.MULTILINE)
    certificate = f"{opening}\ttls {site.certificate} {site.certificate}\n"
    file = site.folder / "Caddyfile"
    file.write_text(own + text.replace(opening, certificate))
    return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


PROXIES: dict[str, Callable[[Site], list[str]]] = {
    each.__name__: each for each in (haproxy, nginx, caddy)
}
PACKAGES = {"haproxy": "haproxy", "nginx": "nginx-light", "caddy": "caddy"}


def program(name: str) -> str | None:
    """Return where a proxy is: some are not among the programs of everybody."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


def require(name: str) -> None:
    """Skip the test where a proxy is missing, or fail it where everything has to be there."""
    if program(name) is None:
        missing = f"no {name} found: apt install {PACKAGES[name]}"
        if os.environ.get("CHAT_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)


def start(name: str, site: Site) -> subprocess.Popen[bytes]:
    """Start a proxy with its file."""
    command = PROXIES[name](site)
    processes = " ".join(f"127.0.0.1:{port}" for port in site.processes)
    variables = os.environ | {"CHAT_PUBLIC_URL": site.address, "UPSTREAMS": processes}
    log = (site.folder / "log").open("wb")
    with log:
        return subprocess.Popen(
            [program(name) or name, *command[1:]], env=variables, stdout=log, stderr=log
        )

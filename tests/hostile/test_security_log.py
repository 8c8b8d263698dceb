"""Floods and forgeries against the security log of a running server."""

import httpx
import pytest

from tests.command import run
from tests.hostile.conftest import works
from tests.http_client import Page
from tests.server import Server

FORGED = "ben\n2026-01-01T00:00:00 login person=\x1b[2Jasha\u2028\u202e"


def attack(server: Server, numbers: range) -> None:
    """Guess passwords, send forms of other sites, and ask for other names, as many devices."""
    with httpx.Client(base_url=server.address, verify=False) as http:
        for number in numbers:
            agent = {"User-Agent": f"agent {number} {'x' * 200}"}
            own = {**agent, "Origin": server.address}
            form = {"username": f"{FORGED}{number}", "password": "wrong"}
            http.post("/login", data=form, headers=own)
            http.post("/login", data={**form, "username": "asha"}, headers=own)
            http.post("/login", data=form, headers={**agent, "Origin": "http://evil.example"})
            http.get("/login", headers={**agent, "Host": f"evil{number}.example"})


@pytest.mark.long  # a flood
def test_a_flood_is_few_entries_and_nobody_forges_one(server: Server, page: Page) -> None:
    data = server.data
    before = len(run("--data", data, "log").stdout.splitlines())
    for start in range(0, 80, 10):
        attack(server, range(start, start + 10))
        assert works(page)  # which also answers the server's pings, as a browser does meanwhile
    server.stop()  # what was counted is stored at the latest now
    ended = run("--data", data, "log")
    lines = ended.stdout.splitlines()
    assert 4 <= len(lines) - before <= 40, ended.stdout
    assert all(line.isprintable() for line in lines)
    assert [line.split(" ")[0] for line in lines] == [str(1 + at) for at in range(len(lines))]
    kinds = {line.split(" ")[2] for line in lines}
    assert kinds <= {"registered", "login", "login_failed", "throttled", "refused"}
    refused = [line for line in lines if " refused " in line]
    assert any('detail="origin"' in line for line in refused)
    assert any('detail="host"' in line for line in refused)
    assert "evil" not in ended.stdout
    assert "2Jasha" not in ended.stdout
    assert run("--data", data, "log", "--verify").returncode == 0

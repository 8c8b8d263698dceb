"""What only a real server shows: what waits does not keep it from stopping."""

import threading
import time
from pathlib import Path

import httpx

from services.sync import polls
from tests.api.matrix.app import V3
from tests.http_client import PASSWORD, Browser
from tests.server import Server


def test_a_request_that_waits_is_answered_when_the_server_stops(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        Browser(server.address).register("asha")
        http = httpx.Client(base_url=f"{server.address}{V3}", timeout=40)
        body = {"type": "m.login.password", "user": "asha", "password": PASSWORD}
        token = http.post("/login", json=body).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        since = http.get("/sync").json()["next_batch"]
        answers: list[httpx.Response] = []
        query = {"since": since, "timeout": "30000"}
        asked = threading.Event()

        def wait() -> None:
            with http.stream("GET", "/sync", params=query) as answer:
                answer.read()
                answers.append(answer)

        waiting = threading.Thread(target=wait)
        waiting.start()
        asked.wait(1)  # nothing tells a client that its request waits
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < polls.RETRY_SECONDS
        waiting.join(5)
        assert [answer.status_code for answer in answers] == [200]
        assert "Traceback" not in server.log.read_text()

"""Pages for people without a session."""

import asyncio
from pathlib import Path

import httpx

from chat_ui.server import public_pages
from tests.http_client import Browser
from tests.server import Server


async def test_many_pages_that_are_not_there_at_the_same_time(app_folder: Path) -> None:
    """NiceGUI draws on the event loop alone. On threads, pages took each other's elements."""
    with Server(app_folder) as server:
        browser = Browser(server.address)
        browser.register("asha")
        async with httpx.AsyncClient(
            cookies=browser.http.cookies, timeout=30, verify=False
        ) as http:
            asked = (http.get(f"{server.address}/nowhere/{number}") for number in range(100))
            answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {404}
    assert all("Page not found." in answer.text for answer in answers)
    assert "Traceback" not in server.log.read_text()


def test_pages_that_are_not_there_count_as_pages(app_folder: Path) -> None:
    with Server(app_folder) as server:
        asha, ben = (Browser(server.address) for _each in range(2))
        asha.register("asha")
        ben.register("ben")
        answers = [asha.http.get(f"/nowhere/{number}") for number in range(130)]
        assert ben.http.get("/nowhere/1").status_code == 404
    assert [answer.status_code for answer in answers] == [404] * 120 + [429] * 10
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "too fast" in answers[-1].text


def test_what_answers_errors_runs_on_the_event_loop() -> None:
    for answers in (public_pages.not_found, public_pages.refused, public_pages.broken):
        assert asyncio.iscoroutinefunction(answers)

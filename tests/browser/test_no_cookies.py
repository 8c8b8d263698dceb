"""A browser that keeps no cookies: nobody can stay logged in there, and it says so."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Enter
from tests.browser.person import PASSWORD, Person


def fill_in(person: Person) -> None:
    person.page.fill("input[name=username]", "ben")
    person.page.fill("input[name=password]", PASSWORD)
    person.page.click("button[type=submit]")


def test_it_is_said_that_nobody_stays_logged_in(enter: Enter) -> None:
    ben = enter("ben", new=True)

    def without_cookies(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        ben.context.clear_cookies()
        kept = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        route.fulfill(status=answer.status, headers=kept, body=answer.body())

    ben.page.goto(f"{ben.address}/rooms/1")
    ben.page.wait_for_url(re.compile("/login.next="))
    expect(ben.page.get_by_role("alert")).to_have_count(0)
    ben.page.route("**/login", without_cookies)
    fill_in(ben)
    expect(ben.page.get_by_role("alert")).to_have_text(
        "This browser keeps no cookies for this site. Allow them, then log in again."
    )
    ben.page.unroute("**/login")
    fill_in(ben)
    ben.wait()


@pytest.mark.long  # a further detail
def test_who_logged_out_is_told_nothing_of_cookies(enter: Enter) -> None:
    ben = enter("ben", new=True).log_in()
    ben.log_out()
    ben.page.goto(f"{ben.address}/rooms/1", referer=f"{ben.address}/login")
    ben.page.wait_for_url(re.compile("/login.next="))
    expect(ben.page.get_by_role("alert")).to_have_count(0)

"""A session that ends, wherever it was ended, ends its pages within a second."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.person import PASSWORD, Person

WITHIN = 1.5
"""Seconds: one, and a little for a machine that runs two browsers besides."""


def two_devices(enter: Enter, name: str) -> tuple[Person, Person]:
    laptop = enter(name, new=True).sign_up().open()
    phone = enter(name, new=True).log_in()
    laptop.page.get_by_test_id("user-menu").click()
    laptop.page.locator(".menu a[href='/account']").click()
    laptop.page.get_by_role("heading", name="My account").wait_for()
    return laptop, phone


@pytest.mark.long  # a further way to end a session
def test_a_session_ended_on_another_device(enter: Enter) -> None:
    laptop, phone = two_devices(enter, "hana")
    sessions = laptop.page.locator(".card", has_text="Active sessions").locator(".entry")
    expect(sessions).to_have_count(2)
    expect(sessions.filter(has_text="this device")).to_have_count(1)
    phone.composer.fill("half typed")
    began = time.monotonic()
    sessions.get_by_role("button", name="Log out").click()
    phone.page.wait_for_url("**/login")
    assert time.monotonic() - began < WITHIN
    expect(sessions).to_have_count(1)
    phone.page.go_back()
    phone.page.wait_for_url("**/login*")
    assert "half typed" not in phone.page.content()


@pytest.mark.long  # a further way to end a session or begin one
def test_a_new_password_ends_the_other_sessions(enter: Enter) -> None:
    laptop, phone = two_devices(enter, "ivan")
    laptop.page.fill("input[name=old]", PASSWORD)
    laptop.page.fill("input[name=new]", "another good password")
    laptop.page.get_by_role("button", name="Change password").click()
    phone.page.wait_for_url("**/login")
    expect(laptop.page.get_by_text("Password changed.")).to_be_visible()
    laptop.open("/").say("still in")
    phone.log_in("another good password").sees("still in")


def test_logging_out_ends_every_tab_and_leaves_nothing_behind(enter: Enter) -> None:
    first = enter("jana", new=True).sign_up().open()
    second = Person("jana", first.context, first.address, first.complaints).open()
    second.composer.fill("a secret draft")
    second.until("Object.keys(localStorage).some((key) => key.startsWith('chat-draft'))")
    first.log_out()
    second.page.wait_for_url("**/login")
    first.until("!Object.keys(localStorage).some((key) => key.startsWith('chat-'))")
    first.page.goto(f"{first.address}/account")
    assert "/login" in first.page.url
    second.page.close()


@pytest.mark.long  # a further way to end a session or begin one
def test_one_comes_back_to_where_one_wanted_to_go(enter: Enter) -> None:
    kira = enter("kira", new=True).sign_up().open()
    room = kira.room_id()
    kira.log_out()
    kira.page.goto(f"{kira.address}/rooms/{room}")
    kira.page.fill("input[name=username]", "kira")
    kira.page.fill("input[name=password]", PASSWORD)
    kira.page.click("button[type=submit]")
    kira.wait()
    assert kira.page.url == f"{kira.address}/rooms/{room}"

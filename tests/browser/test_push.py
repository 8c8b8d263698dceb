"""Notifications while no page is open: turned on in the account, and shown by the service worker.

No push service of the internet is reached: one of the test takes the place of the browser's, and
what it takes is handed to the service worker by the developer tools.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from services.core import settings
from services.core.network import host_names
from tests.browser import stored
from tests.browser.conftest import ARGUMENTS, NAMES, Enter, new_context
from tests.browser.person import PASSWORD, Complaints, Person
from tests.browser.test_receipts import hide, presence
from tests.browser.test_web_app import WORKER_IN_CHARGE
from tests.conftest import NewFolder
from tests.push_service import Device, PushService, push_service
from tests.server import Server

SUBSCRIBE = """
const said = %s;
PushManager.prototype.subscribe = async (options) => {
  window.asked = options;
  window.isSubscribed = true;
  return { endpoint: said.endpoint, toJSON: () => said };
};
PushManager.prototype.getSubscription = async () => window.isSubscribed
  ? { unsubscribe: async () => { window.isSubscribed = false; } } : null;
"""
SHOWN = """navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then(
  (all) => all.map(({ title, body, tag, data }) => ({ title, body, tag, data })))"""


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture(scope="module")
def pushing(new_folder: NewFolder) -> Iterator[Server]:
    """A server that may send to push services on this machine."""
    with Server(new_folder(), CHAT_PUSH_TO_THIS_MACHINE="true") as running:
        yield running


class Worker:
    """The service worker of somebody's browser, to which the developer tools can push."""

    def __init__(self, person: Person) -> None:
        self.person = person
        assert person.page.evaluate(WORKER_IN_CHARGE)
        self.tools = person.context.new_cdp_session(person.page)
        self.registrations: list[dict[str, Any]] = []
        self.tools.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: self.registrations.extend(event["registrations"]),
        )
        self.tools.send("ServiceWorker.enable")

    def push(self, said: dict[str, Any]) -> None:
        """Deliver a push message, and wait until it is handled."""
        while not self.registrations:
            self.person.page.evaluate("1")
        self.tools.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": f"{self.person.address}/",
                "registrationId": self.registrations[-1]["registrationId"],
                "data": json.dumps(said),
            },
        )

    def shows(self, *titles: str) -> list[dict[str, Any]]:
        """Wait until notifications with these titles are shown, and return them."""
        are_shown = "all.map(({ title }) => title).join() === argument && { all }"
        found = self.person.until_kept(f"{SHOWN}.then((all) => {are_shown})", ",".join(titles))
        return list(found["all"])


@pytest.fixture
def device(service: PushService) -> Device:
    service.taken.clear()
    return service.device("ben")


@pytest.fixture(scope="module")
def with_windows(browser: Browser) -> Iterator[Browser]:
    """A Chromium that can show notifications, which the one without windows cannot."""
    found = next(filter(None, map(shutil.which, NAMES[1:])), None)
    if found is None:
        pytest.skip("no Chromium with windows found: apt install chromium")
    started = browser.browser_type.launch(executable_path=found, args=ARGUMENTS)
    yield started
    started.close()


@pytest.fixture
def pair(
    with_windows: Browser, pushing: Server, device: Device, complaints: Complaints
) -> Iterator[tuple[Person, Person, int]]:
    """asha and ben on that server, and their room; ben's browser may show notifications."""
    contexts = [
        new_context(with_windows, locale="en-US", permissions=["notifications"]) for _each in "ab"
    ]
    asha, ben = (
        Person(name, context, pushing.address, complaints)
        for name, context in zip(("asha", "ben"), contexts, strict=True)
    )
    for person in (asha, ben):
        come_in(person)
    endpoint, p256dh, auth = device.said
    said = {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}
    ben.run_first(SUBSCRIBE % json.dumps(said))
    yield asha, ben, stored.make_room(pushing.data, "Study group", ["asha", "ben"])
    for context in contexts:
        context.close()


def come_in(person: Person) -> None:
    """Log in, or register if no test did before."""
    form, headers = {"username": person.name, "password": PASSWORD}, {"Origin": person.address}
    request = person.context.request
    answer = request.post(f"{person.address}/login", form=form, headers=headers, max_redirects=0)
    if answer.status != 303:
        person.sign_up()


def notifications(ben: Person) -> Locator:
    """Return the card of the account page."""
    return ben.page.locator(".card", has_text="Notifications on this device")


def turn_on(ben: Person) -> None:
    ben.open("/account", wait=False)
    card = notifications(ben)
    card.get_by_role("button", name="Turn on").click()
    expect(card.get_by_role("button", name="Turn off")).to_be_visible()


def leave(ben: Person, asha: Person) -> None:
    """Close the page of the chat, not seen to look at it: else nothing is sent for a while."""
    hide(ben)
    asha.choose_in_room("Members")
    expect(presence(asha, "ben")).to_have_attribute("data-state", "away")
    ben.page.goto(f"{ben.address}/healthz")


@pytest.mark.long  # tests/services/push delivers, test_notifications.py shows
def test_from_a_message_to_a_notification_and_back(
    pair: tuple[Person, Person, int], service: PushService, device: Device
) -> None:
    asha, ben, room = pair
    turn_on(ben)
    worker = Worker(ben)
    leave(ben, asha.open(room))
    asha.say("a secret for @ben")
    said = device.read(service.wait(1)[0].body)
    assert said["title"] == "asha · Study group"
    ben.open("/account", wait=False)
    worker.push(said)
    [shown] = worker.shows("asha · Study group")
    assert shown["body"] == "Mentions you"
    assert shown["data"]["address"] == f"/rooms/{room}/messages/{said['seq']}"
    worker.push(said | {"seq": said["seq"] + 1, "title": "asha again"})
    worker.shows("asha again")
    worker.push({"kind": "read", "room": room})
    worker.shows()


@pytest.mark.long  # a further detail
def test_reading_in_the_page_takes_it_back_on_both_sides(
    pair: tuple[Person, Person, int], service: PushService, device: Device
) -> None:
    asha, ben, room = pair
    turn_on(ben)
    worker = Worker(ben)
    leave(ben, asha.open(room))
    asha.say("hello @ben")
    said = device.read(service.wait(1)[0].body)
    ben.open("/account", wait=False)
    worker.push(said)
    worker.shows("asha · Study group")
    ben.go_to(room).sees("hello @ben")
    worker.shows()
    assert device.read(service.wait(2)[1].body) == {"kind": "read", "room": room}


@pytest.mark.long  # test_notifications.py follows one of an open page
def test_a_click_on_the_notification_opens_the_message(
    pair: tuple[Person, Person, int], service: PushService, device: Device
) -> None:
    asha, ben, room = pair
    asha.open(room).say("look here")
    turn_on(ben)
    script = """navigator.serviceWorker.dispatchEvent(
      new MessageEvent('message', { data: { open: '/rooms/%s/messages/1' } }))"""
    ben.page.evaluate(script % room)
    ben.until("location.pathname === argument", f"/rooms/{room}/messages/1")
    ben.wait().sees("look here")


@pytest.mark.long  # a further detail
def test_a_page_that_reconnects_does_not_subscribe_again(
    pair: tuple[Person, Person, int],
) -> None:
    """On a bad line it would soon be going too fast, without anybody having done anything."""
    _asha, ben, _room = pair
    turn_on(ben)
    ben.open("/account", wait=False)
    expect(notifications(ben).get_by_role("button", name="Turn off")).to_be_visible()
    reconnect = """new Promise((done) => {
      let asked = 0;
      const ask = Notification.requestPermission;
      Notification.requestPermission = () => { asked += 1; return ask.call(Notification); };
      window.socket.once('connect', () => done(asked));
      window.socket.io.engine.close();
    })"""
    assert ben.page.evaluate(reconnect) == 0


@pytest.mark.long  # a further detail
def test_the_text_is_shown_to_who_wants_it_until_it_is_turned_off(
    pair: tuple[Person, Person, int], service: PushService, device: Device, pushing: Server
) -> None:
    asha, ben, room = pair
    turn_on(ben)
    card = notifications(ben)
    card.get_by_role("button", name="Show the messages, too").click()
    expect(card.get_by_role("button", name="Show only who wrote and where")).to_be_visible()
    leave(ben, asha.open(room))
    asha.say("hello @ben")
    assert device.read(service.wait(1)[0].body)["body"] == "hello @ben"
    ben.open("/account", wait=False)
    expect(card.get_by_role("button", name="Show only who wrote and where")).to_be_visible()
    card.get_by_role("button", name="Turn off").click()
    expect(card.get_by_role("button", name="Turn on")).to_be_visible()
    stored.wait_until_no_device(pushing.data)


@pytest.mark.long  # a further detail
def test_without_https_the_account_says_what_does_not_work(
    enter: Enter, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.expect("Cross-Origin-Opener-Policy header has been ignored")
    address = host_names.own_address()
    if settings.is_loopback(address):
        pytest.skip("this machine has no other address")
    with Server(tmp_path / "data") as server:
        enter("asha", address=server.address, new=True).sign_up()
    with Server(tmp_path / "data", "--lan") as server:
        asha = enter("asha", address=f"http://{address}:{server.port}", new=True, locale="en-US")
        asha.log_in().open("/account", wait=False)
        card = notifications(asha)
        expect(card.get_by_text("This chat is open without HTTPS.")).to_be_visible()
        expect(card.get_by_text("run python main.py certificate")).to_be_visible()
        expect(card.get_by_role("button")).to_have_count(0)

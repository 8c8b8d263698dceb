"""One of several processes goes away, and who had a page open there goes on at another."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser import stored
from tests.browser.conftest import new_context
from tests.browser.person import NO_CONNECTION, Complaints, Person
from tests.conftest import NewFolder, posix_only
from tests.deploy.cluster import Cluster, running
from tests.deploy.proxies import HOST
from tests.server import Server

pytestmark = posix_only
LOBBY = 1
FIRST_SEEN = """timeline => {
    const { top } = timeline.getBoundingClientRect();
    const seen = [...timeline.querySelectorAll(".message[data-seq]")]
      .find((each) => each.getBoundingClientRect().bottom > top);
    return [Number(seen.dataset.seq), seen.getBoundingClientRect().top - top];
}"""
RELOAD_ONCE = """addEventListener("DOMContentLoaded", () => {
  if (sessionStorage.getItem("test-loaded")) return;
  sessionStorage.setItem("test-loaded", "yes");
  location.reload();
});"""
"""Has a page load again as soon as it is there, before it shows anything of the room."""
SLOWLY = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
"""For Chromium, in bytes a second."""


def fill(data: Path) -> None:
    """Put more messages into the Lobby than are shown at first, and let asha have read them."""
    stored.put_messages(data, LOBBY, [f"message {n}" for n in range(300)], author="asha")
    stored.mark_read(data, LOBBY, "asha", 300)


@pytest.fixture(scope="module")
def cluster(
    browser: Browser, new_folder: NewFolder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("several") / "haproxy"
    with running("haproxy", folder, new_folder(), fill) as started:
        yield started


@pytest.fixture
def whole(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster, whose processes are started again after the test."""
    yield cluster
    for process in cluster.processes:
        if process.process.poll() is not None:
            process.start()
    cluster.wait()


@pytest.fixture
def asha(browser: Browser, whole: Cluster, complaints: Complaints) -> Iterator[Person]:
    """asha in the Lobby, by way of the proxy."""
    complaints.expect(*NO_CONNECTION, "Service Worker registration blocked")
    context = new_context(browser, ignore_https_errors=True, service_workers="block")
    kept = {"domain": HOST, "path": "/", "secure": True, "httpOnly": True}
    context.add_cookies([{"name": k, "value": v, **kept} for k, v in whole.cookies.items()])
    yield Person("asha", context, whole.site.address, complaints).open(LOBBY)
    context.close()


def process_of(asha: Person, cluster: Cluster) -> Server:
    """Return which process her page is from."""
    style = asha.page.locator("#chat-style").get_attribute("href")
    return next(each for each in cluster.processes if cluster.style_of(each) == style)


def loads(asha: Person) -> list[str]:
    """Return what will have the address of each page that is loaded."""
    loaded: list[str] = []
    asha.page.on("domcontentloaded", lambda page: loaded.append(page.url))
    return loaded


def await_place(asha: Person, seq: int, top: float) -> None:
    """Wait until the page is where it was, to the pixel: where it scrolls to is a whole one."""
    seen = f"({FIRST_SEEN})(document.querySelector('.timeline'))"
    try:
        asha.until(f"(([seq, top]) => seq === {seq} && Math.abs(top - {top}) < 1)({seen})")
    except PlaywrightError as error:
        raise AssertionError(f"{asha.page.evaluate(seen)} is not {[seq, top]}") from error


def scroll_far_up(asha: Person) -> list[float]:
    """Read in the history, beyond the messages that a page begins with; return where."""
    asha.until("document.querySelectorAll('.message[data-seq]').length >= 50")
    for _page in range(2):
        first = int(asha.timeline.locator(".message[data-seq]").first.get_attribute("data-seq"))
        asha.timeline.evaluate("timeline => { timeline.scrollTop = 0; }")
        asha.until(f"document.querySelector('.message[data-seq=\"{first - 1}\"]')")
    asha.timeline.evaluate("timeline => { timeline.scrollTop = 300; }")
    asha.until("document.querySelector('.scrolled-up')")
    return list(asha.timeline.evaluate(FIRST_SEEN))


def test_a_process_that_is_stopped_hands_its_page_over(asha: Person, cluster: Cluster) -> None:
    place = scroll_far_up(asha)
    assert place[0] < 220
    asha.composer.fill("half typed")
    before, loaded = process_of(asha, cluster), loads(asha)
    before.process.send_signal(signal.SIGTERM)
    expect(asha.page.locator("#chat-style")).not_to_have_attribute(
        "href", cluster.style_of(before), timeout=20_000
    )
    asha.wait()
    expect(asha.composer).to_have_value("half typed")
    await_place(asha, *place)
    expect(asha.connection).to_be_hidden()
    assert before.process.wait(timeout=30) == 0
    asha.composer.fill("")
    assert len(loaded) == 1


@pytest.mark.long  # the page that loads once more goes on where one read, too
def test_a_page_that_loads_twice_goes_on_where_one_read(asha: Person, cluster: Cluster) -> None:
    place = scroll_far_up(asha)
    before, loaded = process_of(asha, cluster), loads(asha)
    asha.page.add_init_script(RELOAD_ONCE)
    before.process.send_signal(signal.SIGTERM)
    expect(asha.page.locator("#chat-style")).not_to_have_attribute(
        "href", cluster.style_of(before), timeout=20_000
    )
    asha.wait()
    await_place(asha, *place)
    assert len(loaded) == 2
    assert before.process.wait(timeout=30) == 0


@pytest.mark.long  # the page leaves a process that is stopped, too
def test_a_process_that_is_killed_takes_nothing_with_it(asha: Person, cluster: Cluster) -> None:
    place = scroll_far_up(asha)
    asha.composer.fill("half typed")
    before, loaded = process_of(asha, cluster), loads(asha)
    before.kill()
    expect(asha.page.locator("#chat-style")).not_to_have_attribute(
        "href", cluster.style_of(before), timeout=20_000
    )
    asha.wait()
    expect(asha.composer).to_have_value("half typed")
    await_place(asha, *place)
    assert len(loaded) == 1
    asha.composer.fill("")


@pytest.mark.long  # a further detail
def test_files_are_sent_before_the_page_leaves(
    asha: Person, cluster: Cluster, tmp_path: Path
) -> None:
    before, loaded = process_of(asha, cluster), loads(asha)
    asha.context.new_cdp_session(asha.page).send("Network.emulateNetworkConditions", SLOWLY)
    (tmp_path / "large.bin").write_bytes(bytes(3_000_000))
    asha.page.get_by_test_id("file").set_input_files(tmp_path / "large.bin")
    asha.composer.press("Enter")
    asha.until("document.querySelector('.message[data-state=sending] progress')?.value > 0.1")
    before.process.send_signal(signal.SIGTERM)
    expect(asha.page.locator("#chat-style")).not_to_have_attribute(
        "href", cluster.style_of(before), timeout=40_000
    )
    asha.wait()
    assert before.process.wait(timeout=30) == 0
    assert len(loaded) == 1
    assert stored.texts(before.data, LOBBY)[-1] == ""

"""`/metrics`: who may read it, that its figures are right, and that the documentation fits."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from chat_ui.server.monitoring import metrics
from services.core.settings import Settings
from services.core.version import VERSION
from tests import postgres
from tests.conftest import NewFolder
from tests.http_client import Browser
from tests.server import PROJECT, Server

TOKEN = "token-of-the-tests-0123"
BOARD = json.loads((PROJECT / "deploy" / "grafana.json").read_text(encoding="utf-8"))
DOCUMENTED = (PROJECT / "docs" / "monitoring.md").read_text(encoding="utf-8")
Figures = Mapping[str, float]
"""Each sample, by its name with its labels."""


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Server]:
    with Server(new_folder(), CHAT_METRICS_TOKEN=TOKEN) as running:
        yield running


def ask(server: Server, authorization: str | None = f"Bearer {TOKEN}") -> httpx.Response:
    """Request the figures with this header, or without any."""
    headers = {} if authorization is None else {"Authorization": authorization}
    return httpx.get(f"{server.address}/metrics", headers=headers, verify=False)


def families(text: str) -> list[Metric]:
    """Return the figures as Prometheus reads them."""
    return list(text_string_to_metric_families(text))


def figures(text: str) -> Figures:
    """Return the samples by their names."""
    return {
        each.name + "".join(f"[{name}={value}]" for name, value in each.labels.items()): each.value
        for family in families(text)
        for each in family.samples
    }


def now(server: Server) -> Figures:
    """Return what a server says."""
    answer = ask(server)
    assert answer.status_code == 200
    return figures(answer.text)


def grown(
    server: Server, before: Figures, done: Callable[[Callable[[str], float]], bool]
) -> Callable[[str], float]:
    """Wait until `done` of how much figures have grown, which is returned."""
    until = time.monotonic() + 15
    while True:
        after = now(server)

        def difference(name: str, after: Figures = after) -> float:
            return after[f"simple_chat_{name}"] - before[f"simple_chat_{name}"]

        if done(difference):
            return difference
        assert time.monotonic() < until, {
            each: (before[each], after[each]) for each in after if after[each] != before.get(each)
        }
        time.sleep(0.25)


# -- who may read them -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        f"Bearer {TOKEN}4",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
        "Bearer ü",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}, Bearer {TOKEN}",
    ],
)
def test_without_the_token_there_are_no_figures(server: Server, authorization: str | None) -> None:
    sent = None if authorization is None else authorization.encode("latin-1")
    answer = ask(server, sent)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.text == "Send the token of the setting CHAT_METRICS_TOKEN."


def test_a_session_is_no_token(server: Server) -> None:
    browser = Browser(server.address)
    assert browser.register("olga").status_code == 303
    assert browser.http.get("/metrics").status_code == 401
    assert browser.http.get(f"/metrics?token={TOKEN}").status_code == 401
    own = {"Authorization": f"bearer {TOKEN}"}  # of any case (RFC 9110 §11.1)
    answer = browser.http.get("/metrics", headers=own)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    assert browser.http.post("/metrics", headers=own).status_code == 405


def test_guessing_is_limited_for_each_address(server: Server) -> None:
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.7")
    with httpx.Client(base_url=server.address, transport=elsewhere) as stranger:
        headers = {"Authorization": "Bearer wrong"}
        codes = [stranger.get("/metrics", headers=headers).status_code for _ in range(400)]
    assert set(codes) == {401, 429}
    assert now(server)["simple_chat_rate_limited_total[limit=probe]"] >= codes.count(429)


def test_while_no_token_is_set_there_is_no_such_address(new_folder: NewFolder) -> None:
    with Server(new_folder()) as off:
        for authorization in (None, "Bearer wrong", f"Bearer {TOKEN}"):
            answer = ask(off, authorization)
            assert (answer.status_code, answer.text) == (404, "Page not found.")


# -- what they say -----------------------------------------------------------------------------


def test_a_page_and_a_message_move_the_figures(server: Server) -> None:
    browser = Browser(server.address)
    assert browser.register("asha").status_code == 303
    before = now(server)
    assert before["simple_chat_info[version=" + VERSION + "]"] == 1
    with browser.open().connect() as page:
        page.catch_up()
        grow = grown(server, before, lambda of: of("open_websockets") == 1)
        assert grow("open_pages") == 1
        assert grow("people_online[state=active]") == 1
        sent = now(server)
        for number in range(3):
            page.send("hello", f"message-{number:04}")
            page.wait_for(
                "chat_messages", lambda data, id=f"message-{number:04}": id in data["html"]
            )
        grow = grown(server, sent, lambda of: of("messages_stored_total") == 3)
        frames = grow("delivery_seconds_count")
        assert 1 <= frames <= 3
        assert grow("frames_sent_total") >= frames
        assert grow("delivery_seconds_bucket[le=+Inf]") == frames
        assert 0 < grow("delivery_seconds_sum") < 10 * frames
    grown(server, before, lambda of: of("open_websockets") == 0 and of("open_pages") == 0)
    after = now(server)
    assert (
        after["simple_chat_loop_delay_seconds_count"]
        > before["simple_chat_loop_delay_seconds_count"]
    )


def test_what_goes_wrong_is_counted(server: Server) -> None:
    assert Browser(server.address).register("ben").status_code == 303
    before = now(server)
    codes = [Browser(server.address).login("ben", f"wrong {each}").status_code for each in range(7)]
    assert codes == [401] * 5 + [429] * 2
    grow = grown(server, before, lambda of: of("failed_logins_total[step=password]") > 0)
    assert grow("failed_logins_total[step=password]") == 5
    assert grow("failed_logins_total[step=second_factor]") == 0
    assert grow("rate_limited_total[limit=login_account]") == 2
    assert grow("rate_limited_total[limit=login_address]") == 0
    assert grow("logged_errors_total") == 0


def test_the_process_and_the_disk_are_measured(server: Server) -> None:
    found = now(server)
    files = sum(each.stat().st_size for each in server.data.glob("chat.db*"))
    assert 0 < found["simple_chat_database_bytes"] <= (10**8 if postgres.SERVER else 2 * files)
    assert found["simple_chat_disk_free_bytes"] > 0
    for queue in ("database_reads", "database_writes", "push_notifications"):
        assert found[f"simple_chat_{queue}_waiting"] == 0
    assert "simple_chat_backup_proven_timestamp_seconds" not in found  # there is none yet
    assert found["process_resident_memory_bytes"] > 10**7
    assert 0 < found["process_cpu_seconds_total"] < 1000
    assert abs(found["process_start_time_seconds"] - time.time()) < 1000


def test_no_name_is_in_them_and_their_number_is_fixed(server: Server) -> None:
    before = now(server)
    browser = Browser(server.address)
    assert browser.register("chen").status_code == 303
    with browser.open().connect() as page:
        page.catch_up()
        text = ask(server).text
    assert figures(text).keys() == before.keys()
    assert len(before) < 120
    for name in ("chen", "lobby", "127.0.0.1", TOKEN):
        assert name not in text.lower()


async def test_errors_of_the_log_are_counted(app_settings: Settings) -> None:
    name = "simple_chat_logged_errors_total"
    metrics.start()
    try:
        before = figures((await metrics.text()).decode())[name]
        log = logging.getLogger("services.tests")
        log.warning("no error")
        log.error("an error")
        log.critical("another")
        asyncio.get_running_loop().call_exception_handler({"message": "nobody caught it"})
        assert figures((await metrics.text()).decode())[name] == before + 3
    finally:
        metrics.stop()
    logging.getLogger("services.tests").error("nobody counts any more")
    assert figures((await metrics.text()).decode())[name] == before + 3


async def test_without_database_and_disk_there_are_the_other_figures(
    app_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_these = {
        "simple_chat_database_bytes",
        "simple_chat_disk_free_bytes",
        "simple_chat_push_notifications_waiting",
    }
    whole = figures((await metrics.text()).decode()).keys()
    assert of_these < whole
    monkeypatch.setattr(metrics, "ANSWER_SECONDS", 0)
    assert figures((await metrics.text()).decode()).keys() == whole - of_these


# -- the documentation and the board -----------------------------------------------------------


def exported(server: Server) -> dict[str, str]:
    """Return the type of each figure by its name with its labels, as the documentation has it."""
    found = {}
    for family in families(ask(server).text):
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {label for each in family.samples for label in each.labels} - {"le"}
        found[name + (f"{{{','.join(sorted(labels))}}}" if labels else "")] = family.type
    return found


def test_every_figure_is_documented(server: Server) -> None:
    of_one, _heading, _of_several = DOCUMENTED.partition("### Among several processes")
    table = re.findall(r"^\| `([\w{}]+)` \| (\w+) \| .{20,} \|$", of_one, flags=re.M)
    assert len(table) == len(dict(table))
    assert dict(table) == exported(server)


def asked_for(expression: str) -> set[str]:
    """Return the samples that an expression of Prometheus names."""
    return set(re.findall(r"\b(?:simple_chat|process)_\w+", expression))


def samples(server: Server) -> set[str]:
    """Return the names of all samples, also of those without a value."""
    text = ask(server).text
    return {each.partition("[")[0] for each in figures(text)} | {
        each.name for each in families(text)
    }


def test_alarms_ask_for_what_there_is(server: Server) -> None:
    alarms = re.findall(r"^\| `([^`|]*[(<>][^`|]*)` \|", DOCUMENTED, flags=re.M)
    assert len(alarms) >= 7
    assert set().union(*map(asked_for, alarms)) <= samples(server)


def expressions() -> list[str]:
    """Return all that the board asks Prometheus."""
    return [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]


def test_the_board_asks_for_what_there_is(server: Server) -> None:
    assert len(expressions()) > 20
    assert all(map(asked_for, expressions()))
    named = set().union(*map(asked_for, expressions()))
    assert named <= samples(server)
    ours = {re.sub(r"\{.*", "", each) for each in exported(server) if each.startswith("simple_")}
    without_suffix = {re.sub(r"_bucket$", "", each) for each in named}
    assert ours <= without_suffix, "the board shows every figure of ours"


def test_the_board_groups_by_labels_that_there_are(server: Server) -> None:
    labels = {
        label
        for family in families(ask(server).text)
        for each in family.samples
        for label in each.labels
    }
    legends = " ".join(
        target["legendFormat"] for panel in BOARD["panels"] for target in panel["targets"]
    )
    grouped = re.findall(r"by \((\w+)\)", " ".join(expressions()))
    assert {*grouped, *re.findall(r"\{\{(\w+)\}\}", legends)} <= labels
    assert {"le", "limit"} <= set(grouped)


def test_the_board_is_one_that_grafana_imports() -> None:
    assert BOARD["title"] == "Simple Chat"
    assert BOARD["schemaVersion"] >= 30
    assert "id" not in BOARD, "Grafana gives it one"
    variables = {each["name"]: each for each in BOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(BOARD)))
    assert used == set(variables)
    panels = BOARD["panels"]
    assert len({each["id"] for each in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["type"] in {"stat", "timeseries"}
        assert panel["datasource"]["uid"] == "${datasource}"
        assert len({each["refId"] for each in panel["targets"]}) == len(panel["targets"]) > 0


def test_no_panels_of_the_board_overlap() -> None:
    places = [each["gridPos"] for each in BOARD["panels"]]
    assert all(each["x"] + each["w"] <= 24 for each in places)  # columns of Grafana
    for one, other in combinations(places, 2):
        assert is_beside(one, other) or is_beside(other, one), (one, other)


def is_beside(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether a panel ends before another begins."""
    return one["x"] + one["w"] <= other["x"] or one["y"] + one["h"] <= other["y"]

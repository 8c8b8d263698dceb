"""What `/metrics` tells: figures of the server in the format of Prometheus.

Here they are only read: each is counted where it happens, as a plain number. Loaded when a token is
set (`metrics_route.py`), as it needs a library of its own. `docs/monitoring.md` lists all of them;
none has the name of a person or a room in it, so the number of series is fixed.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry
from prometheus_client.utils import floatToGoString

from chat_ui.realtime import connections, push, subscriptions
from chat_ui.server.monitoring.histogram import Histogram
from chat_ui.server.updates import listeners
from models import SecurityKind
from services.accounts.security import security_log
from services.backup import schedule
from services.core import app_context, events, joined
from services.core.joined import Joined
from services.core.limits.rate_limits import RateLimits
from services.core.version import VERSION
from services.db import database
from services.push import queue
from services.rooms import presence
from services.rooms.presence import State

T = TypeVar("T")

PREFIX = "simple_chat_"
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SAMPLE_SECONDS = 0.25
"""Seconds between two measurements of how late the event loop is."""
ANSWER_SECONDS = 5.0
"""Seconds that the database and the disk have to answer; Prometheus waits for ten."""

loop_delays = Histogram(*listeners.delays.bounds)
"""Seconds by which the event loop was late to do something."""
_counted: Counter[str] = Counter()
_listeners = events.Listeners()
_tasks: list[asyncio.Task[None]] = []
_make_record = logging.getLogRecordFactory()
_process = ProcessCollector(registry=None)


def start() -> None:
    """Begin to count what is counted for this alone."""
    _listeners.remove_all()
    _listeners.add(events.MessageSent, lambda _event: _counted.update(["messages"]))
    # A handler would keep Python from writing to the terminal what has no other.
    logging.setLogRecordFactory(_counting)
    _tasks.append(asyncio.get_running_loop().create_task(_watch_loop()))


def stop() -> None:
    """Count no more."""
    _listeners.remove_all()
    logging.setLogRecordFactory(_make_record)
    while _tasks:
        _tasks.pop().cancel()


async def text() -> bytes:
    """Return all figures, as they are now."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_ChatCollector(await _look()))
    registry.register(_process)
    return generate_latest(registry)


@dataclass(frozen=True)
class _Stored:
    """What has to be asked of the database and the disk."""

    disk_free: int | None
    """Each is None if it does not answer."""
    database_size: int | None
    pushes_waiting: int | None


async def _look() -> _Stored:
    disk, size, waiting = await asyncio.gather(
        _answer(asyncio.to_thread(app_context.current().files.disk)),
        _answer(database.current().size()),
        _answer(database.read(queue.count_waiting)),
    )
    return _Stored(disk[0] if disk else None, size, waiting)


async def _answer(asked: Awaitable[T]) -> T | None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await asked
    except Exception:  # what is wrong, others log; the other figures are wanted most now
        return None


class _ChatCollector(Collector):
    """Reads all figures but those of the process; on the event loop, which changes them."""

    def __init__(self, stored: _Stored) -> None:
        self._stored = stored

    def collect(self) -> Iterator[Metric]:
        """Yield each figure, with its meaning."""
        yield _by_label("info", "The version that runs: always 1.", "version", {VERSION: 1})
        yield from _people()
        yield from _deliveries()
        if among_others := joined.current():
            yield from _cluster(among_others)
        yield from self._queues()
        yield from _errors()
        yield from self._storage()

    def _queues(self) -> Iterator[Metric]:
        reads, writes = database.current().waiting()
        yield _gauge("database_reads_waiting", "Reads that no thread has taken yet.", reads)
        yield _gauge("database_writes_waiting", "Writes that no thread has taken yet.", writes)
        yield _gauge(
            "push_notifications_waiting",
            "Notifications to be sent to devices, now or later.",
            self._stored.pushes_waiting,
        )

    def _storage(self) -> Iterator[Metric]:
        yield _gauge(
            "database_bytes",
            "Bytes of disk that the database takes, with its log.",
            self._stored.database_size,
        )
        yield _gauge(
            "disk_free_bytes", "Free bytes of the disk with the files.", self._stored.disk_free
        )
        proven_at = schedule.last().proven_at
        yield _gauge(
            "backup_proven_timestamp_seconds",
            "When a backup was last verified, in Unix time; missing if none was.",
            proven_at.timestamp() if proven_at else None,
        )


def _people() -> Iterator[Metric]:
    yield _gauge("open_pages", "Pages that are open.", len(subscriptions.pages()))
    yield _gauge("open_websockets", "Websockets of pages.", len(connections.everyone()))
    online = presence.count_online()
    states = {str(state): online[state] for state in (State.ACTIVE, State.AWAY)}
    yield _by_label("people_online", "People with a page open.", "state", states)


def _deliveries() -> Iterator[Metric]:
    yield _counter("messages_stored", "Messages that were stored.", _counted["messages"])
    yield _counter(
        "frames_sent", "Events that were sent to pages, one for each page.", push.frames_sent
    )
    yield _histogram(
        "delivery_seconds",
        "Seconds from storing a message, its commit included, until the last page was sent it.",
        listeners.delays,
    )
    yield _histogram("loop_delay_seconds", "Seconds by which the event loop is late.", loop_delays)


def _cluster(among_others: Joined) -> Iterator[Metric]:
    yield _gauge("bus_up", "Whether other processes can be heard: 1 or 0.", among_others.is_bus_up)
    yield _gauge(
        "does_jobs",
        "Whether this process does the jobs that only one may do: 1 or 0.",
        among_others.does_jobs,
    )
    hints = {what: among_others.counted[what] for what in ("told", "heard", "lost")}
    yield _by_label("hints", "What processes tell each other.", "what", hints, CounterMetricFamily)


def _errors() -> Iterator[Metric]:
    limits = app_context.current().rate_limits
    refused = {each.name: getattr(limits, each.name).refused for each in fields(RateLimits)}
    yield _by_label(
        "rate_limited", "Requests that a rate limit refused.", "limit", refused, CounterMetricFamily
    )
    failed = {
        "password": security_log.noted[SecurityKind.LOGIN_FAILED],
        "second_factor": security_log.noted[SecurityKind.FACTOR_FAILED],
    }
    yield _by_label("failed_logins", "Logins that failed.", "step", failed, CounterMetricFamily)
    yield _counter("logged_errors", "Errors in the log.", _counted["errors"])


def _gauge(name: str, meaning: str, value: float | None) -> Metric:
    """Return a figure that goes up and down, without a value if that is None."""
    return GaugeMetricFamily(PREFIX + name, meaning, value=value)


def _counter(name: str, meaning: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, meaning, value=value)


def _by_label(
    name: str,
    meaning: str,
    label: str,
    values: Mapping[str, float],
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily] = GaugeMetricFamily,
) -> Metric:
    family = kind(PREFIX + name, meaning, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family


def _histogram(name: str, meaning: str, values: Histogram) -> Metric:
    bounds = [*map(floatToGoString, values.bounds), "+Inf"]
    buckets = list(zip(bounds, values.cumulative(), strict=True))
    return HistogramMetricFamily(PREFIX + name, meaning, buckets=buckets, sum_value=values.total)


def _counting(*given: object, **named: object) -> logging.LogRecord:
    """Make a record of the log as usual, and count it if it is an error."""
    record: logging.LogRecord = _make_record(*given, **named)
    if record.levelno >= logging.ERROR:
        _counted["errors"] += 1
    return record


async def _watch_loop() -> None:
    """Measure how late the event loop is, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + SAMPLE_SECONDS
        await asyncio.sleep(SAMPLE_SECONDS)
        loop_delays.add(loop.time() - due)

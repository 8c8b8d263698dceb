"""Sends push messages in the background: nobody's message waits for it.

One task finds which devices new messages notify, one what devices show that was read or deleted
since, and one sends. A device is sent one thing at a time, and so is a person: slow or broken push
services delay nobody but their own users.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from models.clock import now
from services.core import app_context, events
from services.core.errors import ServiceError
from services.core.network import outbound
from services.core.settings import is_loopback
from services.core.tasks import BackgroundTask, RequestedTask
from services.db import database
from services.push import encryption, endpoints, gateway, outdated, queue, recipients
from services.push.notification import Push
from services.rooms import presence

if TYPE_CHECKING:  # it takes a while to load: not at every start
    from aiohttp import ClientResponse

log = logging.getLogger(__name__)
GATHER_SECONDS = 0.5
"""How long messages are gathered: those that are read at once notify nobody."""
LOOK_BACK_SECONDS = 3.0
"""How long reading and deleting is gathered: then all that devices show is looked at."""
MAX_AT_ONCE = 16
"""Pushes on their way at a time, each of another person."""
TIMEOUT_SECONDS = 10.0
"""Within which a push service must answer."""
MAX_ANSWER_BYTES, MAX_HEADER_BYTES = 2**17, 4096
"""Bytes of its whole answer, and of one header."""
NOBODY_SECONDS = 60.0
"""How long it is remembered that nobody has a device; one more ends it."""
CHECK_SECONDS = 5.0
"""How often to look at what waits for its time."""
RETRY_SECONDS = 10.0
"""How long to wait when the database refuses."""
TTL_SECONDS = 24 * 3600
"""How long a push service keeps a message for a device that is off (RFC 8030 §5.2)."""
GONE = (404, 410)
"""Answers for a subscription that is no more (RFC 8030 §7.3)."""
NO_CONTACT = "mailto:nobody@example.com"
"""For a chat that only this machine reaches: Apple's push service refuses one at localhost."""

_lookups = ThreadPoolExecutor(4, thread_name_prefix="push-names")
"""Threads that look up names, so that names without an answer delay nothing else."""
_gathering = RequestedTask(events.MessageSent, events.SentElsewhere, events.DeviceAdded)
_looking_back = RequestedTask(
    events.RoomRead, events.MessageDeleted, events.MemberLeft, events.SessionsEnded
)
_sending = BackgroundTask()
_busy: dict[int, asyncio.Task[None]] = {}
"""By user: what is on its way to one of their devices."""
_is_due = asyncio.Event()
_nobody_until = 0.0
"""By the monotonic clock: until when nobody has a device, so that not every message asks again."""
_added = 0
"""How often a device was added."""
_listeners = events.Listeners(everywhere=True)


def start() -> None:
    """Begin to send, first what a stop or a crash has left; does nothing if it has started."""
    global _is_due, _nobody_until
    if not _sending.is_running:
        _nobody_until = 0.0
        _is_due = asyncio.Event()  # it is bound to the first loop that awaits it
        _listeners.add(events.DeviceAdded, _on_device)
        _gathering.start(_gather)
        _looking_back.start(_look_back)
        _sending.start(_send, later=True)
        _gathering.request()


async def stop() -> None:
    """Stop; what was not sent yet stays in the queue."""
    _listeners.remove_all()
    await _gathering.stop()
    await _looking_back.stop()
    await _sending.stop()
    for task in _busy.values():
        task.cancel()
    if _busy:
        await asyncio.wait(_busy.values())
    _busy.clear()


def _on_device(_event: events.DeviceAdded) -> None:
    global _nobody_until, _added
    _nobody_until = 0.0
    _added += 1


# -- which devices to notify ----------------------------------------------------------------------


async def _gather() -> None:
    while True:
        await _gathering.requested.wait()
        await asyncio.sleep(GATHER_SECONDS)
        await _do(_gathering, _note_all)


async def _look_back() -> None:
    while True:
        await _looking_back.requested.wait()
        await asyncio.sleep(LOOK_BACK_SECONDS)
        await _do(_looking_back, _take_back)


async def _do(task: RequestedTask, work: Callable[[], Awaitable[None]]) -> None:
    """Do what was requested, if there is any device; request it again if the database refuses."""
    task.requested.clear()
    try:
        if await _is_any_device():
            await work()
    except ServiceError as error:
        log.warning("Failed to find which devices to notify, trying again: %s", error)
        await asyncio.sleep(RETRY_SECONDS)
        task.request()
    except Exception:
        log.exception("Failed to find which devices to notify")  # the next event tries again


async def _is_any_device() -> bool:
    global _nobody_until
    if time.monotonic() < _nobody_until:
        return False
    before = _added
    is_any = await database.read(queue.has_devices)
    if not is_any and _added == before:  # none was added in the meantime
        _nobody_until = time.monotonic() + NOBODY_SECONDS
    return is_any


async def _note_all() -> None:
    """Queue what new messages notify devices of."""
    is_all = False
    while not is_all:
        moment = now()
        found = await database.read(partial(recipients.find, moment=moment))
        if found.before == found.cursor:
            return
        looking = {each.user_id for each in found.devices if _is_looking(each.user_id)}
        await database.write(partial(recipients.store, found=found, moment=moment, looking=looking))
        is_all = found.is_all
        if found.devices:
            _is_due.set()


async def _take_back() -> None:
    """Note what devices show that is outdated."""
    moment = now()
    found = await database.read(partial(outdated.find, moment=moment))
    if found.rooms or found.ended:
        work = partial(outdated.withdraw, found=found, moment=moment)
        await database.write(work, uses_reserve=True)
        _is_due.set()


def _is_looking(user_id: int) -> bool:
    """Return whether a user looks at a page, which notifies them itself."""
    return presence.state(user_id) is presence.State.ACTIVE


# -- sending ---------------------------------------------------------------------------------------


async def _send() -> None:
    while True:
        _is_due.clear()
        try:
            is_more = await _send_due()
        except ServiceError as error:
            log.warning("Failed to read which devices to notify, trying again: %s", error)
            is_more = True
        except Exception:
            log.exception("Failed to read which devices to notify, trying again")
            is_more = True
        with suppress(TimeoutError):
            async with asyncio.timeout(CHECK_SECONDS if is_more else None):
                await _is_due.wait()


async def _send_due() -> bool:
    """Send to as many people as may be sent to at once; return whether more waits."""
    free = MAX_AT_ONCE - len(_busy)
    if free <= 0:
        return True
    moment = now()
    busy = list(_busy)
    pushes, is_more = await database.read(
        lambda session: queue.due(session, moment, busy, _is_looking)
    )
    for push in pushes[:free]:
        task = asyncio.get_running_loop().create_task(_deliver(push))
        _busy[push.user_id] = task
        task.add_done_callback(partial(_done, push.user_id))
    return is_more


def _done(user_id: int, _task: asyncio.Task[None]) -> None:
    _busy.pop(user_id, None)
    _is_due.set()


async def _deliver(push: Push) -> None:
    """Send one thing, and note what became of it."""
    status = await _post(push) if push.payload is not None else 201
    if 200 <= status < 300:
        work = partial(queue.sent, push=push, moment=now())
    else:
        work = partial(queue.failed, push=push, moment=now(), is_gone=status in GONE)
    try:
        await database.write(work, uses_reserve=True)
    except Exception:
        # It is still due: at once it would be sent again, and again.
        log.exception("Failed to store the result of a notification")
        await asyncio.sleep(RETRY_SECONDS)


async def _post(push: Push) -> int:
    """Send a push to its service, encrypted; return the status, or 0 if there was no answer."""
    from aiohttp import ClientError

    try:
        body, headers = await asyncio.to_thread(_request, push)
        async with (
            outbound.client(
                endpoints.reach(),
                _lookups,
                seconds=TIMEOUT_SECONDS,
                allowance=outbound.Allowance(MAX_ANSWER_BYTES),
                longest_header=MAX_HEADER_BYTES,
            ) as session,
            session.post(
                push.endpoint, data=body, headers=headers, allow_redirects=False
            ) as answer,
        ):
            if push.pushkey is not None:
                return await _answer_of_gateway(answer, push.pushkey)
            if answer.status >= 300 and answer.status not in GONE:
                log.warning("A push service refused a notification: %d", answer.status)
            return answer.status  # what else it says is not read
    except (ClientError, OSError, TimeoutError, ValueError) as error:
        log.warning("A push service cannot be reached: %s", type(error).__name__)
        return 0


async def _answer_of_gateway(answer: "ClientResponse", pushkey: str) -> int:
    """Return what the answer of an app's gateway means: one of `GONE` if it rejects the device.

    That nothing is at its address may be over soon, as with any other failure.
    """
    if answer.status >= 300:
        log.warning("A push gateway refused a notification: %d", answer.status)
        return 0
    return GONE[0] if await gateway.rejects(answer, pushkey) else answer.status


def _request(push: Push) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a push; on a thread, as it computes."""
    assert push.payload is not None
    if push.pushkey is not None:
        return push.payload, {"Content-Type": "application/json"}
    context = app_context.current()
    body = encryption.encrypt(
        push.payload, encryption.decode(push.p256dh), encryption.decode(push.auth)
    )
    # What was not delivered yet is replaced by what has the same topic (RFC 8030 §5.4). The push
    # service is not to learn which rooms are the same.
    topic = encryption.topic(context.device_key, push.subscription_id, push.room_id)
    return body, {
        "Authorization": encryption.authorization(
            context.device_key, push.endpoint, _contact(), time.time()
        ),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL_SECONDS),
        "Topic": topic,
        "Urgency": "high" if push.shown_seq else "normal",
    }


def _contact() -> str:
    """Return where a push service reaches those who send: it wants to know (RFC 8292 §2.1)."""
    address = urlsplit(app_context.current().settings.address_for_others)
    if address.scheme == "https" and not is_loopback(address.hostname or ""):
        return address.geturl()
    return NO_CONTACT

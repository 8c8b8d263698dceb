"""How user actions on a page reach their handlers.

There are two ways. What the browser's modules send by themselves, such as a message or the press
of a button that is plain HTML, is an event of `chat_ui/realtime/protocol.py`: `@on` registers its
handler, which is named for it, such as `on_send` for the event `send`. What happens to an element
that NiceGUI drew is a callback that its view gets as an argument: `@callback`, or `@form_callback`
when a form or a button's data comes with it.

Each shows the message of a `ServiceError` on the page. When a service function wants the user to
confirm who they are, the page asks them, and then does the same once more.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from inspect import Parameter, Signature
from typing import Any, TypeVar

from msgspec import Struct
from nicegui import ui

from chat_ui.components.forms import form
from chat_ui.page_context import PageContext
from chat_ui.realtime import page_owners, protocol, push, session_queue, validation
from chat_ui.realtime.protocol import ClientEvent
from services.accounts.sessions.reauthentication import ReauthenticationNeeded
from services.core.errors import ServiceError
from services.core.i18n import set_language

log = logging.getLogger(__name__)
Work = Callable[..., Awaitable[None]]
Event = TypeVar("Event", bound=ClientEvent)


class Route(Struct, frozen=True):
    """The event that a browser may send, and the method that takes it."""

    event: type[ClientEvent]
    handlers: "type[Handlers]"
    method: Work

    @property
    def name(self) -> str:
        """The name of the handler."""
        return self.method.__name__


TABLE: dict[str, Route] = {}
"""Everything that a browser may send, by the name of the event; `@on` fills it."""


class Handlers:
    """Handlers of one page. Each class is in a file `handlers.py` or `*_handlers.py`.

    An instance is created for each event, so state of the page belongs in its context.
    """

    def __init__(self, page: PageContext) -> None:
        self.page = page

    def __init_subclass__(cls) -> None:
        """Put the events that the class handles into the table."""
        for method in vars(cls).values():
            event = getattr(method, "handles", None)
            if event is not None:
                if TABLE.get(event.EVENT, cls) is not cls:
                    raise ValueError(f"there is a handler of {event.EVENT} already")
                TABLE[event.EVENT] = Route(event, cls, method)


def on(
    event: type[Event],
) -> Callable[[Callable[[Any, Event], Awaitable[None]]], Callable[[Any, Event], Awaitable[None]]]:
    """Register a method of `Handlers` for an event of the protocol."""

    def register(
        method: Callable[[Any, Event], Awaitable[None]],
    ) -> Callable[[Any, Event], Awaitable[None]]:
        method.handles = event  # type: ignore[attr-defined]
        return method

    return register


def callback(method: Work) -> Work:
    """Make a method of `Handlers` show refusals: for callbacks of elements."""

    @wraps(method)
    async def handle(handlers: Handlers, *arguments: Any) -> None:
        await _attempt(handlers.page, partial(method, handlers, *arguments))

    return handle


def form_callback(method: Work) -> Work:
    """Do as `callback`, and pass the form data as a mapping by field name.

    It is for `filled` of a form and `press` of a list, whose data is what a browser sent: text,
    as a rule, but it may be anything.
    """

    async def read(handlers: Handlers, *arguments: Any) -> None:
        *others, event = arguments
        try:
            await method(handlers, *others, validation.form(_detail(event)))
        except ReauthenticationNeeded:
            raise
        except ServiceError as refused:
            if not form.refuse(event.sender, refused):
                raise
        else:
            form.accept(event.sender)
        finally:
            if form.is_live(event.sender):
                answered = protocol.FormAnswered(event.sender.id)
                await push.to_page(handlers.page.client.id, answered)

    return wraps(method)(callback(read))


def listen(page: PageContext, frame: ui.element) -> None:
    """Receive what the browser's modules send: `sendToServer` dispatches it on the frame."""
    handler = partial(receive, page)
    # NiceGUI asks at each event whether the handler takes it; to find out takes 4 % of a message.
    handler.__signature__ = _TAKES_EVENT  # type: ignore[attr-defined]
    frame.on("client_event", handler, args=["detail"])


_TAKES_EVENT = Signature([Parameter("event", Parameter.POSITIONAL_OR_KEYWORD)])


async def receive(page: PageContext, event: Any) -> None:
    """Check the fields of an event, as NiceGUI delivers it, and await its handler."""

    async def dispatch() -> None:
        envelope = validation.read(protocol.Envelope, _detail(event))
        route = TABLE.get(envelope.event)
        if route is None:
            raise validation.malformed()
        await route.method(route.handlers(page), validation.read(route.event, envelope.detail))

    await _attempt(page, dispatch)


async def _attempt(page: PageContext, work: Work) -> None:
    """Do `work` in a turn of the session, and show refusals.

    If the user has to confirm who they are, do it after that. Nothing is done for a page that was
    closed, or whose session ended, while the event waited.
    """
    session_id = page.viewer.session_id
    async with session_queue.turn(session_id):
        if not page_owners.owns(page.client.id, session_id):
            log.debug("dropped an event of a page that is closed, or whose session has ended")
            return
        with refusals_shown(page):
            try:
                await work()
            except ReauthenticationNeeded:
                await page.navigation.ask_who(partial(_attempt, page, work))


@contextmanager
def refusals_shown(page: PageContext) -> Iterator[None]:
    """Show the message of a `ServiceError` within the block on the page, in its language."""
    set_language(page.language)
    try:
        yield
    except ServiceError as refused:
        page.notify(refused.message)
    except ReferenceError:  # `page.navigation` is weak
        log.debug("A page was closed while it was handling an event")


def _detail(event: Any) -> object:
    try:
        return event.args["detail"]
    except (KeyError, TypeError, IndexError) as error:
        raise validation.malformed() from error

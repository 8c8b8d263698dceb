"""Making NiceGUI's elements without reference cycles, and with less work.

An element's classes, properties and style each keep a bound method of their own, so that nothing
of a closed page goes before the garbage collector runs, which has to look through all the open
pages for it. Here they keep none: what changes tells its element directly. To look at the method's
signature was also half of what making an element costs.

Each change also queues the element to be sent again, and throws the queue away when the page is
sent for the first time. Until then, nothing is queued here.

Gain: 14 % of opening a page (12.0 instead of 13.9 ms; `python -m benchmarks.compat
element_cycles`). To do without it: `CHAT_COMPAT=element_cycles`.
"""

from typing import Any

from nicegui.classes import Classes
from nicegui.element import Element
from nicegui.observables import ObservableCollection
from nicegui.outbox import Outbox
from nicegui.props import Props
from nicegui.style import Style

from chat_ui.compat.registry import Patch, in_place_of, original

_OF_ELEMENTS = (Classes, Props, Style)
_make = original(ObservableCollection.__init__)
_tell_others = original(ObservableCollection._handle_change)
_enqueue = original(Outbox.enqueue_update)


@in_place_of(_make)
def _make_untied(collection: ObservableCollection, *, on_change: Any = None, **parts: Any) -> None:
    is_own = isinstance(collection, _OF_ELEMENTS)
    _make(collection, on_change=None if is_own else on_change, **parts)


@in_place_of(_tell_others)
def _tell_element(collection: Any) -> None:
    """Tell the element of a change to its classes, properties or style, then whom else it concerns."""
    collection._update()
    _tell_others(collection)


@in_place_of(_enqueue)
def _enqueue_once_sent(outbox: Outbox, element: Element) -> None:
    """Queue an element to be sent again, if its page has been sent at all."""
    if getattr(outbox.client, "_response_built", False):  # its first elements come before that
        _enqueue(outbox, element)


def _install() -> None:
    ObservableCollection.__init__ = _make_untied  # type: ignore[method-assign,assignment]
    for kind in _OF_ELEMENTS:
        kind._handle_change = _tell_element  # type: ignore[method-assign,assignment]
    Outbox.enqueue_update = _enqueue_once_sent  # type: ignore[method-assign,assignment]


PATCH = Patch(
    name="element_cycles",
    replaces=(
        "nicegui.observables.ObservableCollection.__init__",
        "nicegui.classes.Classes._handle_change",
        "nicegui.props.Props._handle_change",
        "nicegui.style.Style._handle_change",
        "nicegui.outbox.Outbox.enqueue_update",
    ),
    why="Closed pages with reference cycles stay in memory, and elements of an unsent page are queued.",
    gain="14 % of opening a page",
    measured_with="python -m benchmarks.compat element_cycles",
    tried_with="nicegui 3.18",
    expects={
        "nicegui.observables:ObservableCollection.__init__": (
            "self, *, factory, data, on_change, _parent"
        ),
        "nicegui.classes:Classes.__init__": "self, *args, element, **kwargs",
        "nicegui.props:Props.__init__": "self, *args, element, **kwargs",
        "nicegui.style:Style.__init__": "self, *args, element, **kwargs",
        "nicegui.classes:Classes._update": "self",
        "nicegui.props:Props._update": "self",
        "nicegui.style:Style._update": "self",
        "nicegui.outbox:Outbox.enqueue_update": "self, element",
    },
    bodies={
        "nicegui.observables:ObservableCollection.__init__": "ffc60c559135ead5",
        "nicegui.observables:ObservableCollection._handle_change": "2ca30f2279eea47c",
        "nicegui.outbox:Outbox.enqueue_update": "8e4624eaf6c6244b",
    },
    uses={"nicegui.client:Client.build_response": "_response_built outbox updates clear"},
    install=_install,
)

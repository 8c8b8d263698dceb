"""Making NiceGUI's elements without reference cycles.

An element's classes, properties and style each keep a bound method of their own, so that nothing
of a closed page goes before the garbage collector runs, which has to look through all the open
pages for it. Here they keep none, and the method is found when something changes. To look at its
signature was also half of what making an element costs.

Gain: 12 % of opening a page (10.8 instead of 12.3 ms; `python -m benchmarks.compat
element_cycles`). To do without it: `CHAT_COMPAT=element_cycles`.
"""

from typing import Any

from nicegui.classes import Classes
from nicegui.observables import ObservableCollection
from nicegui.props import Props
from nicegui.style import Style

from chat_ui.compat.registry import Patch, in_place_of, original

_OF_ELEMENTS = (Classes, Props, Style)
_make = original(ObservableCollection.__init__)
_handlers: Any = ObservableCollection._change_handlers_with_args


@in_place_of(_make)
def _make_untied(collection: ObservableCollection, *, on_change: Any = None, **parts: Any) -> None:
    is_own = isinstance(collection, _OF_ELEMENTS)
    _make(collection, on_change=None if is_own else on_change, **parts)


def _handlers_with_own(collection: Any) -> list[tuple[Any, bool]]:
    """Return the handlers of a change to an element's classes, properties or style."""
    return [(collection._update, False), *_handlers.fget(collection)]


def _install() -> None:
    ObservableCollection.__init__ = _make_untied  # type: ignore[method-assign,assignment]
    for kind in _OF_ELEMENTS:
        kind._change_handlers_with_args = property(_handlers_with_own)  # type: ignore[assignment]


PATCH = Patch(
    name="element_cycles",
    replaces=(
        "nicegui.observables.ObservableCollection.__init__",
        "nicegui.classes.Classes._change_handlers_with_args",
        "nicegui.props.Props._change_handlers_with_args",
        "nicegui.style.Style._change_handlers_with_args",
    ),
    why="Closed pages with reference cycles stay in memory until the garbage collector finds them.",
    gain="12 % of opening a page",
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
    },
    bodies={
        "nicegui.observables:ObservableCollection.__init__": "ffc60c559135ead5",
        "nicegui.observables:ObservableCollection._change_handlers_with_args.fget": "cb025f00464818b7",
    },
    install=_install,
)

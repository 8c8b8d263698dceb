"""Looking at the signature of each method but once.

NiceGUI asks for three methods of every element whether they take arguments, and works it out
anew each time: that was a fifteenth of what opening a page costs.
"""

from collections.abc import Callable
from typing import Any

from nicegui import helpers

_look = helpers.expects_arguments
_known: dict[object, bool] = {}
"""By the function of a method: all objects of a class share it."""


def install() -> None:
    """Have NiceGUI ask us; doing it twice changes nothing."""
    helpers.expects_arguments = _expects_arguments


def _expects_arguments(func: Callable[..., Any]) -> bool:
    shared = getattr(func, "__func__", None)
    if shared is None:
        return _look(func)
    if shared not in _known:
        _known[shared] = _look(func)
    return _known[shared]

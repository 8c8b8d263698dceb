"""Looking at the signature of each method only once.

NiceGUI asks for several methods of every element whether they take arguments, and works it out
each time.
"""

from collections.abc import Callable
from typing import Any

from nicegui import helpers

from chat_ui.compat.registry import Patch, in_place_of, original

_look = original(helpers.expects_arguments)
_known: dict[object, bool] = {}
"""By the function of a method: all objects of a class share it."""


@in_place_of(_look)
def _expects_arguments(func: Callable[..., Any]) -> bool:
    shared = getattr(func, "__func__", None)
    if shared is None:
        return bool(_look(func))
    if shared not in _known:
        _known[shared] = _look(func)
    return _known[shared]


def _install() -> None:
    helpers.expects_arguments = _expects_arguments


PATCH = Patch(
    name="signature_cache",
    replaces=("nicegui.helpers.expects_arguments",),
    why="NiceGUI inspects the signature of each element's methods each time.",
    gain="TODO",
    measured_with="python -m benchmarks --only openings",
    tried_with="nicegui 3.18",
    expects={"nicegui.helpers:expects_arguments": "func"},
    install=_install,
)

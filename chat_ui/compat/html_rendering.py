"""Rendering htpy's elements into one list.

htpy hands every piece of HTML up through a generator for each level that it is in, and asks of each
child whether it is one of twelve types, by protocols and abstract classes that take long to ask. Here
the types that we use are told apart by what they are exactly, and pieces go into a list. All else
goes htpy's own way, which escapes and refuses as ever; what is no child at all is refused when it is
rendered, not before.

Gain: 47 % of listing a hundred members (36 instead of 68 ms; `python -m benchmarks.compat
html_rendering`). To do without it: `CHAT_COMPAT=html_rendering`.
"""

from collections.abc import Callable
from types import GeneratorType
from typing import Any

from htpy import _elements, _fragments, _render_sync
from htpy._elements import Element, VoidElement
from htpy._fragments import Fragment
from markupsafe import Markup, escape

from chat_ui.compat.registry import Patch, in_place_of, original

_whole = original(_render_sync.chunks_as_markup)
_validate = original(_elements._validate_children)
_SERIES = frozenset({tuple, list, map})


@in_place_of(_whole)
def _markup(renderable: Any) -> Markup:
    parts: list[str] = []
    _render(renderable, parts.append)
    return Markup("".join(parts))  # noqa: S704 - each part was escaped, or is markup


def _render(node: Any, add: Callable[[str], None]) -> None:
    kind = type(node)
    if kind is str or kind is Markup:
        add(escape(node))
    elif kind is Element:
        add(f"<{node._name}{node._attrs}>")
        _render(node._children, add)
        add(f"</{node._name}>")
    elif node is None or kind is bool:
        return
    elif kind is VoidElement:
        add(f"<{node._name}{node._attrs}>")
    elif kind in _SERIES:
        for each in node:
            _render(each, add)
    elif kind is GeneratorType and node not in _render_sync._consumed_generators:
        _render_sync._consumed_generators.add(node)
        for each in node:
            _render(each, add)
    elif kind is Fragment:
        _render(node._node, add)
    else:
        for piece in _render_sync.iter_chunks_node(node, None):
            add(piece)


@in_place_of(_validate)
def _accept(children: Any) -> None:
    """Refuse nothing yet."""


def _install() -> None:
    for module in (_elements, _fragments):
        module.chunks_as_markup = _markup  # type: ignore[attr-defined]
    _elements._validate_children = _accept


PATCH = Patch(
    name="html_rendering",
    replaces=(
        "htpy._elements.chunks_as_markup",
        "htpy._fragments.chunks_as_markup",
        "htpy._elements._validate_children",
    ),
    why="htpy hands each piece of HTML up through a generator for each level that it is in.",
    gain="47 % of listing a hundred members",
    measured_with="python -m benchmarks.compat html_rendering",
    tried_with="htpy 26.5",
    expects={
        "htpy._elements:chunks_as_markup": "renderable",
        "htpy._fragments:chunks_as_markup": "renderable",
        "htpy._elements:_validate_children": "children",
        "htpy._render_sync:iter_chunks_node": "x, context",
    },
    bodies={
        "htpy._elements:BaseElement.iter_chunks": "611e99697c953066",
        "htpy._elements:BaseElement.__str__": "22a7460e276c5a95",
        "htpy._elements:VoidElement.iter_chunks": "2fdf8fd36c467d3b",
        "htpy._fragments:Fragment.iter_chunks": "60690e13cd231c1e",
        "htpy._render_sync:iter_chunks_node": "f6ea87d01282369d",
    },
    install=_install,
)

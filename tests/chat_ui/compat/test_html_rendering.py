"""HTML is what htpy itself would make of the same elements."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

import htpy as h
import pytest
from htpy import _elements, _fragments
from markupsafe import Markup

from chat_ui.compat import html_rendering


class Kind(StrEnum):
    ODD = "<odd> & 'so'"


class Picture:
    """Something of another library that knows its own HTML."""

    def __html__(self) -> str:
        return "<svg/>"


NAME: h.Context[str] = h.Context("name", default="nobody")


@NAME.consumer
def by_name(name: str) -> h.Element:
    return h.i[name]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (_elements, _fragments):  # they are put back
        monkeypatch.setattr(module, "chunks_as_markup", module.chunks_as_markup)
    monkeypatch.setattr(_elements, "_validate_children", _elements._validate_children)
    html_rendering.PATCH.install()


def several() -> Iterator[h.Node]:
    yield h.b["one & two"]
    yield None
    yield (each for each in ("<3>", h.i[4]))


NODES: list[Callable[[], Any]] = [
    lambda: "text with <signs> & \"quotes\" and 'others'",
    lambda: Markup("<b>markup</b> &amp;"),
    lambda: None,
    lambda: True,
    lambda: False,
    lambda: 0,
    lambda: 42,
    lambda: Kind.ODD,
    lambda: Picture(),
    lambda: ["a", ("<b>", [h.br, None])],
    lambda: map(str, ("<", 5)),
    lambda: several(),
    lambda: h.br,
    lambda: h.input(type="text", value='"<&', disabled=True),
    lambda: h.div("#id.some.classes", data_x="<", hidden=False)[several()],
    lambda: h.p[h.fragment["a", h.em["b"], None]],
    lambda: h.html[h.head[h.title["<t>"]], h.body["x"]],
    lambda: h.comment("--- <x>"),
    lambda: lambda: h.b["late"],
    lambda: NAME.provider("<asha>", h.b[by_name()]),
    lambda: by_name(),
    lambda: {"a": 1}.keys(),
]
"""What makes each, as some can be rendered only once."""


@pytest.mark.parametrize("make", NODES)
def test_the_result_is_htpys(make: Callable[[], Any]) -> None:
    for around in (h.fragment, h.div(".all")):
        expected = "".join(around["before", make(), "after"].iter_chunks())
        assert str(around["before", make(), "after"]) == expected


def test_what_is_made_one_by_one_is_rendered_once() -> None:
    assert str(h.div[several()]) == "<div><b>one &amp; two</b>&lt;3&gt;<i>4</i></div>"
    assert str(h.div[map(h.b.__getitem__, "<>")]) == "<div><b>&lt;</b><b>&gt;</b></div>"
    drawn = h.div[several()]
    str(drawn)
    with pytest.raises(RuntimeError):
        str(drawn)


@pytest.mark.parametrize("wrong", [b"bytes", object(), bytearray()])
def test_what_is_no_child_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        str(h.div[h.p[wrong]])


def test_a_result_is_markup_that_is_not_escaped_again() -> None:
    drawn = str(h.b["<"])
    assert isinstance(drawn, Markup)
    assert str(h.p[drawn, h.b["<"]]) == "<p><b>&lt;</b><b>&lt;</b></p>"

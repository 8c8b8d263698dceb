"""Escaping what a page is built from, quickly.

NiceGUI escapes a page's elements with `str.translate`, letter by letter: a tenth of what opening
the chat costs. Replacing one sign after the other comes to the same, and takes a tenth of that.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from nicegui import client, json


class _Json(str):
    """JSON on its way into a page."""

    def translate(self, table: Mapping[int, str]) -> str:  # type: ignore[override]
        """Return it with each sign replaced that stands in `table`."""
        escaped: str = self
        for sign in sorted(table, key=lambda each: each != ord("&")):  # it is in what others become
            escaped = escaped.replace(chr(sign), table[sign])
        return escaped


def install() -> None:
    """Have NiceGUI write its pages' JSON so; doing it twice changes nothing."""
    ours = SimpleNamespace(**{**vars(json), "dumps": _dumps})
    client.json = ours  # type: ignore[attr-defined,assignment]


def _dumps(*values: Any, **options: Any) -> _Json:
    return _Json(json.dumps(*values, **options))

"""Escaping the JSON of a page with `str.replace`.

NiceGUI escapes a page's elements with `str.translate`, letter by letter. Replacing one sign after
the other gives the same in a tenth of the time.

Gain: 11 % of opening a page (11.3 instead of 12.7 ms; `python -m benchmarks.compat json_escaping`).
To do without it: `CHAT_COMPAT=json_escaping`.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from nicegui import client, json

from chat_ui.compat.registry import ANY, Patch


class _Json(str):
    """JSON on its way into a page."""

    def translate(self, table: Mapping[int, str]) -> str:  # type: ignore[override]
        """Return it with each sign replaced that is in `table`."""
        escaped: str = self
        for sign in sorted(table, key=lambda each: each != ord("&")):  # it is in what others become
            escaped = escaped.replace(chr(sign), table[sign])
        return escaped


def _dumps(*values: Any, **options: Any) -> _Json:
    return _Json(json.dumps(*values, **options))


def _install() -> None:
    ours = SimpleNamespace(**{**vars(json), "dumps": _dumps})
    client.json = ours  # type: ignore[attr-defined,assignment]


PATCH = Patch(
    name="json_escaping",
    replaces=("nicegui.client.json",),
    why="NiceGUI escapes the JSON of each page letter by letter.",
    gain="11 % of opening a page",
    measured_with="python -m benchmarks.compat json_escaping",
    tried_with="nicegui 3.18",
    expects={
        "nicegui.client:Client.build_response": "self, request, status_code",
        "nicegui.client:HTML_ESCAPE_TABLE": ANY,
        "nicegui.json:dumps": ANY,
    },
    bodies={"nicegui.client:Client.build_response": "bc00a02af73038fa"},
    install=_install,
)

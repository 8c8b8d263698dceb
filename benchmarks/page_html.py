"""Parse the HTML of a NiceGUI page: its id, its elements, and their listeners."""

import ast
import json
import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

_QUERY = re.compile(r"\bquery: (\{.*?\}),\n")
_ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
_ESCAPED = (("&#36;", "$"), ("&#96;", "`"), ("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&"))
"""In the order in which NiceGUI's own script unescapes them."""


def websocket_address(server: str, client_id: str, **query: object) -> str:
    """Return the address of a page's websocket, as NiceGUI's script builds it.

    `server` is the address of the site; `query` replaces or adds to what a new page sends.
    """
    parameters = {
        "client_id": client_id,
        "next_message_id": 0,
        "implicit_handshake": "true",
        "document_id": "d1",
        "tab_id": "t1",
        "EIO": 4,
        "transport": "websocket",
        **query,
    }
    return f"ws{server.removeprefix('http')}/_nicegui_ws/socket.io/?{urlencode(parameters)}"


class PageState:
    """The state of a page in a browser: enough to open its websocket and send its events."""

    def __init__(self, html: str) -> None:
        query, elements = _QUERY.search(html), _ELEMENTS.search(html)
        if query is None or elements is None:
            raise ValueError("this is not a NiceGUI page")
        # It is a Python dict that is also JavaScript, because the page defines True and None.
        self._query: dict[str, Any] = ast.literal_eval(query[1])
        self.client_id: str = self._query["client_id"]
        self.next_message_id: int = self._query["next_message_id"]
        self._document_id, self._tab_id = str(uuid4()), str(uuid4())
        text = elements[1]
        for escaped, plain in _ESCAPED:
            text = text.replace(escaped, plain)
        self._elements: dict[str, dict[str, Any]] = json.loads(text)

    def address(self, server: str) -> str:
        """Return the address of the page's websocket; `server` is that of the site."""
        query = {
            **self._query,
            "next_message_id": self.next_message_id,
            "implicit_handshake": str(self._query["implicit_handshake"]).lower(),
            "document_id": self._document_id,
            "tab_id": self._tab_id,
            "old_tab_id": "",
        }
        return websocket_address(server, **query)

    def update(self, elements: dict[str, dict[str, Any] | None]) -> None:
        """Apply an update from the server; None removes an element."""
        for number, element in elements.items():
            if element is None:
                self._elements.pop(number, None)
            else:
                self._elements[number] = element

    def find(self, prop: str, value: object) -> dict[str, Any] | None:
        """Return the properties of the element whose `prop` is `value`, if there is one."""
        for element in self._elements.values():
            if element.get("props", {}).get(prop) == value:
                found: dict[str, Any] = element["props"]
                return found
        return None

    def texts(self) -> list[str]:
        """Return the text of each element that has one."""
        return [str(each["text"]) for each in self._elements.values() if "text" in each]

    def listeners(self) -> list[tuple[int, str]]:
        """Return what elements listen to: the number of each, and the id of its listener."""
        return [
            (int(number), listener["listener_id"])
            for number, element in self._elements.items()
            for listener in element.get("events", [])
        ]

    def event(self, prop: str, value: object, kind: str, argument: Any) -> dict[str, Any]:
        """Return what to send when `kind` happens at the element whose `prop` is `value`."""
        for number, element in self._elements.items():
            if element.get("props", {}).get(prop) != value:
                continue
            for listener in element.get("events", []):
                if listener["type"] == kind:
                    return {
                        "id": int(number),
                        "client_id": self.client_id,
                        "listener_id": listener["listener_id"],
                        "args": [json.dumps(argument, ensure_ascii=False)],
                    }
        raise LookupError(f"nothing on this page with {prop}={value} listens to {kind}")

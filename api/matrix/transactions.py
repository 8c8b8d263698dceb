"""Transactions: what an app calls what it sends, by which it knows its own messages again."""

import hashlib
from collections import OrderedDict

from msgspec import Raw
from msgspec.json import encode

from api.matrix.requests import Call
from services.core.dto import CurrentUser
from services.sync.items import Item, Post

MAX_KEPT = 10_000
"""Transactions of messages that are remembered; longer ago, apps have got theirs."""
MAX_LENGTH = 255
"""Characters of one that is remembered."""
_names: OrderedDict[tuple[int, str], str] = OrderedDict()
"""What an app called it, by session and `client_message_id`."""


def key(call: Call) -> str:
    """Return a `client_message_id` that is the same for a transaction of this device.

    What is sent to another room, of another type, or deletes another event is another transaction.
    """
    text = repr([call.viewer.device_id, *sorted(call.request.path_params.items())])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:43]


def begin(call: Call) -> str:
    """Return the `key` of a transaction that sends a message, and remember what it is called.

    That is before it is stored, as the app may be told of its message before it is answered.
    """
    name, made = call.path("transaction"), key(call)
    if len(name) <= MAX_LENGTH:
        _names[call.viewer.session_id, made] = name
        while len(_names) > MAX_KEPT:
            _names.popitem(last=False)
    return made


def add(event: Raw, item: Item, viewer: CurrentUser) -> Raw:
    """Return an encoded event with its transaction, if it is a message that this app has sent."""
    if not isinstance(item, Post) or item.message.author.user_id != viewer.user_id:
        return event
    name = _names.get((viewer.session_id, item.message.client_message_id))
    if name is None or b'"unsigned":' in bytes(event):
        return event
    return Raw(bytes(event)[:-1] + b',"unsigned":{"transaction_id":' + encode(name) + b"}}")

"""The sign before the name of a room or a conversation."""

from collections.abc import Sequence

import htpy as h

from chat_ui.components import avatar, html
from models import RoomKind
from services.core.dto import UserSummary


def draw(
    kind: str, people: Sequence[UserSummary] = (), *, is_announcement: bool = False
) -> h.Element:
    """Return a sign for a room, or the faces of the people in direct messages."""
    if people:
        return h.span(class_=["faces", {"several": len(people) > 1}], aria_hidden="true")[
            (avatar.draw(person) for person in people[:2]),
            h.span(".presence", data_presence_of=people[0].user_id) if len(people) == 1 else None,
        ]
    return h.span(".sign", aria_hidden="true")[
        html.icon("campaign" if is_announcement else ICONS[RoomKind(kind)])
    ]


ICONS = {RoomKind.PUBLIC: "tag", RoomKind.PRIVATE: "lock", RoomKind.DIRECT: "edit_note"}


STYLE = """
.faces { position: relative; display: inline-flex; flex: none; inline-size: 24px; block-size: 24px; }
.faces .avatar { inline-size: 100%; block-size: 100%; }
.faces.several .avatar { inline-size: 68%; block-size: 68%; position: absolute; }
.faces.several .avatar:first-child { inset-block: 0 auto; inset-inline: 0 auto; }
.faces.several .avatar:last-of-type { inset-block: auto 0; inset-inline: auto 0; box-shadow: 0 0 0 1.5px var(--sidebar); }
.faces .presence:not([data-state]) { display: none; }
.faces .presence { position: absolute; inset-inline-end: -3px; inset-block-end: -3px; box-shadow: 0 0 0 2px var(--sidebar); background-color: var(--sidebar); }
.faces .presence[data-state="active"] { background-color: var(--good); }
"""

"""The header of direct messages: the people in them, with links to their pages."""

import htpy as h

from chat_ui.components import room_sign
from chat_ui.people import profile
from services.core.dto import UserSummary
from services.core.i18n import plural
from services.rooms.views import RoomView


def draw(room: RoomView) -> h.Element:
    """Return the title of direct messages."""
    return h.div(".room-title.direct")[
        room_sign.draw(room.kind, room.people),
        h.div(".direct-names")[
            h.h1(".name", dir="auto", title=room.title)[_names(room)],
            h.p(".topic")[_about(room.people)],
        ],
    ]


def _names(room: RoomView) -> h.Node:
    if not room.people:
        return room.title
    before = ["", *[", "] * (len(room.people) - 1)]
    return [[comma, profile.link(each)] for comma, each in zip(before, room.people, strict=True)]


def _about(people: tuple[UserSummary, ...]) -> h.Node:
    if len(people) == 1:
        return [
            h.span[f"@{people[0].username}"],
            h.span(".presence.in-words", data_presence_of=people[0].user_id),
        ]
    count = len(people) + 1
    return plural("{count} person", "{count} people", count).format(count=count) if people else None


STYLE = """
.room-title.direct { display: flex; align-items: center; gap: 12px; }
.room-title.direct .direct-names { min-inline-size: 0; }
.room-title.direct .direct-names > * { margin: 0; }
.room-title.direct .topic { display: flex; gap: 10px; }
.room-title.direct .faces { inline-size: 36px; block-size: 36px; }
.room-title.direct .faces .avatar { inline-size: 36px; block-size: 36px; }
.room-title.direct .faces .presence { display: none; }
.room-title.direct .faces.several .avatar { inline-size: 26px; block-size: 26px; }
"""

"""The header of direct messages: who is in them."""

import htpy as h

from chat_ui.components import encryption, room_sign
from chat_ui.people import profile
from services.core.dto import UserSummary
from services.core.i18n import _, number, plural
from services.rooms.views import RoomView


def draw(room: RoomView) -> h.Element:
    """Return the title of direct messages."""
    return h.div(".room-title.direct")[
        room_sign.draw(room.kind, room.people),
        h.div(".direct-names")[
            h.h1(".name", dir="auto", title=room.title)[
                encryption.sign() if room.is_encrypted else None, _name(room)
            ],
            h.p(".topic")[_about(room.people)],
        ],
    ]


def _name(room: RoomView) -> h.Node:
    """Return the name of one person, which leads to their profile; of several, to the conversation."""
    if len(room.people) == 1:
        return profile.link(room.people[0], room.room_id)
    return h.button(type="button", data_ask="room_settings", title=_("Conversation"))[room.title]


def _about(people: tuple[UserSummary, ...]) -> h.Node:
    if len(people) == 1:
        return [
            h.span[f"@{people[0].username}"],
            h.span(".presence.in-words", data_presence_of=people[0].user_id),
        ]
    count = len(people) + 1
    return (
        plural("{count} person", "{count} people", count).format(count=number(count))
        if people
        else None
    )


STYLE = """
.room-title.direct { display: flex; gap: 12px; }
.room-title.direct .direct-names { min-inline-size: 0; }
.room-title.direct .direct-names > * { margin: 0; }
.room-title.direct .topic { display: flex; gap: 10px; }
.room-title.direct .faces { inline-size: 36px; block-size: 36px; }
.room-title.direct .faces .presence { display: none; }
"""

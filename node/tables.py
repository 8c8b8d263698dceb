"""The tables of a node, beside those of every chat, in the same database.

They say which of its rows is what on the hub, and what the hub is still to be given. A message and
its row here are written at once, with the position up to which the hub has told everything.
"""

from sqlalchemy import Column, Integer, MetaData, Table, Text
from sqlmodel import Session

_METADATA = MetaData()

STATE = Table(
    "node_state",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("since", Text, nullable=False),
)
"""One row: the `next_batch` of the last answer that was taken over."""
PEOPLE = Table(
    "node_people",
    _METADATA,
    Column("hub_id", Text, primary_key=True),
    Column("user_id", Integer, nullable=False, unique=True),
)
ROOMS = Table(
    "node_rooms",
    _METADATA,
    Column("hub_id", Text, primary_key=True),
    Column("room_id", Integer, nullable=False, unique=True),
    Column("levels", Text, nullable=False, default="{}"),
)
"""`levels` is the content of `m.room.power_levels`, as JSON: members may come after it."""
EVENTS = Table(
    "node_events",
    _METADATA,
    Column("hub_id", Text, primary_key=True),
    Column("room_id", Integer, nullable=False),
    Column("message_id", Integer, index=True),
    Column("sign", Text, nullable=False, default=""),
    Column("user_id", Integer),
)
"""Events that are taken over: a message, or with a `sign` somebody's reaction to one."""
UNDECRYPTED = Table(
    "node_undecrypted",
    _METADATA,
    Column("hub_id", Text, primary_key=True),
    Column("hub_room_id", Text, nullable=False),
    Column("message_id", Integer, nullable=False),
    Column("session_id", Text, nullable=False, index=True),
    Column("event", Text, nullable=False),
)
"""Messages whose keys are not here yet, with the whole event, as JSON."""
IDENTITIES = Table(
    "node_identities",
    _METADATA,
    Column("hub_id", Text, primary_key=True),
    Column("master", Text, nullable=False),
    Column("seen_master", Text, nullable=False, default=""),
)
"""By which key each person's devices are known to be theirs; `seen_master` is another one that the
hub has told of since, and empty if there is none."""
OUTBOX = Table(
    "node_outbox",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("transaction_id", Text, nullable=False, unique=True),
    Column("content", Text, nullable=False),
    Column("was_tried", Integer, nullable=False, default=0),
    Column("hub_event_id", Text, nullable=False, default="", index=True),
    sqlite_autoincrement=True,
)
"""What the hub is given, in this order in each room. A row of a message stays until the hub has
told of it; `content` is JSON."""


def create(session: Session) -> None:
    """Create those that are not there yet."""
    _METADATA.create_all(session.connection())

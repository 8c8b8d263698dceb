"""How a message would look: rendered as if it were sent, but neither stored nor shown to others."""

from msgspec import Struct
from sqlmodel import Session

from services.core.dto import CurrentUser
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.core.text import MESSAGE_LIMIT, clean
from services.db import database
from services.mentions import mentions
from services.messages import rendered
from services.messages.emoji import emoji
from services.messages.rendering import facts
from services.rooms import access
from services.rooms.permissions import require_writer


class Preview(Struct, frozen=True):
    """A text that is being written, rendered: its fields are as in `MessageView`."""

    text: str
    html: str | None
    mentions: tuple[tuple[str, int], ...]


async def render(viewer: CurrentUser, room_id: int, text: object) -> Preview:
    """Return a text as a message of the viewer in a room would show it.

    Rendering is paid for from the same budget as that of a message. Raises `ServiceError` for a
    text that could not be sent, `NotFound` for non-members, `Forbidden` without permission to
    write, and `RateLimited`.
    """
    checked = emoji.replace_codes(clean(text, MESSAGE_LIMIT, name=_("The message")))
    return await _render(viewer, room_id, checked)


@rate_limited("preview")
async def _render(viewer: CurrentUser, room_id: int, text: str) -> Preview:
    html = await rendered.render_unstored(viewer, text)

    def query(session: Session) -> mentions.ResolvedMentions:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        require_writer(room, membership)
        may_mention_all = mentions.may_mention_all(room, membership)
        return mentions.resolve(
            session, room_id, viewer.user_id, facts.names(html), may_mention_all=may_mention_all
        )

    named = await database.read(query)
    return Preview(text, html, tuple((named.mentions or {}).items()))

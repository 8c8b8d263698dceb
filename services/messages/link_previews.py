"""The previews of links that messages show; `services/links/` asks the sites."""

from sqlmodel import Session

from models import Action, LinkPicture, Message, MessageLink
from services.accounts.security import audit
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages import first_link, messages, revisions
from services.rooms.permissions import may_moderate


@rate_limited("message")
async def remove(viewer: CurrentUser, room_id: int, seq: int) -> None:
    """Remove the preview from a message for good; does nothing if it has none.

    Its author may, and moderators, who are named in the moderation log then. Raises `Forbidden`
    for others, `NotFound` for non-members and for a message that does not exist.
    """

    def detach(session: Session) -> int | None:
        room, membership, message = messages.find(session, viewer, room_id, seq)
        is_own = message.author_id == viewer.user_id
        if not (is_own or may_moderate(membership)):
            raise Forbidden(_("Only the author or a moderator can remove a preview."))
        link = session.get(MessageLink, message.id)
        if link is None or link.preview_id is None:
            return None
        link.preview_id = None
        session.add(link)
        if not is_own:
            audit.record(
                session,
                viewer,
                Action.PREVIEW_REMOVED,
                room=room,
                person_id=message.author_id,
                message_seq=seq,
            )
        return revisions.bump(session, room, message)

    change = await database.write(detach, uses_reserve=True)
    if change is not None:
        events.publish(events.LinkPreviewRemoved())
        events.publish(events.MessageChanged(room_id, change))


@rate_limited("download")
async def picture(viewer: CurrentUser, room_id: int, seq: int, digest: str) -> bytes:
    """Return the picture of a message's preview, as WEBP.

    Raises `NotFound` outside the room and unless the message shows the picture with this hash, and
    `RateLimited`.
    """

    def query(session: Session) -> bytes:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        link = session.get(MessageLink, message.id)
        shown = session.get(LinkPicture, link.preview_id) if link and link.preview_id else None
        if shown is None or shown.hash != digest:
            raise NotFound
        return shown.content

    return await database.read(query)


def follow_edit(session: Session, message: Message) -> None:
    """Within a write, drop the preview of a link that is not the first of a message any more."""
    link = session.get(MessageLink, message.id)
    if link is not None:
        address = first_link.of(message.html)
        if address is None or first_link.key(address) != link.address_hash:
            session.delete(link)

"""The webhooks of a room: create, list, rename and remove them.

Those who moderate a room decide which programs post to it. What they post is in `posting.py`.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import func
from sqlmodel import Session, col, select

from models import (
    Action,
    AuditEntry,
    Membership,
    Notify,
    Room,
    RoomEventKind,
    User,
    Webhook,
)
from services.accounts import bots
from services.accounts.names import namesakes
from services.accounts.names.name_rules import check_display_name
from services.accounts.people import summary
from services.accounts.security import audit
from services.accounts.sessions import sessions
from services.accounts.sessions.browsers_only import require_browser
from services.core import app_context, events
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, NotFound, ServiceError, about
from services.core.i18n import _, number, plural
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access, room_events
from services.rooms.members import memberships
from services.rooms.permissions import refuse_direct, require_moderator, require_open

MAX_WEBHOOKS = 10
"""How many webhooks one room can have."""
TOKEN_BYTES = 32


class WebhookView(Struct, frozen=True):
    """A webhook as those who moderate its room see it."""

    webhook_id: int
    bot: UserSummary
    """The author of its messages, whose name it has."""
    created_at: datetime
    last_used_at: datetime | None


def is_offered() -> bool:
    """Return whether the server answers programs, so that webhooks work."""
    return app_context.current().settings.api


@rate_limited("read")
async def of_room(viewer: CurrentUser, room_id: int) -> Sequence[WebhookView]:
    """Return the webhooks of a room by name, without their addresses.

    Raises, as all functions here, `NotFound` for non-members, and `Forbidden` in direct messages
    and for anyone but moderators.
    """

    def query(session: Session) -> Sequence[WebhookView]:
        _moderated(session, viewer, room_id)
        found = session.exec(
            select(Webhook, User)
            .join(User, col(User.id) == Webhook.user_id)
            .where(Webhook.room_id == room_id)
            .order_by(col(User.sort_key), col(User.id))
        )
        return [
            WebhookView(hook.id or 0, summary(bot), hook.created_at, hook.last_used_at)
            for hook, bot in found
        ]

    return await database.read(query)


@rate_limited("webhook_change")
async def create(viewer: CurrentUser, room_id: int, name: object) -> str:
    """Create a webhook, whose bot joins the room; return its token, which nothing else shows.

    The bot of a webhook of this name there that was removed goes on. Raises
    `ServiceError` for an invalid name or too many webhooks, `Conflict` for a reserved name, and
    `Forbidden` in an archived room, and for apps and bots: the address would outlive their tokens.
    """
    require_browser(viewer)
    checked = _check_name(viewer, name)
    token = secrets.token_urlsafe(TOKEN_BYTES)

    def add(session: Session) -> tuple[int, list[events.PersonChanged]]:
        room = _moderated(session, viewer, room_id)
        require_open(room)
        _require_space(session, room_id)
        bot, renamed = _former(session, room_id, checked), list[events.PersonChanged]()
        if bot is None:
            bot, renamed = bots.create(session, checked)
        bots.enable(session, bot, on=True)
        bot_id = bot.id or 0
        memberships.insert(
            session,
            room_id,
            bot_id,
            by=viewer.user_id,
            notify=Notify.NOTHING,
            last_read_seq=room.last_seq,
        )
        session.add(
            Webhook(
                room_id=room_id,
                user_id=bot_id,
                token_hash=sessions.hash_token(token),
                created_by=viewer.user_id,
            )
        )
        audit.record(session, viewer, Action.WEBHOOK_CREATED, room=room, person_id=bot_id)
        return bot_id, renamed

    bot_id, renamed = await database.write(add)
    events.publish(events.MemberJoined(room_id, bot_id))
    for each in renamed:
        events.publish(each)
    return token


@rate_limited("webhook_change")
async def rename(viewer: CurrentUser, room_id: int, webhook_id: int, name: object) -> None:
    """Change the name of a webhook, and of the author of its messages. Raises like `create`."""
    checked = _check_name(viewer, name)

    def change(session: Session) -> list[events.PersonChanged]:
        _moderated(session, viewer, room_id)
        _hook, bot = _find(session, room_id, webhook_id)
        others = namesakes.rename(session, bot, checked, bot.hue)
        return [namesakes.changed(session, bot), *others]

    for each in await database.write(change):
        events.publish(each)


@rate_limited("webhook_change")
async def remove(viewer: CurrentUser, room_id: int, webhook_id: int) -> None:
    """Remove a webhook: its address works no more, its bot leaves, and its messages stay."""

    def delete(session: Session) -> int:
        room = _moderated(session, viewer, room_id)
        hook, bot = _find(session, room_id, webhook_id)
        bot_id = bot.id or 0
        session.delete(hook)
        if membership := session.get(Membership, (room_id, bot_id)):
            session.delete(membership)
            kind = RoomEventKind.REMOVAL
            room_events.record(session, room_id, kind, viewer.user_id, person_id=bot_id)
        bots.enable(session, bot, on=False)
        audit.record(session, viewer, Action.WEBHOOK_REMOVED, room=room, person_id=bot_id)
        return bot_id

    events.publish(events.MemberLeft(room_id, await database.write(delete, uses_reserve=True)))


def _moderated(session: Session, viewer: CurrentUser, room_id: int) -> Room:
    room, membership = access.require_member(session, viewer.user_id, room_id)
    refuse_direct(room)
    require_moderator(membership)
    return room


@about("name")
def _check_name(viewer: CurrentUser, name: object) -> str:
    checked = check_display_name(name, "")
    if not checked:
        raise ServiceError(_("{name} is empty. Type something first.").format(name=_("The name")))
    namesakes.refuse_reserved_to(viewer, checked)
    return checked


def _require_space(session: Session, room_id: int) -> None:
    count = session.exec(select(func.count()).where(col(Webhook.room_id) == room_id)).one()
    if count >= MAX_WEBHOOKS:
        raise Forbidden(
            plural(
                "A room can have at most {most} webhook. Remove one first.",
                "A room can have at most {most} webhooks. Remove one first.",
                MAX_WEBHOOKS,
            ).format(most=number(MAX_WEBHOOKS))
        )


def _find(session: Session, room_id: int, webhook_id: int) -> tuple[Webhook, User]:
    hook = session.get(Webhook, webhook_id)
    if hook is None or hook.room_id != room_id:
        raise NotFound(_("This webhook was already removed."))
    return hook, session.get_one(User, hook.user_id)


def _former(session: Session, room_id: int, name: str) -> User | None:
    """Return the disabled bot of a webhook of the room with this name: no other goes by its name.

    The audit log keeps it, even if it never posted, so it is not deleted.
    """
    was_created_here = select(AuditEntry.id).where(
        AuditEntry.room_id == room_id,
        AuditEntry.person_id == User.id,
        AuditEntry.action == Action.WEBHOOK_CREATED,
    )
    found = session.exec(
        select(User)
        .where(col(User.is_bot), col(User.disabled_at).is_not(None), was_created_here.exists())
        .where(col(User.display_name).startswith(name, autoescape=True))
        .order_by(col(User.id))
    )
    return next((bot for bot in found if summary(bot).own_name == name), None)

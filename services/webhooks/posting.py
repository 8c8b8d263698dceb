"""What programs post with a webhook's address, which is all that they need to know."""

import secrets

import sqlalchemy
from msgspec import Struct
from sqlmodel import Session, col, select

from models import Membership, SecurityKind, User, Webhook
from models.clock import now
from services.accounts import people
from services.accounts.security import security_log
from services.accounts.sessions import sessions
from services.core.dto import CurrentUser, MessageView, Visitor
from services.core.errors import NotFound
from services.core.i18n import _
from services.core.limits.rate_limited import consume
from services.core.text import MESSAGE_LIMIT, clean
from services.db import database
from services.messages import messages, rendered
from services.messages.emoji import emoji
from services.webhooks.webhooks import TOKEN_BYTES

TOKEN_LENGTH = len(secrets.token_urlsafe(TOKEN_BYTES))


class NoWebhook(NotFound):
    """No webhook has this address, or none has it any more."""

    def __init__(self) -> None:
        super().__init__(
            _("No webhook has this address. Create one in the settings of a room, and use its.")
        )


class Hook(Struct, frozen=True):
    """A webhook whose address somebody knows."""

    webhook_id: int
    room_id: int
    author: CurrentUser
    """Its bot, as services know those who are logged in, which it never is."""
    payer: int
    """From whose budgets its messages are paid: all webhooks that one person created share one,
    apart from what that person writes, which no program uses up."""


async def find(visitor: Visitor, token: str) -> Hook:
    """Return the webhook with this token, before what is sent to it is read: that counts, too.

    Raises `NoWebhook`, and `RateLimited` for a visitor who has asked for too many that are none,
    and for a webhook that is used too often.
    """
    token_hash = sessions.hash_token(token)
    found = None
    if len(token) == TOKEN_LENGTH:
        found = await database.read(lambda session: _by_token(session, token_hash))
    if found is None:
        security_log.note(SecurityKind.REFUSED, visitor, detail="webhook")
        consume("webhook_guess", visitor)
        raise NoWebhook
    consume("webhook", found.author)
    return found


async def post(hook: Hook, text: str) -> MessageView:
    """Store a message of a webhook; what is longer than a message may be is cut.

    Raises `ServiceError` for a text without anything visible, `Forbidden` in an archived room,
    `NoWebhook` if it was removed just now, `RateLimited` for too much text, and `Unavailable`.
    """
    checked = emoji.replace_codes(clean(_fitting(text), MESSAGE_LIMIT, name=_("The message")))
    html = await rendered.render(hook.author, checked, payer=hook.payer)

    def store(session: Session) -> tuple[MessageView, bool]:
        used = (
            sqlalchemy.update(Webhook)
            .where(col(Webhook.id) == hook.webhook_id)
            .values(last_used_at=now())
        )
        if not session.exec(used).rowcount:
            raise NoWebhook
        number = secrets.token_urlsafe(16)
        return messages.insert(session, hook.author, hook.room_id, checked, number, html=html)

    message, _is_new = messages.publish_sent(await database.write(store))
    return message


def _by_token(session: Session, token_hash: str) -> Hook | None:
    found = session.exec(
        select(Webhook, User)
        .join(User, col(User.id) == Webhook.user_id)
        .join(
            Membership,
            (col(Membership.room_id) == Webhook.room_id)
            & (col(Membership.user_id) == Webhook.user_id),
        )
        .where(Webhook.token_hash == token_hash)
    ).first()
    if found is None:
        return None
    hook, bot = found
    payer = -hook.created_by if hook.created_by else hook.user_id  # no other is below zero
    return Hook(hook.id or 0, hook.room_id, people.author(bot), payer)


def _fitting(text: str) -> str:
    return text if len(text) <= MESSAGE_LIMIT else text[: MESSAGE_LIMIT - 1].rstrip() + "…"

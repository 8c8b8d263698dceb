"""Accounts of programs: each writes in one room, and nobody can log in with it.

They share the names of accounts, so that no bot passes for a person. Wherever people are counted,
listed to talk with, or managed, they are left out by `IS_PERSON`.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, select

from models import User, Webhook
from models.clock import now
from services.accounts import new_user
from services.accounts.names.name_rules import check_username, skeleton, username_key
from services.core import events
from services.core.errors import ServiceError

IS_PERSON: Any = ~col(User.is_bot)
"""The condition for accounts of people."""
NO_PASSWORD = "-"  # noqa: S105 - of no password the hash
"""What a bot has instead of a password's hash."""
MAX_DERIVED = 22
"""Characters of a name that a username begins with: behind them fit `-bot` and a number."""
MAX_COUNTED = 9
"""The last number that is tried in its turn: of many bots of a name, most have a random one."""
MAX_RANDOM = 99_999


def create(session: Session, name: str) -> tuple[User, list[events.PersonChanged]]:
    """Create a bot with this display name, within a write.

    Return it with what is to be published about people whose names it changed. Raises `Conflict` if
    somebody registered its username at this moment.
    """
    username = next(each for each in _usernames(name) if _is_free(session, each))
    return new_user.insert(session, username, name, NO_PASSWORD, about="name", is_bot=True)


def enable(session: Session, bot: User, *, on: bool) -> None:
    """Disable a bot, whose messages stay, or enable it again, within a write."""
    bot.disabled_at = None if on else now()
    session.add(bot)


def end_in(session: Session, room_id: int) -> None:
    """Remove the webhooks of a room and disable their bots, within the write that deletes it."""
    hooks = session.exec(select(Webhook).where(Webhook.room_id == room_id)).all()
    for hook in hooks:
        enable(session, session.get_one(User, hook.user_id), on=False)
        session.delete(hook)


def _usernames(name: str) -> Iterator[str]:
    """Yield usernames for a bot of this name, the best first, without an end."""
    derived = f"{_letters(name)}-bot"
    try:
        first = check_username(derived)
    except ServiceError:  # such as letters of another script before `bot`
        first = "webhook-bot"
    yield first
    for number in range(2, MAX_COUNTED + 1):
        yield f"{first}-{number}"
    while True:
        yield f"{first}-{secrets.randbelow(MAX_RANDOM) + 1}"


def _letters(name: str) -> str:
    """Return what of a name fits a username, with hyphens instead of the rest."""
    normal = unicodedata.normalize("NFKC", name).casefold()
    kept = "".join(each if unicodedata.category(each)[0] in "LMN" else "-" for each in normal)
    return re.sub("-+", "-", kept).strip("-")[:MAX_DERIVED].rstrip("-")


def _is_free(session: Session, username: str) -> bool:
    same = (User.username_key == username_key(username)) | (User.skeleton == skeleton(username))
    return session.exec(select(User.id).where(same)).first() is None

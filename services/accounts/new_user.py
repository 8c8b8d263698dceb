"""Adding an account, of a person or a bot, with what follows from its names."""

import secrets

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from models import User
from services.accounts.names import namesakes
from services.accounts.names.name_rules import skeleton, username_key
from services.core import events
from services.core.errors import Conflict
from services.core.i18n import _


def name_taken(about: str) -> Conflict:
    """Return the error for a name that somebody has, or that looks like theirs.

    `about` is the field of the form that it belongs to.
    """
    return Conflict(
        _("This name is taken or too similar to another. Choose a different one."), about=about
    )


def insert(
    session: Session,
    username: str,
    display_name: str,
    password_hash: str,
    *,
    about: str,
    is_admin: bool = False,
    is_bot: bool = False,
) -> tuple[User, list[events.PersonChanged]]:
    """Store an account within a write.

    Return it with what is to be published about people whose names it changed. Raises `Conflict`,
    about the field `about`, if somebody registered its username at this moment.
    """
    user = User(
        username=username,
        username_key=username_key(username),
        skeleton=skeleton(username),
        display_name=display_name,
        hue=0,  # chosen with the name, below
        password_hash=password_hash,
        is_admin=is_admin,
        is_bot=is_bot,
        shows_receipts=not is_bot,  # which reads nothing
        shows_last_seen=not is_bot,
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        raise name_taken(about) from error
    return user, namesakes.rename(session, user, display_name, secrets.randbelow(360))

"""Whether there are previews of links, which administrators decide: at first there are none."""

from dataclasses import replace

from sqlmodel import Session

from models import Action
from services.accounts import audit
from services.accounts.admin import admins_only, require_admin_in
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.rate_limited import rate_limited
from services.db import chat_settings, database


def is_on() -> bool:
    """Return whether linked sites are asked."""
    return app_context.current().has_link_previews


async def load() -> None:
    """Read it from the database, at the start."""

    def query(session: Session) -> bool:
        return chat_settings.stored(session).has_link_previews is True

    _use(await database.read(query))


@admins_only
@rate_limited("account")
async def set_on(viewer: CurrentUser, *, on: bool) -> None:
    """Have linked sites asked from now on, or no longer.

    Raises `Forbidden` for non-administrators.
    """

    def store(session: Session) -> None:
        require_admin_in(session, viewer)
        stored = chat_settings.stored(session)
        if stored.has_link_previews != on:
            action = Action.LINK_PREVIEWS_ON if on else Action.LINK_PREVIEWS_OFF
            audit.record(session, viewer, action)
        stored.has_link_previews = on
        session.add(stored)

    await database.write(store)
    _use(on)


def _use(on: bool) -> None:
    app_context.use(replace(app_context.current(), has_link_previews=on))

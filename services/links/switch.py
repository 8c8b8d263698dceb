"""Whether there are previews of links, and with pictures, which administrators decide.

At first there are none; when they are turned on, they have pictures.
"""

from dataclasses import replace

from sqlmodel import Session

from models import Action
from services.accounts.admin import admins_only, require_admin_in
from services.accounts.security import audit
from services.core import app_context, events
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import rate_limited
from services.db import chat_settings, database

_ACTIONS = {
    "has_link_previews": (Action.LINK_PREVIEWS_OFF, Action.LINK_PREVIEWS_ON),
    "has_link_pictures": (Action.LINK_PICTURES_OFF, Action.LINK_PICTURES_ON),
}
"""What is logged when a choice is set to False, and to True, by its name in the database."""


def is_on() -> bool:
    """Return whether linked sites are asked."""
    return app_context.current().has_link_previews


def has_pictures() -> bool:
    """Return whether they are asked for pictures, too, if they are asked."""
    return app_context.current().has_link_pictures


async def load() -> None:
    """Read it from the database, at the start."""

    def query(session: Session) -> dict[str, bool]:
        stored = chat_settings.values(session)
        return {name: stored[name] is True for name in _ACTIONS}

    _use(await database.read(query))


@admins_only
@rate_limited("account")
async def set_on(viewer: CurrentUser, *, on: bool) -> None:
    """Have linked sites asked from now on, or no longer.

    Raises `Forbidden` for non-administrators.
    """
    await _set(viewer, "has_link_previews", on)


@admins_only
@rate_limited("account")
async def set_pictures(viewer: CurrentUser, *, on: bool) -> None:
    """Have linked sites asked for pictures from now on, or no longer.

    Raises `Forbidden` for non-administrators.
    """
    await _set(viewer, "has_link_pictures", on)


async def _set(viewer: CurrentUser, name: str, on: bool) -> None:
    def store(session: Session) -> None:
        require_admin_in(session, viewer)
        stored = chat_settings.stored(session)
        if getattr(stored, name) != on:
            audit.record(session, viewer, _ACTIONS[name][on])
        setattr(stored, name, on)
        session.add(stored)

    await database.write(store)
    _use({name: on})
    events.publish(events.SettingsChanged())


def _use(chosen: dict[str, bool]) -> None:
    app_context.use(replace(app_context.current(), **chosen))  # type: ignore[arg-type]

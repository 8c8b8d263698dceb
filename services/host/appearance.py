"""The name, the accent and the icon of the chat, which administrators choose.

They are in the database, and in memory from the start on (`services.core.branding`), where every
page reads them.
"""

import hashlib
from collections.abc import Callable, Sequence

import sqlalchemy
from msgspec.structs import replace
from sqlalchemy import delete, func
from sqlmodel import Session

from models import Action, ChatIcon, FileKind
from models.base import table
from services.accounts.admin import admins_only, require_admin_in
from services.accounts.security import audit
from services.core import app_context, colours, events, filesize
from services.core.branding import Branding
from services.core.dto import CurrentUser
from services.core.errors import ServiceError, TooLarge, about
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.core.tasks import run_to_end
from services.core.text import clean
from services.db import chat_settings, database, portable
from services.files import uploads
from services.files.decoding import decoding
from services.files.decoding.icons import UPLOADED
from services.files.inspection import inspection, scanner
from services.files.store.incoming import Incoming

NAME_LIMIT = 40
"""The maximum length of the name, in characters."""
MAX_ICON_BYTES = 5_000_000
"""The maximum size of the picture that icons are made of."""


async def load() -> None:
    """Read them from the database, at the start.

    What could not be chosen is left out: the database may be of a backup that was made to deceive.
    """

    def query(session: Session) -> Branding:
        stored, icons = chat_settings.values(session), _stored_icons(session)
        name = _valid(_check_name, stored["name"])
        accent = _valid(_check_accent, stored["accent"])
        return Branding(name, accent, icons, _version(icons), stored["first_steps_are_over"])

    app_context.rebrand(await database.read(query))


@admins_only
@rate_limited("account")
async def change(viewer: CurrentUser, *, name: object, accent: object) -> None:
    """Set the name and the accent; what is empty is again as if nobody had chosen it.

    Raises `Forbidden` for non-administrators, `ServiceError` for a name that `clean` refuses, and
    for what is no colour.
    """
    new_name = _check_name(name)
    new_accent = _check_accent(accent)

    def store(session: Session) -> None:
        require_admin_in(session, viewer)
        stored = chat_settings.stored(session)
        if stored.name != new_name:
            audit.record(session, viewer, Action.CHAT_RENAMED, reason=new_name)
        if stored.accent != new_accent:
            audit.record(session, viewer, Action.CHAT_COLOURED, reason=new_accent)
        stored.name, stored.accent = new_name, new_accent
        session.add(stored)

    await database.write(store)
    _take_over(replace(_current(), chosen_name=new_name, accent=new_accent))


@admins_only
@rate_limited("file")
async def set_icon(viewer: CurrentUser, picture: Sequence[bytes]) -> None:
    """Have a picture, in pieces, as the icon, in all sizes.

    It is decoded and drawn again outside the server, so nothing of the file itself is kept. Raises
    `Forbidden` for non-administrators, `TooLarge`, and `ServiceError` for what is no picture.
    """
    if sum(map(len, picture)) > MAX_ICON_BYTES:
        raise too_large()
    icons = await _make_icons(picture)

    def store(session: Session) -> None:
        require_admin_in(session, viewer)
        session.connection().execute(delete(ChatIcon))
        session.add_all(ChatIcon(name=name, content=content) for name, content in icons.items())
        audit.record(session, viewer, Action.CHAT_ICON_CHANGED)

    await database.write(store)
    _take_over(replace(_current(), icons=icons, version=_version(icons)))


@admins_only
@rate_limited("account")
async def remove_icon(viewer: CurrentUser) -> None:
    """Have our icon again. Raises `Forbidden` for non-administrators."""

    def store(session: Session) -> None:
        require_admin_in(session, viewer)
        if session.connection().execute(delete(ChatIcon)).rowcount:
            audit.record(session, viewer, Action.CHAT_ICON_REMOVED)

    await database.write(store)
    _take_over(replace(_current(), icons={}, version=""))


def too_large() -> TooLarge:
    """Return the refusal of a picture that is too large."""
    sentence = _("This picture is larger than {most}. Make it smaller, and choose it again.")
    return TooLarge(sentence.format(most=filesize.text(MAX_ICON_BYTES)))


async def _make_icons(picture: Sequence[bytes]) -> dict[str, bytes]:
    context = app_context.current()
    incoming = Incoming(context.files.incoming_path())
    try:
        with uploads.disk_errors():
            await run_to_end(_write, incoming, picture)
            if not incoming.size:
                raise ServiceError(_("Choose a picture first."))
            await scanner.require_clean(
                context.settings.virus_scanner, incoming.path, _("The icon")
            )
            content = await inspection.inspect(incoming.path)
            made = None
            if content.kind == FileKind.PICTURE:
                made = await decoding.make_icons(content.media_type, incoming.path, content.pixels)
        if made is None:
            raise ServiceError(_("This is no picture that can be read. Choose a PNG or a JPEG."))
        return made
    finally:
        await run_to_end(incoming.discard)


def _write(incoming: Incoming, picture: Sequence[bytes]) -> None:
    incoming.open()
    for piece in picture:
        incoming.write(piece)
    incoming.close()


@about("name")
def _check_name(name: object) -> str:
    """Return the name as it is stored. Raises `ServiceError`."""
    return clean(name, NAME_LIMIT, name=_("The name of the chat"), multiline=False, required=False)


@about("accent")
def _check_accent(accent: object) -> str:
    """Return a colour in small letters, or nothing. Raises `ServiceError`."""
    if not accent:
        return ""
    if not isinstance(accent, str) or not colours.is_colour(accent):
        raise ServiceError(_("This is no colour. Choose one such as #0a7d5a."))
    return accent.lower()


def _stored_icons(session: Session) -> dict[str, bytes]:
    """Return the icons that are stored, or none if they are not such as `set_icon` stores."""
    icon = table(ChatIcon).c
    query = sqlalchemy.select(icon.name, icon.content).where(
        icon.name.in_([each.name for each in UPLOADED]),
        portable.is_blob(icon.content),
        func.length(icon.content) <= decoding.MAX_ICONS_BYTES,
    )
    icons: dict[str, bytes] = dict(session.connection().execute(query).all())
    return icons if decoding.are_icons(icons) else {}


def _valid(check: Callable[[object], str], stored: object) -> str:
    """Return what is stored as a check returns it, or nothing if that refuses it."""
    try:
        return check(stored)
    except ServiceError:
        return ""


def _version(icons: dict[str, bytes]) -> str:
    if not icons:
        return ""
    digest = hashlib.sha256()
    for name in sorted(icons):
        digest.update(icons[name])
    return digest.hexdigest()[:12]


def _current() -> Branding:
    return app_context.current().branding


def _take_over(branding: Branding) -> None:
    app_context.rebrand(branding)
    events.publish(events.BrandingChanged())

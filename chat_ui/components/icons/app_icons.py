"""The icons of the installed app: the host's, or ours, which `python -m docs.make_app_icons` draws."""

from pathlib import Path

from services.core import app_context
from services.files.decoding.icons import ICONS

FOLDER = Path(__file__).parent / "app"


def content(name: str) -> bytes | None:
    """Return an icon, or None if there is none of that name."""
    if icon := app_context.current().branding.icons.get(name):
        return icon
    known = any(icon.name == name for icon in ICONS)
    return (FOLDER / name).read_bytes() if known else None

"""Administrators: the one check of who is one."""

from services.core.dto import CurrentUser
from services.core.errors import Forbidden
from services.core.i18n import _


def require_admin(viewer: CurrentUser) -> None:
    """Raise `Forbidden` for others than administrators."""
    if not viewer.is_admin:
        raise Forbidden(_("Only administrators can do this."))

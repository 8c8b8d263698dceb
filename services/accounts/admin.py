"""The permission check for administrators."""

from services.core.dto import CurrentUser
from services.core.errors import Forbidden
from services.core.i18n import _


def require_admin(user: CurrentUser) -> None:
    """Raise `Forbidden` unless the user is an administrator."""
    if not user.is_admin:
        raise Forbidden(_("Only administrators can do this."))

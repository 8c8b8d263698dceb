"""The form to set a new password by a one-time link."""

from chat_ui.auth import register
from chat_ui.components.forms import form
from services.core.i18n import _


def draw(*, token: str, username: str, refusal: str = "") -> None:
    """Draw the card for the owner of the reset link."""
    with form.card(_("New password for {name}").format(name=username)):
        form.sentence(refusal)
        with form.post(f"/reset/{token}"):
            form.owner(username)
            register.password("password", _("New password"), is_refused=bool(refusal))
            form.button(_("Save and log in"))

"""The pages with a form to log in, create an account or set a password, perhaps with a refusal."""

from fastapi import Request, Response

from chat_ui.auth import login, register, reset
from chat_ui.server import public_pages
from chat_ui.server.routes.http_status import status_of
from services.accounts.passwords import password_resets
from services.core import app_context
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.core.settings import Registration
from services.registration import registration, setup_code


async def login_card(
    request: Request, *, refusal: ServiceError | None = None, username: str = "", target: str = ""
) -> Response:
    """Return the page to log in."""
    first = await registration.needs_first_account()
    can_register = first or app_context.current().settings.who_may_register is Registration.OPEN
    return await public_pages.answer(
        request,
        _("Log in"),
        lambda: login.draw(
            refusal=refusal.message if refusal else "",
            username=_clean(username),
            target=target,
            can_register=can_register,
            first=first,
            hub=app_context.current().settings.connect,
        ),
        status=status_of(refusal),
    )


async def register_card(
    request: Request,
    *,
    refusal: ServiceError | None = None,
    username: str = "",
    display_name: str = "",
    invite: str = "",
) -> Response:
    """Return the page to create an account."""
    settings = app_context.current().settings
    first = await registration.needs_first_account()
    ask_setup_code = first and settings.reachable
    if ask_setup_code:
        setup_code.get_or_create(settings)
    return await public_pages.answer(
        request,
        _("Create account"),
        lambda: register.draw(
            refusal=refusal.message if refusal else "",
            username=_clean(username),
            display_name=_clean(display_name),
            invite=_clean(invite),
            ask_invite=not first and settings.who_may_register is Registration.INVITE,
            ask_setup_code=ask_setup_code,
            first=first,
            about=refusal.about if refusal else "",
        ),
        status=status_of(refusal),
    )


async def reset_card(request: Request, token: str, refusal: ServiceError | None = None) -> Response:
    """Return the page for a new password, or "not found" if the link is not good."""
    try:
        username = await password_resets.username_of(token)
    except NotFound as over:
        return await public_pages.not_found(request, over)
    return await public_pages.answer(
        request,
        _("New password"),
        lambda: reset.draw(
            token=token, username=username, refusal=refusal.message if refusal else ""
        ),
        status=status_of(refusal),
    )


async def second_step_card(
    request: Request, *, refusal: ServiceError | None = None, target: str = "", trust: bool = False
) -> Response:
    """Return the page for the second step of logging in."""
    return await public_pages.answer(
        request,
        _("Two-step login"),
        lambda: login.draw_second_step(
            refusal=refusal.message if refusal else "", target=target, trust=trust
        ),
        status=status_of(refusal),
    )


def _clean(value: str) -> str:
    """Return typed text without characters that would break the page it is shown on again."""
    return "".join(c for c in value[:256] if c.isprintable())

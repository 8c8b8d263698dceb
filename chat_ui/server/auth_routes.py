"""The forms that come in as HTTP posts: only an HTTP answer can set a cookie.

Each reads what was filled in, calls one service, and answers with the next page or with
the same card and one sentence.
"""

from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from chat_ui.auth import cookies, login, register, reset
from chat_ui.server import public_pages
from chat_ui.server.auth_middleware import address
from services.accounts import accounts, password_resets, registration, setup_code
from services.accounts.accounts import LoggedIn, WrongPassword
from services.accounts.registration import RegistrationForm
from services.core import app_context
from services.core.dto import CurrentUser, Visitor
from services.core.errors import (
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    ServiceError,
    TooLarge,
    Unavailable,
)
from services.core.i18n import _
from services.core.settings import Registration

STATUS: dict[type[ServiceError], int] = {
    WrongPassword: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    RateLimited: 429,
    Unavailable: 503,
}
"""What each refusal is called in HTTP (RFC 9110 §15); any other is 400."""


def install(app: FastAPI) -> None:
    """Add the addresses of the forms."""
    app.add_api_route("/login", show_login, methods=["GET"])
    app.add_api_route("/login", do_login, methods=["POST"])
    app.add_api_route("/register", show_register, methods=["GET"])
    app.add_api_route("/register", do_register, methods=["POST"])
    app.add_api_route("/logout", do_logout, methods=["POST"])
    app.add_api_route("/reset/{token}", show_reset, methods=["GET"])
    app.add_api_route("/reset/{token}", do_reset, methods=["POST"])


async def show_login(request: Request) -> Response:
    """Show the card; redirect users with a session to the chat."""
    if _viewer(request):
        return RedirectResponse("/", 303)
    return await _login_card(request, target=_inside(request.query_params.get("next", "")))


async def do_login(request: Request) -> Response:
    """Log in, and go to the page that was requested."""
    fields = await request.form()
    target = _inside(fields.get("next"))
    try:
        entered = await accounts.login(
            _visitor(request),
            fields.get("username"),
            fields.get("password"),
            cookies.device(request),
        )
    except ServiceError as refused:
        username = fields.get("username")
        return _refuse(
            refused,
            await _login_card(
                request,
                refusal=refused,
                username=username if isinstance(username, str) else "",
                target=target,
            ),
        )
    return _enter(request, entered, target or "/")


async def show_register(request: Request) -> Response:
    """Show the card; redirect users with a session to the chat."""
    if _viewer(request):
        return RedirectResponse("/", 303)
    return await _register_card(request, invite=request.query_params.get("invite", "")[:100])


async def do_register(request: Request) -> Response:
    """Make an account and log in."""
    fields = await request.form()
    filled = RegistrationForm(
        username=fields.get("username"),
        password=fields.get("password"),
        display_name=fields.get("display_name") or "",
        invite=fields.get("invite") or "",
        setup_code=fields.get("setup_code") or "",
    )
    try:
        entered = await registration.register(_visitor(request), filled)
    except ServiceError as refused:
        card = await _register_card(
            request,
            refusal=refused,
            username=_text(filled.username),
            display_name=_text(filled.display_name),
            invite=_text(filled.invite),
        )
        return _refuse(refused, card)
    return _enter(request, entered, "/")


async def do_logout(request: Request) -> Response:
    """End the session."""
    viewer = _viewer(request)
    if viewer is not None:
        await accounts.logout(viewer)
    response = RedirectResponse("/login", 303)
    cookies.forget(request, response)
    return response


async def show_reset(request: Request, token: str) -> Response:
    """Show the card for a new password, if the link is good."""
    return await _reset_card(request, token)


async def do_reset(request: Request, token: str) -> Response:
    """Set the new password and log in."""
    fields = await request.form()
    try:
        entered = await password_resets.use(_visitor(request), token, fields.get("password"))
    except ServiceError as refused:
        return _refuse(refused, await _reset_card(request, token, refused))
    return _enter(request, entered, "/")


async def _login_card(
    request: Request, *, refusal: ServiceError | None = None, username: str = "", target: str = ""
) -> Response:
    first = await registration.needs_first_account()
    can_register = first or app_context.current().settings.who_may_register is Registration.OPEN
    return public_pages.answer(
        request,
        _("Log in"),
        lambda: login.draw(
            refusal=refusal.message if refusal else "",
            username=_clean(username),
            target=target,
            can_register=can_register,
            first=first,
        ),
        status=_status(refusal),
    )


async def _register_card(
    request: Request,
    *,
    refusal: ServiceError | None = None,
    username: str = "",
    display_name: str = "",
    invite: str = "",
) -> Response:
    settings = app_context.current().settings
    first = await registration.needs_first_account()
    ask_setup_code = first and settings.reachable
    if ask_setup_code:
        setup_code.get_or_create(settings)
    return public_pages.answer(
        request,
        _("Make an account"),
        lambda: register.draw(
            refusal=refusal.message if refusal else "",
            username=_clean(username),
            display_name=_clean(display_name),
            invite=_clean(invite),
            ask_invite=not first and settings.who_may_register is Registration.INVITE,
            ask_setup_code=ask_setup_code,
            first=first,
        ),
        status=_status(refusal),
    )


async def _reset_card(
    request: Request, token: str, refusal: ServiceError | None = None
) -> Response:
    try:
        username = await password_resets.username_of(token)
    except NotFound as over:
        return public_pages.not_found(request, over)
    return public_pages.answer(
        request,
        _("New password"),
        lambda: reset.draw(
            token=token, username=username, refusal=refusal.message if refusal else ""
        ),
        status=_status(refusal),
    )


def _enter(request: Request, entered: LoggedIn, target: str) -> Response:
    response = RedirectResponse(target, 303)
    cookies.keep(request, response, entered)
    return response


def _refuse(refused: ServiceError, response: Response) -> Response:
    if isinstance(refused, RateLimited):
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


def _status(refusal: ServiceError | None) -> int:
    return 200 if refusal is None else STATUS.get(type(refusal), 400)


def _viewer(request: Request) -> CurrentUser | None:
    viewer = request.scope["state"]["viewer"]
    return viewer if isinstance(viewer, CurrentUser) else None


def _visitor(request: Request) -> Visitor:
    return Visitor(address(request), _device(request.headers.get("user-agent", "")))


def _device(agent: str) -> str:
    """Describe the browser and system of a user agent, so that users recognise their devices."""
    browsers = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
    machines = ("iPhone", "iPad", "Android", "Windows", "Mac OS X", "CrOS", "Linux")
    browser = next((name for name in browsers if name in agent), "")
    machine = next((name for name in machines if name in agent), "")
    browser = {"Edg": "Edge", "OPR": "Opera"}.get(browser, browser)
    known = " · ".join(part for part in (browser, machine) if part)
    return known or "".join(c for c in agent[:60] if c.isprintable())


def _inside(target: object) -> str:
    """Return `target` if it is an address of this site, else nothing: no open redirects."""
    if not isinstance(target, str) or not target.startswith("/") or len(target) > 300:
        return ""
    # Browsers read a backslash as a slash and skip control characters (WHATWG URL Standard).
    if target.startswith(("//", "/\\")) or any(c < " " or c == "\\" for c in target):
        return ""
    parts = urlsplit(target)
    return "" if parts.scheme or parts.netloc else target


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _clean(value: str) -> str:
    """Return typed text without characters that would break the page it is shown on again."""
    return "".join(c for c in value[:256] if c.isprintable())

"""The forms that come in as HTTP posts: only an HTTP answer can set a cookie.

Each reads what was filled in, calls one service, and answers with the next page or with
the same card and one sentence.
"""

import json
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse

from chat_ui.auth import cookies, site
from chat_ui.server.middleware.auth_middleware import NO_COOKIES
from chat_ui.server.routes import auth_cards, plain_routes
from chat_ui.server.routes.http_status import NoCookies, SessionEnded, status_of
from chat_ui.server.visitors import visitor
from services.accounts import accounts
from services.accounts.factors import second_step
from services.accounts.factors.second_step import SecondStep, StepExpired
from services.accounts.passwords import password_resets
from services.accounts.sessions.sessions import LoggedIn
from services.core.dto import CurrentUser
from services.core.errors import RateLimited, ServiceError
from services.core.i18n import languages
from services.registration import registration
from services.registration.registration import RegistrationForm

WELL_KNOWN = "/.well-known/change-password"
"""Where password managers lead people to (W3C, A Well-Known URL for Changing Passwords)."""


def install() -> None:
    """Add the addresses of the forms."""
    plain_routes.add("/login", show_login, "GET")
    plain_routes.add("/login", do_login, "POST")
    plain_routes.add("/login/language", do_choose_language, "POST")
    plain_routes.add("/login/step", show_second_step, "GET")
    plain_routes.add("/login/step", do_second_step, "POST")
    plain_routes.add("/login/passkey/options", passkey_options, "POST")
    # After a refusal, it is the address.
    plain_routes.add("/login/passkey", show_second_step, "GET")
    plain_routes.add("/login/passkey", do_passkey, "POST")
    plain_routes.add("/register", show_register, "GET")
    plain_routes.add("/register", do_register, "POST")
    plain_routes.add("/logout", do_logout, "POST")
    plain_routes.add(WELL_KNOWN, to_change_password, "GET")
    plain_routes.add("/reset/{token}", show_reset, "GET")
    plain_routes.add("/reset/{token}", do_reset, "POST")


async def show_login(request: Request) -> Response:
    """Show the card; redirect users with a session to the chat."""
    if _viewer(request):
        return RedirectResponse("/", 303)
    ended = bool(cookies.token(request))
    refusal = SessionEnded() if ended else NoCookies() if request.url.query == NO_COOKIES else None
    target = _inside(request.query_params.get("next", ""))
    response = await auth_cards.login_card(request, refusal=refusal, target=target)
    if ended:
        cookies.forget(request, response)  # it is said once
    return response


async def do_login(request: Request) -> Response:
    """Log in, and go to the page that was requested."""
    fields = await request.form()
    target = _inside(fields.get("next"))
    try:
        entered = await accounts.login(
            visitor(request),
            fields.get("username"),
            fields.get("password"),
            cookies.device(request),
        )
    except ServiceError as refused:
        username = fields.get("username")
        return _refuse(
            refused,
            await auth_cards.login_card(
                request,
                refusal=refused,
                username=username if isinstance(username, str) else "",
                target=target,
            ),
        )
    return _enter(request, entered, target)


async def do_choose_language(request: Request) -> Response:
    """Keep the language for this browser, and go back to the page where it was chosen."""
    fields = await request.form()
    response = RedirectResponse(_inside(fields.get("next")) or "/login", 303)
    code = _text(fields.get("language"))
    if code in languages():
        cookies.keep_language(request, response, code)
    return response


async def show_second_step(request: Request) -> Response:
    """Show the card for the second step, if a first one waits for it."""
    if _viewer(request) or not second_step.is_expected(cookies.first_step(request)):
        return RedirectResponse("/login", 303)
    return await auth_cards.second_step_card(
        request, target=_inside(request.query_params.get("next", ""))
    )


async def do_second_step(request: Request) -> Response:
    """Check the code, and go to the page that was requested."""
    fields = await request.form()
    target = _inside(fields.get("next"))
    trust = fields.get("trust") == "on"
    try:
        entered = await second_step.finish(
            visitor(request),
            cookies.first_step(request),
            fields.get("code"),
            device=cookies.device(request),
            trust=trust,
        )
    except StepExpired as refused:
        return await auth_cards.login_card(request, refusal=refused, target=target)
    except ServiceError as refused:
        card = await auth_cards.second_step_card(
            request, refusal=refused, target=target, trust=trust
        )
        return _refuse(refused, card)
    return _enter(request, entered, target)


async def passkey_options(request: Request) -> Response:
    """Return what the browser needs to use a passkey, for `chat_ui/auth/passkeys.js`."""
    try:
        ceremony = await second_step.begin_passkey(
            visitor(request), site.of(request), cookies.first_step(request)
        )
    except ServiceError as refused:
        return _refuse(refused, PlainTextResponse(refused.message, status_of(refused)))
    return JSONResponse({"token": ceremony.token, "options": json.loads(ceremony.options)})


async def do_passkey(request: Request) -> Response:
    """Log in with a passkey, alone or as the second step."""
    fields = await request.form()
    target = _inside(fields.get("next"))
    token = cookies.first_step(request)
    try:
        entered = await second_step.finish_with_passkey(
            visitor(request),
            site.of(request),
            token,
            _text(fields.get("ceremony")),
            fields.get("answer"),
            device=cookies.device(request),
            trust=fields.get("trust") == "on",
        )
    except ServiceError as refused:
        if second_step.is_expected(token):
            card = await auth_cards.second_step_card(request, refusal=refused, target=target)
        else:
            card = await auth_cards.login_card(request, refusal=refused, target=target)
        return _refuse(refused, card)
    return _enter(request, entered, target)


async def show_register(request: Request) -> Response:
    """Show the card; redirect users with a session to the chat."""
    if _viewer(request):
        return RedirectResponse("/", 303)
    return await auth_cards.register_card(
        request, invite=request.query_params.get("invite", "")[:100]
    )


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
        entered = await registration.register(visitor(request), filled)
    except ServiceError as refused:
        card = await auth_cards.register_card(
            request,
            refusal=refused,
            username=_text(filled.username),
            display_name=_text(filled.display_name),
            invite=_text(filled.invite),
        )
        return _refuse(refused, card)
    return _enter(request, entered)


async def do_logout(request: Request) -> Response:
    """End the session."""
    viewer = _viewer(request)
    if viewer is not None:
        await accounts.logout(viewer)
    response = RedirectResponse("/login", 303)
    cookies.forget(request, response)
    # What pages stored, and the pictures in the browser's cache. Not "cookies": the one of a known
    # device is to stay. Browsers take it under HTTPS and on this machine (W3C Clear Site Data).
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


async def to_change_password(_request: Request) -> Response:
    """Go to where a password is changed."""
    return RedirectResponse("/account", 303)


async def show_reset(request: Request) -> Response:
    """Show the card for a new password, if the link is good."""
    return await auth_cards.reset_card(request, request.path_params["token"])


async def do_reset(request: Request) -> Response:
    """Set the new password and log in."""
    token = request.path_params["token"]
    fields = await request.form()
    try:
        entered = await password_resets.use(
            visitor(request), token, fields.get("password"), cookies.device(request)
        )
    except ServiceError as refused:
        return _refuse(refused, await auth_cards.reset_card(request, token, refused))
    return _enter(request, entered)


def _enter(request: Request, entered: LoggedIn | SecondStep, target: str = "") -> Response:
    """Go to the page that was requested, or first to the second step."""
    if isinstance(entered, SecondStep):
        query = f"?next={quote(target)}" if target else ""
        response = RedirectResponse(f"/login/step{query}", 303)
        cookies.keep_first_step(request, response, entered)
        return response
    response = RedirectResponse(target or "/", 303)
    cookies.keep(request, response, entered)
    return response


def _refuse(refused: ServiceError, response: Response) -> Response:
    if isinstance(refused, RateLimited):
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


def _viewer(request: Request) -> CurrentUser | None:
    viewer = request.scope["state"]["viewer"]
    return viewer if isinstance(viewer, CurrentUser) else None


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

"""Logging in and out, and whose token it is."""

from typing import Any

from starlette.requests import Request

from api.matrix import ids, requests
from api.matrix.errors import Malformed, MatrixError
from api.matrix.requests import Answer, Call
from services.accounts import accounts
from services.accounts.sessions import devices
from services.core.errors import NotFound
from services.core.i18n import _
from services.sync import server_name

PASSWORD = "m.login.password"  # noqa: S105 - a type of login


async def flows(_request: Request) -> Answer:
    """Say how one logs in."""
    return {"flows": [{"type": PASSWORD}]}


async def log_in(request: Request) -> Answer:
    """Open a session for a device."""
    requests.require_offered(request, is_counted=True)
    body = await requests.read_body(request)
    if not isinstance(body, dict) or body.get("type", PASSWORD) != PASSWORD:
        raise MatrixError(400, "M_UNKNOWN", _("Log in with a username and a password."))
    given = await devices.log_in(
        _username(body),
        requests.text_of(body, "password"),
        device_id=body.get("device_id"),
        name=body.get("initial_device_display_name"),
        visitor=request.state.visitor,
    )
    return {
        "user_id": ids.of_person(given.viewer),
        "access_token": given.token,
        "device_id": given.device_id,
        "home_server": server_name.get(),
    }


async def who_am_i(call: Call) -> Answer:
    """Say whose token it is."""
    return {
        "user_id": ids.of_person(call.viewer),
        "device_id": call.viewer.device_id,
        "is_guest": False,
    }


async def log_out(call: Call) -> Answer:
    """End the session of the token."""
    await accounts.logout(call.viewer)
    return {}


async def log_out_everywhere(call: Call) -> Answer:
    """End the sessions of all apps and bots: only a browser may."""
    await devices.end_all(call.viewer)
    return {}


def _username(body: dict[str, Any]) -> str:
    identifier = body.get("identifier")
    if isinstance(identifier, dict):
        if identifier.get("type", "m.id.user") != "m.id.user":
            raise MatrixError(400, "M_UNKNOWN", _("Log in with a username and a password."))
        name = identifier.get("user")
    else:
        name = body.get("user")
    if not isinstance(name, str):
        raise Malformed("identifier.user")
    try:
        return ids.name_in(name)
    except NotFound:
        return name

"""`/metrics`: figures for monitoring, for whoever knows the token.

They tell how many people are there and when, so they are nobody else's business. A session is no
token: a program asks, which has none, and members need not know either.
"""

import hmac

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.core import app_context
from services.core.i18n import _


async def answer(request: Request) -> Response:
    """Answer with all figures; with 401 without the token, and with 404 if none is set."""
    token = app_context.current().settings.metrics_token
    if token is None:
        return PlainTextResponse(_("Page not found."), 404)
    if not _is_right(request.headers.get("authorization", ""), token.get_secret_value()):
        sentence = _("Send the token of the setting CHAT_METRICS_TOKEN.")
        return PlainTextResponse(sentence, 401, {"WWW-Authenticate": "Bearer"})  # RFC 6750 §3
    from chat_ui.server.monitoring import metrics  # needs a library that few starts need

    return Response(await metrics.text(), media_type=metrics.CONTENT_TYPE)


def _is_right(authorization: str, token: str) -> bool:
    """Return whether a header has the token; a wrong one takes as long, whatever is right in it."""
    scheme, _space, given = authorization.partition(" ")
    is_bearer = scheme.lower() == "bearer"
    return is_bearer and hmac.compare_digest(given.strip().encode(), token.encode())

"""`POST /hooks/{token}`: what programs post to a room, in the shape of Slack's incoming webhooks.

The answers are Slack's, too (https://docs.slack.dev/messaging/sending-messages-using-incoming-
webhooks), as programs look at them: the first word is the code, and a sentence for people follows.
"""

from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from services.core import filesize
from services.core.errors import (
    Forbidden,
    NotFound,
    RateLimited,
    ServiceError,
    TooLarge,
    Unavailable,
)
from services.core.i18n import _
from services.core.text import is_visible
from services.webhooks import posting

PATH = "/hooks/{token}"
MAX_BYTES = 64 * 1024
"""The largest body that is read."""
_FORM = "application/x-www-form-urlencoded"
_CODES: dict[type[ServiceError], tuple[str, HTTPStatus]] = {
    NotFound: ("no_service", HTTPStatus.NOT_FOUND),
    Forbidden: ("channel_is_archived", HTTPStatus.GONE),
    TooLarge: ("payload_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    RateLimited: ("rate_limited", HTTPStatus.TOO_MANY_REQUESTS),
    Unavailable: ("service_unavailable", HTTPStatus.SERVICE_UNAVAILABLE),
}
"""What refusals are called; any other is `invalid_payload`."""


async def receive(request: Request) -> Response:
    """Post what a program sends to the room of the webhook."""
    from api import slack  # with the first message

    try:
        hook = await posting.find(request.state.visitor, request.path_params["token"])
        body = await _body(request)
        posted = slack.read(_payload(request.headers.get("content-type", ""), body))
        if not is_visible(posted.text):
            return _answer(
                "no_text",
                HTTPStatus.BAD_REQUEST,
                _("The message has no text. Send one as `text`, `blocks` or `attachments`."),
            )
        await posting.post(hook, slack.titled(posted, hook.author.own_name))
    except slack.Malformed:
        return _answer(
            "invalid_payload",
            HTTPStatus.BAD_REQUEST,
            _("This is not a message. Send JSON, such as {example}").format(
                example='{"text": "Hello"}'
            ),
        )
    except ServiceError as refused:
        return refuse(refused)
    except ClientDisconnect:
        return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it
    return PlainTextResponse("ok")


async def _body(request: Request) -> bytes:
    """Return the body. Raises `TooLarge` once more has come than is read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge(
                _("This message is too long. Send at most {size}.").format(
                    size=filesize.text(MAX_BYTES)
                )
            )
    return bytes(body)


def _payload(content_type: str, body: bytes) -> bytes | str:
    """Return the JSON in a body: all of it, or Slack's older form field.

    `curl --data` says that JSON is a form if it is not told otherwise.
    """
    is_form = content_type.partition(";")[0].strip().lower() == _FORM
    if not is_form or body.lstrip()[:1] == b"{":
        return body
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:  # too many
        return b""
    return fields.get("payload", [""])[0]


def refuse(refused: ServiceError) -> Response:
    """Return the answer to a request that is refused."""
    found = (_CODES[kind] for kind in type(refused).__mro__ if kind in _CODES)
    code, status = next(found, ("invalid_payload", HTTPStatus.BAD_REQUEST))
    response = _answer(code, status, refused.message)
    if isinstance(refused, RateLimited):
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


def _answer(code: str, status: HTTPStatus, sentence: str) -> Response:
    return PlainTextResponse(f"{code}\n{sentence}\n", status)

"""All HTTP routes, with the expected response by role and kind of room.

Add new routes here, as the running app names them. `tests/test_routes.py` requests them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nicegui import __version__ as nicegui_version

from api.matrix import matrix
from chat_ui.server.routes import file_routes
from tests.conftest import PASSWORD
from tests.seeded_app import INSIDE, NOBODY, NOWHERE, PLACES, ROLES, SECRET

Answer = int | str
"""The expected response: a status, or the target of a redirect."""
Row = Mapping[str, Answer]
"""The expected response by role."""
LOGIN = "to log in, and from there back"
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Address:
    """A route, the request to send, and the expected responses."""

    route: str
    """Method and pattern; `ANY` is a static folder of NiceGUI, and `-` no route at all."""
    answers: Row | Mapping[str, Row]
    """By role; by kind of room and role if the route names a room."""
    path: str = ""
    """The path to request, if it is not the pattern itself."""
    form: Mapping[str, str] = field(default_factory=dict)
    brings_file: bool = False
    """Whether to upload an empty file: it is refused even for those who may send files."""
    tells: tuple[str, ...] = ()
    """The outsiders who may learn about rooms that they are not in."""

    @property
    def method(self) -> str:
        """The HTTP method."""
        method = self.route.partition(" ")[0]
        return method if method in {"HEAD", *CHANGING} else "GET"

    @property
    def asked(self) -> str:
        """The path to request; the test fills in what is in braces."""
        return self.path or self.route.partition(" ")[2]

    def row(self, place: str) -> Row:
        """Return the expected responses for a kind of room."""
        return self.answers.get(place, self.answers)  # type: ignore[return-value]


def row(nobody: Answer, everybody: Answer, **others: Answer) -> Row:
    """Return the responses: without a session, for every role, and exceptions by role."""
    return {NOBODY: nobody} | dict.fromkeys(ROLES, everybody) | others


ANYBODY = row(200, 200)
EVERYBODY = row(LOGIN, 200)
ADMINISTRATORS = row(LOGIN, 404, administrator=200)
MEMBERS = row(LOGIN, 404, **dict.fromkeys(INSIDE, 200))
NOT_THERE = row(LOGIN, 404)
NOT_EVEN_FILES = row(404, 404)
"""Static files need no session, so a missing one does not redirect to the login."""
FOR_STRANGERS = row(200, "/")
"""With a session, one is redirected to the chat."""
IN_ROOMS = dict.fromkeys(PLACES, MEMBERS) | dict.fromkeys(NOWHERE, NOT_THERE)
SENDERS = row(401, 404, **dict.fromkeys(INSIDE, 400))
NO_SENDERS = row(401, 404, **dict.fromkeys(INSIDE, 403))
NO_ROOM_FOR_FILES = row(401, 404)
WHERE_ONE_SENDS = (
    dict.fromkeys(PLACES, SENDERS)
    | {"archived": NO_SENDERS, "announcements": SENDERS | {"member": 403}}
    | dict.fromkeys(NOWHERE, NO_ROOM_FOR_FILES)
)
NO_MESSAGE = dict.fromkeys((*PLACES, *NOWHERE), NOT_THERE)
ROOM_OR_PREVIEW = IN_ROOMS | {"public": EVERYBODY}
"""Who is not in a public room sees what it is about, and may join."""
NO_MESSAGE_OR_PREVIEW = NO_MESSAGE | {"public": row(LOGIN, 200, **dict.fromkeys(INSIDE, 404))}

FILE = "/rooms/{room}/messages/{file}"
LINK_PICTURE = "GET /rooms/{room_id}/messages/{seq}/link-picture/{digest}"
NICEGUI = f"/_nicegui/{nicegui_version}"

FOR_ANY_APP = (
    "/.well-known/matrix/client",
    "/_matrix/client/versions",
    "/_matrix/client/v3/login",
)
ADDRESSES = (
    # -- pages
    Address("GET /", EVERYBODY),
    Address("GET /rooms", EVERYBODY),
    Address("GET /rooms/mine", EVERYBODY),
    Address("GET /invitations", EVERYBODY),
    Address("GET /rooms/{room_id}", ROOM_OR_PREVIEW, "/rooms/{room}"),
    Address("GET /rooms/{room_id}", NOT_THERE, "/rooms/x"),
    Address("GET /rooms/{room_id}", NOT_THERE, f"/rooms/{2**63}"),
    Address("GET /rooms/{room_id}/messages/{seq}", ROOM_OR_PREVIEW, "/rooms/{room}/messages/1"),
    Address(
        "GET /rooms/{room_id}/messages/{seq}", NO_MESSAGE_OR_PREVIEW, "/rooms/{room}/messages/999"
    ),
    Address("GET /rooms/{room_id}/messages/{seq}", NOT_THERE, "/rooms/1/messages/x"),
    Address("GET /rooms/{room_id}/members", ROOM_OR_PREVIEW, "/rooms/{room}/members"),
    Address("GET /rooms/{room_id}/members", NOT_THERE, "/rooms/x/members"),
    Address("GET /rooms/{room_id}/pins", ROOM_OR_PREVIEW, "/rooms/{room}/pins"),
    Address("GET /rooms/{room_id}/files", ROOM_OR_PREVIEW, "/rooms/{room}/files"),
    Address(
        "GET /rooms/{room_id}/files", ROOM_OR_PREVIEW, "/rooms/{room}/files?kind=x&from=1&before=9"
    ),
    Address("GET /rooms/{room_id}/files", NOT_THERE, "/rooms/x/files"),
    Address("GET /rooms/{room_id}/search", ROOM_OR_PREVIEW, "/rooms/{room}/search"),
    Address("GET /rooms/{room_id}/search", ROOM_OR_PREVIEW, "/rooms/{room}/search?q=from:other"),
    Address(
        "GET /rooms/{room_id}/people/{username}", ROOM_OR_PREVIEW, "/rooms/{room}/people/other"
    ),
    Address(
        "GET /rooms/{room_id}/people/{username}",
        NO_MESSAGE_OR_PREVIEW,
        "/rooms/{room}/people/made-up",
    ),
    Address("GET /rooms/{room_id}/replies/{seq}", ROOM_OR_PREVIEW, "/rooms/{room}/replies/1"),
    Address(
        "GET /rooms/{room_id}/replies/{seq}", NO_MESSAGE_OR_PREVIEW, "/rooms/{room}/replies/999"
    ),
    Address("GET /rooms/{room_id}/statistics", IN_ROOMS, "/rooms/{room}/statistics"),
    Address("GET /rooms/{room_id}/statistics", NOT_THERE, "/rooms/x/statistics"),
    Address("GET /statistics", EVERYBODY),
    Address("GET /mentions", EVERYBODY),
    Address("GET /saved", EVERYBODY),
    Address("GET /scheduled", EVERYBODY),
    Address("GET /account", EVERYBODY),
    Address("GET /people", ADMINISTRATORS),
    Address("GET /people/{username}", EVERYBODY, "/people/other"),
    Address("GET /people/{username}", NOT_THERE, "/people/made-up"),
    Address("GET /search", EVERYBODY),
    Address("GET /search", EVERYBODY, "/search?q=from:other"),
    Address("GET /search", EVERYBODY, "/search?q=has:link&order=best&skip=1"),
    Address("GET /search", EVERYBODY, "/search?" + "&".join("abcdefghijkl")),
    Address("GET /reports", ADMINISTRATORS, tells=("administrator",)),
    Address("GET /security", ADMINISTRATORS),
    Address("GET /security", ADMINISTRATORS, "/security?kind=login&person=other"),
    Address("GET /security", ADMINISTRATORS, "/security?kind=made-up&person=%00"),
    Address("GET /audit", ADMINISTRATORS, tells=("administrator",)),
    # -- files
    Address("GET /rooms/{room_id}/messages/{seq}/file", IN_ROOMS, f"{FILE}/file"),
    Address("HEAD /rooms/{room_id}/messages/{seq}/file", IN_ROOMS, f"{FILE}/file"),
    Address(
        "GET /rooms/{room_id}/messages/{seq}/file", NO_MESSAGE, "/rooms/{room}/messages/1/file"
    ),
    Address("GET /rooms/{room_id}/messages/{seq}/preview", NO_MESSAGE, f"{FILE}/preview"),
    Address("HEAD /rooms/{room_id}/messages/{seq}/preview", NO_MESSAGE, f"{FILE}/preview"),
    Address(LINK_PICTURE, IN_ROOMS, f"/rooms/{{room}}/messages/{{linked}}/link-picture/{SECRET}"),
    Address(
        LINK_PICTURE.replace("GET", "HEAD"),
        IN_ROOMS,
        f"/rooms/{{room}}/messages/{{linked}}/link-picture/{SECRET}",
    ),
    Address(LINK_PICTURE, NO_MESSAGE, "/rooms/{room}/messages/{linked}/link-picture/made-up"),
    Address(
        "POST /rooms/{room_id}/files", WHERE_ONE_SENDS, "/rooms/{room}/files", brings_file=True
    ),
    Address("POST /account/avatar", row(401, 400), brings_file=True),
    Address("GET /avatars/{user_id}/{digest}", NOT_THERE, "/avatars/1/made-up"),
    Address("GET /avatars/{user_id}/{digest}/small", NOT_THERE, "/avatars/1/made-up/small"),
    Address("GET /gifs/found", EVERYBODY),
    Address("GET /stickers", EVERYBODY),
    Address("GET /stickers/offered", EVERYBODY),
    Address("POST /stickers/new", row(401, 400), brings_file=True),
    Address("GET /stickers/{sticker_id}/{digest}", NOT_THERE, "/stickers/1/made-up"),
    Address("GET /storage", ADMINISTRATORS),
    Address("GET /branding", ADMINISTRATORS),
    Address("POST /branding/icon", row(401, 403, administrator=400), brings_file=True),
    # -- forms
    Address("GET /login", FOR_STRANGERS),
    Address("POST /login", row(401, 401), form={"username": "{role}", "password": "wrong"}),
    Address("POST /login", row("/", "/"), form={"username": "other", "password": PASSWORD}),
    Address("POST /login/language", row("/login", "/login"), form={"language": "hi"}),
    Address("GET /login/step", row("/login", "/login")),
    Address("POST /login/step", row(401, 401), form={"code": "123456"}),
    Address("POST /login/passkey/options", ANYBODY),
    Address("GET /login/passkey", row("/login", "/login")),
    Address("POST /login/passkey", row(401, 401), form={"ceremony": "made-up", "answer": "{}"}),
    Address("GET /register", FOR_STRANGERS),
    Address("POST /register", row(400, 400)),
    Address("POST /register", row("/", "/"), form={"username": "{role}2", "password": PASSWORD}),
    Address("GET /.well-known/change-password", row(LOGIN, "/account")),
    Address("GET /reset/{token}", NOT_EVEN_FILES, "/reset/made-up"),
    Address("GET /reset/{token}", ANYBODY, "/reset/{token}"),
    Address("POST /reset/{token}", NOT_EVEN_FILES, "/reset/made-up", {"password": PASSWORD}),
    Address("POST /reset/{token}", row(400, 400), "/reset/{token}", {"password": "short"}),
    Address("POST /logout", row("/login", "/login")),
    # -- for browsers and hosts
    Address("GET /session", row(LOGIN, 204)),
    Address("GET /push-key", EVERYBODY),
    Address("GET /healthz", ANYBODY),
    Address("GET /readyz", ANYBODY),
    Address("GET /metrics", NOT_EVEN_FILES),  # without a token; with one: tests/test_metrics.py
    Address("GET /favicon.ico", ANYBODY),
    Address("HEAD /favicon.ico", ANYBODY),
    Address("GET /manifest.webmanifest", ANYBODY),
    Address("GET /service-worker.js", ANYBODY),
    Address("GET /offline", ANYBODY),
    Address(
        "GET /certificate", NOT_EVEN_FILES
    ),  # it has none of its own: tests/test_certificate.py
    Address("GET /certificate/authority.crt", NOT_EVEN_FILES),
    Address("GET /static/{version}/{name}", ANYBODY, "/static/0/chat.css"),
    Address("GET /static/{version}/{name}", ANYBODY, "/static/0/icon-192.png"),
    Address("GET /static/{version}/{name}", NOT_EVEN_FILES, "/static/0/made-up"),
    Address(
        "GET /static/{version}/{folder:path}/{name}",
        ANYBODY,
        "/static/0/components/emoji/emoji_picker.js",
    ),
    Address(
        "GET /static/{version}/{folder:path}/{name}", NOT_EVEN_FILES, "/static/0/rooms/made-up"
    ),
    # -- NiceGUI's own
    Address(f"ANY {NICEGUI}/static", ANYBODY, f"{NICEGUI}/static/nicegui.js"),
    Address(f"ANY {NICEGUI}/static", NOT_EVEN_FILES, f"{NICEGUI}/static/made-up"),
    Address(f"GET {NICEGUI}/libraries/{{key:path}}", NOT_EVEN_FILES),
    Address(f"GET {NICEGUI}/components/{{key:path}}", NOT_EVEN_FILES),
    Address(f"GET {NICEGUI}/resources/{{key}}/{{path:path}}", NOT_EVEN_FILES),
    Address(f"GET {NICEGUI}/dynamic_resources/{{name}}", NOT_EVEN_FILES),
    Address(f"GET {NICEGUI}/esm/{{key}}/{{path:path}}", NOT_EVEN_FILES),
    Address("ANY /_nicegui_ws", row(403, 403), "/_nicegui_ws/socket.io/"),
    # -- for programs; with an address that is one: tests/api/test_hooks.py
    Address("POST /hooks/{token}", row(404, 404), "/hooks/made-up"),
    # -- apps, which have tokens: tests/api/matrix/
    *(
        Address(
            f"{method} {getattr(route, 'path', '')}",
            row(401, 401),
            getattr(route, "path", "").replace("{room}", "!1"),
        )
        for route in matrix.routes(file_routes)
        for method in getattr(route, "methods", None) or ()
        if getattr(route, "path", "") not in FOR_ANY_APP
    ),
    *(Address(f"GET {path}", ANYBODY) for path in FOR_ANY_APP),
    Address("POST /_matrix/client/v3/login", row(400, 400)),
    Address("ANY /_matrix/{rest:path}", NOT_EVEN_FILES, "/_matrix/made-up"),
    # -- no routes
    Address("- the files of a page", NOT_EVEN_FILES, "/_nicegui/client/made-up/upload/1"),
    Address("- anything else", NOT_THERE, "/made-up"),
    Address("- what FastAPI would have", NOT_THERE, "/openapi.json"),
)

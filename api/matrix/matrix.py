"""The addresses: each operation of the specification that the chat does, and the rest."""

from functools import partial

from starlette.routing import BaseRoute, Route

from api.matrix import (
    account_data,
    devices,
    filters,
    keys,
    login,
    media,
    messages,
    people,
    push_rules,
    pushers,
    relations,
    requests,
    room_keys,
    rooms,
    server,
    sliding_sync,
    sync,
    to_device,
)
from api.matrix.media import Transfer
from api.matrix.requests import MAX_KEYS, public_route, route

# What may have a slash in it is a `path`: ids of people, and whatever apps choose.
V3 = "/_matrix/client/v3"
UNSTABLE = "/_matrix/client/unstable"
ROOM = f"{V3}/rooms/{{room}}"
USER = f"{V3}/user/{{user:path}}"
RULE = f"{V3}/pushrules/global/{{kind}}/{{rule}}"
KEYS = f"{V3}/keys"
VERSIONS = f"{V3}/room_keys/version"
BACKED_UP = f"{V3}/room_keys/keys"
V1 = "/_matrix/client/v1"
RELATIONS = f"{V1}/rooms/{{room}}/relations"
MEDIA, OLD_MEDIA = f"{V1}/media", "/_matrix/media/v3"


def routes(transfer: Transfer) -> list[BaseRoute]:
    """Return all routes; the last answers what the chat does not do. Files go by `transfer`."""
    return [
        public_route("GET", "/.well-known/matrix/client", server.well_known),
        public_route("GET", "/_matrix/client/versions", server.versions),
        public_route("GET", f"{V3}/login", login.flows),
        public_route("POST", f"{V3}/login", login.log_in),
        route("POST", f"{V3}/logout", login.log_out),
        route("GET", f"{V3}/account/whoami", login.who_am_i),
        route("POST", f"{V3}/logout/all", login.log_out_everywhere),
        route("GET", f"{V3}/devices", devices.mine),
        route("GET", f"{V3}/devices/{{device:path}}", devices.one),
        route("PUT", f"{V3}/devices/{{device:path}}", devices.rename),
        route("DELETE", f"{V3}/devices/{{device:path}}", devices.end),
        route("POST", f"{V3}/delete_devices", devices.end_some),
        route("GET", f"{V3}/capabilities", server.capabilities),
        route("GET", f"{V3}/pushrules/", push_rules.everything),
        route("GET", f"{V3}/pushrules/global/", push_rules.every_rule),
        route("GET", f"{RULE}/enabled", push_rules.is_enabled),
        route("PUT", f"{RULE}/enabled", push_rules.enable),
        route("GET", f"{RULE}/actions", push_rules.actions),
        route("PUT", f"{RULE}/actions", push_rules.set_actions),
        route("GET", RULE, push_rules.one),
        route("PUT", RULE, push_rules.put),
        route("DELETE", RULE, push_rules.remove),
        route("GET", f"{V3}/pushers", pushers.mine),
        route("POST", f"{V3}/pushers/set", pushers.put),
        route("GET", f"{V3}/sync", sync.answer),
        route("POST", f"{UNSTABLE}/org.matrix.simplified_msc3575/sync", sliding_sync.answer),
        route("POST", f"{USER}/filter", filters.add),
        route("GET", f"{USER}/filter/{{filter}}", filters.get),
        route("GET", f"{USER}/rooms/{{room}}/account_data/{{type}}", account_data.get),
        route("PUT", f"{USER}/rooms/{{room}}/account_data/{{type}}", account_data.put),
        route("GET", f"{USER}/account_data/{{type}}", account_data.get),
        route("PUT", f"{USER}/account_data/{{type}}", account_data.put),
        route("GET", f"{V3}/profile/{{user:path}}/displayname", people.display_name),
        route("PUT", f"{V3}/profile/{{user:path}}/displayname", people.set_display_name),
        route("GET", f"{V3}/profile/{{user:path}}/avatar_url", people.avatar_url),
        route("PUT", f"{V3}/profile/{{user:path}}/avatar_url", people.set_avatar),
        route("GET", f"{V3}/profile/{{user:path}}", people.profile),
        route("POST", f"{V3}/user_directory/search", people.search),
        route("GET", f"{V3}/presence/{{user:path}}/status", people.presence_of),
        route("PUT", f"{V3}/presence/{{user:path}}/status", people.set_presence),
        route("GET", f"{V3}/directory/room/{{alias:path}}", rooms.of_alias),
        route("GET", f"{V3}/voip/turnServer", server.turn_server),
        route("POST", f"{V3}/createRoom", rooms.create),
        route("POST", f"{V3}/join/{{room}}", rooms.join),
        route("GET", f"{V3}/joined_rooms", rooms.joined),
        route("GET", f"{V3}/publicRooms", rooms.public),
        route("POST", f"{V3}/publicRooms", rooms.public),
        route("POST", f"{ROOM}/join", rooms.join),
        route("POST", f"{ROOM}/leave", rooms.leave),
        route("POST", f"{ROOM}/forget", rooms.forget),
        route("POST", f"{ROOM}/invite", rooms.invite),
        route("POST", f"{ROOM}/kick", rooms.kick),
        route("GET", f"{ROOM}/joined_members", rooms.joined_members),
        route("GET", f"{ROOM}/members", rooms.members),
        route("GET", f"{ROOM}/state", rooms.all_state),
        route("GET", f"{ROOM}/state/{{type}}", rooms.one_state),
        route("GET", f"{ROOM}/state/{{type}}/{{key:path}}", rooms.one_state),
        route("PUT", f"{ROOM}/state/{{type}}", rooms.set_state),
        route("PUT", f"{ROOM}/state/{{type}}/{{key:path}}", rooms.set_state),
        route("PUT", f"{ROOM}/send/{{type}}/{{transaction:path}}", messages.send),
        route("PUT", f"{ROOM}/redact/{{event}}/{{transaction:path}}", messages.redact),
        route("GET", f"{ROOM}/messages", messages.history),
        route("GET", f"{ROOM}/event/{{event}}", messages.one),
        route("GET", f"{ROOM}/context/{{event}}", messages.context),
        route("GET", f"{RELATIONS}/{{event}}", relations.of_event),
        route("GET", f"{RELATIONS}/{{event}}/{{relation}}", relations.of_event),
        route("GET", f"{RELATIONS}/{{event}}/{{relation}}/{{type}}", relations.of_event),
        route("PUT", f"{ROOM}/typing/{{user:path}}", people.type_in),
        route("POST", f"{ROOM}/receipt/{{kind}}/{{event}}", people.receipt),
        route("POST", f"{ROOM}/read_markers", people.markers),
        *_of_media(transfer),
        *_of_keys(),
        _anything_else(),
    ]


def _of_media(transfer: Transfer) -> list[BaseRoute]:
    """Return the routes for files."""
    upload = partial(media.upload, transfer)
    download = partial(media.download, transfer)
    thumbnail = partial(media.thumbnail, transfer)
    return [
        route("POST", f"{OLD_MEDIA}/upload", upload, reads_itself=True),
        route("GET", f"{MEDIA}/config", media.config),
        route("GET", f"{OLD_MEDIA}/config", media.config),
        route("GET", f"{MEDIA}/download/{{server}}/{{media}}", download),
        route("GET", f"{MEDIA}/download/{{server}}/{{media}}/{{name:path}}", download),
        route("GET", f"{MEDIA}/thumbnail/{{server}}/{{media}}", thumbnail),
    ]


def _of_keys() -> list[BaseRoute]:
    """Return the routes for encryption."""
    sent = f"{V3}/sendToDevice/{{type}}/{{transaction:path}}"
    found: list[BaseRoute] = [
        route("POST", f"{KEYS}/upload", keys.upload, MAX_KEYS),
        route("POST", f"{KEYS}/query", keys.query),
        route("POST", f"{KEYS}/claim", keys.claim),
        route("GET", f"{KEYS}/changes", keys.changes),
        route("POST", f"{KEYS}/device_signing/upload", keys.upload_signing),
        route("POST", f"{KEYS}/signatures/upload", keys.upload_signatures, MAX_KEYS),
        route("PUT", sent, to_device.send, MAX_KEYS),
        route("POST", VERSIONS, room_keys.create),
        route("GET", VERSIONS, room_keys.newest),
        route("GET", f"{VERSIONS}/{{version}}", room_keys.get),
        route("PUT", f"{VERSIONS}/{{version}}", room_keys.change),
        route("DELETE", f"{VERSIONS}/{{version}}", room_keys.remove),
    ]
    # A session's id is Base64, which may have a slash in it.
    for where in (BACKED_UP, f"{BACKED_UP}/{{room}}", f"{BACKED_UP}/{{room}}/{{session:path}}"):
        found += [
            route("PUT", where, room_keys.put_keys, MAX_KEYS),
            route("GET", where, room_keys.get_keys),
            route("DELETE", where, room_keys.remove_keys),
        ]
    return found


def _anything_else() -> Route:
    made = requests.public_route("GET", "/_matrix/{rest:path}", server.anything_else)
    made.methods = None
    return made

"""Relying on how uvicorn serves a connection: this replaces nothing, and only checks.

`chat_ui/server/protocols/http_connection.py` and `websocket_connection.py` are subclasses of uvicorn's own
protocols, with bounds on bytes, time and number. If uvicorn called other methods one day, or kept
its state elsewhere, the bounds would be gone, and nobody would notice.

Safety rests on this: it cannot be switched off, and when uvicorn changes, the chat does not start.
"""

from chat_ui.compat.registry import ANY, Patch

_HTTP = "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol"
_ANSWER = "uvicorn.protocols.http.httptools_impl:RequestResponseCycle"
_WEBSOCKET = "uvicorn.protocols.websockets.wsproto_impl:WSProtocol"
_INIT = "config, server_state, app_state, _loop"


def _install() -> None:
    """Do nothing: the subclasses are passed to uvicorn as an option."""


PATCH = Patch(
    name="uvicorn_connections",
    replaces=("uvicorn.Config.http", f"{_HTTP.replace(':', '.')}.ws_protocol_class"),
    why="What a connection may take of memory and time is bounded before it is known whose it is.",
    gain="safety, not speed",
    measured_with="pytest tests/hostile",
    tried_with="uvicorn 0.54, wsproto 1.3",
    expects={
        "uvicorn.protocols.http.httptools_impl:STATUS_LINE": ANY,
        _HTTP: _INIT,
        f"{_HTTP}.connection_made": "self, transport",
        f"{_HTTP}.connection_lost": "self, exc",
        f"{_HTTP}.data_received": "self, data",
        f"{_HTTP}.eof_received": "self",
        f"{_HTTP}.shutdown": "self",
        f"{_HTTP}.send_400_response": "self, msg",
        f"{_HTTP}._start_asgi_task": "self, cycle, app",
        f"{_HTTP}.handle_websocket_upgrade": "self",
        f"{_HTTP}.on_message_begin": "self",
        f"{_HTTP}.on_headers_complete": "self",
        f"{_HTTP}.on_body": "self, body",
        f"{_HTTP}.on_message_complete": "self",
        _WEBSOCKET: _INIT,
        f"{_WEBSOCKET}.connection_lost": "self, exc",
        f"{_WEBSOCKET}.data_received": "self, data",
        f"{_WEBSOCKET}.handle_events": "self",
        f"{_WEBSOCKET}.handle_connect": "self, event",
        f"{_WEBSOCKET}.handle_ping": "self, event",
        f"{_WEBSOCKET}.receive": "self",
    },
    uses={
        "uvicorn.config:Config.__init__": "proxy_headers",
        "uvicorn.server:ServerState.__init__": "default_headers",
        "uvicorn.protocols.http.flow_control:FlowControl.__init__": "read_paused write_paused",
        f"{_HTTP}.__init__": "loop server_state ws_protocol_class scope client flow cycle pipeline",
        f"{_HTTP}.connection_made": "transport client FlowControl",
        f"{_HTTP}.data_received": "feed_data send_400_response handle_websocket_upgrade",
        f"{_HTTP}.handle_websocket_upgrade": "ws_protocol_class connection_made set_protocol",
        f"{_HTTP}.on_message_begin": "scope app_state",
        f"{_HTTP}.on_headers_complete": "cycle pipeline pause_reading _start_asgi_task",
        f"{_HTTP}.on_response_complete": "pipeline _start_asgi_task",
        f"{_HTTP}.on_body": "cycle body pause_reading message_event",
        f"{_ANSWER}.__init__": "disconnected keep_alive message_event on_response response_started"
        " response_complete waiting_for_100_continue",
        f"{_ANSWER}.send": "disconnected keep_alive message_event on_response response_started"
        " response_complete transport waiting_for_100_continue write_paused",
        f"{_ANSWER}.receive": "disconnected message_event resume_reading",
        f"{_WEBSOCKET}.__init__": "loop transport queue close_sent read_paused writable",
        f"{_WEBSOCKET}.data_received": "conn receive_data handle_events",
        f"{_WEBSOCKET}.handle_events": "close_sent handle_connect handle_message handle_ping",
        f"{_WEBSOCKET}.handle_connect": "scope app_state",
        f"{_WEBSOCKET}.handle_message": "queue read_paused pause_reading",
        f"{_WEBSOCKET}.pause_writing": "writable",
        f"{_WEBSOCKET}.run_asgi": "receive",
    },
    install=_install,
)

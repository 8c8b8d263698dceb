"""What we compare ourselves with: `python -m benchmarks.peers flask|empty PORT`.

Each does the least that can be called the same thing, so that the ratio is the price of
everything that the chat does besides.
"""

import sys


def flask(port: int) -> None:
    """Serve a broadcast: what one says, everybody hears. Nothing is checked or stored."""
    from flask import Flask
    from flask_socketio import SocketIO

    app = Flask(__name__)
    # What `pip install flask-socketio simple-websocket` gives: threads, and the server
    # that comes with Flask.
    socketio = SocketIO(app, async_mode="threading")

    socketio.on_event("message", lambda data: socketio.emit("message", data))
    socketio.run(app, host="127.0.0.1", port=port, allow_unsafe_werkzeug=True)


def empty(port: int) -> None:
    """Serve a page with nothing on it, with the settings of our own `serving.py`."""
    from nicegui import core, ui

    @ui.page("/")
    def nothing() -> None:
        """Draw nothing."""

    core.app.config.socket_io_js_transports = ["websocket"]
    ui.run(
        host="127.0.0.1",
        port=port,
        reload=False,
        show=False,
        show_welcome_message=False,
        reconnect_timeout=20.0,
        tailwind=False,
        binding_refresh_interval=None,
        ws_per_message_deflate=False,
        server_header=False,
    )


if __name__ == "__main__":
    {"flask": flask, "empty": empty}[sys.argv[1]](int(sys.argv[2]))

"""A bare Flask-SocketIO broadcast of every message. Nothing is checked or stored."""

from pathlib import Path

from flask import Flask
from flask_socketio import SocketIO


def serve(port: int, _folder: Path) -> None:
    """Serve it with what `pip install flask-socketio simple-websocket` gives: threads, and the
    server that comes with Flask.
    """
    app = Flask(__name__)
    socketio = SocketIO(app, async_mode="threading")
    socketio.on_event("message", lambda data: socketio.emit("message", data))
    socketio.run(app, host="127.0.0.1", port=port, allow_unsafe_werkzeug=True)

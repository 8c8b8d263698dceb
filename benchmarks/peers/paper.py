"""The chat of the student paper that ours grew from: Flask, Flask-SocketIO and sqlite3.

It is written as tutorials write it: a connection and a commit for each message, with SQLite's
defaults (`synchronous=FULL`, a rollback journal). Only the busy timeout is longer than the default
five seconds, since messages would be lost otherwise when many people write at a time.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask
from flask_socketio import SocketIO, emit


def serve(port: int, folder: Path) -> None:
    """Serve a room that stores its messages in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__)
    socketio = SocketIO(app, async_mode="threading")

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(folder / "paper.db", timeout=60)

    with closing(connect()) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, username TEXT,"
            " text TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)"
        )

    def on_message(data: dict[str, Any]) -> None:
        with closing(connect()) as connection:
            connection.execute(
                "INSERT INTO messages (username, text) VALUES (?, ?)",
                (data["username"], data["text"]),
            )
            connection.commit()
        emit("message", data, broadcast=True)

    socketio.on_event("message", on_message)
    socketio.run(app, host="127.0.0.1", port=port, allow_unsafe_werkzeug=True)

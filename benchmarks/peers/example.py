"""A chat like NiceGUI's own example: with every message, every page redraws its whole history."""

from datetime import datetime
from pathlib import Path

from nicegui import ui

from benchmarks.peers import empty

INITIAL_MESSAGES = 15
"""Messages at the start; each further one makes the next more expensive."""

said: list[tuple[str, str]] = []
"""The messages, and when they were sent."""


@ui.refreshable
def history() -> None:
    """Draw all messages."""
    for text, stamp in said:
        ui.chat_message(text=text, stamp=stamp, name="somebody")


def page() -> None:
    """Draw a page of the chat."""

    def send() -> None:
        said.append((field.value, f"{datetime.now():%X}"))
        field.value = ""
        history.refresh()

    with ui.column().classes("w-full items-stretch"):
        history()
    with ui.footer():
        field = ui.input(placeholder="message").on("keydown.enter", send)


def serve(port: int, _folder: Path) -> None:
    """Serve the page, with some messages on it."""
    said.extend(
        ("the quick brown fox jumps over the lazy dog", "12:00:00") for _ in range(INITIAL_MESSAGES)
    )
    ui.page("/")(page)
    empty.run(port)

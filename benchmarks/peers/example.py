"""A chat in the manner of NiceGUI's own example: whenever something is said, every page draws its
whole history again.
"""

from datetime import datetime
from pathlib import Path

from nicegui import ui

from benchmarks.peers import empty

SAID_BEFORE = 15
"""Messages that are there when it starts; each further one makes the next dearer."""

said: list[tuple[str, str]] = []
"""What was said, and when."""


@ui.refreshable
def history() -> None:
    """Draw everything that was said."""
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
        ("the quick brown fox jumps over the lazy dog", "12:00:00") for _ in range(SAID_BEFORE)
    )
    ui.page("/")(page)
    empty.run(port)

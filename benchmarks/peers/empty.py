"""An empty NiceGUI page, with the settings of `chat_ui/server/run.py`."""

from pathlib import Path

from nicegui import core, ui


def serve(port: int, _folder: Path) -> None:
    """Serve the page."""

    @ui.page("/")
    def nothing() -> None:
        """Draw nothing."""

    run(port)


def run(port: int) -> None:
    """Serve all pages that are defined."""
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

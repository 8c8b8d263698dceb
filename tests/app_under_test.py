"""The app for NiceGUI's user simulation: all is real except the browser and the port."""

import os
from pathlib import Path

from nicegui import ui

from chat_ui.server import app
from services import lifecycle
from services.core.disk import data_folder
from tests.conftest import cheap

settings = cheap(Path(os.environ["SIMULATED_DATA"]))
lock = data_folder.lock(settings.data)
lifecycle.prepare_database(settings)
app.install(settings)
ui.run(reload=False, show=False, title="Simple Chat")

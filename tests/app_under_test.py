"""The app for NiceGUI's user simulation: all is real except the browser and the port."""

import os
from pathlib import Path

from nicegui import ui
from pydantic import SecretStr

from chat_ui.server import app
from services import lifecycle
from services.core.disk import data_folder
from services.core.settings import Settings
from tests import postgres

data = Path(os.environ["SIMULATED_DATA"])
settings = Settings(
    data=data,
    argon2_memory_kib=8192,
    argon2_time_cost=1,
    database=SecretStr(postgres.url(data)) if postgres.SERVER else None,
)
lock = data_folder.lock(settings.data)
lifecycle.prepare_database(settings)
app.install(settings)
ui.run(reload=False, show=False, title="Simple Chat")

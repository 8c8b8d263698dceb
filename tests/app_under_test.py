"""The app as NiceGUI's user simulation runs it: everything real but the browser and the port."""

import os
from pathlib import Path

from nicegui import ui

from chat_ui.server import app
from services.core import app_context
from services.core.settings import Settings

settings = Settings(
    data=Path(os.environ["SIMULATED_DATA"]),
    argon2_memory_kib=8192,
    argon2_time_cost=1,
)
lock = app_context.lock_data_folder(settings.data)
app_context.migrate.prepare(settings.data / app_context.DATABASE)
app.install(settings)
ui.run(reload=False, show=False, title="Simple Chat")

"""The app as NiceGUI's user simulation runs it: everything real but the browser and the port."""

import os
from pathlib import Path

from nicegui import ui

from chat_ui.server import routes
from services import house
from services.settings import Settings

settings = Settings(
    data=Path(os.environ["SIMULATED_DATA"]),
    argon2_memory_kib=8192,
    argon2_time_cost=1,
)
lock = house.claim(settings.data)
house.upgrade.prepare(settings.data / house.DATABASE)
routes.install(settings)
ui.run(reload=False, show=False, title="Simple Chat")

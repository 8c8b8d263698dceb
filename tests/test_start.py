"""What a start loads, for all of which somebody waits who wants to chat."""

import os
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree

from chat_ui.compat import registry
from tests.server import Server

NEVER = {
    "PIL": "pictures are decoded in processes of their own",
    "aiohttp.client": "NiceGUI has it for a service that is not used here",
    "obstore": "the files are in the data folder",
    "services.files.store.s3": "the files are in the data folder",
    "alembic": "the database is of this version",
    "brotli": "nobody asked for a file",
    "cryptography": "nobody has a second factor",
    "pydantic.v1.main": "FastAPI asks whether a parameter is a model of it",
    "prometheus_client": "no token for metrics is set",
    "psycopg": "the database is SQLite",
    "pyuca": "nobody took a name",
    "pyotp": "nobody has a second factor",
    "redis.client": "Socket.IO and NiceGUI have it for several processes",
    "requests.api": "Socket.IO has it for its client",
    "segno": "nobody asked for a QR code",
    "services.backup.archive": "it is another command's",
    "services.bus": "there is only one process",
    "services.cluster": "there is only one process",
    "services.db.sqlite.check": "it is another command's",
    "services.backup.restore": "it is another command's",
    "services.db.postgres": "the database is SQLite",
    "services.search.tsvector": "the database is SQLite",
    "sqlalchemy.dialects.postgresql": "the database is SQLite",
    "webauthn": "nobody has a passkey",
    "zxcvbn": "nobody chose a password",
}
WITHOUT_PATCH = {"aiohttp.client", "pydantic.v1.main", "redis.client", "requests.api"}
"""What the libraries load if `lean_imports` is left out."""
LATER = {"confusable_homoglyphs", "emoji", "latex2mathml", "markdown_it", "pygments"}
"""What pages and messages need: loaded once it takes requests, so that these need not wait."""
LAST = "uvloop"
"""What uvicorn loads before it opens the port, when all that is ours is there."""


def loaded(server: Server) -> list[str]:
    """Return what a server has loaded, in order, as Python lists it in the log."""
    lines = server.log.read_text(encoding="utf-8").splitlines()
    return [line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")]


def test_a_start_loads_no_more_than_it_needs(empty_folder: Path, tmp_path: Path) -> None:
    copytree(empty_folder, tmp_path / "data")
    with Server(tmp_path / "data", PYTHONPROFILEIMPORTTIME="1") as server:
        pass  # stopping waits for what is loaded beside it
    order = loaded(server)
    before = order[: order.index(LAST)]
    assert {"nicegui", "models", "chat_ui.page"} <= set(before)
    assert all(find_spec(each) for each in NEVER if each.startswith("services."))
    never = set(NEVER)
    if "lean_imports" in registry.left_out(os.environ.get("CHAT_COMPAT", "")):
        never -= WITHOUT_PATCH
    assert never & set(order) == set()
    assert set(before) & LATER == set()
    assert set(order) >= LATER

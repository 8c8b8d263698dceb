"""Imports run one way: main → chat_ui → services → models; and each library has its place."""

import ast
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
LAYERS = ("main", "chat_ui", "services", "models")
"""From the top down: each may use those that come after it."""
KNOWS_STORAGE = ("chat_ui/server/", "chat_ui/realtime/", "chat_ui/page.py")
"""What of `chat_ui` may know that there is a database; parts only draw."""


def sources() -> list[Path]:
    """Return every Python file of the project proper."""
    files = [path for layer in LAYERS[1:] for path in (PROJECT / layer).rglob("*.py")]
    return [PROJECT / "main.py", *sorted(files)]


def name(path: Path) -> str:
    """Return the path as people say it."""
    return path.relative_to(PROJECT).as_posix()


def imported(path: Path) -> set[str]:
    """Return the dotted names that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: a relative import hides its layer"
            assert node.module is not None
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_there_is_something_to_check() -> None:
    assert len(sources()) > 50
    assert "nicegui" in imported(PROJECT / "chat_ui" / "rooms" / "timeline.py")


@pytest.mark.parametrize("path", sources(), ids=name)
def test_imports_run_down(path: Path) -> None:
    layer = Path(name(path)).parts[0].removesuffix(".py")
    above = set(LAYERS[: LAYERS.index(layer)]) | {"tests", "benchmarks", "docs"}
    used = {module.partition(".")[0] for module in imported(path)}
    assert not used & above


@pytest.mark.parametrize("path", sources(), ids=name)
def test_only_the_pages_know_nicegui(path: Path) -> None:
    web = {"nicegui", "fastapi", "starlette", "socketio", "uvicorn", "htpy"}
    used = {module.partition(".")[0] for module in imported(path)}
    assert name(path).startswith("chat_ui/") or not used & web


@pytest.mark.parametrize("path", sources(), ids=name)
def test_what_draws_does_not_ask_the_database(path: Path) -> None:
    if not name(path).startswith("chat_ui/") or name(path).startswith(KNOWS_STORAGE):
        return
    asks = {
        module
        for module in imported(path)
        if module.partition(".")[0] in {"sqlmodel", "sqlalchemy", "sqlite3"}
        or module.startswith(("services.db.database", "services.db.writer"))
    }
    assert not asks


def test_everything_that_is_imported_is_a_dependency() -> None:
    """What another library happens to bring along may be gone with its next version."""
    tops = {module.partition(".")[0] for path in sources() for module in imported(path)}
    theirs = tops - set(sys.stdlib_module_names) - set(LAYERS)
    pyproject = (PROJECT / "pyproject.toml").read_text(encoding="utf-8").lower()
    brought_by = {
        "fastapi": "nicegui",
        "starlette": "nicegui",
        "socketio": "nicegui",
        "uvicorn": "nicegui",
        "python_multipart": "nicegui",
        "sqlalchemy": "sqlmodel",
        "pydantic": "pydantic-settings",
        "passlib": "libpass",
        "markupsafe": "htpy",
        "markdown_it": "markdown-it-py",
        "mdurl": "markdown-it-py",
        "argon2": "argon2-cffi",
        "PIL": "pillow",
    }
    named = {module: brought_by.get(module, module).replace("_", "-") for module in theirs}
    assert [module for module, project in named.items() if f'"{project}' not in pyproject] == []

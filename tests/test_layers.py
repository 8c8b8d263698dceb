"""Imports run one way: main → chat_ui, api → services → models, and downwards inside each of them.

Every import counts, also those inside functions and under `TYPE_CHECKING`.
"""

import ast
import posixpath
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.own_files import is_own

PROJECT = Path(__file__).parent.parent
TOP_LEVEL = ("main", "chat_ui", "api", "node", "services", "models")
"""From the top down: each may use those after it; `chat_ui`, `api`, `node` none of each other."""
LAYERS: Mapping[str, tuple[frozenset[str], ...]] = {
    "chat_ui": (
        frozenset({"server"}),
        frozenset({"all_handlers", "page", "panels", "routes"})
        | frozenset({"custom", "custom_files", "layout", "stylesheet"}),
        frozenset({"auth", "people", "rooms", "messages", "search", "admin"}),
        frozenset({"handlers", "plugins"}),
        frozenset({"page_context"}),
        frozenset({"components", "realtime", "view"}),
        frozenset({"colours", "compat", "theme"}),
    ),
    "services": (
        frozenset({"lifecycle"}),
        frozenset({"cluster"}),
        frozenset({"backup", "demo", "host"}),
        frozenset({"files", "keys", "search", "push", "links", "sync", "webhooks"}),
        frozenset({"messages"}),
        frozenset({"mentions", "registration"}),
        frozenset({"rooms"}),
        frozenset({"accounts"}),
        frozenset({"db"}),
        frozenset({"bus"}),
        frozenset({"core"}),
    ),
}
"""The layers of a package, each with its packages and modules, from the top down."""
WEB = {
    "engineio",
    "fastapi",
    "htpy",
    "markupsafe",
    "nicegui",
    "prometheus_client",
    "python_multipart",
    "socketio",
    "starlette",
    "uvicorn",
    "wsproto",
}
"""Libraries that only `chat_ui` uses, and one of them `api`."""
ASGI = {"starlette"}
"""The library with which `api` answers requests: it draws nothing."""
STORAGE = {"sqlmodel", "sqlalchemy", "sqlite3", "services.db"}
KNOWS_SQLITE = (
    "chat_ui.server.commands.",
    "services.backup.",
    "services.db.engines",
    "services.db.sqlite",
    "services.files.check",
)
KNOWS_STORAGE = ("chat_ui.server.", "chat_ui.realtime.", "chat_ui.page")
"""What of `chat_ui` may know that there is a database; views only draw."""
KNOWS_POSTGRES = (
    *("services.db.engines", "services.db.postgres", "services.search.tsvector"),
    *("services.backup.move.", "services.cluster.jobs"),
)
CLUSTER = {"psycopg": ["psycopg"], "redis": ["redis"], "obstore": ["obstore"]}
"""The distributions of what only PostgreSQL, Redis and S3 need, which need not be installed."""
NODE = {"nio": ["matrix-nio"]}
"""The distribution of what only a node needs, which need not be installed."""
WINDOW = {
    "webview": ["pywebview"],
    "desktop_notifier": ["desktop-notifier"],
    "qtpy": ["pywebview"],  # its extra `qt6`
}
"""The distributions of what only the window needs, which need not be installed."""
OPENS_THE_APP = ("main", "chat_ui.server.")
"""What may import `services.lifecycle`, besides tests and benchmarks."""


# -- Reading the imports -----------------------------------------------------------------------


@cache
def sources() -> Mapping[str, Path]:
    """Return every Python file of the project proper by the name of its module."""
    files = [PROJECT / "main.py"]
    ours = (path for name in TOP_LEVEL[1:] for path in sorted((PROJECT / name).rglob("*.py")))
    files += [path for path in ours if not is_own(path)]
    names = (".".join(path.relative_to(PROJECT).with_suffix("").parts) for path in files)
    return dict(zip((name.removesuffix(".__init__") for name in names), files, strict=True))


@cache
def imported(module: str) -> frozenset[str]:
    """Return the modules that a module imports, wherever in its file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(sources()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import hides its layer"
            assert node.module is not None
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in sources() else node.module)
    return frozenset(found)


def graph() -> dict[str, set[str]]:
    """Return which modules of ours each of them imports."""
    return {module: set(imported(module)) & sources().keys() for module in sources()}


@cache
def javascript() -> dict[str, set[str]]:
    """Return every JavaScript module and which others it imports, static or not."""
    statement = re.compile(
        r"""^\s*import\s*(?:[\w*{][^"';]*?\bfrom\s*)?["'](\.[^"']+)["']"""
        r"""|^\s*export\s*[*{][^"';]*?\bfrom\s*["'](\.[^"']+)["']"""
        r"""|\bimport\(\s*["'](\.[^"']+)["']""",
        re.MULTILINE,
    )
    found = {}
    for path in sorted((PROJECT / "chat_ui").rglob("*.js")):
        name = path.relative_to(PROJECT).as_posix()
        paths = ("".join(groups) for groups in statement.findall(path.read_text(encoding="utf-8")))
        here = posixpath.dirname(name)
        found[name] = {posixpath.normpath(posixpath.join(here, other)) for other in paths}
    return found


def in_a_circle(imports: Mapping[str, Iterable[str]]) -> set[str]:
    """Return what can be reached from itself."""
    return {module for module in imports if module in reached(imports, module)}


def reached(imports: Mapping[str, Iterable[str]], start: str) -> set[str]:
    """Return what `start` imports, directly or by way of others."""
    seen: set[str] = set()
    ahead = list(imports[start])
    while ahead:
        module = ahead.pop()
        if module not in seen:
            seen.add(module)
            ahead.extend(imports[module])
    return seen


def layer(module: str) -> int | None:
    """Return which layer of its top package a module is in, from 0; None where there are none."""
    top, _dot, rest = module.partition(".")
    part = rest.partition(".")[0]
    if top not in LAYERS or not part:
        return None
    found = [number for number, parts in enumerate(LAYERS[top]) if part in parts]
    assert found, f"{module}: say in LAYERS where {part} belongs"
    return found[0]


def package(module: str) -> str:
    """Return the package in a layer that a module is in, or the module itself if it is in none."""
    return ".".join(module.split(".")[:2])


def uses(module: str, libraries: Iterable[str]) -> bool:
    """Tell whether a module imports one of these, or a part of it."""
    return any(f"{name}.".startswith(f"{each}.") for name in imported(module) for each in libraries)


# -- Python ------------------------------------------------------------------------------------


def test_there_is_something_to_check() -> None:
    assert len(sources()) > 150
    assert "nicegui" in imported("chat_ui.rooms.timeline.timeline")
    assert "chat_ui.server.commands.cli" in graph()["main"]
    assert "services.core.errors" in graph()["services.core.limits.rate_limits"]


def test_pages_api_and_node_do_not_know_each_other() -> None:
    beside = ("chat_ui", "api", "node")
    for module in sources():
        top = module.partition(".")[0]
        assert top not in beside or not uses(module, {*beside} - {top}), module


def test_the_top_level_imports_downwards() -> None:
    for module in sources():
        top = module.partition(".")[0]
        above = {*TOP_LEVEL[: TOP_LEVEL.index(top)], "tests", "benchmarks", "docs"}
        assert not uses(module, above), module


def test_layers_import_downwards() -> None:
    upward = {
        module: above
        for module, others in graph().items()
        if (here := layer(module)) is not None
        and (
            above := [
                other
                for other in others
                if other.partition(".")[0] == module.partition(".")[0]
                and (there := layer(other)) is not None
                and there < here
            ]
        )
    }
    assert upward == {}


def test_no_import_circle() -> None:
    assert sorted(in_a_circle(graph())) == []


def test_no_import_circle_of_packages() -> None:
    """Two packages of one layer may not import each other either."""
    packages: dict[str, set[str]] = {}
    for module, others in graph().items():
        here = package(module)
        packages.setdefault(here, set()).update(map(package, others))
        packages[here].discard(here)
    assert "services.rooms" in packages["services.mentions"]
    assert sorted(in_a_circle(packages)) == []


def test_a_circle_is_found() -> None:
    imports = {"a": ["b"], "b": ["c"], "c": ["b"], "d": ["d"]}
    assert in_a_circle(imports) == {"b", "c", "d"}


def test_only_the_pages_know_the_web() -> None:
    others = [each for each in sources() if not each.startswith("chat_ui.")]
    drawing = {each for each in others if uses(each, WEB - ASGI)}
    answering = {each for each in others if uses(each, ASGI) and not each.startswith("api")}
    assert (drawing, answering) == (set(), {"main"})  # which hands them on
    assert "api" in sources()


def test_what_draws_does_not_ask_the_database() -> None:
    views = [each for each in sources() if each.startswith("chat_ui.")]
    views = [each for each in views if not each.startswith(KNOWS_STORAGE)]
    assert len(views) > 80
    assert [each for each in views if uses(each, STORAGE)] == []


def test_only_who_handles_its_file_knows_that_the_database_is_sqlite() -> None:
    know = [each for each in sources() if uses(each, {"services.db.sqlite"})]
    assert [each for each in know if not each.startswith(KNOWS_SQLITE)] == []


def test_only_its_own_part_knows_postgresql() -> None:
    """Any other import would load it where the database is SQLite, or fail without the driver."""
    own = {"psycopg", "sqlalchemy.dialects.postgresql", "services.db.postgres"}
    know = [each for each in sources() if uses(each, own)]
    assert [each for each in know if not each.startswith(KNOWS_POSTGRES)] == []
    assert "services.db.postgres.connections" in know


def test_only_its_own_part_knows_s3() -> None:
    """As for PostgreSQL."""
    own = {"obstore", "services.files.store.s3"}
    know = {each for each in sources() if uses(each, own)}
    outside = {each for each in know if not each.startswith("services.files.store.s3.")}
    assert outside == {"services.files.store.stores"}
    assert "services.files.store.s3.object_store" in know


def test_only_the_start_opens_the_app() -> None:
    openers = [each for each in sources() if uses(each, {"services.lifecycle"})]
    assert [each for each in openers if not each.startswith(OPENS_THE_APP)] == []


def test_every_import_is_a_declared_dependency() -> None:
    """What another library happens to bring along may be gone with its next version."""
    tops = {name.partition(".")[0] for module in sources() for name in imported(module)}
    distributions = packages_distributions() | WINDOW | CLUSTER | NODE
    pyproject = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    extras = project["optional-dependencies"]
    required = [each for name in ("native", "cluster", "node") for each in extras[name]]
    required += project["dependencies"]
    declared = {re.split(r"[^\w.-]", each)[0].lower() for each in required}
    undeclared = {
        name
        for name in tops - set(sys.stdlib_module_names) - set(TOP_LEVEL)
        if not {each.lower().replace("_", "-") for each in distributions[name]} & declared
    }
    assert undeclared == set()


# -- JavaScript --------------------------------------------------------------------------------


def test_javascript_imports_are_read() -> None:
    assert len(javascript()) > 20
    assert any(javascript()["chat_ui/main.js"])
    for module, others in javascript().items():
        assert others <= javascript().keys(), f"{module} imports what is not there"


def test_no_import_circle_in_javascript() -> None:
    assert in_a_circle(javascript()) == set()

"""Which icons the pages use, read from their source."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.own_files import is_own

CHAT_UI = Path(__file__).parent.parent / "chat_ui"
FIRST = {"html.icon", "html.button", "html.link"}
"""Functions whose first argument is an icon, besides those that have an argument `icon`."""


def sources() -> dict[Path, ast.Module]:
    """Return the Python files of the pages, without those that somebody added."""
    files = (path for path in sorted(CHAT_UI.rglob("*.py")) if not is_own(path))
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}


def used() -> set[str]:
    """Return the names of all icons. Fails where one is given in a way that cannot be read."""
    files = sources()
    takers = dict.fromkeys(FIRST, 0)
    for path, tree in files.items():
        takers |= {f"{path.stem}.{name}": place for name, place in _takers(tree)}
    return {name for path, tree in files.items() for name in in_file(path, tree, takers)}


def _takers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
            if "icon" in arguments:
                yield node.name, arguments.index("icon")
            elif "icon" in {each.arg for each in node.args.kwonlyargs}:
                yield node.name, sys.maxsize  # never by its place


def in_file(path: Path, tree: ast.Module, takers: dict[str, int]) -> Iterator[str]:
    """Yield the icons in a file; `takers` says of functions in which place they take one."""
    known = _known(path, tree, takers)
    for node in ast.walk(tree):
        match node:
            case ast.Call():
                for value in _given(path, node, takers.get(known.get(ast.unparse(node.func), ""))):
                    yield from _names(path, value)
            case ast.Assign(targets=[ast.Name(id="ICONS")], value=ast.Dict(values=values)):
                for value in values:
                    yield from _names(path, value)
            case ast.FunctionDef(args=arguments):
                for argument, default in _defaults(arguments):
                    if argument == "icon":
                        yield from _names(path, default)


def _known(path: Path, tree: ast.Module, takers: dict[str, int]) -> dict[str, str]:
    """Return by which names a file calls the functions that take icons."""
    known = {name: name for name in takers}
    known |= {name.removeprefix(f"{path.stem}."): name for name in takers}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            stem = node.module.rpartition(".")[2]
            known |= {each.asname or each.name: f"{stem}.{each.name}" for each in node.names}
    return known


def _given(path: Path, call: ast.Call, place: int | None) -> list[ast.expr]:
    """Return the arguments of a call that are icons."""
    called = ast.unparse(call.func)
    named = [each.value for each in call.keywords if each.arg == "icon"]
    if called.startswith("ui."):  # it would load NiceGUI's whole font
        assert called != "ui.icon", f"{path}: take html.icon"
        assert named == [], f"{path}: take html.icon beside {called}"
    return named if place is None else [*named, *call.args[place : place + 1]]


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    last = arguments.args[len(arguments.args) - len(arguments.defaults) :]
    for argument, default in (
        *zip(last, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ):
        if default is not None:
            yield argument.arg, default


def _names(path: Path, value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(name)):
            if name:
                yield name
        case ast.IfExp(body=one, orelse=other):
            yield from _names(path, one)
            yield from _names(path, other)
        case ast.Name(id="icon") | ast.Attribute(attr="icon"):  # named where it was passed on
            pass
        case ast.Name(id="name") if path.name == "html.py":
            pass
        case ast.Subscript(value=ast.Name(id="ICONS") | ast.Attribute(attr="ICONS")):
            pass
        case _:
            where = f"{path.name}, line {value.lineno}"
            raise AssertionError(f"{where}: name the icon here, or in a dictionary called ICONS")

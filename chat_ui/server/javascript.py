"""Joins the JavaScript modules into one file, so that a page asks for one and not for forty.

Each module becomes a function that returns what it exports, in the order in which a browser would
run them. They never import each other in a circle, so whatever one imports is there before it runs.
Modules that are only imported when they are needed stay files of their own, and get what they import
from the joined file: every module is there once. Comments and indents are left out.

No parser of JavaScript is needed for the few forms of `import` and `export` that the modules use.
Any other is an error, for the tests to find: see `tests/chat_ui/server/test_javascript.py`.
"""

import posixpath
import re
from collections.abc import Mapping

JOINED = "chat.js"
"""The name of the joined file."""
MAIN = "main.js"
_IMPORT = re.compile(
    r'^import (?:(?:\{(?P<names>[^{}]*)\}|\* as (?P<whole>\w+)) from )?"(?P<path>\.[^"]+)";',
    re.MULTILINE,
)
_LAZY = re.compile(r'\bimport\("(?P<path>\.[^"]+)"\)')
_EXPORT = re.compile(
    r"^export (?P<kind>(?:async )?function|const|class) (?P<name>\w+)", re.MULTILINE
)
_EXPORT_LET = re.compile(r"^export let (?P<name>\w+) = (?=[^\n,]*;)", re.MULTILINE)
_EXPORT_CONST = re.compile(r"^export const \w+(?P<value>[^\n]*(?:\n(?!\w)[^\n]*)*)", re.MULTILINE)
"""With all lines up to the next that begins with a word: other lines continue it."""
_QUOTED = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`(?:[^`\\]|\\.)*`|//[^\n]*|/\*.*?\*/', re.DOTALL
)
_NESTED = re.compile(r"\([^()\[\]{}]*\)|\[[^()\[\]{}]*\]|\{[^()\[\]{}]*\}")
_OTHER = re.compile(
    r"^[ \t]*(?:import|export)\b[^\n]*"
    r'|\bimport\s*\((?!"\./)[^\n]*'
    r"|\bimport\.meta\b(?!\.url)[^\n]*"
    r"|^(?:(?:const|let)\b[^\n]*= )?await\b[^\n]*",
    re.MULTILINE,
)
"""What is left when all forms that are known were replaced; at the top, also `await`."""
_INDENT = re.compile(r"^[ \t]*(?://[^\n]*)?\n|^[ \t]+", re.MULTILINE)
"""What a line begins with, or the whole line if it is empty or a comment."""
_COMMENT = re.compile(r"[ \t]+// [^\"'`\n]*$", re.MULTILINE)
"""A comment that ends a line; without quotes, which would end a text that it is part of."""


class UnknownFormError(ValueError):
    """A module imports or exports something in a way that cannot be joined."""


def joined(modules: Mapping[str, str]) -> dict[str, str]:
    """Return the files to serve instead of `modules`, which are texts by path.

    That is `chat.js`, and each module that `main.js` does not import, directly or by way of others.
    Raises `UnknownFormError`, also for modules that import each other in a circle.
    """
    order = eager(modules)
    live = _live(modules, order)
    parts = [
        "export const $modules = {};",
        *(f"let {name};" for name in sorted(live)),
        *(_as_function(name, modules, order, live) for name in order),
    ]
    alone = sorted(set(modules) - set(order))
    files = {
        JOINED: "\n".join([*parts, ""]),
        **{name: _alone(name, modules, order, live) for name in alone},
    }
    return {name: without_comments(text) for name, text in files.items()}


def without_comments(text: str) -> str:
    """Return a module without indents, empty lines and comments: a quarter of what is sent."""
    return _COMMENT.sub("", _INDENT.sub("", text))


def eager(modules: Mapping[str, str]) -> list[str]:
    """Return the modules that a page needs at once, each after those that it imports.

    Raises `UnknownFormError` when one is missing, and for a circle.
    """
    found: dict[str, None] = {}
    visiting: set[str] = set()

    def visit(name: str) -> None:
        if name not in modules:
            raise UnknownFormError(f"there is no {name}")
        if name in visiting:
            raise UnknownFormError(f"{name}: imports itself, directly or by way of others")
        visiting.add(name)
        for statement in _IMPORT.finditer(modules[name]):
            if (other := _resolve(name, statement["path"])) not in found:
                visit(other)
        found[name] = None

    visit(MAIN)
    return list(found)


def _live(modules: Mapping[str, str], order: list[str]) -> dict[str, str]:
    """Return the exported variables that may change, by name, and whose they are.

    They stay variables of the whole file: a module that imports one sees each new value.
    """
    live: dict[str, str] = {}
    for name in order:
        for found in _EXPORT_LET.finditer(modules[name]):
            if live.setdefault(found["name"], name) != name:
                raise UnknownFormError(f"{name}: another module exports a `let {found['name']}`")
    return live


def _as_function(
    name: str, modules: Mapping[str, str], order: list[str], live: Mapping[str, str]
) -> str:
    text = modules[name]
    _check_constants(name, text)
    own = [variable for variable, owner in live.items() if owner == name]
    exports = [found["name"] for found in _EXPORT.finditer(text)]
    exports += [f"get {variable}() {{ return {variable}; }}" for variable in own]

    def take(statement: re.Match[str]) -> str:
        other = _resolve(name, statement["path"])
        names = [each for each in _names(name, statement) if live.get(each) != other]
        return _take(name, statement, names, live)

    def import_later(found: re.Match[str]) -> str:
        return f'import("./{_later(name, found, modules, order)}")'

    body = _IMPORT.sub(take, text)
    body = _LAZY.sub(import_later, body)
    body = _without_exports(body)
    body = body.replace("import.meta.url", f'new URL("{name}", import.meta.url).href')
    _check(name, body)
    return f"{_exports_of(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exports)} }};\n}})();"


def _alone(name: str, modules: Mapping[str, str], order: list[str], live: Mapping[str, str]) -> str:
    """Return a module that stays a file; what it imports of the joined file, it takes from there."""
    text = modules[name]

    def take(statement: re.Match[str]) -> str:
        other = _resolve(name, statement["path"])
        if other not in modules:
            raise UnknownFormError(f"{name}: there is no {other}")
        if other not in order:
            return statement[0]
        return _take(name, statement, _names(name, statement), live)

    for found in _LAZY.finditer(text):
        _later(name, found, modules, order)
    # Whatever else it imports might be in the joined file, and no file of its own any more.
    _check(name, _without_exports(_LAZY.sub("", _IMPORT.sub("", text))))
    address = posixpath.relpath(JOINED, posixpath.dirname(name) or ".")
    address = address if address.startswith(".") else f"./{address}"
    return f'import {{ $modules }} from "{address}";\n{_IMPORT.sub(take, text)}'


def _take(module: str, statement: re.Match[str], names: list[str], live: Mapping[str, str]) -> str:
    """Return what takes `names`, or the whole, of a joined module in the place of an import."""
    other = _resolve(module, statement["path"])
    if statement["whole"]:
        return f"const {statement['whole']} = {_exports_of(other)};"
    if changing := [each for each in names if live.get(each.split()[0]) == other]:
        raise UnknownFormError(f"{module}: import {changing[0]}, which may change")
    return f"const {{ {_renamed(names)} }} = {_exports_of(other)};" if names else ""


def _later(module: str, found: re.Match[str], modules: Mapping[str, str], order: list[str]) -> str:
    """Return the path of a module that is imported when it is needed, and a file of its own."""
    path = _resolve(module, found["path"])
    if path not in modules or path in order:
        raise UnknownFormError(f"{module}: {found[0]}, which is loaded already, or nowhere")
    return path


def _without_exports(body: str) -> str:
    body = _EXPORT.sub(r"\g<kind> \g<name>", body)
    return _EXPORT_LET.sub(r"\g<name> = ", body)


def _names(module: str, statement: re.Match[str]) -> list[str]:
    names = [each.strip() for each in (statement["names"] or "").split(",") if each.strip()]
    if other := [each for each in names if not re.fullmatch(r"\w+(?: as \w+)?", each)]:
        raise UnknownFormError(f"{module}: import {other[0]}")
    return names


def _renamed(names: list[str]) -> str:
    return ", ".join(name.replace(" as ", ": ") for name in names)


def _exports_of(module: str) -> str:
    return f'$modules["{module}"]'


def _resolve(module: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(module), path))


def _check_constants(name: str, text: str) -> None:
    """Raise `UnknownFormError` for `export const a = 1, b = 2`, of which `b` would be lost."""
    for found in _EXPORT_CONST.finditer(text):
        value, count = _QUOTED.sub("", found["value"]), 1
        while count:
            value, count = _NESTED.subn("", value)
        if left := re.search(r"[,()\[\]{}]", value):
            raise UnknownFormError(f"{name}: {left[0]} in {found[0].splitlines()[0]}")


def _check(name: str, body: str) -> None:
    if other := _OTHER.search(body):
        raise UnknownFormError(f"{name}: {other[0].strip()}")

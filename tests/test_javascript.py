"""The JavaScript modules fit together: what one imports, another exports, and nothing is unused.

What needs no JavaScript engine is checked here; the rest is for the tests in `tests/browser`.
"""

import posixpath
import re
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parent.parent
MAX_COLUMNS = 110

_COMMENT = re.compile(r"(?:^|(?<=[\s;{},)]))//[^\n]*|/\*[^*]*\*/", re.MULTILINE)
_EXPORT = re.compile(r"\bexport (?:async )?(?:const|let|function\*?|class) (\w+)")
_EXPORT_MORE = re.compile(r"\bexport let ([^=;]+);")
_IMPORT = re.compile(r"\bimport\s*(\{[^}]*\}|\*\s*as\s+\w+)\s*from\s*\"(\.[^\"]+)\"")
_LAZY = re.compile(r"\{([^{}]*)\} = await import\(\"(\.[^\"]+)\"\)")
_LISTENS = re.compile(r"(?<![.\w])on\(\"([a-z-]+)\"")
_EMITS = re.compile(r"\bemit\(\"([a-z-]+)\"")
_LITERAL = re.compile(
    r'"(?:\\.|[^"\\\n])*"'
    r"|(?<=[(,=:])\s?/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/"
    r"|`((?:\\.|[^`\\])*)`"
)
_FILLED_IN = re.compile(r"\$\{([^{}]*)\}")
_USED = re.compile(r"(?:(?<![\w$.])|(?<=\.\.\.))[A-Za-z_$][\w$]*(?![\w$:])")
_PARAMETERS = r"\(((?:[^()]|\([^()]*\))*)\)"
_DEFINED = [
    re.compile(r"\b(?:const|let) ([^=;]*?)(?: =| of |;)"),
    re.compile(r"\b(?:function\*?|class) ?([\w$]+)"),
    re.compile(rf"\bfunction\*?[\w$ ]*{_PARAMETERS}"),
    re.compile(rf"{_PARAMETERS} =>"),
    re.compile(r"([\w$]+) =>"),
    re.compile(r"\bcatch \((\w+)\)"),
    re.compile(r"\bimport\s+([^;]*?)\s+from"),
]


@cache
def modules() -> dict[str, str]:
    """Return the text of each module, without comments, by its path."""
    paths = sorted((PROJECT / "chat_ui").rglob("*.js"))
    return {
        path.relative_to(PROJECT).as_posix(): _COMMENT.sub("", path.read_text(encoding="utf-8"))
        for path in paths
    }


def exported(module: str) -> set[str]:
    """Return the names that a module exports."""
    text = modules()[module]
    several = (name for names in _EXPORT_MORE.findall(text) for name in names.split(","))
    return set(_EXPORT.findall(text)) | {name.strip() for name in several}


def imported(module: str) -> set[tuple[str, str]]:
    """Return what a module imports: by which name, from which other module."""
    text = modules()[module]
    found = set()
    for names, path in _IMPORT.findall(text) + _LAZY.findall(text):
        other = posixpath.normpath(posixpath.join(posixpath.dirname(module), path))
        if names.startswith("*"):
            alias = names.split()[-1]
            found |= {(other, name) for name in re.findall(rf"\b{alias}\.(\w+)", text)}
        else:
            listed = names.strip("{}").split(",")
            found |= {(other, name.split(" as ")[0].strip()) for name in listed if name.strip()}
    return found


def aliases() -> set[str]:
    """Return the names by which modules are imported whole."""
    return {name for text in modules().values() for name in re.findall(r"\* as (\w+)", text)}


def undefined(text: str, names: set[str]) -> set[str]:
    """Return which of these names a module uses, but neither defines nor imports anywhere."""
    code = _LITERAL.sub(lambda found: " ".join(["", *_FILLED_IN.findall(found[1] or "")]), text)
    defined = [part for pattern in _DEFINED for part in pattern.findall(code)]
    return names & set(_USED.findall(code)) - set(_USED.findall(" ".join(defined)))


def test_names_are_read() -> None:
    assert "current" in exported("chat_ui/rooms/state.js")
    assert ("chat_ui/rooms/state.js", "current") in imported("chat_ui/rooms/timeline/timeline.js")
    assert ("chat_ui/components/emoji/emoji_picker.js", "openPicker") in imported(
        "chat_ui/components/emoji/emoji.js"
    )


def test_each_imported_name_is_exported_and_used() -> None:
    for module, text in modules().items():
        body = _LAZY.sub("", _IMPORT.sub("", text))
        for other, name in imported(module):
            assert name in exported(other), f"{module}: {other} exports no {name}"
            assert re.search(rf"\b{name}\b", body), f"{module}: {name} is not used"


def test_a_name_that_is_not_imported_is_found() -> None:
    """In text that is filled in, too; but not what only looks like it."""
    for use in ("emit(1);", "x = `${emit}`;", "f(...emit);", "const x = { emit };"):
        assert undefined(use, {"emit", "on"}) == {"emit"}
    for other in ('import { emit } from "./bus.js"; emit();', 'x.emit("emit", { emit: 1 });'):
        assert undefined(other, {"emit"}) == set()


def test_what_other_modules_export_is_imported_before_it_is_used() -> None:
    names = {module: exported(module) for module in modules()}
    for module, text in modules().items():
        elsewhere = {name for other in names if other != module for name in names[other]}
        assert undefined(text, elsewhere | aliases()) == set(), module


def test_each_exported_name_is_imported_somewhere() -> None:
    used = {found for module in modules() for found in imported(module)}
    # A module that is imported whole, when it is needed.
    used |= {("chat_ui/rooms/composer/voice_note.js", name) for name in ("record", "finish")}
    unused = {
        f"{module}: {name}"
        for module in modules()
        for name in exported(module)
        if (module, name) not in used
    }
    assert unused == set()


def test_each_event_has_a_sender_and_a_listener() -> None:
    everything = "\n".join(modules().values())
    assert "room-opened" in _LISTENS.findall(everything)
    assert set(_LISTENS.findall(everything)) == set(_EMITS.findall(everything))


def test_lines_are_short_enough_to_read() -> None:
    for module in modules():
        lines = (PROJECT / module).read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if len(line) > MAX_COLUMNS] == [], module


def test_the_documentation_says_why_each_module_is_javascript() -> None:
    """Lines are said in about the right number, so that the table need not follow every change."""
    page = (PROJECT / "docs" / "javascript.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+\.js)` \| (\d+) \| \S.*\|$", page, re.MULTILINE)
    lines = {
        module: len((PROJECT / module).read_text(encoding="utf-8").splitlines())
        for module in modules()
    }
    assert {module for module, _lines in rows} == lines.keys()
    assert {m: said for m, said in rows if abs(int(said) - lines[m]) > 10 + lines[m] / 10} == {}
    [counted] = re.findall(r"(\d+) modules,\n(\d+) lines", page)
    for said, real in zip(counted, (len(lines), sum(lines.values())), strict=True):
        assert abs(int(said) - real) <= real / 20

"""What is written about the project is true of it."""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ByteSize, TypeAdapter
from pydantic_core import PydanticUndefined
from typer.testing import CliRunner

from chat_ui.components import shortcuts
from chat_ui.server import cli
from services.core.settings import NOT_SETTINGS, Settings

PROJECT = Path(__file__).parent.parent
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
README = (PROJECT / "README.md").read_text(encoding="utf-8")
NOT_OURS = {"--help"}
"""Options in the README that its table need not explain."""


def name(path: Path) -> str:
    """Return the path as people say it."""
    return path.relative_to(PROJECT).as_posix()


def options(*command: str) -> set[str]:
    """Return the options that the command line itself, or a command of it, lists."""
    said = CliRunner().invoke(cli.cli, [*command, "--help"])
    assert said.exit_code == 0
    return set(re.findall(r"--[a-z][a-z-]+", said.output))


def commands() -> set[str]:
    """Return the commands that there are beside serving the chat."""
    return {each.name for each in cli.cli.registered_commands if each.name}


def rows() -> dict[str, list[str]]:
    """Return the rows of the README's table of options, by their variable."""
    found = {}
    for line in README.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and re.fullmatch(r"`CHAT_\w+`", cells[1]):
            found[cells[1].strip("`")] = cells
    return found


# -- options and variables -------------------------------------------------------------------


def test_every_variable_is_in_the_table_and_no_other() -> None:
    assert set(rows()) == {f"CHAT_{field.upper()}" for field in Settings.model_fields}


def test_every_option_is_in_the_table() -> None:
    table = {option for row in rows().values() for option in re.findall(r"--[a-z-]+", row[0])}
    assert table == options() - NOT_OURS


def test_the_readme_names_no_option_that_does_not_exist() -> None:
    known = options().union(*map(options, commands()))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= known


def test_the_readme_tells_of_every_command() -> None:
    assert commands() >= {"check", "reset-password"}
    for command in commands():
        assert f"python main.py {command}" in README


def test_no_page_names_a_variable_that_does_not_exist() -> None:
    known = {f"CHAT_{field.upper()}" for field in Settings.model_fields} | NOT_SETTINGS
    for page in PAGES:
        assert set(re.findall(r"CHAT_[A-Z0-9_]+", page.read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_an_option_stands_beside_its_variable_and_default(field: str) -> None:
    row = rows()[f"CHAT_{field.upper()}"]
    option = f"--{field.replace('_', '-')}"
    assert (option in row[0]) == (option in options())
    default = Settings.model_fields[field].default
    assert default is not PydanticUndefined
    if isinstance(default, bool):
        assert str(default).lower() in row[2]
    elif isinstance(default, ByteSize):
        assert TypeAdapter(ByteSize).validate_python(row[2].strip("`")) == default
    elif default == "":
        assert row[2] == ""
    elif isinstance(default, int | str):
        assert f"`{default}`" in row[2]


# -- links, pictures, files ------------------------------------------------------------------


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors(page: Path) -> set[str]:
    """Return what `#…` may name in a page, as GitHub makes it from the headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.M)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return set(plain)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?:", target):
            continue
        path, _hash, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{name(page)} links to {target}"
        assert not anchor or anchor in anchors(file), f"{name(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_that_are_named_exist(page: Path) -> None:
    tops = "chat_ui|services|models|tests|benchmarks|docs"
    for named in re.findall(rf"`((?:{tops})/[\w./-]*|main\.py)`", prose(page)):
        if named in {"chat_ui/house_rules.py"}:  # the reader makes it
            continue
        assert (PROJECT / named).exists(), f"{name(page)} names {named}"


def test_what_the_architecture_names_in_a_module_is_there() -> None:
    page = PROJECT / "docs" / "architecture.md"
    for module, named in re.findall(r"`((?:services|models)(?:\.\w+)+)\.(\w+)\(?", prose(page)):
        file = PROJECT / f"{module.replace('.', '/')}.py"
        assert file.exists(), f"{name(page)} names {module}"
        defined = {
            getattr(node, "name", None)
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        }
        assert named in defined, f"{name(page)} names {module}.{named}"


# -- the keys ----------------------------------------------------------------------------------


def test_the_readme_lists_every_key_and_no_other() -> None:
    listed = re.findall(r"^\| (`.+`) \| (.+) \|$", README, flags=re.M)
    for shortcut in shortcuts.shortcuts():
        keys = ", ".join(f"`{shortcuts.spoken(each)}`" for each in shortcut.keys)
        assert (keys, shortcut.words) in listed
    first = listed.index(("`Ctrl+K`, `⌘+K`", "Go to a room or a person"))
    table = listed[first : first + len(shortcuts.shortcuts())]
    assert table[-1] == ("`?`", "These keys")


# -- the tutorial ------------------------------------------------------------------------------


def steps() -> list[tuple[str, str, str]]:
    """Return the tutorial's changes, in order: kind, file, text."""
    page = (PROJECT / "docs" / "editing-the-ui.md").read_text(encoding="utf-8")
    return re.findall(r"^```(diff|python) (\S+)\n(.*?)^```", page, flags=re.M | re.S)


def apply(folder: Path, kind: str, file: str, text: str) -> None:
    """Make one change of the tutorial in a copy of the project."""
    path = folder / file
    if kind == "python":
        path.write_text(text, encoding="utf-8")
        return
    lines = text.splitlines()
    old = "\n".join(line[1:] for line in lines if line[:1] != "+")
    new = "\n".join(line[1:] for line in lines if line[:1] != "-")
    source = path.read_text(encoding="utf-8")
    spot = re.compile(rf"^{re.escape(old)}", flags=re.M)
    assert len(spot.findall(source)) == 1, f"the tutorial changes lines that are not in {file}"
    path.write_text(spot.sub(lambda _found: new, source), encoding="utf-8")


def test_the_tutorial_can_be_followed(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "chat_ui", tmp_path / "chat_ui")
    assert len(steps()) >= 8
    for kind, file, text in steps():
        apply(tmp_path, kind, file, text)
        compile((tmp_path / file).read_text(encoding="utf-8"), file, "exec")


# -- what is said in the code ------------------------------------------------------------------


def public() -> Iterator[tuple[str, ast.AST]]:
    """Go through every public module, class, function and method."""
    for layer in ("chat_ui", "services", "models"):
        for path in sorted((PROJECT / layer).rglob("*.py")):
            if "versions" not in path.parts:
                tree = ast.parse(path.read_text(encoding="utf-8"))
                yield name(path), tree
                yield from _inside(name(path), tree)


def _inside(where: str, tree: ast.Module | ast.ClassDef) -> Iterator[tuple[str, ast.AST]]:
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_"):
            continue
        yield f"{where}: {node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from _inside(f"{where}: {node.name}", node)


def test_everything_public_says_what_it_is_for() -> None:
    assert [where for where, node in public() if not ast.get_docstring(node)] == []

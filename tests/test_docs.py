"""The documentation is true: what it names exists, and what it lists is complete."""

import ast
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ByteSize, TypeAdapter
from pydantic_core import PydanticUndefined

from chat_ui.components.keyboard import shortcuts
from chat_ui.server.commands import cli
from models import migrations
from services.core.settings import NOT_SETTINGS, Settings
from tests.own_files import is_own
from tests.test_layers import LAYERS

PROJECT = Path(__file__).parent.parent
DOCS = PROJECT / "docs"
PAGES = sorted([*PROJECT.glob("*.md"), *DOCS.rglob("*.md")])
README = (PROJECT / "README.md").read_text(encoding="utf-8")
SETTINGS = (DOCS / "settings.md").read_text(encoding="utf-8")
HOSTING = (DOCS / "hosting.md").read_text(encoding="utf-8")
ONE_SCREEN = 50
"""Lines of the README."""
OTHER_OPTIONS = {"--help"}
"""Options of ours that the table of settings need not explain."""
FOREIGN_OPTIONS = {
    *("--now", "--lf"),
    *("--locked", "--isolated", "--extra", "--upgrade-package", "--upgrade"),
    *("--pyproject", "--output-file"),
}
"""Options of other programs that the pages for hosts name."""
PAGES_FOR_HOSTS = ["README.md", "docs/hosting.md", "docs/backups.md", "docs/settings.md"]


def name(path: Path) -> str:
    """Return a path as the documentation writes it."""
    return path.relative_to(PROJECT).as_posix()


def read(page: str) -> str:
    """Return the text of a page."""
    return (PROJECT / page).read_text(encoding="utf-8")


def options(*command: str) -> set[str]:
    """Return the options that `main.py`, or a command of it, lists in its help."""
    result = CliRunner().invoke(cli.cli, [*command, "--help"])
    assert result.exit_code == 0
    return set(re.findall(r"--[a-z][a-z-]+", result.output))


def commands() -> set[str]:
    """Return the commands of `main.py`."""
    return set(cli.cli.commands)


def rows() -> dict[str, list[str]]:
    """Return the rows of the table of settings, by their variable."""
    found = {}
    for line in SETTINGS.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and re.fullmatch(r"`CHAT_\w+`", cells[1]):
            found[cells[1].strip("`")] = cells
    return found


# -- the README --------------------------------------------------------------------------------


def test_readme_fits_one_screen() -> None:
    assert len(README.splitlines()) <= ONE_SCREEN


@pytest.mark.parametrize(
    "command", ["pip install -e . && python main.py", "pip install -e '.[test]' && pytest"]
)
def test_readme_has_the_command_on_a_line_of_its_own(command: str) -> None:
    """`.ci/run` reads them from there."""
    assert command in README.splitlines()


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen = {PROJECT / "README.md"}
    ahead = list(seen)
    while ahead:
        page = ahead.pop()
        for target in links(page):
            file = (page.parent / target.partition("#")[0]).resolve()
            if file.suffix == ".md" and file not in seen:
                seen.add(file)
                ahead.append(file)
    assert set(PAGES) <= seen


# -- options, variables, commands, messages ----------------------------------------------------


def test_settings_table_is_complete() -> None:
    assert set(rows()) == {f"CHAT_{field.upper()}" for field in Settings.model_fields}


def test_settings_table_lists_every_option() -> None:
    table = {option for row in rows().values() for option in re.findall(r"--[a-z-]+", row[0])}
    assert table == options() - OTHER_OPTIONS


def test_settings_table_has_each_option_and_default() -> None:
    for field, info in Settings.model_fields.items():
        row = rows()[f"CHAT_{field.upper()}"]
        option = f"--{field.replace('_', '-')}"
        assert (option in row[0]) == (option in options()), field
        default = info.default
        assert default is not PydanticUndefined, field
        if isinstance(default, bool):
            assert str(default).lower() in row[2], field
        elif isinstance(default, ByteSize):
            assert TypeAdapter(ByteSize).validate_python(row[2].strip("`")) == default, field
        elif default == "":
            assert row[2] == "", field
        elif isinstance(default, int | str):
            assert f"`{default}`" in row[2], field


@pytest.mark.parametrize("page", PAGES_FOR_HOSTS)
def test_options_exist(page: str) -> None:
    known = options().union(FOREIGN_OPTIONS, *map(options, commands()))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", read(page))) <= known


def test_every_command_is_documented() -> None:
    text = HOSTING + read("docs/backups.md")
    assert commands() >= {"check", "reset-password"}
    for command in commands():
        assert f"python main.py {command}" in text


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_of_main_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"python main\.py ([a-z][a-z-]+)", text)) <= commands()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_variables_exist(page: Path) -> None:
    known = {f"CHAT_{field.upper()}" for field in Settings.model_fields} | NOT_SETTINGS
    assert set(re.findall(r"CHAT_[A-Z0-9_]+", page.read_text(encoding="utf-8"))) <= known


def test_quoted_error_messages_exist() -> None:
    """Those in “quotes”, where … stands for what is filled in."""
    quoted = re.findall(r"^\| “(.+?)”", HOSTING, flags=re.M)
    assert len(quoted) >= 8
    messages = {re.sub(r"\{[^}]*\}", "…", message) for message in messages_in_code()}
    for sentence in quoted:
        assert any(message.startswith(sentence) for message in messages), sentence


@pytest.mark.parametrize(
    "page", ["using.md", "hosting.md", "backups.md", "search.md", "architecture.md"]
)
def test_names_on_the_screen_exist(page: str) -> None:
    """Those in *italics*."""
    named = re.findall(r"(?<!\*)\*([A-Z][^*\n]+)\*(?!\*)", prose(DOCS / page))
    assert named
    assert set(named) <= messages_in_code()


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def messages_in_code() -> frozenset[str]:
    """Return every text that is passed to `_` or `N_`."""
    return frozenset(
        each.value
        for layer in ("api", "chat_ui", "node", "services")
        for path in (PROJECT / layer).rglob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "N_"}
        for each in node.args
        if isinstance(each, ast.Constant)
    )


# -- links, pictures, files ------------------------------------------------------------------


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def links(page: Path) -> list[str]:
    """Return the relative links of a page."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [target for target in found if not re.match(r"https?:", target)]


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes from a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_and_pictures_resolve(page: Path) -> None:
    for target in links(page):
        path, _hash, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{name(page)} links to {target}"
        assert not anchor or anchor in anchors(file), f"{name(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_exist(page: Path) -> None:
    tops = "api|chat_ui|services|models|tests|benchmarks|docs|deploy"
    for named in re.findall(rf"`((?:{tops})/[\w./-]*|main\.py)`", prose(page)):
        if named in {
            "chat_ui/custom/count_words.py",
            "chat_ui/custom/house_rules.py",
        }:  # the reader makes it
            continue
        assert (PROJECT / named).exists(), f"{name(page)} names {named}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_functions_exist(page: Path) -> None:
    for module, named in re.findall(
        r"`((?:api|chat_ui|services|models)(?:\.\w+)+)\.(\w+)[`(]", prose(page)
    ):
        file = PROJECT / f"{module.replace('.', '/')}.py"
        assert file.exists(), f"{name(page)} names {module}"
        defined = {getattr(node, "name", None) for node in ast.walk(tree(file))}
        assert named in defined, f"{name(page)} names {module}.{named}"


def test_tests_and_functions_in_brackets_exist() -> None:
    """As in `a/file.py` (`name`)."""
    named = [
        pair
        for page in PAGES
        for pair in re.findall(r"`([\w/]+\.(?:py|js))`[,;]? \(`(\w+)`", prose(page))
    ]
    assert len(named) >= 2
    for file, function in named:
        assert re.search(rf"(?<![\w.]){function}\b", read(file)), f"{file} has no {function}"


# -- the architecture --------------------------------------------------------------------------

ARCHITECTURE = read("docs/architecture.md")
MAX_LINES = 220
"""Lines of the architecture: it is read in one sitting."""
GLOSSARY = [
    *("room", "membership", "message", "seq", "revision"),
    *("receipt", "presence", "session", "viewer", "compat"),
]


def section(heading: str) -> str:
    """Return a section of the architecture."""
    return re.split(r"^## ", ARCHITECTURE.split(f"## {heading}\n", 1)[1], flags=re.M)[0]


def test_architecture_is_short() -> None:
    assert len(ARCHITECTURE.splitlines()) <= MAX_LINES


def test_architecture_explains_ten_words() -> None:
    assert re.findall(r"^- \*\*`?(\w+)`?\*\*: ", section("Glossary"), flags=re.M) == GLOSSARY


def test_architecture_lists_the_layers() -> None:
    for package, layers in LAYERS.items():
        table = section("Layers").split(f"| layers of `{package}/` |")[1].split("\n\n")[0]
        listed = [
            set(re.findall(r"`(\w+)`", row)) for row in re.findall(r"^\| (`.*?) \|", table, re.M)
        ]
        assert listed == [set(layer) for layer in layers]


def tour() -> list[tuple[str, str]]:
    """Return the steps of the tour: the file of each, and what is said about it."""
    text = section("How a message travels").split("\nOther questions")[0]
    return re.findall(r"^\d+\. `([\w/.]+)`: (.*?)(?=^\d+\. |\n\n)", text, flags=re.M | re.S)


def test_a_message_travels_through_twelve_files_at_most() -> None:
    text = section("How a message travels").split("\nOther questions")[0]
    text, not_opened = text.split("\nThese run as well, and need not be opened")
    text += not_opened.split("\n\n", 1)[1]
    files = [file for file, _said in tour()]
    assert len(files) > 8
    assert len(files) == len(set(files))
    assert set(re.findall(r"`(\w+/[\w/]+\.\w+)`", text)) == set(files), "no others to open"
    assert len(files) <= 12


@pytest.mark.parametrize(("file", "said"), tour(), ids=[file for file, _said in tour()])
def test_each_step_of_the_tour_names_what_is_in_its_file(file: str, said: str) -> None:
    """Functions are written `name()`."""
    functions = re.findall(r"`(\w+)\(\)`", said) or [said.split("`")[1]]
    for each in functions:
        assert re.search(rf"\b(def|function|class) {each}\b", read(file)), f"{file} has no {each}"


@pytest.mark.parametrize(
    ("question", "most"),
    [("who may read a room", 2), ("how a message looks", 1), ("a new service function", 3)],
)
def test_a_question_is_answered_by_few_files(question: str, most: int) -> None:
    [row] = re.findall(rf"^\| {question}.*", section("How a message travels"), flags=re.M)
    assert 0 < len(re.findall(r"`\w+/[\w/.]+`", row)) <= most


def test_the_example_of_a_migration_follows_the_newest() -> None:
    newest = f'down_revision = "{migrations.newest_revision()}"'
    assert newest in read("docs/storage.md"), "raise both numbers of the example there"


# -- the keys ----------------------------------------------------------------------------------


def test_keys_are_documented() -> None:
    listed = re.findall(r"^\| (`.+`) \| (.+) \|$", read("docs/using.md"), flags=re.M)
    known = [
        (", ".join(f"`{shortcuts.spoken(each)}`" for each in shortcut.keys), shortcut.words)
        for shortcut in shortcuts.shortcuts()
    ]
    assert listed[-len(known) :] == known


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


# -- docstrings ----------------------------------------------------------------------------------


def public() -> Iterator[tuple[str, ast.AST]]:
    """Yield every public module, class, function and method."""
    for layer in ("api", "chat_ui", "node", "services", "models"):
        for path in sorted((PROJECT / layer).rglob("*.py")):
            if "versions" not in path.parts and not is_own(path):
                yield name(path), tree(path)
                yield from _inside(name(path), tree(path))


def _inside(where: str, outer: ast.Module | ast.ClassDef) -> Iterator[tuple[str, ast.AST]]:
    for node in outer.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_"):
            continue
        yield f"{where}: {node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from _inside(f"{where}: {node.name}", node)


def test_public_code_has_docstrings() -> None:
    assert [where for where, node in public() if not ast.get_docstring(node)] == []

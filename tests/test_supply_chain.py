"""`uv.lock` fits `pyproject.toml`, names each file by its hash, and installs without a compiler."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename

PROJECT = Path(__file__).parent.parent
HOSTING = (PROJECT / "docs" / "hosting.md").read_text(encoding="utf-8")
RENEW = "run `uv lock` (see CONTRIBUTING.md)"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = {
    "Linux, x86_64": ("linux", "Linux", "x86_64", "manylinux_.*_x86_64"),
    "Linux, aarch64": ("linux", "Linux", "aarch64", "manylinux_.*_aarch64"),
    "macOS, arm64": ("darwin", "Darwin", "arm64", "macosx_.*_(arm64|universal2)"),
    "Windows": ("win32", "Windows", "AMD64", "win_amd64"),
}
"""By name: `sys.platform`, `platform.system()`, `platform.machine()`, and the tags of wheels."""


def read_toml(name: str) -> dict[str, Any]:
    """Return the content of a TOML file of the project."""
    return tomllib.loads((PROJECT / name).read_text(encoding="utf-8"))


@cache
def declared() -> dict[str, Any]:
    """Return what `pyproject.toml` says about the project."""
    return read_toml("pyproject.toml")["project"]


@cache
def locked() -> list[dict[str, Any]]:
    """Return the packages in `uv.lock`, the chat among them."""
    return read_toml("uv.lock")["package"]


@cache
def chat() -> dict[str, Any]:
    """Return the entry of the chat itself."""
    [found] = [each for each in locked() if each["name"] == declared()["name"]]
    return found


@cache
def libraries() -> list[dict[str, Any]]:
    """Return all other entries."""
    return [each for each in locked() if each is not chat()]


def requirements() -> Iterator[tuple[str, str]]:
    """Yield each extra ("" for what every host needs) and each requirement of it."""
    yield from (("", each) for each in declared()["dependencies"])
    for extra, wanted in declared()["optional-dependencies"].items():
        yield from ((extra, each) for each in wanted)


def files(package: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the files of an entry."""
    return [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]


# -- the lock -----------------------------------------------------------------------------------


def test_lock_has_each_requirement_within_its_range() -> None:
    for extra, text in requirements():
        wanted = Requirement(text)
        name = canonicalize_name(wanted.name)
        links = chat()["optional-dependencies"][extra] if extra else chat()["dependencies"]
        if name != chat()["name"]:  # an extra that is made of others
            assert name in {each["name"] for each in links}, f"{text}: {RENEW}"
        versions = [each["version"] for each in locked() if each["name"] == name]
        assert versions, f"{text}: {RENEW}"
        assert all(map(wanted.specifier.contains, versions)), f"{text}: {RENEW}"


def test_lock_was_made_for_these_ranges() -> None:
    """Also if one was widened, or a requirement removed."""
    stored: dict[str, set[str]] = {}
    for each in chat()["metadata"]["requires-dist"]:
        stored.setdefault(each["name"], set()).add(each.get("specifier", ""))
    wanted: dict[str, set[str]] = {}
    for _extra, text in requirements():
        requirement = Requirement(text)
        wanted.setdefault(canonicalize_name(requirement.name), set()).add(
            str(requirement.specifier)
        )

    def normal(found: dict[str, set[str]]) -> dict[str, set[SpecifierSet]]:
        return {name: set(map(SpecifierSet, ranges)) for name, ranges in found.items()}

    assert normal(stored) == normal(wanted), RENEW
    assert set(chat()["metadata"]["provides-extras"]) == set(declared()["optional-dependencies"])


def test_every_file_is_from_pypi_and_named_by_its_hash() -> None:
    for package in libraries():
        assert package["source"] == {"registry": "https://pypi.org/simple"}, package["name"]
        assert files(package), package["name"]
        for file in files(package):
            assert re.fullmatch("sha256:[0-9a-f]{64}", file["hash"]), package["name"]
            assert file["url"].startswith("https://files.pythonhosted.org/packages/")


def environment(platform: str, python: str, extra: str = "") -> dict[str, str]:
    """Return what markers ask for (PEP 508)."""
    system = PLATFORMS[platform]
    return {
        "sys_platform": system[0],
        "os_name": "nt" if system[0] == "win32" else "posix",
        "platform_system": system[1],
        "platform_machine": system[2],
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "python_version": python,
        "python_full_version": f"{python}.12",
        "extra": extra,
    }


def needed(platform: str, python: str) -> list[dict[str, Any]]:
    """Return all entries that a host with this platform and Python installs."""
    here = environment(platform, python)
    found: list[dict[str, Any]] = []
    ahead = list(chat()["dependencies"])
    seen: set[str] = set()
    while ahead:
        link = ahead.pop()
        if "marker" in link and not Marker(link["marker"]).evaluate(here):
            continue
        [package] = [
            each
            for each in libraries()
            if each["name"] == link["name"] and link.get("version") in {None, each["version"]}
        ]
        parts = [("", package.get("dependencies", []))]
        parts += [
            (extra, package["optional-dependencies"][extra]) for extra in link.get("extra", [])
        ]
        for extra, links in parts:
            if (key := f"{package['name']}[{extra}]") not in seen:
                seen.add(key)
                ahead += links
        if package not in found:
            found.append(package)
    return found


def fits(file: dict[str, Any], platform: str, python: str) -> bool:
    """Return whether a wheel installs there."""
    minor = int(python.partition(".")[2])
    for tag in parse_wheel_filename(file["url"].rsplit("/", 1)[1])[3]:
        if tag.platform != "any" and not re.fullmatch(PLATFORMS[platform][3], tag.platform):
            continue
        if tag.interpreter in {"py3", f"cp3{minor}"} and tag.abi in {"none", f"cp3{minor}"}:
            return True
        stable = re.fullmatch(r"cp3(\d+)", tag.interpreter)
        if tag.abi == "abi3" and stable and int(stable[1]) <= minor:
            return True
    return False


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_host_needs_no_compiler(platform: str, python: str) -> None:
    """Each library has a wheel, so nothing is built, by tools that are in no lock."""
    packages = needed(platform, python)
    assert len(packages) > len(declared()["dependencies"])
    for package in packages:
        assert any(fits(file, platform, python) for file in package.get("wheels", [])), package[
            "name"
        ]


# -- the inventory ------------------------------------------------------------------------------


@pytest.mark.long  # half a minute
def test_the_documented_inventory_is_valid_and_complete(tmp_path: Path) -> None:
    """As CycloneDX 1.6, of the libraries that are installed here."""
    pytest.importorskip("cyclonedx_py", reason="needs pip install -e '.[audit]'")
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    [line] = re.findall("^uv run .* --extra audit (cyclonedx-py .+)$", HOSTING, flags=re.M)
    made = tmp_path / "sbom.json"
    words = {"cyclonedx-py": "cyclonedx_py", "sbom.json": str(made), ".venv": sys.executable}
    command = [words.get(word, word) for word in shlex.split(line)]
    command.append("--no-validate")  # below: by the same schema, and it takes half a minute
    subprocess.run([sys.executable, "-m", *command], cwd=PROJECT, check=True, timeout=120)
    text = made.read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    inventory = json.loads(text)
    assert inventory["specVersion"] == "1.6"
    assert inventory["metadata"]["component"]["name"] == declared()["name"]
    listed = {canonicalize_name(each["name"]) for each in inventory["components"]}
    assert {canonicalize_name(Requirement(each).name) for each in declared()["dependencies"]} <= (
        listed
    )

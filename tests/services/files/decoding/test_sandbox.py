"""The process that decodes files can do nothing else, even with hostile code in it."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from services.files.decoding import sandbox

FOLDER = Path(sandbox.__file__).parents[3]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox")
needs_all = pytest.mark.skipif(
    bool(sandbox.missing()), reason=f"this system has no {' and no '.join(sandbox.missing())}"
)


def run(
    script: str, *arguments: object, close: str = "sandbox.close()", **options: object
) -> subprocess.CompletedProcess[str]:
    """Run code as it would run in a decoder, after the sandbox is closed."""
    start = f"""
import array, ctypes, mmap, os, signal, socket, sys, threading
sys.path.insert(0, {str(FOLDER)!r})
from services.files.decoding import sandbox, worker
arguments = sys.argv[1:]
library = ctypes.CDLL(None, use_errno=True)
def attempt(*work):
    for each in work:
        try:
            print(each())
        except BaseException as error:
            print(type(error).__name__, getattr(error, "errno", ""))
    sys.stdout.flush()
sandbox.limit_resources()
{close}
"""
    command = [sys.executable, "-c", start + dedent(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def attempts(*works: str, arguments: tuple[object, ...] = (), **options: object) -> list[str]:
    """Return what each expression returned, or which error it raised."""
    script = f"attempt({', '.join(f'lambda: {work}' for work in works)})\nos._exit(0)"
    return run(script, *arguments, **options).stdout.splitlines()


DENIED = "PermissionError 1"


@needs_all
def test_files_cannot_be_read(tmp_path: Path) -> None:
    database = tmp_path / "chat.db"
    database.write_text("secret")
    works = [
        "open(arguments[0]).read()",
        "os.listdir(os.path.dirname(arguments[0]))",
        "os.stat(arguments[0])",
        "open(f'/proc/{arguments[1]}/environ').read()",
        "open(f'/proc/{arguments[1]}/mem', 'rb').read(1)",
        "open('/proc/self/environ').read()",
        "os.readlink('/proc/self/exe')",
        "os.chdir('/')",
    ]
    arguments = (database, os.getpid())
    assert attempts(*works, arguments=arguments) == [DENIED] * len(works)
    # The same code reads it without the sandbox.
    assert attempts(*works[:1], arguments=arguments, close="") == ["secret"]


@needs_all
def test_files_cannot_be_changed(tmp_path: Path) -> None:
    database = tmp_path / "chat.db"
    database.write_text("precious")
    works = [
        "open(arguments[0], 'w')",
        "open(arguments[0] + '2', 'x')",
        "os.truncate(arguments[0], 0)",
        "os.rename(arguments[0], arguments[0] + '2')",
        "os.unlink(arguments[0])",
        "os.symlink('/etc/passwd', arguments[0] + '2')",
        "os.mkdir(arguments[0] + '2')",
        "os.chmod(arguments[0], 0o777)",
        "os.memfd_create('x')",
    ]
    assert attempts(*works, arguments=(database,)) == [DENIED] * len(works)
    assert database.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [database]


@needs_all
def test_the_network_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        works = [
            "socket.socket().connect(('127.0.0.1', int(arguments[0])))",
            "socket.socket(socket.AF_UNIX)",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
            "socket.socketpair()",
            "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        ]
        assert attempts(*works, arguments=(port,)) == [DENIED] * len(works)
        assert attempts(*works[:1], arguments=(port,), close="") == ["None"]


@needs_all
def test_no_program_can_be_started() -> None:
    works = [
        "os.execv('/bin/true', ['true'])",
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "threading.Thread(target=print).start()",
        "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
    ]
    said = attempts(*works)
    assert said == [DENIED, DENIED, DENIED, "RuntimeError ", DENIED]


@needs_all
def test_memory_cannot_be_taken_from_the_machine() -> None:
    # MADV_DONTNEED, no advice at all, and what only root may: the result, and errno.
    works = [
        f"[library.madvise(None, 0, {advice}), ctypes.get_errno()]"
        for advice in (4, 0x40, 100, 101)
    ]
    allowed, *denied = attempts(*works)
    assert allowed.startswith("[0, ")
    assert denied == ["[-1, 1]"] * 3
    assert attempts(works[1], close="") == ["[-1, 22]"]


@needs_all
def test_other_processes_cannot_be_reached() -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        works = [
            "os.kill(int(arguments[0]), 9)",
            "os.kill(os.getppid(), 0)",
            "library.ptrace(16, int(arguments[0]), 0, 0) or ctypes.get_errno()",
            "os.pidfd_open(int(arguments[0]))",
            "os.setpriority(os.PRIO_PROCESS, 0, 0)",
        ]
        said = attempts(*works, arguments=(bystander.pid,))
        assert said[:2] + said[3:] == [DENIED] * 4
        assert said[2] == "-1"
        time.sleep(0.1)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@needs_all
@pytest.mark.parametrize("absent", ["Landlock", "seccomp"])
def test_one_half_of_the_sandbox_keeps_files_safe(absent: str, tmp_path: Path) -> None:
    """Each is a wall of its own: a hole in one does not open the other."""
    database = tmp_path / "chat.db"
    database.write_text("secret")
    close = f"""
sandbox.missing = lambda: [{absent!r}]
sandbox._limit = lambda *limit: None
sandbox.close()
"""
    works = ["open(arguments[0]).read()", "open(arguments[0], 'w')", "os.listdir('/')"]
    said = attempts(*works, arguments=(database,), close=close)
    assert said == ["PermissionError 13" if absent == "seccomp" else DENIED] * 3
    assert database.read_text() == "secret"


@linux_only
def test_nothing_is_inherited_but_input_and_output(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as opened:
        said = attempts(
            *(f"os.lseek({number}, 0, os.SEEK_CUR)" for number in (1, 2, opened.fileno())),
            pass_fds=(opened.fileno(),),
        )
    assert said == ["OSError 29", "OSError 9", "OSError 9"]  # a pipe, and no files


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_without_landlock_and_seccomp_the_limits_still_hold(tmp_path: Path) -> None:
    close = "sandbox.missing = lambda: ['Landlock', 'seccomp']\nsandbox.close()"
    said = attempts("open('/etc/passwd')", "print", close=close)
    assert said[0] == "OSError 24"
    assert "built-in" in said[1]


@linux_only
@pytest.mark.parametrize("greed", ["bytearray(2 * 1024**3)", "mmap.mmap(-1, 2 * 1024**3)"])
def test_memory_is_limited(greed: str) -> None:
    assert attempts(greed)[0].startswith(("MemoryError", "OSError 12"))


@linux_only
@pytest.mark.long  # waits for a time to pass
def test_processor_time_is_limited() -> None:
    done = run("while True: pass", close="sandbox.CPU_SECONDS = 1\nsandbox.limit_resources()")
    assert done.returncode < 0


@needs_all
def test_a_filter_for_another_machine_does_not_fit() -> None:
    """Numbers of x32 and of 32-bit programs mean other calls: none is let through."""
    x32 = 0x40000000
    works = [f"library.syscall({x32 + number}, 0, 0, 0)" for number in (0, 1, 2, 41, 59)]
    assert attempts(*works) == ["-1"] * len(works)


HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_of_the_calls_are_those_of_linux(machine: str) -> None:
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"no {header}: apt install linux-libc-dev")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text())
    numbers = {name: int(number) for name, number in found}
    column, _architecture = sandbox.MACHINES[machine]
    for name, ours in {**sandbox.CALLS, **sandbox.RESTRICTED}.items():
        assert ours[column] == numbers[name], name


def test_this_machine_says_what_it_lacks() -> None:
    parts = sandbox.missing()
    assert set(parts) <= {"Landlock", "seccomp"}
    if sys.platform != "linux":
        assert parts == ["Landlock", "seccomp"]

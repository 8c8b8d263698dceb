"""The system calls of a program, as recorded by `strace`."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos.oracle import MissingTool

CALLS = "openat,mkdir,unlink,rename,write,pwrite64,writev,sendto,sendmsg,ftruncate,fsync,fdatasync"
MAX_STRING = 1 << 16
"""Bytes of one write that are recorded."""
_LINE = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)")
_RESULT = re.compile(r"\) += (-?\d+)[^)]*$")
_UNFINISHED = " <unfinished ...>"
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_OPENED = re.compile(r"^-?\d+<((?:\\x[0-9a-f]{2})*)>")


@dataclass(frozen=True, slots=True)
class Call:
    """A system call at its start, with `result` None, or at its end."""

    thread: str
    name: str
    arguments: str
    result: int | None

    @property
    def opened(self) -> str:
        """The file or socket of its first argument."""
        found = _OPENED.match(self.arguments)
        return os.fsdecode(_bytes(found[1])) if found else ""

    @property
    def strings(self) -> list[bytes]:
        """The strings among its arguments."""
        found = _QUOTED.findall(self.arguments)
        if any(cut for _string, cut in found):
            raise ValueError("a write was longer than what is recorded")
        return [_bytes(string) for string, _cut in found]

    @property
    def number(self) -> int:
        """Its last argument."""
        return int(self.arguments.rpartition(", ")[2])


def tracer(log: Path) -> list[str]:
    """Return the command prefix that records to `log`. Raises `MissingTool`."""
    if not shutil.which("strace"):
        raise MissingTool("strace is not installed")
    # -D keeps the program our own child, -xx prints all strings in hexadecimal.
    command = ["strace", "-D", "-f", "-y", "-xx", "--seccomp-bpf", "-s", str(MAX_STRING)]
    if subprocess.run([*command, "-o", os.devnull, "true"], capture_output=True).returncode:
        raise MissingTool("strace is not allowed to trace here")
    return [*command, "-e", f"trace={CALLS}", "-o", str(log)]


def read(log: Path, folder: Path) -> Iterator[Call]:
    """Yield the start and end of every call about files in `folder` and about sockets."""
    marks = (hexadecimal(str(folder)), hexadecimal("socket:"))
    begun: dict[str, Call] = {}
    with log.open() as lines:
        for line in lines:
            found = _LINE.match(line.rstrip("\n"))
            if found is None or not (found[2] or any(mark in line for mark in marks)):
                continue
            thread, _resumed, name, rest = found.groups()
            if name is None:
                if thread not in begun:
                    continue
                call = begun.pop(thread)
            else:
                arguments = rest.removesuffix(_UNFINISHED)
                call = Call(thread, name, _RESULT.sub("", arguments), None)
                yield call
                if rest.endswith(_UNFINISHED):
                    begun[thread] = call
                    continue
            result = _RESULT.search(rest)
            if result:
                yield Call(call.thread, call.name, call.arguments, int(result[1]))


def hexadecimal(text: str) -> str:
    """Return text in the log's encoding."""
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(text))


def _bytes(string: str) -> bytes:
    return bytes.fromhex(string.replace("\\x", ""))

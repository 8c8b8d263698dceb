"""A simulated disk that loses what was not flushed to it.

It replays the system calls of a program, and knows at every moment what a power cut would leave:
what was flushed, and a random part of the rest. A file has its content for certain after
`fsync` or `fdatasync`, and its name after an `fsync` of its folder.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.trace import Call

SECTOR = 512
"""Bytes that a disk writes atomically."""
_WRITES = {"write", "pwrite64"}
_SYNCS = {"fsync", "fdatasync"}


@dataclass
class _File:
    content: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Offset and data of each write; with None, the length to which the file was truncated."""

    def length(self) -> int:
        length = len(self.content)
        for offset, data in self.pending:
            length = offset if data is None else max(length, offset + len(data))
        return length

    def flush(self, count: int) -> None:
        for change in self.pending[:count]:
            _put(self.content, *change)
        del self.pending[:count]

    def after_power_cut(self, rng: random.Random, part: float) -> bytearray:
        """Return the content after a power cut."""
        content = bytearray(self.content)
        for offset, data in self.pending:
            if data is None:
                if rng.random() < part:
                    _put(content, offset, None)
                continue
            for start in range(0, len(data), SECTOR):
                if rng.random() < part:
                    _put(content, offset + start, data[start : start + SECTOR])
        return content


@dataclass
class _Folder:
    names: "dict[str, _Node]" = field(default_factory=dict)
    pending: "list[tuple[str, _Node | None]]" = field(default_factory=list)

    def flush(self, count: int) -> None:
        for name, node in self.pending[:count]:
            _name(self.names, name, node)
        del self.pending[:count]

    def after_power_cut(self, rng: random.Random, part: float) -> "dict[str, _Node]":
        """Return what is in it after a power cut."""
        names = dict(self.names)
        for name, node in self.pending:
            if rng.random() < part:
                _name(names, name, node)
        return names


_Node = _File | _Folder


class Disk:
    """A simulated disk with one folder."""

    def __init__(self, folder: Path, before: Path, *, honours_fsync: bool = True) -> None:
        """Start with a copy of `before` as `folder`. Without `honours_fsync` it flushes nothing."""
        self._honours_fsync = honours_fsync
        self._root = str(folder)
        self._live: dict[str, _Node] = {}
        self._syncing: dict[str, tuple[_Node, int]] = {}
        self._load(before, self._root)

    def record(self, call: Call) -> None:
        """Apply a system call."""
        if call.result is None:
            if call.name in _SYNCS and (node := self._live.get(call.opened)):
                # What is written during a flush may or may not be flushed with the rest.
                self._syncing[call.thread] = (node, len(node.pending))
        elif call.result >= 0:
            self._done(call, call.result)

    def holds(self, name: str, data: bytes) -> bool:
        """Return whether a file is certain to hold these bytes after a power cut."""
        file = self._live.get(f"{self._root}/{name}")
        return isinstance(file, _File) and data in file.content

    def cut(self, place: Path, rng: random.Random) -> None:
        """Write into `place` what a power cut would leave now."""
        part = rng.choice((0.0, 0.1, 0.5, 0.9))
        self._write(self._live[self._root], place, rng, part)

    def _done(self, call: Call, result: int) -> None:
        if call.name in _SYNCS:
            node, count = self._syncing.pop(call.thread, (None, 0))
            if node is not None and self._honours_fsync:
                node.flush(count)
        elif call.name in _WRITES:
            file = self._live.get(call.opened)
            if isinstance(file, _File):
                offset = call.number if call.name == "pwrite64" else file.length()
                file.pending.append((offset, call.strings[-1][:result]))
        elif call.name == "ftruncate":
            file = self._live.get(call.opened)
            if isinstance(file, _File):
                file.pending.append((call.number, None))
        else:
            self._names(call)

    def _names(self, call: Call) -> None:
        """Apply a change to the name of a file or folder."""
        paths = [path.decode() for path in call.strings]
        if call.name == "rename":
            node = self._live.pop(paths[0])
            self._link(paths[1], node)
            self._link(paths[0], None)
        elif call.name == "unlink":
            self._live.pop(paths[0], None)
            self._link(paths[0], None)
        elif call.name == "mkdir":
            self._link(paths[0], _Folder())
        elif call.name == "openat" and "O_CREAT" in call.arguments and paths[0] not in self._live:
            self._link(paths[0], _File())

    def _link(self, path: str, node: "_Node | None") -> None:
        parent, _slash, name = path.rpartition("/")
        folder = self._live.get(parent)
        if isinstance(folder, _Folder):
            folder.pending.append((name, node))
            if node is not None:
                self._live[path] = node

    def _load(self, place: Path, path: str) -> _Node:
        node: _Node
        if place.is_dir():
            inside = place.iterdir()
            node = _Folder({each.name: self._load(each, f"{path}/{each.name}") for each in inside})
        else:
            node = _File(bytearray(place.read_bytes()))
        self._live[path] = node
        return node

    def _write(self, node: "_Node", place: Path, rng: random.Random, part: float) -> None:
        if isinstance(node, _File):
            place.write_bytes(node.after_power_cut(rng, part))
            return
        place.mkdir()
        for name, each in node.after_power_cut(rng, part).items():
            if not name.endswith("-shm"):  # SQLite's shared memory is worthless afterwards
                self._write(each, place / name, rng, part)


def _put(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


def _name(names: "dict[str, _Node]", name: str, node: "_Node | None") -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node

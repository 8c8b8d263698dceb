"""Drop, for good, every right of this process that decoding a file does not need.

Afterwards it can compute, take and return memory, read and write the descriptors that are open,
and end. It cannot open, create or list files, use the network, start programs, or reach other
processes. Linux does that (Landlock and seccomp, from 5.13); elsewhere only the limits of POSIX
hold, and on Windows none.

The libraries for this are unreleased, need a C library of their own, or have few users; the
kernel's interface is three structures and four system calls, which do not change. This module
imports nothing of the chat: `services/files/decoding/worker.py` runs outside it.

Sources: https://docs.kernel.org/userspace-api/landlock.html and
https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

import contextlib
import ctypes
import errno
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import resource

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space: the largest that is decoded, a WEBP of 60 megapixels, takes 960 MB.
Usual files get less: see `services/files/decoding/decoding.py`."""
CPU_SECONDS = 20
"""`services/files/decoding/decoding.py` limits the elapsed time."""

# <linux/prctl.h>
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2

# <linux/landlock.h>; the system calls have these numbers on all machines.
CREATE_RULESET, RESTRICT_SELF = 444, 446
CREATE_RULESET_VERSION = 1
ACCESS_FILES = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}
"""All that can be forbidden about files, by the first version of Landlock that can."""
ACCESS_NETWORK = {4: 0b11}
SCOPED = {6: 0b11}
"""Abstract sockets of other processes, and signals to them."""

# <linux/filter.h>, <linux/audit.h> and <linux/seccomp.h>
LOAD, IF_EQUAL, IF_ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
KILL, ALLOW, FAIL = 0x80000000, 0x7FFF0000, 0x00050000 | errno.EPERM
NUMBER, ARCHITECTURE, THIRD_ARGUMENT = 0, 4, 32
"""Offsets in `struct seccomp_data`."""
PROT_EXEC = 4
ADVICE_OF_ROOT = 0x40
"""In MADV_HWPOISON and MADV_SOFT_OFFLINE, which take memory away from the whole machine."""

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column of the table below, and the AUDIT_ARCH_ of each machine with a filter."""
CALLS = {
    # descriptors that are open
    "read": (0, 63),
    "readv": (19, 65),
    "pread64": (17, 67),
    "write": (1, 64),
    "writev": (20, 66),
    "lseek": (8, 62),
    "fstat": (5, 80),
    "close": (3, 57),
    # memory
    "brk": (12, 214),
    "munmap": (11, 215),
    "mremap": (25, 216),
    # itself: signals, locks, the clock, random numbers
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "gettimeofday": (96, 169),
    "getrandom": (318, 278),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
"""The system calls that stay (<asm/unistd.h>), on x86_64 and aarch64; every other one fails."""
RESTRICTED = {
    "mmap": (9, 222, PROT_EXEC),
    "mprotect": (10, 226, PROT_EXEC),
    "madvise": (28, 233, ADVICE_OF_ROOT),
}
"""Calls that stay unless one of these bits is in the third argument: no program can run from new
memory."""


class _Ruleset(ctypes.Structure):
    """`struct landlock_ruleset_attr`."""

    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Instruction(ctypes.Structure):
    """`struct sock_filter`."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction)))


def missing() -> list[str]:
    """Return the parts of the sandbox that this machine does not have, by their names."""
    parts = []
    if sys.platform != "linux" or _landlock_version() < 1:
        parts.append("Landlock")
    if sys.platform != "linux" or not _has_seccomp():
        parts.append("seccomp")
    return parts


def limit_resources(memory: int = MEMORY) -> None:
    """Limit memory and processor time of this process, where the system supports it."""
    if sys.platform == "win32":
        return
    os.nice(10)  # the server has priority
    # Should memory run out, Linux ends this process first (proc_pid_oom_score_adj(5)).
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CPU, CPU_SECONDS)
    _limit(resource.RLIMIT_CORE, 0)


def close() -> None:
    """Close the sandbox. Import, open and start before whatever is needed inside it."""
    if sys.platform == "win32":
        return
    os.closerange(2, 4096)  # what is left are 0 and 1
    absent = missing()
    if sys.platform == "linux":
        _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if "Landlock" not in absent:
            _forbid_files()
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, 0)
    if "seccomp" not in absent:
        _forbid_calls()


def _limit(kind: int, most: int) -> None:
    # A system may not enforce a limit, or have set a lower one already.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (most, most))


def _call(function: str, *arguments: object) -> int:
    """Call a function of the C library. Raises `OSError`."""
    library = ctypes.CDLL(None, use_errno=True)
    # As `long`, or the upper half of a variadic argument would be undefined.
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    called = getattr(library, function)
    called.restype = ctypes.c_int  # of `prctl`; the `long` of `syscall` is small here
    result: int = called(*values)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _landlock_version() -> int:
    try:
        return _call("syscall", CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)
    except OSError:
        return 0


def _has_seccomp() -> bool:
    if platform.machine() not in MACHINES or sys.maxsize < 2**32:
        return False
    try:
        _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, None, 0, 0)
    except OSError as error:
        return error.errno == errno.EFAULT  # there are filters, and NULL is none
    return False


def _forbid_files() -> None:
    """Forbid, without an exception, what this version of Landlock can forbid."""
    version = _landlock_version()

    def known(values: dict[int, int]) -> int:
        return max((value for since, value in values.items() if since <= version), default=0)

    rules = _Ruleset(known(ACCESS_FILES), known(ACCESS_NETWORK), known(SCOPED))
    ruleset = _call("syscall", CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    _call("syscall", RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _forbid_calls() -> None:
    """Let every system call that is not in the tables fail with EPERM."""
    instructions = [_Instruction(*each) for each in _filter()]
    array = (_Instruction * len(instructions))(*instructions)
    program = _Program(len(instructions), array)
    _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def _filter() -> Iterator[tuple[int, int, int, int]]:
    """Yield the filter; a jump skips so many instructions, if it is true and if not."""
    column, architecture = MACHINES[platform.machine()]
    yield LOAD, 0, 0, ARCHITECTURE
    yield IF_EQUAL, 1, 0, architecture  # programs for others number their calls otherwise
    yield RETURN, 0, 0, KILL
    yield LOAD, 0, 0, NUMBER
    for numbers in CALLS.values():
        yield IF_EQUAL, 0, 1, numbers[column]
        yield RETURN, 0, 0, ALLOW
    for *each, forbidden in RESTRICTED.values():
        yield IF_EQUAL, 0, 4, each[column]
        yield LOAD, 0, 0, THIRD_ARGUMENT
        yield IF_ANY_BIT, 0, 1, forbidden
        yield RETURN, 0, 0, FAIL
        yield RETURN, 0, 0, ALLOW
    yield RETURN, 0, 0, FAIL

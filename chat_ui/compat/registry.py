"""What all patches of libraries have in common, and which of them are active.

A patch is a module here with a `PATCH` that says what it replaces and why, what that gained when
measured alone, and what the replaced things must look like. At start each is checked: a patch for
speed whose target has changed is skipped with one warning, and the library runs unchanged; if a
patch for safety does not match, the chat does not start. `CHAT_COMPAT` leaves out patches for speed.
"""

import hashlib
import inspect
import linecache
import logging
import pkgutil
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from services.core.i18n import _

Function = TypeVar("Function", bound=Callable[..., Any])
log = logging.getLogger(__name__)
OFF = "off"
"""The value of `CHAT_COMPAT` that leaves out every patch for speed."""
ANY = ""
"""As the expected parameters: it has to be there, and that is all."""
SAFETY = frozenset({"backpressure", "socket_guard", "uvicorn_connections"})
"""The patches that safety rests on: they cannot be left out, and fail closed."""
_HELPERS = {"registry"}
_installed: dict[str, "Patch"] = {}


class Incompatible(Exception):
    """A patch that safety rests on does not fit the installed library: nothing may be served."""


@dataclass(frozen=True)
class Patch:
    """One change to somebody else's library."""

    name: str
    """The name of its module, and in `CHAT_COMPAT`."""
    replaces: tuple[str, ...]
    """What is replaced or set, as dotted names."""
    why: str
    gain: str
    """What it gained when only this patch was switched on and off."""
    measured_with: str
    """The benchmark that measured the gain."""
    tried_with: str
    """The versions of the libraries it was tried with."""
    expects: Mapping[str, str]
    """The names of the parameters that each function must have, as `inspect` spells them."""
    install: Callable[[], None]
    """Puts the patch in place; doing it twice changes nothing."""
    bodies: Mapping[str, str] = field(default_factory=dict)
    """Where the patch copies what a function does: the `fingerprint` of that function."""
    uses: Mapping[str, str] = field(default_factory=dict)
    """Where other code of ours goes through a function: names in its code, with spaces between."""
    check: Callable[[], str] = str
    """Returns what else is not as expected, if anything."""
    background: Callable[[], Coroutine[Any, Any, None]] | None = None
    """What runs beside the server while the patch is in force."""

    @property
    def is_safety(self) -> bool:
        """Whether safety rests on it: then it cannot be left out, and fails closed."""
        return self.name in SAFETY

    @property
    def is_active(self) -> bool:
        """Whether the patch is in force."""
        return self.name in _installed

    def mismatch(self) -> str:
        """Return which of its targets is not as expected; nothing if the patch fits."""
        for target, parameters in self.expects.items():
            try:
                found = pkgutil.resolve_name(target)
            except (ImportError, AttributeError):
                return f"{target} is missing"
            if parameters != ANY and parameters_of(found) != parameters:
                return f"{target} takes ({parameters_of(found)}), not ({parameters})"
        for target, expected in self.bodies.items():
            if fingerprint(pkgutil.resolve_name(target)) != expected:
                return f"{target} does something else than before"
        for target, wanted in self.uses.items():
            try:
                known = names_in(pkgutil.resolve_name(target))
            except (ImportError, AttributeError):
                return f"{target} is missing"
            if missing := sorted(set(wanted.split()) - known):
                return f"{target} has no {missing[0]} any more"
        return self.check()

    def apply(self, left_out: Collection[str]) -> None:
        """Put the patch in force, if it fits and is not left out.

        Raises `Incompatible` if it does not fit and safety rests on it.
        """
        _installed.pop(self.name, None)
        if self.name in left_out and not self.is_safety:
            return
        reason = self.mismatch() or self._try_to_install()
        if reason:
            _skip(self.name, reason, self.tried_with)
        else:
            _installed[self.name] = self

    def _try_to_install(self) -> str:
        try:
            self.install()
        except ImportError as error:
            return str(error)
        return ""


def names() -> list[str]:
    """Return the name of every patch, without loading any of them."""
    folder = str(Path(__file__).parent)
    return [each.name for each in pkgutil.iter_modules([folder]) if each.name not in _HELPERS]


def patches() -> list[Patch]:
    """Return every patch; that loads the libraries."""
    return [_load(name) for name in names()]


def _load(name: str) -> Patch:
    patch: Patch = import_module(f"{__package__}.{name}").PATCH
    return patch


def left_out(setting: str) -> frozenset[str]:
    """Read `CHAT_COMPAT`: `off`, or names of patches with commas between them.

    Raises `ValueError` with one sentence if there is no patch of that name.
    """
    switchable = [name for name in names() if name not in SAFETY]
    if setting.strip().lower() == OFF:
        return frozenset(switchable)
    wanted = frozenset(filter(None, (name.strip() for name in setting.split(","))))
    if protected := sorted(wanted & SAFETY):
        raise ValueError(
            _("{name} keeps the chat safe and cannot be turned off.").format(name=protected[0])
        )
    if unknown := sorted(wanted - set(switchable)):
        raise ValueError(
            _(
                "{name} is not a patch. Set CHAT_COMPAT to off, or to some of these names: {names}."
            ).format(name=unknown[0], names=", ".join(switchable))
        )
    return wanted


def install(setting: str) -> None:
    """Put every patch in force that `CHAT_COMPAT` does not leave out; once more changes nothing.

    Raises `Incompatible` if one that safety rests on does not fit.
    """
    chosen = left_out(setting)
    for name in names():
        try:
            patch = _load(name)
        except (ImportError, AttributeError, KeyError) as error:  # what it replaces is gone
            if name not in chosen:
                _skip(name, f"{type(error).__name__}: {error}")
        else:
            patch.apply(chosen)


def _skip(name: str, reason: str, tried_with: str = "") -> None:
    if name in SAFETY:
        sentences = [
            _("The chat did not start, because it would not be safe: {reason}.").format(
                reason=reason
            )
        ]
        if tried_with:
            sentences.append(_("Install {versions}.").format(versions=tried_with))
        raise Incompatible(" ".join(sentences))
    log.warning("compat: %s is skipped: %s", name, reason)


def active() -> list[Patch]:
    """Return the patches in force."""
    return list(_installed.values())


def in_place_of(found: Any) -> Callable[[Function], Function]:
    """Mark the decorated function as the replacement of `found`: `original` finds that again."""

    def mark(ours: Function) -> Function:
        ours.__wrapped__ = original(found)  # type: ignore[attr-defined]
        return ours

    return mark


def original(found: Any) -> Any:
    """Return what a library came with, whether or not it is replaced now."""
    return inspect.unwrap(found)


def parameters_of(found: Any) -> str:
    """Return the names of a function's parameters, with the signs that tell their kinds."""
    signature = inspect.signature(original(found))
    bare = [
        each.replace(annotation=inspect.Parameter.empty, default=inspect.Parameter.empty)
        for each in signature.parameters.values()
    ]
    return str(inspect.Signature(bare))[1:-1]


def names_in(found: Any) -> frozenset[str]:
    """Return the names of attributes, globals and variables that a function's code mentions."""
    code = original(found).__code__
    return frozenset((*code.co_names, *code.co_varnames, *code.co_cellvars, *code.co_freevars))


def fingerprint(found: Any) -> str:
    """Return a short hash of what a function does; nothing if its source is not there."""
    code = getattr(original(found), "__code__", None)
    source = _source(linecache.getlines(code.co_filename), code.co_firstlineno) if code else ""
    return hashlib.sha256(source.encode()).hexdigest()[:16] if source else ""


def _source(lines: list[str], first: int) -> str:
    """Return the function that begins at a line, as `inspect.getsource` does.

    That reads every token, which for all patches takes 20 ms at each start.
    """
    block = lines[first - 1 :]
    indent = _indent(block[0]) if block else 0
    is_body = False
    for number, line in enumerate(block):
        if (
            is_body
            and line.strip()
            and _indent(line) <= indent
            and not line.lstrip().startswith(")")
        ):
            return "".join(block[:number]).rstrip() + "\n"
        is_body = is_body or line.lstrip().startswith(("def ", "async def "))
    return "".join(block)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())

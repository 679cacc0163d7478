"""The byte code of what claw imports, in one file: to open hundreds of files takes a seventh of the time to a request.

The file is a second copy of what Python keeps in `__pycache__`, lies in there, and follows the same rule: the code of a
module counts as long as its source has the size and the time of change that the code was made for. What is not in the
file, or has changed, Python imports as ever; where it cannot be written there is none. `bytecode_writer` writes it.
Only runs that no variable and no working folder can lead elsewhere use it: with `-E -P`, as `claw` starts Python.

Beside code it keeps values that were made from modules (`kept`), and count as long as all of these are as they were.

The format, all of one Python (`sys.version`) and one `sys.path`: MARK, the length of the tables (8 bytes,
little-endian), the tables as `marshal` writes them, the code of one module after the other. A value has a name that
ends in `=`; in the place of code it has the names of its modules and its bytes.

anyio finds out by a look at its own sources what it exports, each time it is imported; that is kept beside its code.

This is imported before all else, so it imports next to nothing itself.
"""

from __future__ import annotations

import importlib
import marshal
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, ModuleType
    from typing import Any, TypeAlias

    Kept: TypeAlias = tuple[str, int, int, str, int, int]
    """The source's path, its time of change in ns and its size; where the modules of a package are, else ""; where
    the code begins behind the table, and its length.
    """
    Exports: TypeAlias = dict[str, object]
    """By the name of a package, what such a function says of it."""

MARK = b"claw-bc2"
LARGEST = 24 << 20
"""Bytes of code in the file at most."""
MANY = 16
"""So many modules or texts beside the file are worth to write it anew."""
EXPORTING = {"anyio._lazyimport": "_build_lazy_map"}
"""Modules with a function that reads the names out of a package's source."""
COMPILING = {"collections", "dataclasses", "re._compiler", "typing"}
"""Modules that compile texts whenever others are imported: `bytecode_texts` keeps what comes of them."""
MOST_TEXTS = 2_000
PATH = os.path.join(os.path.dirname(__file__), "__pycache__", f"start.{sys.implementation.cache_tag}")


class Finder:
    """Finds the modules of the file, which is open as `file`. `changed`: one of them is not as it was."""

    def __init__(self, file: int, begin: int, table: dict[str, Kept], exports: Exports) -> None:
        self.file = file
        self.begin = begin
        self.table = table
        self.exports = exports
        self.before = set(sys.modules)
        self.unchanged: set[str] = set()
        self.changed = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        kept = self.table.get(name)
        if kept is None:
            return None
        if not self._is_as_it_was(name):
            self.changed = True
            return None
        source, _, _, folder, _, _ = kept
        spec = ModuleSpec(name, Loader(name, source, self), origin=source)
        spec.has_location = True
        spec.cached = _beside(source)
        if folder:
            spec.submodule_search_locations = [folder]
        return spec

    def value(self, name: str) -> bytes | None:
        """What is kept under this name; None: nothing, or of modules that are not as they were.

        Raises what `marshal` raises for what is damaged.
        """
        kept = self.table.get(value_name(name))
        if kept is None:
            return None
        modules, value = marshal.loads(self.code(kept))
        if all(map(self._is_as_it_was, modules)):
            assert isinstance(value, bytes)
            return value
        self.changed = True
        return None

    def _is_as_it_was(self, name: str) -> bool:
        """Whether the module is in the file, and unchanged; each is looked at once."""
        if name not in self.unchanged:
            kept = self.table.get(name)
            if kept is None or not is_unchanged(kept):
                return False
            self.unchanged.add(name)
        return True

    def code(self, kept: Kept) -> bytes:
        *_, place, length = kept
        return os.pread(self.file, length, self.begin + place)


class Loader(SourceFileLoader):
    def __init__(self, name: str, source: str, finder: Finder) -> None:
        super().__init__(name, source)
        self._finder = finder

    def get_code(self, fullname: str) -> CodeType | None:
        try:
            code: CodeType = marshal.loads(self._finder.code(self._finder.table[fullname]))
        except (OSError, EOFError, ValueError, TypeError):
            discard()
            return super().get_code(fullname)
        return code

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        name = EXPORTING.get(module.__name__)
        reads = getattr(module, name, None) if name else None
        if name and reads:
            setattr(module, name, lambda package: self._exported(reads, package))
        if module.__name__ in COMPILING:
            importlib.import_module("claw.bytecode_texts").use(module)

    def _exported(self, reads: Callable[[ModuleType], object], package: ModuleType) -> object:
        """As long as the package's code counts, so does what was read out of its source."""
        spec = package.__spec__
        known = self._finder.exports.get(package.__name__) if spec and isinstance(spec.loader, Loader) else None
        return reads(package) if known is None else known


def _beside(source: str) -> str:
    """Where Python keeps the code of this source; `cache_from_source` says the same, and takes ten times as long."""
    folder, _, name = source.rpartition("/")
    return f"{folder}/__pycache__/{name.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"


def is_unchanged(kept: Kept) -> bool:
    source, changed, size, *_ = kept
    try:
        state = os.stat(source)
    except OSError:
        return False
    return state.st_mtime_ns == changed and state.st_size == size


def use() -> None:
    """Import from the file from now on, where there is one that was written by this Python for these folders."""
    if not _is_meant():
        return
    try:
        file = os.open(PATH, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return
    try:
        sys.meta_path.insert(0, _finder(file))
    except (OSError, EOFError, ValueError, TypeError):
        os.close(file)


def _is_meant() -> bool:
    flags = sys.flags
    return bool(flags.ignore_environment and flags.safe_path and not flags.optimize and not sys.pycache_prefix)


def _finder(file: int) -> Finder:
    """Raises ValueError, and what `marshal` raises, for what is not a whole file of this Python."""
    head = os.pread(file, len(MARK) + 8, 0)
    length = int.from_bytes(head[len(MARK) :], "little")
    if head[: len(MARK)] != MARK or length > LARGEST:
        raise ValueError
    version, path, size, table, exports = marshal.loads(os.pread(file, length, len(head)))
    begin = len(head) + length
    if version != sys.version or path != sys.path or begin + size != os.fstat(file).st_size:
        raise ValueError
    return Finder(file, begin, table, exports)


def discard() -> None:
    """Something is wrong, maybe with the file: the next run shall do without."""
    if used():
        try:
            os.unlink(PATH)
        except OSError:
            return  # whoever may not remove it could not have written it


made: dict[str, tuple[tuple[str, ...], bytes]] = {}
"""Values that the file is to keep when it is written next, with the names of the modules that they were made from."""


texts: dict[tuple[str, str | int], Any] = {}
"""What was compiled from a text that the file does not have, by the text and how it was compiled."""


def value_name(name: str) -> str:
    """Under which a value stands in the table: no module is called so."""
    return f"{name}="


def kept(name: str) -> bytes | None:
    """The value that another run has kept under this name; None: there is none that counts."""
    finder = used()
    try:
        return finder.value(name) if finder else None
    except (OSError, EOFError, ValueError, TypeError):
        discard()
        return None


def keep(name: str, value: bytes, packages: tuple[str, ...]) -> None:
    """Keep a value that was made from the modules in these packages which are imported by now."""
    within = tuple(f"{package}." for package in packages)
    loaded = [(module, sys.modules[module]) for module in sys.modules if f"{module}.".startswith(within)]
    made[name] = tuple(module for module, loaded in loaded if is_beside(loaded) or _is_from_file(loaded)), value


def _is_from_file(module: ModuleType) -> bool:
    spec = getattr(module, "__spec__", None)
    return spec is not None and type(spec.loader) is Loader


def used() -> Finder | None:
    return next((one for one in sys.meta_path if isinstance(one, Finder)), None)


def is_worth_writing() -> bool:
    """Whether much of what this process has imported is not in the file, or not as it is now."""
    if sys.dont_write_bytecode or not _is_meant() or not os.access(os.path.dirname(PATH), os.W_OK):
        return False
    finder = used()
    if finder is None:
        return True
    beside = [name for name in set(sys.modules) - finder.before if is_beside(sys.modules[name])]
    return finder.changed or bool(made) or len(beside) >= MANY or len(texts) >= MANY


def is_beside(module: ModuleType) -> bool:
    """Whether Python has imported it from a source and what it keeps of that, or will when it is used."""
    spec = getattr(module, "__spec__", None)
    return spec is not None and type(getattr(spec.loader, "found", spec.loader)) is SourceFileLoader

"""Writes the file of byte code: what this process has imported, and what was in the file before."""

from __future__ import annotations

import importlib
import marshal
import os
import sys
import time
from importlib.machinery import ModuleSpec, SourceFileLoader
from typing import TYPE_CHECKING, TypeAlias

from claw import bytecode
from claw.bytecode import EXPORTING, LARGEST, MARK, PATH, is_beside, is_unchanged, used

if TYPE_CHECKING:
    from claw.bytecode import Exports, Kept

ABANDONED_S = 60
"""A file that was begun so long ago is not being written any more."""

_Codes: TypeAlias = "dict[str, tuple[Kept, bytes]]"


def write() -> None:
    """Where the file cannot be written nobody misses it: whatever is not in it is imported as ever."""
    try:
        _write(_codes())
    except OSError:
        return


def _codes() -> _Codes:
    """Of as many modules as there is room for."""
    codes: _Codes = {}
    for name, module in list(sys.modules.items()):
        spec = module.__spec__ if is_beside(module) else None
        if spec is not None and spec.name == name and (found := _compiled(spec)):
            codes[name] = found
    finder = used()
    if finder:
        for name, kept in finder.table.items():
            if name not in codes and is_unchanged(kept):
                codes[name] = kept, finder.code(kept)
    if bytecode.texts:
        bytecode.keep("texts", importlib.import_module("claw.bytecode_texts").everything(), ("re",))
    for name, (modules, value) in bytecode.made.items():
        if all(module in codes for module in modules):
            data = marshal.dumps((modules, value))
            # Of which file it is looked at first does not matter: it counts only if none has changed.
            codes[bytecode.value_name(name)] = (*codes[modules[0]][0][:3], "", 0, len(data)), data
    room = LARGEST
    for name, (_, code) in list(codes.items()):
        room -= len(code)
        if room < 0:
            del codes[name]
    return codes


def _compiled(spec: ModuleSpec) -> tuple[Kept, bytes] | None:
    """A module's code, if its source stays as it is meanwhile, and Python keeps what it has compiled of it."""
    folders = spec.submodule_search_locations or [""]
    if not spec.origin or not spec.cached or not os.path.exists(spec.cached) or len(folders) > 1:
        return None
    loader = getattr(spec.loader, "found", spec.loader)
    assert isinstance(loader, SourceFileLoader)
    try:
        state = os.stat(spec.origin)
        code = marshal.dumps(loader.get_code(spec.name))
    except (OSError, ImportError, SyntaxError, ValueError):
        return None  # whoever imports it next is told
    kept = (spec.origin, state.st_mtime_ns, state.st_size, folders[0], 0, len(code))
    return (kept, code) if is_unchanged(kept) else None


def _write(codes: _Codes) -> None:
    """Whole or not at all. Raises OSError."""
    beginning = f"{PATH}.new"
    if os.path.exists(beginning) and time.time() - os.stat(beginning).st_mtime > ABANDONED_S:
        os.unlink(beginning)
    file = os.open(beginning, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        with open(file, "wb") as output:
            output.write(_head(codes))
            output.writelines(code for _, code in codes.values())
            output.flush()
            os.fsync(file)
        os.rename(beginning, PATH)
    except OSError:
        os.unlink(beginning)
        raise


def _head(codes: _Codes) -> bytes:
    table: dict[str, Kept] = {}
    place = 0
    for name, (kept, code) in codes.items():
        table[name] = (*kept[:4], place, len(code))
        place += len(code)
    written = marshal.dumps((sys.version, sys.path, place, table, _exports(codes)))
    return MARK + len(written).to_bytes(8, "little") + written


def _exports(codes: _Codes) -> Exports:
    """What is said of the packages whose code is kept: by their sources now, or in the file before."""
    finder = used()
    found = {name: said for name, said in finder.exports.items() if name in codes} if finder else {}
    for exporting, function in EXPORTING.items():
        reads = getattr(sys.modules.get(exporting), function, None)
        users = [name for name in codes if name.startswith(exporting.partition(".")[0]) and name in sys.modules]
        packages = [sys.modules[name] for name in users if hasattr(sys.modules[name], "__path__")]
        if reads is not None:
            found |= {one.__name__: reads(one) for one in packages if "__getattr__" in vars(one)}
    return found

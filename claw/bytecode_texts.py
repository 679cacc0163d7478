"""What Python's library compiles from texts whenever it is imported, kept beside the byte code.

A data class, a named tuple, a forward reference are texts that Python compiles; a regular expression is compiled by a
parser in Python. All those of a first request take 7 ms. What comes of a text depends on nothing but this Python, whose
file it is kept in. Only expressions that stand in sources are kept: the body of a module has them compiled, or
`claw.late.pattern`.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]
import marshal
import sys
from _thread import get_ident

from claw.bytecode import MOST_TEXTS, discard, kept, texts

TYPE_CHECKING = False
if TYPE_CHECKING:  # this is imported by what they import
    from types import CodeType, ModuleType
    from typing import Any

_found: dict[tuple[str, str | int], Any] | None = None


def use(module: ModuleType) -> None:
    """Have the module, which is one of `bytecode.COMPILING`, ask here before it compiles."""
    names = vars(module)
    match module.__name__:
        case "collections":
            names["eval"] = lambda text, *where: eval(_code(text, "eval"), *where)
        case "dataclasses":
            names["exec"] = lambda text, *where: exec(_code(text, "exec"), *where)
        case "typing":
            names["compile"] = lambda text, file, mode: _code(text, mode)
        case "re._compiler":
            _use_expressions(names)


def everything() -> bytes:
    """What was found in the file, and what was compiled since."""
    return marshal.dumps({**_known(), **texts})


def _known() -> dict[tuple[str, str | int], Any]:
    global _found
    if _found is None:
        try:
            _found = marshal.loads(kept("texts") or marshal.dumps({}))
        except (EOFError, ValueError, TypeError):
            discard()
            _found = {}
    return _found


def _code(text: str, mode: str) -> CodeType:
    code: CodeType | None = _known().get((text, mode)) or texts.get((text, mode))
    if code is None:
        # None of these modules has an import from __future__, which code compiled there would inherit.
        code = compile(text, "<string>", mode, dont_inherit=True)
        if len(texts) < MOST_TEXTS:
            texts[text, mode] = code
    return code


def _use_expressions(names: dict[str, Any]) -> None:
    compiles = names["compile"]
    programs: dict[int, tuple[Any, ...]] = {}
    """By the thread that wants to know what its expression becomes."""

    def make(*program: Any) -> Any:
        if get_ident() in programs:
            programs[get_ident()] = program
        return _sre.compile(*program)

    def compiled(pattern: Any, flags: int = 0) -> Any:
        if not isinstance(pattern, str):
            return compiles(pattern, flags)
        key = pattern, int(flags)
        program = _known().get(key) or texts.get(key)
        if program is not None:
            return _sre.compile(*program)
        if len(texts) >= MOST_TEXTS or not _is_of_a_source():
            return compiles(pattern, flags)
        programs[get_ident()] = ()
        try:
            expression = compiles(pattern, flags)
        finally:
            program = programs.pop(get_ident())
        _, all_flags, code, *groups = program
        # `marshal` does not know the numbers with names among them.
        texts[key] = (pattern, int(all_flags), list(map(int, code)), *groups)
        return expression

    recording = type(sys)("_sre")
    vars(recording).update(vars(_sre), compile=make)
    names["_sre"] = recording
    names["compile"] = compiled


def _is_of_a_source() -> bool:
    frame = sys._getframe(2)
    while frame.f_back and frame.f_globals.get("__name__") in ("re", __name__):
        frame = frame.f_back
    return frame.f_code.co_name == "<module>" or frame.f_globals.get("__name__") == "claw.late"

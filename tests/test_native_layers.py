"""Of the modules in one folder of the native half none needs another that needs it, not even by way of third ones.

What a folder's own `mod.rs` (or the file beside the folder) holds is its modules' common ground, in both directions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent.parent / "native/src"
USE = re.compile(r"\buse\s+([^;]+);")
PATH = re.compile(r"\b(?:crate|super|self)(?:::\w+)+")
COMMENT = re.compile(r"//.*")
TESTS = re.compile(r"#\[cfg\(test\)\]\s*mod \w+ \{.*", re.DOTALL)

Module = tuple[str, ...]


def texts() -> dict[Module, str]:
    """Every module but those of tests, without comments."""
    found = {}
    for path in sorted(SOURCES.rglob("*.rs")):
        parts = path.relative_to(SOURCES).with_suffix("").parts
        module = parts[:-1] if parts[-1] in ("mod", "lib") else parts
        if "tests" not in parts:
            found[module] = TESTS.sub("", COMMENT.sub("", path.read_text()))
    return found


def circles(modules: Mapping[Module, str]) -> list[str]:
    """For each folder with a circle among its modules, the modules of one."""
    uses = {module: set(_used(modules, module)) for module in modules}
    found = []
    for folder in sorted({module[:-1] for module in modules if module}):
        depth = len(folder)
        graph: dict[str, set[str]] = {}
        for module, others in uses.items():
            below = [other[depth] for other in others if len(other) > depth and other[:depth] == folder]
            if len(module) > depth and module[:depth] == folder:
                graph.setdefault(module[depth], set()).update(name for name in below if name != module[depth])
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            found.append("/".join(folder) + ": " + " <- ".join(error.args[1]))
    return found


def _used(modules: Mapping[Module, str], module: Module) -> Iterator[Module]:
    """The modules in which the things lie that this one names."""
    imports = [path for tree in USE.findall(modules[module]) for path in _expanded(tree)]
    for path in [*imports, *PATH.findall(USE.sub("", modules[module]))]:
        yield _resolved(modules, module, path.split("::"))


def _expanded(tree: str) -> Iterator[str]:
    """`a::{b, c::d}` is `a::b` and `a::c::d`."""
    tree = " ".join(tree.split())
    start = tree.find("{")
    if start < 0:
        yield tree.split(" as ")[0]
        return
    for part in _split(tree[start + 1 : tree.rindex("}")]):
        yield from _expanded(tree[:start] + part)


def _split(inner: str) -> Iterable[str]:
    """At commas outside of braces."""
    depth, parts = 0, [""]
    for char in inner:
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def _resolved(modules: Mapping[Module, str], module: Module, names: list[str], hops: int = 8) -> Module:
    """The module in which that lies, through what others re-export; this one itself where it is none of ours."""
    here = module
    if names[0] == "crate":
        here, names = (), names[1:]
    elif names[0] not in ("self", "super") and (*module, names[0]) not in modules:
        return module
    while names and names[0] in ("self", "super"):
        here, names = here[:-1] if names[0] == "super" else here, names[1:]
    while names and (*here, names[0]) in modules:
        here, names = (*here, names[0]), names[1:]
    if names and hops and here != module:
        for path in (path for tree in USE.findall(modules.get(here, "")) for path in _expanded(tree)):
            if path.split("::")[-1] == names[0]:
                return _resolved(modules, here, path.split("::"), hops - 1)
    return here


def test_no_folder_has_a_circle() -> None:
    assert circles(texts()) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        (("exec", "report"), "use super::supervisor::supervise;"),
        (("exec", "sandbox", "bare"), "use crate::exec::sandbox::layout::Layout;"),
        (("log", "state"), "use super::{chain::Hash, writer::{Options, Writer}};"),
        (("search", "lines"), "fn again() { super::grep(1) }"),
        (("exec", "bounds", "group"), "use crate::exec::Process;"),
    ],
)
def test_one_that_is_made_is_found(module: Module, line: str) -> None:
    modules = texts()
    assert circles({**modules, module: f"{modules[module]}\n{line}\n"})

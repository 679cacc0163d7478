"""The pure layers cannot reach a clock, a disk, a network, randomness, the environment or the hash order.

The import contracts say which of claw's layers they may see; this says what they may see of everything else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CLAW = Path(__file__).parent.parent / "claw"
PURE = ("events", "projections", "decide", "prompt")
PURE_IMPORTS = {
    "__future__",
    "base64",
    "bisect",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "itertools",
    "json",
    "math",
    "msgspec",
    "operator",
    "re",
    "string",
    "textwrap",
    "types",
    "typing",
}
PURE_NATIVE = {
    "PathPatterns",
    "blake3",
    "denials",
    "evaluate",
    "exclusions",
    "kept_from_processes",
    "parse_arguments",
}
IMPURE_BUILTINS = {"open", "print", "input", "exec", "eval", "compile", "__import__", "hash", "id", "breakpoint"}
IMPURE_METHODS = {"now", "today", "utcnow", "localtime"}
UNORDERED = {"set", "frozenset"}


def impurities(source: str) -> list[str]:
    """What a module does that a pure one may not, each with its line."""
    return [f"line {node.lineno}: {what}" for node, what in _impurities(ast.parse(source))]


def _impurities(tree: ast.Module) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield from ((node, what) for what in _import(name.name, None))
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                yield from ((node, what) for what in _import(node.module or "", name.name))
        elif isinstance(node, ast.Call):
            yield from ((node, what) for what in _call(node.func))
        for iterable in _iterables(node):
            if _unordered(iterable):
                yield iterable, "iterates over a set, in hash order"


def _import(module: str, name: str | None) -> Iterator[str]:
    top = module.split(".")[0]
    if module == "claw._native":
        if name not in PURE_NATIVE:
            yield f"imports {name} from claw._native"
    elif (module, name) == ("claw", "_native"):
        yield "imports all of claw._native"
    elif top not in PURE_IMPORTS | {"claw"}:
        yield f"imports {module}"


def _call(function: ast.expr) -> Iterator[str]:
    if isinstance(function, ast.Name) and function.id in IMPURE_BUILTINS:
        yield f"calls {function.id}()"
    if isinstance(function, ast.Attribute) and function.attr in IMPURE_METHODS:
        yield f"calls .{function.attr}()"


def _iterables(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.For | ast.comprehension):
        yield node.iter
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"list", "tuple"}:
        yield from node.args


def _unordered(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in UNORDERED


def pure_modules() -> list[Path]:
    roots = [CLAW / name for name in PURE]
    return sorted(path for root in roots for path in ([root] if root.is_file() else root.rglob("*.py")))


def test_every_pure_layer_is_looked_at() -> None:
    seen = {path.relative_to(CLAW).parts[0] for path in pure_modules()}
    assert seen == set(PURE)


@pytest.mark.parametrize("path", pure_modules(), ids=lambda path: str(path.relative_to(CLAW)))
def test_a_pure_module_has_no_way_out(path: Path) -> None:
    assert impurities(path.read_text()) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os", "line 1: imports os"),
        ("import os.path as p", "line 1: imports os.path"),
        ("from time import time", "line 1: imports time"),
        ("from claw._native import LogWriter", "line 1: imports LogWriter from claw._native"),
        ("from claw import _native", "line 1: imports all of claw._native"),
        ("x = open('f')", "line 1: calls open()"),
        ("def f(d):\n    return d.now()", "line 2: calls .now()"),
        ("for x in {1, 2}: pass", "line 1: iterates over a set, in hash order"),
        ("y = [x for x in set(z)]", "line 1: iterates over a set, in hash order"),
        ("y = tuple({x for x in z})", "line 1: iterates over a set, in hash order"),
    ],
)
def test_an_impure_module_is_noticed(source: str, expected: str) -> None:
    assert impurities(source) == [expected]


@pytest.mark.parametrize(
    "source",
    ["from claw._native import blake3", "import re", "y = sorted({1, 2})", "from collections.abc import Iterator"],
)
def test_a_pure_module_is_let_through(source: str) -> None:
    assert impurities(source) == []

"""Which statements of the code that decides a session reaches.

A session that does not reach a statement comes out the same whatever is changed there, so nobody has to ask it.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.replay.other_claw import loaded, replay_with

Place = tuple[str, int, int]
"""File, line and column of a statement that stands in a function."""

MARK = "_reached"


def places(file: str, tree: ast.Module) -> dict[int, Place | str]:
    """For each node, by its id, the innermost statement it is part of; the name that is being given, or none, where
    that is done while a module loads.
    """
    found: dict[int, Place | str] = {}

    def look(node: ast.AST, place: Place | str, in_function: bool) -> None:
        if isinstance(node, ast.stmt):
            place = _place(file, node) if in_function else _name_given(node)
        found[id(node)] = place
        for child, inner in _children(node, in_function):
            look(child, place, inner)

    look(tree, "", False)
    return found


def naming(sources: Mapping[str, str]) -> dict[str, set[Place]]:
    """Of each name, the statements that say it."""
    found: defaultdict[str, set[Place]] = defaultdict(set)
    for file, text in sources.items():
        tree = ast.parse(text)
        of_nodes = places(file, tree)
        for node in ast.walk(tree):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            place = of_nodes[id(node)]
            if name and not isinstance(place, str):
                found[name].add(place)
    return dict(found)


def reached(sources: Mapping[str, str], sessions: Sequence[Path]) -> dict[Place, list[Path]]:
    """Of each statement that any of these sessions reaches, those that do. `sources` is the text of each file."""
    trees = {file: ast.parse(text) for file, text in sources.items()}
    for file, tree in trees.items():
        _mark(file, tree, False)
        ast.fix_missing_locations(tree)
    seen: set[Place] = set()
    replay = replay_with(trees, {MARK: seen.add})
    # What is called while a module loads made what every session works with.
    loading = frozenset(seen)
    found: defaultdict[Place, list[Path]] = defaultdict(list)
    for session in sessions:
        seen.clear()
        _forget()
        replay.replay(str(session))
        for place in seen | loading:
            found[place].append(session)
    return dict(found)


def _mark(file: str, node: ast.AST, in_function: bool) -> None:
    """Before each statement of a function its place is noted."""
    for child, inner in _children(node, in_function):
        _mark(file, child, inner)
    for name, value in ast.iter_fields(node):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt) and _inside(node, name, in_function):
            value[:] = [one for statement in value for one in (_note(file, statement), statement)]


def _note(file: str, statement: ast.stmt) -> ast.stmt:
    return ast.Expr(ast.Call(ast.Name(MARK, ast.Load()), [ast.Constant(_place(file, statement))], []))


def _name_given(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name), *_]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _place(file: str, statement: ast.stmt) -> Place:
    return file, statement.lineno, statement.col_offset


def _children(node: ast.AST, in_function: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Each, and whether it is done when a function is called."""
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child, _inside(node, name, in_function)


def _inside(node: ast.AST, field: str, in_function: bool) -> bool:
    return in_function or (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and field == "body")


def _forget() -> None:
    """What the sessions before have left: a function whose answer is remembered is not called again."""
    for name in loaded():
        for value in list(vars(sys.modules[name]).values()):
            if hasattr(value, "cache_clear"):
                value.cache_clear()

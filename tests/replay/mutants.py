"""Other versions of claw's pure code, each with one thing changed, and what replay of the golden sessions says of them.

``python -m tests.replay.mutants`` tries all and lists those that neither a golden session nor a made-up one notices.
"""

from __future__ import annotations

import ast
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

from tests.replay import reach
from tests.replay.goldens import SESSIONS, in_memory
from tests.replay.histories import write_all
from tests.replay.other_claw import CLAW, replay_with
from tests.replay.reach import Place

SOURCES = [
    *sorted((CLAW / "decide").glob("*.py")),
    *sorted((CLAW / "prompt").glob("*.py")),
    CLAW / "events" / "results.py",
    *(
        CLAW / "projections" / f"{name}.py"
        for name in (
            *("budget", "conversation", "conversation_calls", "conversation_changes", "conversation_fold"),
            *("entries", "hooks", "kept", "kinds", "long_term", "memory", "origin"),
            *("pending", "permissions", "schedules", "servers", "session", "state", "titles", "tools", "turn", "typed"),
        )
    ),
]
"""What decisions come from. (`usage` and `transcript` are for people: no decision reads them.)"""
PATIENCE = 10
"""Seconds after which a mutant is taken for endless, which is a way of being noticed."""
PARTS = 4
"""In which the sessions are looked at: enough for all processors, and few, since claw is loaded anew for each."""

_bit: defaultdict[str, list[Path]] = defaultdict(list)
"""By file, the sessions that noticed a change of it in this process, the last first: what notices one change of a
function often notices the next, so they are asked first.
"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`number` is its place among those of the file; `line` and `what` are for people."""

    file: str
    number: int
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.what}"


COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.LShift: ast.RShift,
}


def places(tree: ast.Module) -> list[tuple[ast.AST, int, str]]:
    """(node, which way, what) of every single change."""
    texts = set(_texts_for_people(tree))
    nodes = (node for node in ast.walk(tree) if id(node) not in texts)
    return [(node, variant, what) for node in nodes for variant, what in enumerate(_ways(node))]


def changed(source: str, number: int) -> ast.Module:
    """The source's tree with one thing changed; with nothing, where `number` is negative."""
    tree = ast.parse(source)
    if number >= 0:
        node, variant, _ = places(tree)[number]
        _apply(node, variant)
    return ast.fix_missing_locations(tree)


def _texts_for_people(tree: ast.Module) -> Iterator[int]:
    """Docstrings, annotations, `assert`s, and what stands at the top of a file but for its tables and constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
        elif isinstance(node, ast.Assert):
            yield from map(id, ast.walk(node))
        elif isinstance(node, ast.AnnAssign):
            yield from map(id, ast.walk(node.annotation))
            if isinstance(node.target, ast.Name) and node.target.id in ("Reason", "Stage"):
                yield from map(id, ast.walk(node))
        elif isinstance(node, ast.FunctionDef):
            for part in (*node.args.args, node.returns, *node.decorator_list):
                if part is not None:
                    yield from map(id, ast.walk(part))
        elif isinstance(node, ast.ClassDef):
            for keyword in node.keywords:
                yield from map(id, ast.walk(keyword))


def _ways(node: ast.AST) -> list[str]:
    """What can be changed at this node, in words."""
    match node:
        case ast.Compare(ops=ops):
            return [f"{type(op).__name__} becomes {COMPARISONS[type(op)].__name__}" for op in ops]
        case ast.BoolOp(op=op):
            return ["and becomes or" if isinstance(op, ast.And) else "or becomes and"]
        case ast.UnaryOp(op=ast.Not()):
            return ["not is gone"]
        case ast.BinOp(op=op) if type(op) in OPERATORS:
            return [f"{type(op).__name__} becomes {OPERATORS[type(op)].__name__}"]
        case ast.Constant(value=bool() as value):
            return [f"{value} becomes {not value}"]
        case ast.Constant(value=int() as value):
            return [f"{value} becomes {value + 1}"]
        case ast.Constant(value=str() as value):
            return [f"{value[:30]!r} is another text"]
        case ast.If() | ast.IfExp():
            return ["the condition is turned around"]
        case ast.List(elts=items, ctx=ast.Load()) if items:
            return [f"item {n} is gone" for n in range(len(items))]
        case ast.Call(keywords=keywords) if keywords:
            return [f"{keyword.arg}= is gone" for keyword in keywords if keyword.arg]
        case ast.Return(value=ast.Call(args=[first, *_])) if isinstance(first, ast.Name):
            return [f"returns {first.id} as it is"]
    return []


def _apply(node: ast.AST, variant: int) -> None:
    match node:
        case ast.Compare(ops=ops):
            ops[variant] = COMPARISONS[type(ops[variant])]()
        case ast.BoolOp(op=op):
            node.op = ast.Or() if isinstance(op, ast.And) else ast.And()
        case ast.UnaryOp():
            node.op = ast.UAdd()
            node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
        case ast.BinOp(op=op):
            node.op = OPERATORS[type(op)]()
        case ast.Constant(value=bool() as value):
            node.value = not value
        case ast.Constant(value=int() as value):
            node.value = value + 1
        case ast.Constant(value=str() as value):
            node.value = value + "~"
        case ast.If() | ast.IfExp():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case ast.List(elts=items):
            del items[variant]
        case ast.Call(keywords=keywords) if keywords:
            del keywords[[n for n, keyword in enumerate(keywords) if keyword.arg][variant]]
        case ast.Return(value=ast.Call(args=[first, *_])):
            node.value = first


def mutants() -> list[Mutant]:
    """All of them, in the order of the files."""
    found = []
    for source in SOURCES:
        name = str(source.relative_to(CLAW))
        for number, (node, _, what) in enumerate(places(ast.parse(source.read_text()))):
            found.append(Mutant(name, number, getattr(node, "lineno", 0), what))
    return found


def survivors(tried: Sequence[Mutant], sessions: Sequence[Path]) -> list[Mutant]:
    """Those of which replay of all these sessions says that nothing has changed."""
    with processes() as pool:
        noticed = pool.map(is_noticed, asked(tried, sessions, pool), tried, chunksize=8)
        return [mutant for mutant, seen in zip(tried, noticed, strict=True) if not seen]


def processes() -> ProcessPoolExecutor:
    """Processes of their own: nothing that other tests have loaded or left in this one may decide what is noticed."""
    return ProcessPoolExecutor(mp_context=get_context("spawn"))


def asked(tried: Sequence[Mutant], sessions: Sequence[Path], pool: ProcessPoolExecutor) -> list[list[Path]]:
    """For each mutant the sessions that can notice it, in the order in which it is likely to cost least."""
    parts = [sessions[start::PARTS] for start in range(min(PARTS, len(sessions)))]
    sources = {str(source.relative_to(CLAW)): source.read_text() for source in SOURCES}
    reaching: defaultdict[Place, set[Path]] = defaultdict(set)
    for found in pool.map(partial(reach.reached, sources), parts):
        for place, those in found.items():
            reaching[place].update(those)
    weights = Counter(session for those in reaching.values() for session in those)
    lightest = sorted(sessions, key=weights.__getitem__)
    naming = reach.naming(sources)
    found_for = []
    for mutant in tried:
        place = _places(mutant.file)[mutant.number] if mutant.number >= 0 else ""
        if isinstance(place, str):
            near = set().union(*(reaching[reader] for reader in naming.get(place, ())))
            found_for.append(sorted(lightest, key=lambda session, near=near: session not in near))
        else:
            found_for.append([session for session in lightest if session in reaching[place]])
    return found_for


@lru_cache(maxsize=1)
def _places(file: str) -> list[Place | str]:
    """Where the mutants of a file stand, by their numbers; a name, where it is something that any session may use."""
    tree = ast.parse((CLAW / file).read_text())
    of_nodes = reach.places(file, tree)
    return [of_nodes[id(node)] for node, _, _ in places(tree)]


def is_noticed(sessions: Sequence[Path], mutant: Mutant) -> bool:
    """Whether some session does not come out the same under this mutant."""
    tree = changed((CLAW / mutant.file).read_text(), mutant.number)
    signal.signal(signal.SIGALRM, _endless)
    signal.alarm(PATIENCE)
    try:
        replay = replay_with({mutant.file: tree})
        left = set(sessions)
        for session in dict.fromkeys((*(bit for bit in _bit[mutant.file] if bit in left), *sessions)):
            if not replay.replay(str(session)).ok:
                _bit[mutant.file] = [session, *(other for other in _bit[mutant.file] if other != session)]
                return True
        return False
    except Exception:  # noqa: BLE001 - it does not even load: noticed
        return True
    finally:
        signal.alarm(0)


def _endless(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


if __name__ == "__main__":
    everything = mutants()
    with in_memory() as folder:
        left = survivors(everything, [*SESSIONS, *write_all(folder)])
    sys.stdout.write("".join(f"{mutant}\n" for mutant in left))
    sys.stdout.write(f"{len(everything) - len(left)} of {len(everything)} noticed\n")

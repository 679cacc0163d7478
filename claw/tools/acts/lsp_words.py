"""What a language server answered, as a model reads it: bounded, with paths as claw writes them, from 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from claw.execution.context import ToolContext
from claw.execution.language.positions import characters, lines_of, path_of
from claw.execution.language.problems import plain
from claw.execution.language.shapes import Call, CallItem, Hover, Marked, Place, Position, Range, Symbol
from claw.execution.paths import shown

MOST = 200
"""Places or symbols of one answer."""
LONGEST_HOVER = 10_000
"""Characters."""
LONGEST_NAME = 200
MOST_PARTS = 20
"""Texts of one hover."""
DEEPEST = 20
"""Symbols within symbols."""
_NAMES_OF_KINDS = """
    File Module Namespace Package Class Method Property Field Constructor Enum Interface Function Variable Constant
    String Number Boolean Array Object Key Null EnumMember Struct Event Operator TypeParameter
"""
_KINDS = _NAMES_OF_KINDS.split()


class Words:
    """About a file with this URI and text, whose characters the server counts in `encoding`: only there they are
    counted anew.
    """

    def __init__(self, context: ToolContext, uri: str, text: str, encoding: str) -> None:
        self._context = context
        self._uri = uri
        self._lines = lines_of(text)
        self._encoding = encoding

    def places(self, found: Sequence[Place], what: str) -> str:
        if not found:
            return (
                f"No {what} found. There may be no symbol at this position, or it is of a library that the language "
                "server does not see."
            )
        places = _distinct(found)
        lines = [self._at(*place.where) for place in places[:MOST]]
        if len(lines) == 1:
            return f"Defined in {lines[0]}" if what == "definition" else f"Found 1 {what}: {lines[0]}"
        return _listed(f"Found {len(places)} {what}s:", lines, len(places))

    def references(self, found: Sequence[Place]) -> str:
        if not found:
            return "No references found. There may be no symbol at this position, or nothing uses it."
        places = _distinct(found)
        by_file: dict[str, list[Position]] = {}
        for place in places[:MOST]:
            uri, position = place.where
            by_file.setdefault(uri, []).append(position)
        lines = []
        for uri, positions in by_file.items():
            lines.append(f"\n{self._file(uri)}:")
            lines += [f"  Line {self._position(uri, position)}" for position in positions]
        count = len({place.where[0] for place in places})
        files = f" across {count} files" if count > 1 else ""
        return _listed(f"Found {_counted(len(places), 'reference')}{files}:", lines, len(places))

    def hover(self, found: Hover | None, where: str) -> str:
        parts = [] if found is None else found.contents if isinstance(found.contents, list) else [found.contents]
        texts = [plain(part, self._context, LONGEST_HOVER) for part in map(_markdown, parts[:MOST_PARTS])]
        said = "\n\n".join(text for text in texts if text)[:LONGEST_HOVER]
        return f"Hover info at {where}:\n\n{said}" if said else "Nothing is known of what stands at this position."

    def symbols(self, found: Sequence[Symbol]) -> str:
        nested = list(islice(_nested(found), MOST + 1))
        lines = [f"{'  ' * depth}{self._symbol(symbol)} - Line {self._line(symbol)}" for symbol, depth in nested[:MOST]]
        more = ["… and more"] if len(nested) > MOST else []
        return "\n".join(["Document symbols:", *lines, *more]) if lines else "No symbols found in this file."

    def found(self, found: Sequence[Symbol], query: str) -> str:
        lines = []
        for symbol in found[:MOST]:
            where = symbol.location or Place()
            inside = f" in {self._name(symbol.container_name)}" if symbol.container_name else ""
            lines.append(f"{self._symbol(symbol)} - {self._at(*where.where)}{inside}")
        if not lines:
            return f"No symbols found for {self._name(query)!r}."
        return _listed(f"Found {_counted(len(found), 'symbol')}:", lines, len(found))

    def items(self, found: Sequence[CallItem]) -> str:
        if not found:
            return "No call hierarchy found: there is no function or method at this position."
        return _listed("Call hierarchy:", [self._item(item) for item in found[:MOST]], len(found))

    def calls(self, found: Sequence[Call], *, incoming: bool) -> str:
        what = "incoming call" if incoming else "outgoing call"
        calls = [(item, call) for call in found if (item := call.from_ if incoming else call.to) is not None]
        lines = []
        for item, call in calls[:MOST]:
            # Where a call stands is in the file of whoever calls.
            uri = item.uri if incoming else self._uri
            where = ", ".join(self._position(uri, one.start) for one in call.from_ranges[:10])
            lines.append(f"{self._item(item)}{f' [calls at: {where}]' if where else ''}")
        return _listed(f"Found {_counted(len(calls), what)}:", lines, len(calls)) if lines else f"No {what}s found."

    # --- parts -------------------------------------------------------------------------------------------------------

    def _item(self, item: CallItem) -> str:
        kind = f"{self._name(item.name)} ({_kind(item.kind)})"
        return f"{kind} - {self._at(item.uri, item.selection_range.start)}"

    def _symbol(self, symbol: Symbol) -> str:
        return f"{self._name(symbol.name)} ({_kind(symbol.kind)})"

    def _line(self, symbol: Symbol) -> str:
        place = symbol.selection_range or symbol.range or (symbol.location.range if symbol.location else Range())
        return self._position(self._uri, place.start)

    def _at(self, uri: str, position: Position) -> str:
        return f"{self._file(uri)}:{self._position(uri, position)}"

    def _file(self, uri: str) -> str:
        path = path_of(uri)
        name = (
            uri
            if path is None
            else shown(path.encode(errors="surrogateescape").decode("utf-8", "replace"), self._context)
        )
        return self._name(name, 4 * LONGEST_NAME)

    def _name(self, text: str, most: int = LONGEST_NAME) -> str:
        return plain(text, self._context, most).replace("\n", " ")

    def _position(self, uri: str, position: Position) -> str:
        line, units = max(0, position.line), max(0, position.character)
        if uri == self._uri and line < len(self._lines):
            units = characters(self._lines[line], units, self._encoding)
        return f"{line + 1}:{units + 1}"


def _kind(number: int) -> str:
    return _KINDS[number - 1] if 1 <= number <= len(_KINDS) else "Symbol"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _distinct(found: Iterable[Place]) -> list[Place]:
    return list(
        {(uri, position.line, position.character): place for place in found for uri, position in [place.where]}.values()
    )


def _nested(symbols: Iterable[Symbol], depth: int = 0) -> Iterator[tuple[Symbol, int]]:
    for symbol in symbols:
        yield symbol, depth
        if depth < DEEPEST:
            yield from _nested(symbol.children or (), depth + 1)


def _markdown(part: str | Marked) -> str:
    if isinstance(part, str):
        return part
    return f"```{part.language}\n{part.value}\n```" if part.language else part.value


def _listed(title: str, lines: Sequence[str], count: int) -> str:
    """`count`: how many there are, of which the first `MOST` are in these lines."""
    return "\n".join([title, *lines, *([f"… and {count - MOST} more"] if count > MOST else [])])

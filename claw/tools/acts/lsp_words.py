"""What a language server answered, as a model reads it: bounded, with paths as claw writes them, from 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

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
DEEPEST = 20
"""Symbols within symbols."""
_NAMES_OF_KINDS = """
    File Module Namespace Package Class Method Property Field Constructor Enum Interface Function Variable Constant
    String Number Boolean Array Object Key Null EnumMember Struct Event Operator TypeParameter
"""
_KINDS = _NAMES_OF_KINDS.split()

Seen = tuple[str, str, str]
"""URI, text and unit of characters of the file that was asked about: only there characters are counted anew."""


class Words:
    def __init__(self, context: ToolContext) -> None:
        self._context = context

    def places(self, found: Sequence[Place], what: str, seen: Seen) -> str:
        if not found:
            return (
                f"No {what} found. There may be no symbol at this position, or it is of a library that the language "
                "server does not see."
            )
        lines = [self._at(*place.where, seen) for place in _distinct(found)]
        if len(lines) == 1:
            return f"Defined in {lines[0]}" if what == "definition" else f"Found 1 {what}: {lines[0]}"
        return _listed(f"Found {len(lines)} {what}s:", lines)

    def references(self, found: Sequence[Place], seen: Seen) -> str:
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
            lines += [f"  Line {self._position(uri, position, seen)}" for position in positions]
        count = len({place.where[0] for place in places})
        files = f" across {count} files" if count > 1 else ""
        more = [f"… and {len(places) - MOST} more"] if len(places) > MOST else []
        return "\n".join([f"Found {_counted(len(places), 'reference')}{files}:", *lines, *more])

    def hover(self, found: Hover | None, where: str) -> str:
        parts = [] if found is None else found.contents if isinstance(found.contents, list) else [found.contents]
        texts = [plain(part, self._context, LONGEST_HOVER) for part in map(_markdown, parts)]
        said = "\n\n".join(text for text in texts if text)[:LONGEST_HOVER]
        return f"Hover info at {where}:\n\n{said}" if said else "Nothing is known of what stands at this position."

    def symbols(self, found: Sequence[Symbol], seen: Seen) -> str:
        lines = [
            f"{'  ' * depth}{self._symbol(symbol)} - Line {self._line(symbol, seen)}"
            for symbol, depth in _nested(found)
        ]
        return _listed("Document symbols:", lines) if lines else "No symbols found in this file."

    def found(self, found: Sequence[Symbol], query: str, seen: Seen) -> str:
        lines = []
        for symbol in found:
            where = symbol.location or Place()
            inside = f" in {self._name(symbol.container_name)}" if symbol.container_name else ""
            lines.append(f"{self._symbol(symbol)} - {self._at(*where.where, seen)}{inside}")
        if not lines:
            return f"No symbols found for {self._name(query)!r}."
        return _listed(f"Found {_counted(len(lines), 'symbol')}:", lines)

    def items(self, found: Sequence[CallItem], seen: Seen) -> str:
        if not found:
            return "No call hierarchy found: there is no function or method at this position."
        return _listed("Call hierarchy:", [self._item(item, seen) for item in found])

    def calls(self, found: Sequence[Call], seen: Seen, *, incoming: bool) -> str:
        what = "incoming call" if incoming else "outgoing call"
        lines = []
        for call in found:
            item = call.from_ if incoming else call.to
            if item is None:
                continue
            # Where a call stands is in the file of whoever calls.
            uri = item.uri if incoming else seen[0]
            where = ", ".join(self._position(uri, one.start, seen) for one in call.from_ranges[:10])
            lines.append(f"{self._item(item, seen)}{f' [calls at: {where}]' if where else ''}")
        return _listed(f"Found {_counted(len(lines), what)}:", lines) if lines else f"No {what}s found."

    # --- parts -------------------------------------------------------------------------------------------------------

    def _item(self, item: CallItem, seen: Seen) -> str:
        kind = f"{self._name(item.name)} ({_kind(item.kind)})"
        return f"{kind} - {self._at(item.uri, item.selection_range.start, seen)}"

    def _symbol(self, symbol: Symbol) -> str:
        return f"{self._name(symbol.name)} ({_kind(symbol.kind)})"

    def _line(self, symbol: Symbol, seen: Seen) -> str:
        place = symbol.selection_range or symbol.range or (symbol.location.range if symbol.location else Range())
        return self._position(seen[0], place.start, seen)

    def _at(self, uri: str, position: Position, seen: Seen) -> str:
        return f"{self._file(uri)}:{self._position(uri, position, seen)}"

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

    def _position(self, uri: str, position: Position, seen: Seen) -> str:
        line, units = max(0, position.line), max(0, position.character)
        own, text, encoding = seen
        if uri == own and line < len(lines := lines_of(text)):
            units = characters(lines[line], units, encoding)
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


def _listed(title: str, lines: Sequence[str]) -> str:
    more = [f"… and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return "\n".join([title, *lines[:MOST], *more])

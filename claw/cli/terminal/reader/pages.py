"""Where one is in a session, and how one gets elsewhere. Only what is looked at is laid out."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from claw.cli.terminal.reader.index import Entry, Index

KEPT = 20_000
"""Rows that stay laid out."""
_STYLES = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(slots=True)
class Search:
    """`entries` are the numbers of those that may hold `text`, in order; events up to `upto` were looked through."""

    text: str
    entries: list[int]
    upto: int

    def rows(self, lines: list[str]) -> list[int]:
        """The rows in which it is found; the first where it is broken over several."""
        plain = [_STYLES.sub("", row) for row in lines]
        found = [number for number, row in enumerate(plain) if self.spans(row)]
        if found:
            return found
        whole, wanted = "".join("".join(row.split()) for row in plain), "".join(self.text.split())
        return [0] if wanted in (whole.lower() if self._any_case else whole) else []

    @property
    def _any_case(self) -> bool:
        """Whether the text has no capitals, and so means any."""
        return self.text == self.text.lower()

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it stands in a row without styles."""
        flags = re.IGNORECASE if self._any_case else 0
        return [match.span() for match in re.finditer(re.escape(self.text), text, flags)]


@dataclass(slots=True)
class Pages:
    """`lay_out` gives the rows of an entry at a width, `under_way` those of what is not in the log yet: they stand
    behind all entries, as if they were one. `top` is the entry and the row of it that is seen first; `follows`: the
    end is seen, whatever is added.
    """

    index: Index
    lay_out: Callable[[Entry, int], list[str]]
    under_way: list[str] = field(default_factory=list)
    width: int = 80
    height: int = 20
    top: tuple[int, int] = (0, 0)
    follows: bool = True
    search: Search | None = None
    found: tuple[int, int] = (-1, 0)
    """The entry and the row that the search is at."""
    _laid_out: OrderedDict[int, tuple[int, list[str]]] = field(default_factory=OrderedDict)
    """By the number of an entry: how many events it was drawn from, and its rows."""
    _rows: int = 0

    def resize(self, width: int, height: int) -> None:
        """Rows of so many cells, and so many of them."""
        if width != self.width:
            self._laid_out.clear()
            self._rows = 0
        self.width, self.height = max(1, width), max(1, height)

    def seen(self) -> list[str]:
        """The rows that are seen now, at most `height`."""
        if self.follows:
            self.top = self._before((self._count, 0), self.height)
        number, row = self.top
        rows: list[str] = []
        while number < self._count and len(rows) < self.height:
            rows += self._lines(number)[row : row + self.height - len(rows)]
            number, row = number + 1, 0
        return rows

    def move(self, rows: int) -> None:
        """Down by so many rows; up by as many where they are negative."""
        last = self._before((self._count, 0), self.height)
        self.top = min(self._after(self.top, rows), last) if rows > 0 else self._before(self.top, -rows)
        self.follows = rows > 0 and self.top >= last

    def to_begin(self) -> None:
        self.top, self.follows = (0, 0), False

    def to_end(self) -> None:
        self.follows = True

    def to_person(self, step: int) -> bool:
        """To the next input of the person's, or, with -1, the one before; whether there is one."""
        number = self.top[0] + step
        if step < 0 and self.top[1] > 0:
            number = self.top[0]
        while 0 <= number < len(self.index.entries):
            if self.index.entries[number].person:
                self._show(number, 0)
                return True
            number += step
        return False

    def position(self) -> str:
        """How far one has got, in a word."""
        if self.follows:
            return "end"
        return f"{100 * self.top[0] // max(1, self._count)}%"

    # --- searching ---------------------------------------------------------------------------------------------------

    def look_for(self, text: str) -> Search:
        """Find the entries that may hold a text. Reads the whole log; touches nothing else. Raises LogError."""
        upto = len(self.index.entries)
        seqs = self.index.found(f"(?i){re.escape(text)}")
        entries = [number for number in range(upto) if not seqs.isdisjoint(self.index.entries[number].events)]
        return Search(text, entries, upto)

    def next_found(self, step: int) -> str:
        """To the next place where the search finds something, or, with -1, the one before; a word on what happened."""
        if self.search is None:
            return "nothing is searched for: / begins"
        for number, row in self._places(step):
            wrapped = (number, row) <= self.found if step > 0 else (number, row) >= self.found
            at_first = self.found == (-1, 0)
            self.found = (number, row)
            self._show(number, row)
            return "from the other end on" if wrapped and not at_first else ""
        return f"{self.search.text} is nowhere"

    def _places(self, step: int) -> Iterator[tuple[int, int]]:
        """All places of the search, from the one it is at (or from what is seen first) on, and around."""
        assert self.search is not None
        begin = self.found if self.found != (-1, 0) else (self.top[0], self.top[1] - step)
        numbers = self.search.entries[::step]
        behind = [number for number in numbers if (number - begin[0]) * step >= 0]
        before = [number for number in numbers if (number - begin[0]) * step <= 0]
        for number in behind:
            for row in self.search.rows(self._lines(number))[::step]:
                if ((number, row) > begin) if step > 0 else ((number, row) < begin):
                    yield number, row
        for number in before:
            for row in self.search.rows(self._lines(number))[::step]:
                yield number, row

    # --- rows --------------------------------------------------------------------------------------------------------

    @property
    def _count(self) -> int:
        """Entries, and what is under way."""
        return len(self.index.entries) + 1

    def _show(self, number: int, row: int) -> None:
        """Have this row in sight, with what stands around it."""
        self.top = self._before((number, row), 0 if row == 0 else self.height // 3)
        last = self._before((self._count, 0), self.height)
        self.follows = self.top >= last
        if self.follows:
            self.top = last

    def _lines(self, number: int) -> list[str]:
        if number >= len(self.index.entries):
            return self.under_way
        entry = self.index.entries[number]
        known = self._laid_out.get(number)
        if known is not None and known[0] == len(entry.events):
            self._laid_out.move_to_end(number)
            return known[1]
        rows = self.lay_out(entry, self.width)
        self._rows += len(rows) - (len(known[1]) if known is not None else 0)
        self._laid_out[number] = (len(entry.events), rows)
        while self._rows > KEPT and len(self._laid_out) > 1:
            _, (_, gone) = self._laid_out.popitem(last=False)
            self._rows -= len(gone)
        return rows

    def _before(self, place: tuple[int, int], rows: int) -> tuple[int, int]:
        """The place so many rows above, or the first."""
        number, row = place
        row -= rows
        while row < 0 and number > 0:
            number -= 1
            row += len(self._lines(number))
        return number, max(0, row)

    def _after(self, place: tuple[int, int], rows: int) -> tuple[int, int]:
        """The place so many rows below, or the last."""
        number, row = place
        row += rows
        while number < self._count - 1 and row >= len(self._lines(number)):
            row -= len(self._lines(number))
            number += 1
        return number, row

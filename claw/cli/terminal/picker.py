"""A list to choose one thing from, with a search: on a screen of its own, or by numbers where there is none."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    VSplit,
    Window,
)
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style
from rich.text import Text

from claw.cli.sanitize import clean_line
from claw.cli.terminal.screen import Screen
from claw.cli.terminal.styles import QUIET, STRONG

T = TypeVar("T")

PREVIEW = 8
"""Lines of what is told of the chosen row, where the screen has three times as many."""
NUMBERED = 20
"""Rows that are shown at a time where there is no screen."""


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """`text` is what it is, `beside` what else is shown of it, `words` what a search looks at, too. `part_of`: it
    stands below the row before it.
    """

    value: T
    text: str
    beside: str = ""
    words: str = ""
    part_of: bool = False

    def holds(self, words: Sequence[str]) -> bool:
        """Whether each of these words, in lower case, is in it."""
        said = f"{self.text} {self.beside} {self.words}".lower()
        return all(word in said for word in words)


@dataclass(slots=True)
class Listing(Generic[T]):
    """What there is to choose from. `selected` is the row that is marked at first. `tell` gives lines about one.

    `more` gives other rows instead, by a key; `switch` says in words what it switches between. `look_in` finds the
    rows whose content has a text: it may take long, and is called off when the person goes on typing.
    """

    title: str
    rows: Sequence[Row[T]]
    selected: int = 0
    tell: Callable[[T], Sequence[str]] | None = None
    more: Callable[[], Sequence[Row[T]]] | None = None
    switch: str = ""
    look_in: Callable[[str], Awaitable[Sequence[Row[T]]]] | None = None
    none: str = "nothing matches"

    def found(self, query: str) -> list[Row[T]]:
        words = query.lower().split()
        return [row for row in self.rows if row.holds(words)] if words else list(self.rows)


@dataclass(slots=True)
class Picker(Generic[T]):
    """The list on a screen of its own. `run` gives the value of the row that was taken; None: none was."""

    listing: Listing[T]
    screen: Screen
    _shown: list[Row[T]] = field(default_factory=list)
    _at: int = 0
    _note: str = ""
    _looking: asyncio.Task[None] | None = None
    _app: Application[Any] | None = None
    _told: tuple[int, list[str]] = (-1, [])

    async def run(self) -> T | None:
        self._shown = list(self.listing.rows)
        self._at = min(self.listing.selected, max(0, len(self._shown) - 1))
        typed = Buffer(multiline=False, on_text_changed=lambda buffer: self._search(buffer.text))
        output = Vt100_Output.from_pty(sys.stdout)
        output.enable_cpr = False
        self._app = Application(
            layout=self._layout(typed),
            key_bindings=self._keys(typed),
            input=create_input(sys.stdin),
            output=output,
            full_screen=True,
            style=Style([]) if self.screen.can.colour is None or self.screen.can.plain_colours else None,
        )
        self._app.ttimeoutlen = 0.05
        self._app.timeoutlen = 0.1
        try:
            taken: T | None = await self._app.run_async(handle_sigint=False, set_exception_handler=False)
        finally:
            self._call_off()
        return taken

    def leave(self) -> None:
        """Nothing is taken."""
        if self._app is not None and self._app.is_running:
            self._app.exit(result=None)

    # --- what is drawn ---

    def _layout(self, typed: Buffer) -> Layout:
        search = Window(BufferControl(typed), height=1, wrap_lines=False)
        label = Window(FormattedTextControl("search: "), width=8, height=1)
        preview = Window(FormattedTextControl(lambda: ANSI("\n".join(self._preview()))), height=PREVIEW)
        tall = Condition(lambda: self.listing.tell is not None and self._rows() >= 3 * PREVIEW)
        return Layout(
            HSplit(
                [
                    Window(FormattedTextControl(lambda: ANSI(self._line(self.listing.title, STRONG))), height=1),
                    VSplit([label, search]),
                    Window(FormattedTextControl(lambda: ANSI("\n".join(self._list()))), height=Dimension(min=1)),
                    ConditionalContainer(preview, tall),
                    Window(FormattedTextControl(lambda: ANSI(self._line(self._hint(), QUIET))), height=1),
                ]
            ),
            focused_element=search,
        )

    def _rows(self) -> int:
        return self._app.output.get_size().rows if self._app is not None else 0

    def _columns(self) -> int:
        return max(20, self._app.output.get_size().columns) if self._app is not None else 80

    def _room(self) -> int:
        taken = 3 + (PREVIEW if self.listing.tell is not None and self._rows() >= 3 * PREVIEW else 0)
        return max(1, self._rows() - taken)

    def _line(self, text: str | Text, style: str = "") -> str:
        line = Text(clean_line(text), style) if isinstance(text, str) else text
        line.truncate(self._columns() - 1, overflow="ellipsis")
        lines = self.screen.lines(line, self._columns())
        return lines[0] if lines else ""

    def _list(self) -> list[str]:
        if not self._shown:
            return [self._line(self._note or self.listing.none, QUIET)]
        room = self._room()
        first = max(0, min(self._at - room // 2, len(self._shown) - room))
        return [self._row(place) for place in range(first, min(len(self._shown), first + room))]

    def _row(self, place: int) -> str:
        row = self._shown[place]
        chosen = place == self._at
        sign = self.screen.glyphs.chosen if chosen else " "
        beside = clean_line(row.beside)
        room = self._columns() - len(sign) - 4 - (len(beside) + 2 if len(beside) < self._columns() // 2 else 0)
        text = Text(clean_line(row.text), STRONG if chosen else "")
        text.truncate(max(8, room), overflow="ellipsis")
        indent = "  " if row.part_of else ""
        return self._line(Text.assemble(f"{sign} {indent}", text, ("  " + beside if beside else "", QUIET)))

    def _preview(self) -> list[str]:
        if not self._shown or self.listing.tell is None:
            return []
        if self._told[0] != id(self._shown[self._at]):
            lines = [self._line(text, QUIET) for text in self.listing.tell(self._shown[self._at].value)]
            self._told = id(self._shown[self._at]), ["", *lines][:PREVIEW]
        return self._told[1]

    def _hint(self) -> str:
        if self._note:
            return self._note
        count = f"{self._at + 1} of {len(self._shown)}" if self._shown else "none"
        keys = [f"{self.screen.glyphs.arrows} choose", "Enter takes it", "Esc leaves"]
        keys += ["Ctrl-F looks into what was said"] if self.listing.look_in is not None else []
        keys += [f"Ctrl-A {self.listing.switch}"] if self.listing.more is not None else []
        return ", ".join([count, *keys])

    # --- what keys do ---

    def _search(self, query: str) -> None:
        self._call_off()
        self._show(self.listing.found(query))

    def _show(self, rows: Sequence[Row[T]]) -> None:
        before = self._shown[self._at] if self._shown else None
        self._shown = list(rows)
        self._at = next((place for place, row in enumerate(self._shown) if row is before), 0)

    def _call_off(self) -> None:
        self._note = ""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self, query: str) -> None:
        assert self.listing.look_in is not None, "the key does nothing then"
        self._note = "looking into what was said; Esc calls it off"
        try:
            found = await self.listing.look_in(query)
        finally:
            self._note, self._looking = "", None
        self._show(found)
        if self._app is not None:
            self._app.invalidate()

    def _keys(self, typed: Buffer) -> KeyBindings:
        keys = KeyBindings()

        def move(by: int) -> None:
            self._at = max(0, min(len(self._shown) - 1, self._at + by))

        for names, by in (
            (("up", "c-p"), lambda: -1),
            (("down", "c-n"), lambda: 1),
            (("pageup",), lambda: -self._room()),
            (("pagedown",), lambda: self._room()),
            (("c-home",), lambda: -len(self._shown)),
            (("c-end",), lambda: len(self._shown)),
        ):
            for name in names:
                keys.add(name)(lambda _, by=by: move(by()))

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            if self._shown:
                event.app.exit(result=self._shown[self._at].value)

        @keys.add("escape")
        @keys.add("c-c")
        @keys.add("<sigint>")
        @keys.add("c-d")
        def _(event: KeyPressEvent) -> None:
            if self._looking is not None:
                self._call_off()
            elif typed.text:
                typed.text = ""
            else:
                event.app.exit(result=None)

        @keys.add("c-f", filter=Condition(lambda: self.listing.look_in is not None and bool(typed.text.strip())))
        def _(event: KeyPressEvent) -> None:
            self._call_off()
            self._looking = asyncio.get_running_loop().create_task(self._look(typed.text.strip()))

        @keys.add("c-a", filter=Condition(lambda: self.listing.more is not None))
        def _(event: KeyPressEvent) -> None:
            if self.listing.more is not None:
                self._call_off()
                self.listing.rows = self.listing.more()
                self._show(self.listing.found(typed.text))

        return keys


async def by_number(
    listing: Listing[T], say: Callable[[Sequence[str]], None], line: Callable[[], Awaitable[str | None]]
) -> T | None:
    """The same in a terminal without a screen: a number takes a row, words search, an empty line leaves."""
    rows = list(listing.rows)
    while True:
        shown = [f"{number}. {_flat(row)}" for number, row in enumerate(rows[:NUMBERED], start=1)]
        more = [f"and {len(rows) - NUMBERED} more: type words to search for"] if len(rows) > NUMBERED else []
        ask = "A number takes one, words search, an empty line leaves:"
        say([listing.title, *(shown or [listing.none]), *more, ask])
        typed = await line()
        if typed is None or not typed.strip():
            return None
        if typed.strip().isdecimal() and 0 < int(typed) <= min(len(rows), NUMBERED):
            return rows[int(typed) - 1].value
        rows = listing.found(typed)


def _flat(row: Row[Any]) -> str:
    beside = f" ({clean_line(row.beside)})" if row.beside else ""
    return f"{'  ' if row.part_of else ''}{clean_line(row.text)}{beside}"

"""The screen on which a whole session is read: what is drawn on it, and what its keys do."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.processors import BeforeInput
from rich.console import RenderableType

from claw.cli.sanitize import clean_line
from claw.cli.terminal.layout import line
from claw.cli.terminal.reader.drawn import Drawer
from claw.cli.terminal.reader.index import Index
from claw.cli.terminal.reader.pages import Pages, Search
from claw.cli.terminal.screen import Screen
from claw.cli.terminal.styles import QUESTION, QUIET
from claw.errors import ClawError
from claw.execution.threads import finished

HELP = ("q leaves", "/ n N search", "[ ] what you said", "g G ends", "Space b pages")
"""What the last line tells, as far as there is room: the first before the others."""
SLOWER = 6
"""What is under way is laid out at most in one part of so many of the time."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the reader needs of who shows it. `asked` says what waits for the person, `size` has columns and rows, `run`
    performs what takes a while.
    """

    under_way: Callable[[], list[RenderableType]]
    asked: Callable[[], str]
    size: Callable[[], tuple[int, int]]
    leave: Callable[[], None]
    suspend: Callable[[], None]
    refresh: Callable[[], None]
    run: Callable[[Awaitable[None]], None]


class Reader:
    """Of the session in the folder `path`."""

    def __init__(self, path: str, screen: Screen, around: Surroundings) -> None:
        self._around = around
        self._screen = screen
        self._index = Index(path)
        self._pages = Pages(self._index, Drawer(path, screen).lines)
        self._ready = False
        self._said = "reading the log"
        """What the last line says until the next key."""
        self._again_at = 0.0
        self._typed = Buffer(multiline=False)
        self._body = FormattedTextControl(self._drawn, focusable=True, show_cursor=False)
        field = BufferControl(self._typed, input_processors=[BeforeInput("/")])
        body = Window(self._body, wrap_lines=False, always_hide_cursor=True)
        typing = Condition(lambda: self._layout_has(field))
        last = ConditionalContainer(Window(FormattedTextControl(self._last), height=1), ~typing)
        self.layout = Layout(HSplit([body, last, ConditionalContainer(Window(field, height=1), typing)]), body)
        self._field = field
        self.keys = self._bindings(typing)
        around.run(self._load())

    def _layout_has(self, control: BufferControl) -> bool:
        return self.layout.has_focus(control)

    async def _load(self) -> None:
        await self._try(self._index.update)
        self._ready = True
        self._around.refresh()

    async def _try(self, work: Callable[[], object]) -> None:
        """Do it in a thread; what fails is said."""
        try:
            await finished(work)
            self._said = ""
        except ClawError as error:
            self._said = clean_line(error.message)

    # --- the picture -------------------------------------------------------------------------------------------------

    def _drawn(self) -> StyleAndTextTuples:
        columns, rows = self._around.size()
        self._pages.resize(columns - 1, rows - 1)
        if not self._ready:
            return []
        try:
            if self._index.update():
                self._again_at = 0.0
        except ClawError as error:
            self._said = clean_line(error.message)
        self._lay_out_tail()
        fragments: StyleAndTextTuples = []
        for row in self._pages.seen():
            fragments += _marked(to_formatted_text(ANSI(row)), self._pages.search)
            fragments.append(("", "\n"))
        return fragments

    def _lay_out_tail(self) -> None:
        begun = time.monotonic()
        if begun < self._again_at or not self._pages.follows:
            return
        parts = self._around.under_way()
        self._pages.under_way = [row for part in parts for row in ("", *self._screen.lines(part, self._pages.width))]
        self._again_at = begun + SLOWER * (time.monotonic() - begun)

    def _last(self) -> ANSI:
        columns, _ = self._around.size()
        asked = self._around.asked()
        told = [f"q goes back to: {asked}"] if asked else [self._said or self._pages.position(), *HELP]
        between = f" {self._screen.glyphs.dot} "
        while len(told) > 1 and len(between.join(told)) >= columns:
            told.pop()
        rows = self._screen.lines(line(between.join(told), QUESTION if asked else QUIET), max(1, columns - 1))
        return ANSI(rows[0] if rows else "")

    # --- keys --------------------------------------------------------------------------------------------------------

    def _bindings(self, typing: Condition) -> KeyBindings:
        keys = KeyBindings()
        reading = ~typing
        pages = self._pages

        def add(does: Callable[[], object], *names: str) -> None:
            for name in names:

                @keys.add(name, filter=reading)
                def _(event: KeyPressEvent) -> None:
                    self._said = ""
                    if self._ready:
                        does()

        add(lambda: pages.move(1), "down", "j", "enter")
        add(lambda: pages.move(-1), "up", "k")
        add(lambda: pages.move(pages.height - 1), "pagedown", "space", "c-f", "f")
        add(lambda: pages.move(1 - pages.height), "pageup", "b", "c-b")
        add(lambda: pages.move(pages.height // 2), "c-d", "d")
        add(lambda: pages.move(-(pages.height // 2)), "c-u", "u")
        add(pages.to_begin, "home", "g", "<")
        add(pages.to_end, "end", "G", ">")
        add(lambda: self._to_person(1), "]")
        add(lambda: self._to_person(-1), "[")
        add(lambda: self._around.run(self._next(1)), "n")
        add(lambda: self._around.run(self._next(-1)), "N")
        add(self._begin_search, "/")

        for name in ("q", "c-o", "c-c", "escape"):

            @keys.add(name, filter=reading)
            def _(event: KeyPressEvent) -> None:
                self._around.leave()

        @keys.add("c-z")
        def _(event: KeyPressEvent) -> None:
            self._around.suspend()

        @keys.add("c-l")
        def _(event: KeyPressEvent) -> None:
            event.app.renderer.clear()

        @keys.add("enter", filter=typing)
        def _(event: KeyPressEvent) -> None:
            text = self._typed.text
            self._end_search()
            if text:
                self._around.run(self._search(text))

        for name in ("escape", "c-c", "c-o"):

            @keys.add(name, filter=typing)
            def _(event: KeyPressEvent) -> None:
                self._end_search()

        return keys

    def _to_person(self, step: int) -> None:
        if not self._pages.to_person(step):
            self._said = "nothing you said is further down" if step > 0 else "nothing you said is further up"

    def _begin_search(self) -> None:
        self._typed.reset()
        self.layout.focus(self._field)

    def _end_search(self) -> None:
        self.layout.focus(self._body)
        self._around.refresh()

    async def _search(self, text: str) -> None:
        self._said = f"looking for {clean_line(text)}"
        self._pages.search, self._pages.found = None, (-1, 0)
        await self._look(text)
        await self._next(1)

    async def _look(self, text: str) -> None:
        def work() -> None:
            self._pages.search = self._pages.look_for(text)

        await self._try(work)

    async def _next(self, step: int) -> None:
        search = self._pages.search
        if search is not None and search.upto < len(self._index.entries):
            await self._look(search.text)
        if not self._said:
            self._said = clean_line(self._pages.next_found(step))
        self._around.refresh()


def _marked(fragments: StyleAndTextTuples, search: Search | None) -> StyleAndTextTuples:
    """A row with what is searched for in reverse."""
    spans = search.spans("".join(fragment[1] for fragment in fragments)) if search is not None else []
    if not spans:
        return fragments
    inside = {at for begin, end in spans for at in range(begin, end)}
    marked: StyleAndTextTuples = []
    at = 0
    for style, text, *_ in fragments:
        for character in text:
            marked.append((f"{style} reverse" if at in inside else style, character))
            at += 1
    return marked

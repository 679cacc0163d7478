"""The view for a terminal that can only be written to: TERM=dumb, a serial line, an editor's shell."""

from __future__ import annotations

import asyncio
import codecs
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from rich.console import RenderableType
from rich.text import Text

from claw.cli.terminal.base_view import BaseView
from claw.cli.terminal.gone import is_gone
from claw.cli.terminal.inquiry import Answer, Choice, Inquiry, Subject
from claw.cli.terminal.panel import drawn
from claw.cli.terminal.screen import Screen
from claw.cli.terminal.view import Presenter, Typed
from claw.late import load
from claw.settings.looks import Looks

if TYPE_CHECKING:
    from claw.cli.terminal.picker import Listing

T = TypeVar("T")

TWICE_S = 2.0
ALL = 1_000_000


class PlainView(BaseView):
    """Implements `View` line by line."""

    draws = False

    def __init__(self, screen: Screen, presenter: Presenter, settings: str, looks: Looks) -> None:
        super().__init__(presenter, settings, screen, looks)
        self.exit_code = 0
        self._lines: asyncio.Queue[Typed | None] = asyncio.Queue()
        self._inquiry: Inquiry | None = None
        self._written: list[str] = []
        """Lines of what is being written for an answer."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = ""
        self._broken_at = 0.0
        self._was_busy = True

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._break)
        loop.add_signal_handler(signal.SIGTERM, self._end, signal.SIGTERM)
        loop.add_signal_handler(signal.SIGHUP, self._end, signal.SIGHUP)
        loop.add_reader(sys.stdin.fileno(), self._read)
        try:
            yield
        finally:
            loop.remove_reader(sys.stdin.fileno())
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def print(self, parts: Sequence[RenderableType]) -> None:
        for part in parts:
            self._write("".join(f"{text}\n" for text in ["", *self._lay_out(part)]))
        self._was_busy = True

    def clipboard(self, encoded: str) -> bool:
        return False

    def read(self) -> bool:
        return False

    def refresh(self) -> None:
        busy = self._presenter.busy()
        if self._was_busy and not busy:
            self._write(f"\n{self._screen.glyphs.prompt} ")
        self._was_busy = busy

    async def line(self) -> Typed | None:
        self.refresh()
        return await self._lines.get()

    async def pick(self, listing: Listing[T]) -> T | None:
        def say(lines: Sequence[str]) -> None:
            self.print([Text(one) for one in lines])

        async def words() -> str | None:
            typed = await self.line()
            return None if typed is None else typed.text

        taken: T | None = await load("claw.cli.terminal.picker", "by_number")(listing, say, words)
        return taken

    async def _inquire(self, subject: Subject, offered: Sequence[Choice[T]]) -> Answer[T] | None:
        self._inquiry = Inquiry(subject, offered)
        self._written.clear()
        keys = "Type keys, as in 1,2" if any(choice.marks for choice in offered) else "Type a key"
        hint = f"{keys} and Enter; {subject.way_out.replace('Esc', 'Ctrl-C')}"
        lines, _ = drawn(subject, offered, -1, hint, self._screen.glyphs, self._lay_out, ALL, ALL)
        self._write("".join(f"{text}\n" for text in ["", *lines]))
        self._was_busy = True
        self._prompt_for_key()
        try:
            return await self._inquiry.answer
        finally:
            self._inquiry = None

    def _prompt_for_key(self) -> None:
        if self._inquiry is not None:
            keys = ", ".join(choice.key for choice in self._inquiry.offered)
            self._write(f"your answer, one of {keys}: " if self._screen.can.words else f"{keys}: ")

    def _read(self) -> None:
        try:
            data = os.read(sys.stdin.fileno(), 4096)
        except OSError as error:
            data = b""
            self._lost(error)
        if not data and not os.isatty(sys.stdin.fileno()):
            self._end(signal.SIGHUP)  # it was no Ctrl-D: there is no terminal any more
        if not data:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._leave()
            return
        self._begun += self._decoder.decode(data)
        *whole, self._begun = self._begun.split("\n")
        for text in whole:
            self._enter(text)

    def _enter(self, text: str) -> None:
        """A line that is a key is an answer, unless it was begun before the question; any other is for the session, as
        always."""
        inquiry = self._inquiry
        if inquiry is not None and inquiry.explaining:
            self._explain(inquiry, text)
        elif inquiry is not None and inquiry.ripe and inquiry.mark_all(text):
            return
        elif inquiry is not None and inquiry.offers(text.strip()):
            if not inquiry.ripe:
                self._write("That came before the question can have been read. Type it again.\n")
                self._prompt_for_key()
                return
            inquiry.select(text.strip())
            inquiry.choose()
            if inquiry.explaining and inquiry.chosen.filled:
                self._write(f"Type the whole {inquiry.chosen.asks}; a line with a dot alone ends it.\n")
            elif inquiry.explaining:
                self._write(f"{inquiry.chosen.asks}: ")
        elif text.strip() and not (inquiry is not None and inquiry.hear(text)):
            self._lines.put_nowait(Typed(text))
            self._prompt_for_key()

    def _explain(self, inquiry: Inquiry, text: str) -> None:
        """One line is all of it, save for what has several, which a dot ends."""
        if not inquiry.chosen.filled:
            inquiry.explain(text)
        elif text.strip() == ".":
            inquiry.explain("\n".join(self._written))
        else:
            self._written.append(text)

    def _break(self) -> None:
        if self._presenter.busy():
            self._presenter.interrupt()
        elif time.monotonic() - self._broken_at < TWICE_S:
            self._leave()
        else:
            self._broken_at = time.monotonic()
            self._write("\nCtrl-C again leaves\n")

    def _leave(self) -> None:
        self._lines.put_nowait(None)
        if self._inquiry is not None:
            self._inquiry.give(None)

    def _lay_out(self, part: RenderableType) -> list[str]:
        return self._screen.lines(part, max(1, shutil.get_terminal_size().columns - 1))

    def _end(self, number: int) -> None:
        self.exit_code = 128 + number
        self._leave()

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:
            self._lost(error)

    def _lost(self, error: OSError) -> None:
        """The terminal is gone: the person has left. Raises what is another error."""
        if not is_gone(error):
            raise error
        if not self.exit_code:
            self._end(signal.SIGHUP)

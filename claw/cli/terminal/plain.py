"""The face for a terminal that can only be written to: TERM=dumb, a serial line, an editor's shell."""

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

from rich.console import RenderableType

from claw.cli.terminal.face import Scene
from claw.cli.terminal.inquiry import Inquiry
from claw.cli.terminal.question import choices, panel
from claw.cli.terminal.screen import Screen
from claw.events.permission import PermissionAsked
from claw.handlers.permission import Reply

TWICE_S = 2.0
ALL = 1_000_000


class Plain:
    """Implements `Face` line by line. `settings` is the file that "always" writes to."""

    def __init__(self, screen: Screen, scene: Scene, settings: str) -> None:
        self.exit_code = 0
        self._screen = screen
        self._scene = scene
        self._settings = settings
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._inquiry: Inquiry | None = None
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
        width = max(1, shutil.get_terminal_size().columns - 1)
        for part in parts:
            self._write("".join(f"{text}\n" for text in ["", *self._screen.lines(part, width)]))
        self._was_busy = True

    def refresh(self) -> None:
        busy = self._scene.busy()
        if self._was_busy and not busy:
            self._write(f"\n{self._screen.glyphs.prompt} ")
        self._was_busy = busy

    async def line(self) -> str | None:
        self.refresh()
        return await self._lines.get()

    async def ask(self, question: PermissionAsked) -> Reply:
        offered = choices(question, self._settings)
        self._inquiry = Inquiry(question, offered, asyncio.get_running_loop().create_future())
        hint = "Type a key and Enter; Ctrl-C interrupts"
        self.print([panel(question, offered, -1, ALL, self._screen.glyphs, hint)])
        self._write(f"{', '.join(choice.key for choice in offered)}: ")
        try:
            return await self._inquiry.answer
        finally:
            self._inquiry = None

    def _read(self) -> None:
        data = os.read(sys.stdin.fileno(), 4096)
        if not data:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._lines.put_nowait(None)
            return
        self._begun += self._decoder.decode(data)
        *whole, self._begun = self._begun.split("\n")
        for text in whole:
            self._enter(text)

    def _enter(self, text: str) -> None:
        inquiry = self._inquiry
        if inquiry is None:
            if text.strip():
                self._lines.put_nowait(text)
        elif inquiry.explaining:
            inquiry.explain(text)
        else:
            inquiry.press(text.strip())
            if inquiry.explaining:
                self._write("reason: ")

    def _break(self) -> None:
        if self._inquiry is not None or self._scene.busy():
            self._scene.interrupt()
        elif time.monotonic() - self._broken_at < TWICE_S:
            self._lines.put_nowait(None)
        else:
            self._broken_at = time.monotonic()
            self._write("\nCtrl-C again leaves\n")

    def _end(self, number: int) -> None:
        self.exit_code = 128 + number
        self._lines.put_nowait(None)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

"""The face for a real terminal: prints into the scrollback, and redraws a few lines below it."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style
from rich.console import RenderableType

from claw.cli.terminal.completion import Mentions
from claw.cli.terminal.face import Scene
from claw.cli.terminal.history import History
from claw.cli.terminal.inquiry import Inquiry
from claw.cli.terminal.keys import bindings
from claw.cli.terminal.layout import line
from claw.cli.terminal.question import choices, details, panel
from claw.cli.terminal.screen import Screen
from claw.cli.terminal.windows import INPUT_LINES, Parts, build
from claw.events.permission import PermissionAsked
from claw.handlers.permission import Reply

REDRAW_S = 0.04
TICK_S = 0.12
SLOWER = 6
"""What grows is laid out at most in one part of so many of the time."""
TWICE_S = 2.0
"""Within this time a second Ctrl-C leaves."""


class Screenful:
    """Implements `Face` with prompt_toolkit. `settings` is the file that "always" writes to."""

    def __init__(
        self, screen: Screen, scene: Scene, commands: Mapping[str, str], workspace: str, history: Path, settings: str
    ) -> None:
        self.exit_code = 0
        self.inquiry: Inquiry | None = None
        self._screen = screen
        self._scene = scene
        self._settings = settings
        self._unprinted: list[str] = []
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._broken_at = 0.0
        self._grown: list[str] = []
        self._grow_again_at = 0.0
        self._typed = Buffer(
            multiline=True,
            history=History(history),
            completer=Mentions(commands, lambda: workspace),
            complete_while_typing=True,
        )
        self._reason = Buffer()
        parts = Parts(
            growing=self._growing,
            status=self._status,
            question=self._question,
            footer=self._footer,
            asking=lambda: self.inquiry is not None,
            explaining=lambda: self.inquiry is not None and self.inquiry.explaining,
            prompt=screen.glyphs.prompt,
        )
        self._windows = build(parts, self._typed, self._reason)
        output = Vt100_Output.from_pty(sys.stdout)
        output.enable_cpr = False  # nothing here needs to know where the cursor is, and not every terminal answers
        self._app: Application[None] = Application(
            layout=self._windows.layout,
            key_bindings=bindings(self, self._typed, self._reason),
            output=output,
            style=Style([]) if screen.can.colour is None or screen.can.plain_colours else None,
            erase_when_done=True,
            min_redraw_interval=REDRAW_S,
            before_render=self._before_render,
        )
        self._app.ttimeoutlen = 0.05
        self._app.timeoutlen = 0.1

    # --- Face --------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.break_)
        loop.add_signal_handler(signal.SIGTERM, self._end, signal.SIGTERM)
        loop.add_signal_handler(signal.SIGHUP, self._end, signal.SIGHUP)
        app = asyncio.create_task(self._app.run_async(handle_sigint=False, set_exception_handler=False))
        ticker = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticker.cancel()
            if self._app.is_running:
                self._app.exit()
            await asyncio.gather(app, ticker, return_exceptions=True)
            self._print_now()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def print(self, parts: Sequence[RenderableType]) -> None:
        width = self._app.output.get_size().columns
        for part in parts:
            self._unprinted += ["", *self._screen.lines(part, width - 1)]
        self._grow_again_at = 0.0
        self.refresh()

    def refresh(self) -> None:
        self._app.invalidate()

    async def line(self) -> str | None:
        return await self._lines.get()

    async def ask(self, question: PermissionAsked) -> Reply:
        offered = choices(question, self._settings)
        inquiry = Inquiry(question, offered, asyncio.get_running_loop().create_future())
        shown = details(question)
        if len(shown) > self._room() - len(offered) - 4:
            self.print([line(f"{question.name} would:", "bold"), *shown])
        self._reason.reset()
        self.inquiry = inquiry
        self.refocus()
        try:
            return await inquiry.answer
        finally:
            self.inquiry = None
            self.refocus()

    # --- Hands -------------------------------------------------------------------------------------------------------

    def busy(self) -> bool:
        return self._scene.busy()

    def submit(self, text: str) -> None:
        self._lines.put_nowait(text)

    def interrupt(self) -> None:
        self._scene.interrupt()

    def break_(self) -> None:
        if self.inquiry is not None or self._scene.busy():
            self._scene.interrupt()
        elif self._typed.text:
            self._typed.reset()
        elif time.monotonic() - self._broken_at < TWICE_S:
            self.leave()
        else:
            self._broken_at = time.monotonic()
            self.refresh()

    def leave(self) -> None:
        self._lines.put_nowait(None)

    def next_mode(self) -> None:
        self._scene.next_mode()

    def refocus(self) -> None:
        windows = self._windows
        focused = windows.input
        if self.inquiry is not None:
            focused = windows.reason if self.inquiry.explaining else windows.question
        windows.layout.focus(focused)
        self.refresh()

    # --- the picture -------------------------------------------------------------------------------------------------

    def _end(self, number: int) -> None:
        self.exit_code = 128 + number
        self.leave()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if self._scene.busy() or self._broken_at:
                self.refresh()

    def _before_render(self, _: object) -> None:
        self._print_now()

    def _print_now(self) -> None:
        if not self._unprinted:
            return
        lines, self._unprinted = self._unprinted, []
        output = self._app.output
        self._app.renderer.erase()
        output.write_raw("".join(f"{text}\r\n" for text in lines))
        output.flush()

    def _width(self) -> int:
        return max(1, self._app.output.get_size().columns - 1)

    def _room(self) -> int:
        """Lines for what is redrawn above the input and the footer."""
        return max(3, self._app.output.get_size().rows - 6)

    def _growing(self) -> list[str]:
        begun = time.monotonic()
        if begun >= self._grow_again_at:
            parts = self._scene.growing()
            self._grown = [text for part in parts for text in ("", *self._screen.lines(part, self._width()))]
            # What is long to lay out is laid out less often.
            self._grow_again_at = begun + SLOWER * (time.monotonic() - begun)
        lines = self._grown
        typed = min(INPUT_LINES, self._typed.document.line_count)
        taken = len(self._question()) if self.inquiry is not None else typed
        room = self._room() - taken
        return lines[-room:] if room > 0 else []

    def _status(self) -> list[str]:
        if not self._scene.busy() or self.inquiry is not None:
            return []
        return ["", *self._screen.lines(line(self._scene.status(), "cyan"), self._width())[:1]]

    def _question(self) -> list[str]:
        asked = self.inquiry
        if asked is None:
            return []
        hint = "Press a key; Esc interrupts" if asked.listening else "Esc interrupts"
        picture = panel(asked.question, asked.offered, asked.selected, self._room(), self._screen.glyphs, hint)
        return ["", *self._screen.lines(picture, self._width())][: self._room() + 2]

    def _footer(self) -> list[str]:
        text = self._scene.footer()
        if time.monotonic() - self._broken_at < TWICE_S:
            text = "Ctrl-C again leaves"
        else:
            self._broken_at = 0.0
        return self._screen.lines(line(text, "dim"), self._width())[:1]

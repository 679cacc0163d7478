"""The view for a real terminal: prints into the scrollback, and redraws a few lines below it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from anyio.abc import TaskStatus
from prompt_toolkit.application import Application, in_terminal
from prompt_toolkit.application.current import set_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style
from rich.console import Group, RenderableType
from rich.text import Text

from claw.cli.terminal.base_view import BaseView
from claw.cli.terminal.completion import Follows, Mentions
from claw.cli.terminal.editor import edited
from claw.cli.terminal.gone import may_be_gone
from claw.cli.terminal.heading import State
from claw.cli.terminal.history import History
from claw.cli.terminal.inquiry import QUIET_S, Answer, Choice, Inquiry, Subject
from claw.cli.terminal.keys import bindings
from claw.cli.terminal.layout import line
from claw.cli.terminal.panel import drawn, hint, whole
from claw.cli.terminal.paste_parser import PasteParser
from claw.cli.terminal.pastes import LARGEST
from claw.cli.terminal.presence import Keyboard, Presence, listen_for_focus
from claw.cli.terminal.reading import Reading
from claw.cli.terminal.screen import Screen
from claw.cli.terminal.styles import ERROR, QUIET, STRONG, WORKING
from claw.cli.terminal.typed_line import TypedLine
from claw.cli.terminal.vi import editing_mode, is_typing, mode_shown
from claw.cli.terminal.view import Presenter, Typed
from claw.cli.terminal.windows import INPUT_LINES, INPUT_LINES_ASKING, Parts, build
from claw.errors import UsageError
from claw.execution.threads import finished
from claw.late import load
from claw.settings.looks import Looks

if TYPE_CHECKING:
    from claw.cli.terminal.picker import Listing, Picker

T = TypeVar("T")

REDRAW_S = 0.04
TICK_S = 0.12
SLOWER = 6
"""What grows is laid out at most in one part of so many of the time."""
TWICE_S = 2.0
"""Within this time a second Ctrl-C leaves."""


class ScreenView(BaseView):
    """Implements `View` with prompt_toolkit."""

    draws = True

    def __init__(
        self,
        screen: Screen,
        presenter: Presenter,
        commands: Mapping[str, str],
        follows: Follows,
        workspace: str,
        history: Path,
        settings: str,
        looks: Looks,
    ) -> None:
        super().__init__(presenter, settings, screen, looks)
        self.exit_code = 0
        self.inquiry: Inquiry | None = None
        self._picker: Picker[Any] | None = None
        self._unprinted: list[str] = []
        self._lines: asyncio.Queue[Typed | None] = asyncio.Queue()
        self._broken_at = 0.0
        self._typed_at = 0.0
        """When the last key came; `_pause` is the time between that and the one before."""
        self._pause = QUIET_S
        self._aside = ""
        """What was being typed when a question was turned to."""
        self._writing: asyncio.Task[None] | None = None
        """The person's editor has the terminal."""
        self._explained = False
        """What belongs to an answer is being written."""
        self._grown: list[str] = []
        self._grow_again_at = 0.0
        self._listed: list[str] = []
        self._list_again_at = 0.0
        self._folded = False
        """The agents at work are shown in one line."""
        completer = Mentions(commands, follows, lambda: workspace)
        self.typing = TypedLine(History(history, workspace), completer)
        self._typed = self.typing.buffer
        self._reason = Buffer(multiline=True, tempfile_suffix=".md")
        parts = Parts(
            growing=self._growing,
            agents=self._agents,
            status=self._status,
            question=self._question,
            under=self._under,
            footer=self._footer,
            asking=lambda: self.inquiry is not None,
            explaining=lambda: self.inquiry is not None and self.inquiry.explaining,
            written=lambda: self.inquiry.chosen.asks if self.inquiry is not None else "",
            prompt=screen.glyphs.prompt,
            searching=lambda: self.typing.search.is_open,
            found=self._found,
            sought=self.typing.search.title,
        )
        self._reading = Reading(screen, presenter, lambda: self.inquiry, self._back)
        self._windows = build(parts, self._typed, self._reason, self.typing.search.query)
        output = Vt100_Output.from_pty(sys.stdout)
        self._presence = Presence(os.environ, looks, self._write)
        listen_for_focus()
        output.enable_cpr = False  # nothing here needs to know where the cursor is, and not every terminal answers
        self._app: Application[None] = Application(
            layout=self._windows.layout,
            key_bindings=self._reading.keys(bindings(self, self._typed, self._reason)),
            input=Keyboard(sys.stdin, self._presence),
            output=output,
            style=Style([]) if screen.can.colour is None or screen.can.plain_colours else None,
            erase_when_done=True,
            editing_mode=editing_mode(looks),
            min_redraw_interval=REDRAW_S,
            before_render=self._before_render,
        )
        if isinstance(self._app.input, Vt100Input):
            parser = self._app.input.vt100_parser
            self._app.input.vt100_parser = PasteParser(parser.feed_key_callback, LARGEST)
        self._reading.app = self._app
        self._app.ttimeoutlen = 0.05
        self._app.timeoutlen = 0.1
        self._app.key_processor.before_key_press += self._before_key

    # --- View --------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.break_)
        loop.add_signal_handler(signal.SIGTERM, self._end, signal.SIGTERM)
        loop.add_signal_handler(signal.SIGHUP, self._end, signal.SIGHUP)
        loop.set_exception_handler(self._callback_failed)
        try:
            async with anyio.create_task_group() as tasks:
                await tasks.start(self._show)
                ticker = asyncio.create_task(self._tick())
                self._presence.begin()
                try:
                    yield
                finally:
                    ticker.cancel()
                    self._presence.end()
                    self._close()
        finally:
            loop.set_exception_handler(None)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)
            with may_be_gone(self):
                self._print_now()

    async def _show(self, *, task_status: TaskStatus[None]) -> None:
        """Draw and take keys until `_close`. Raises what fails in that, save that the terminal is gone: then the person
        has left."""
        try:
            with may_be_gone(self):
                await self._app.run_async(pre_run=task_status.started, handle_sigint=False, set_exception_handler=False)
        finally:
            self.leave()

    def _close(self, error: BaseException | None = None) -> None:
        """Give the terminal back, as it was."""
        future = self._app.future
        if future is not None and not future.done():
            future.set_exception(error) if error is not None else future.set_result(None)

    def _callback_failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A key's function or a redrawing has raised. What somebody's task leaves behind is not told here: it would be
        written over the picture."""
        error = context.get("exception")
        if isinstance(error, Exception) and ("handle" in context or "prompt_toolkit" in context.get("message", "")):
            self._close(error)

    def print(self, parts: Sequence[RenderableType]) -> None:
        folder = self._presenter.heading().folder
        for part in parts:
            self._unprinted += ["", *self._screen.lines(part, self._width(), folder)]
        self._grow_again_at = self._list_again_at = 0.0
        self.refresh()

    def clipboard(self, encoded: str) -> bool:
        self._write(f"\x1b]52;c;{encoded}\x07")
        return True

    def _write(self, sequences: str) -> None:
        """Beside the picture, of which a part may wait to be written."""
        with may_be_gone(self):
            sys.stdout.write(sequences)
            sys.stdout.flush()

    def adopt(self, looks: Looks) -> None:
        self._app.editing_mode = editing_mode(looks)
        self._presence.adopt(looks)
        super().adopt(looks)

    def read(self) -> bool:
        self._reading.begin()
        return True

    def _back(self) -> None:
        """The conversation is shown again, with what has come meanwhile; a question has to be seen first."""
        self._app.layout = self._windows.layout
        if self.inquiry is not None:
            self.inquiry.since = time.monotonic()
        self._grow_again_at = self._list_again_at = 0.0
        self.refocus()

    def refresh(self) -> None:
        self._app.invalidate()

    async def line(self) -> Typed | None:
        return await self._lines.get()

    async def pick(self, listing: Listing[T]) -> T | None:
        picker: Picker[T] = load("claw.cli.terminal.picker", "Picker")(listing, self._screen)
        self._picker = picker
        with set_app(self._app):
            async with in_terminal():
                try:
                    return await picker.run()
                finally:
                    self._picker = None

    async def _inquire(self, subject: Subject, offered: Sequence[Choice[T]]) -> Answer[T] | None:
        self._reason.reset()
        self.typing.search.close()
        self.inquiry = inquiry = Inquiry(subject, offered)
        self.refocus()
        try:
            return await inquiry.answer
        finally:
            inquiry.unpress()
            self.inquiry = None
            self._bring_back()
            self.refocus()

    # --- Hands -------------------------------------------------------------------------------------------------------

    def busy(self) -> bool:
        return self._presenter.busy()

    def listening(self) -> bool:
        return self.inquiry is not None and self.inquiry.ripe and not self._typed.text and self._pause >= QUIET_S

    def editing(self) -> bool:
        alone = self.inquiry is not None and not self.inquiry.explaining and not self._typed.text
        return is_typing(self._app) and not alone

    def submit(self) -> None:
        self._app.vi_state.input_mode = InputMode.INSERT
        taken = self.typing.take()
        if taken is not None and (self.inquiry is None or not self.inquiry.hear(taken[0])):
            self._lines.put_nowait(taken[1])

    def steer(self) -> None:
        if self._typed.text.startswith("/") and not self.typing.is_text:
            self.submit()
        elif (taken := self.typing.take()) is not None:
            self._presenter.steer(taken[1])

    def paste(self, text: str) -> None:
        try:
            self.typing.paste(text)
        except UsageError as error:
            self.complain(error)

    def search(self) -> None:
        self.typing.search.open(self._typed.text)
        self.refocus()

    def end_search(self, *, take: bool) -> None:
        if take:
            self.typing.find()
        self.typing.search.close()
        self.refocus()

    def edit(self, buffer: Buffer) -> None:
        if self._writing is None:
            self._writing = asyncio.create_task(self._edit(buffer))

    async def _edit(self, buffer: Buffer) -> None:
        typing = self.typing
        text = typing.pastes.whole(buffer.text)
        try:
            async with in_terminal():
                made = await finished(lambda: edited(text, os.environ))
            if made == text:
                return
            if buffer is typing.buffer:
                typing.written(made)
            else:
                buffer.document = Document(made, len(made))
        except UsageError as error:
            self.complain(error)
        finally:
            self._writing = None

    def complain(self, error: UsageError) -> None:
        self.print([line(error.message, ERROR), *([line(error.hint, QUIET)] if error.hint else [])])

    def interrupt(self) -> None:
        self._presenter.interrupt()

    def break_(self) -> None:
        if self._writing is not None:
            return  # Ctrl-C was for the editor
        if self._presenter.busy():
            self._presenter.interrupt()
        elif self._typed.text:
            self.typing.clear()
        elif time.monotonic() - self._broken_at < TWICE_S:
            self.leave()
        else:
            self._broken_at = time.monotonic()
            self.refresh()

    def leave(self) -> None:
        if self._picker is not None:
            self._picker.leave()
        self._lines.put_nowait(None)
        if self.inquiry is not None:
            self.inquiry.give(None)

    def next_mode(self) -> None:
        self._presenter.next_mode()

    def moved(self) -> None:
        self._typed_at -= self._pause

    def set_aside(self) -> None:
        self._aside += self._typed.text
        self._typed.reset()

    def fold(self) -> None:
        if not self._listed:
            return
        self._folded = not self._folded
        self._list_again_at = 0.0
        self.refresh()

    def suspend(self) -> None:
        self._app.suspend_to_background()

    def refocus(self) -> None:
        explaining = self.inquiry is not None and self.inquiry.explaining
        if self.inquiry is not None and explaining and not self._explained:
            self._reason.document = Document(self.inquiry.chosen.filled, 0)
        self._explained = explaining
        self._list_again_at = 0.0
        writing = self._windows.search if self.typing.search.is_open else self._windows.input
        self._windows.layout.focus(self._windows.reason if explaining else writing)
        self.refresh()

    def queues(self) -> bool:
        return self._presenter.queues()

    def take_back(self) -> None:
        self._presenter.take_back(self._put)

    def _put(self, text: str) -> None:
        """Before what has been typed meanwhile; what begins like a command was none, and is none."""
        rest = self._typed.text
        if text.startswith(("/", "!")):
            self.typing.clear()
            self.typing.paste(text)
            self._typed.insert_text(rest)
        else:
            self._typed.document = Document(text + rest, len(text))
        self.refresh()

    def _bring_back(self) -> None:
        aside, self._aside = self._aside, ""
        if aside:
            self._typed.document = Document(aside + self._typed.text)

    def reported(self, sequence: str) -> None:
        self._presence.report(sequence)
        self.refresh()

    def _before_key(self, _: object) -> None:
        self._presence.key()
        now = time.monotonic()
        self._pause, self._typed_at = now - self._typed_at, now
        pressed = self.inquiry.unpress() if self.inquiry is not None else ""
        if pressed:
            self._typed.insert_text(pressed)

    # --- the picture -------------------------------------------------------------------------------------------------

    def _end(self, number: int) -> None:
        self.exit_code = 128 + number
        self.leave()

    async def _tick(self) -> None:
        while True:
            await anyio.sleep(TICK_S)
            if self._presenter.busy() or self._broken_at or self.inquiry is not None or self._presence.waits_to_call:
                self.refresh()

    def _before_render(self, _: object) -> None:
        if not self._reading.under_way:
            self._print_now()
        state: State = "asking" if self.inquiry is not None else "working" if self._presenter.busy() else "idle"
        self._presence.update(self._presenter.heading(), state, self._typed_at)

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
        short = len(self._typed.text) < self._width() // 2 and "\n" not in self._typed.text
        taken = 5 + len(self._presenter.under()) if self.inquiry is None else 3 if short else 2 + INPUT_LINES_ASKING
        if self.inquiry is not None and self.inquiry.explaining:
            taken = 2 + min(INPUT_LINES, self._reason.document.line_count + len(self._reason.text) // self._width())
        return max(3, self._app.output.get_size().rows - taken)

    def _growing(self) -> list[str]:
        begun = time.monotonic()
        if begun >= self._grow_again_at:
            parts = self._presenter.growing()
            self._grown = [text for part in parts for text in ("", *self._screen.lines(part, self._width()))]
            # What is long to lay out is laid out less often.
            self._grow_again_at = begun + SLOWER * (time.monotonic() - begun)
        lines = self._grown
        typed = min(INPUT_LINES, self._typed.document.line_count)
        taken = len(self._question()) if self.inquiry is not None else typed
        room = self._room() - taken - len(self._agents())
        return lines[-room:] if room > 0 else []

    def _agents(self) -> list[str]:
        """Those at work, in a third of the screen at most, and in what a question leaves of it."""
        begun = time.monotonic()
        if begun < self._list_again_at:
            return self._listed
        most = max(1, self._app.output.get_size().rows // 3 - 1)
        if self.inquiry is not None:
            most = min(most, self._room() - len(self._question()) - 1)
        told = self._presenter.agents(self._width(), most, folded=self._folded) if most > 0 else []
        laid_out = self._screen.lines(Text("\n").join(told), self._width())[:most] if told else []
        self._listed = ["", *laid_out] if laid_out else []
        self._list_again_at = begun + SLOWER * (time.monotonic() - begun)
        return self._listed

    def _found(self) -> list[str]:
        width = self._width()
        return self._screen.lines(Text("\n").join(self.typing.search.lines(width)), width)

    def _status(self) -> list[str]:
        if not self._presenter.busy() or self.inquiry is not None:
            return []
        doing = self._presenter.status("Ctrl-C" if self.looks.vim else "Esc")
        return ["", *self._screen.lines(line(doing, WORKING), self._width())[:1]]

    def _question(self) -> list[str]:
        asked = self.inquiry
        if asked is None:
            return []
        room = self._room()
        listens = asked.ripe and time.monotonic() - self._typed_at >= QUIET_S
        told = hint(asked, self._screen.glyphs, typed=bool(self._typed.text), listens=listens)

        def lay_out(part: RenderableType) -> list[str]:
            return self._screen.lines(part, self._width())

        lines, cut = drawn(
            asked.subject, asked.shown, asked.selected, told, self._screen.glyphs, lay_out, self._width(), room
        )
        if cut and not asked.above:
            asked.above = True
            self.print([Group(*whole(asked.subject, asked.offered))])
            asked.subject.printed()
        return ["", *lines] if len(lines) < room else lines

    def _under(self) -> list[str]:
        """Nothing while a question needs the room."""
        told = self._presenter.under() if self.inquiry is None else []
        return [text for part in told for text in self._screen.lines(part, self._width())[:1] or [""]]

    def _footer(self) -> list[str]:
        text = self._presenter.footer()
        if time.monotonic() - self._broken_at < TWICE_S:
            text = "Ctrl-C again leaves"
        else:
            self._broken_at = 0.0
            if self.typing.search.is_open:
                text = "Enter takes it into the line, Ctrl-R older, Ctrl-S newer, Tab all folders, Esc as it was"
            elif self.typing.is_text and self._typed.text.startswith(("!", "/")):
                text = "Enter sends this as text: what was pasted is no command"
            elif self._typed.text.startswith("!") and self.inquiry is None:
                text = "Enter runs it in your own shell" + (", after this turn" if self._presenter.busy() else "")
            elif self._typed.text and self.inquiry is None and self._presenter.busy():
                text = "Enter queues (after this turn), Ctrl-S steers (read next)"
        mode = (f"{mode_shown(self._app)} ", STRONG) if self.looks.vim else ""
        return self._screen.lines(Text.assemble(mode, line(text, QUIET)), self._width())[:1]

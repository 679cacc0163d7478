"""Interpreters that are kept alive from call to call: what starts one, and what one cell after the other does there."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel

from claw import _native
from claw.execution.output import Output
from claw.execution.process import flooded, readable
from claw.execution.shells import Shell
from claw.execution.threads import finished

if TYPE_CHECKING:
    from claw.execution.process import Taker

GRACE = 2.0
"""Seconds that an interrupted cell has to end; after that its interpreter does."""
AT_ONCE = 64
"""Pieces of output that are taken before it is seen what the interpreter answers."""

SHELL_DRIVER = r"""PS1= PS2= PROMPT_COMMAND='unset PROMPT_COMMAND HISTFILE
exec 63>&0 62>&1 >/dev/null
trap "exit 143" TERM
set +o history +o histexpand +o monitor
__claw_cell() { __claw_code=$2; }
__claw_done() { builtin printf "done %d\n" "$1" >&63; }
__claw_back() { builtin printf "back\n" >&63; }' exec "$BASH" --norc --noprofile --noediting -i 2>/dev/null"""
"""An interactive shell: one that goes on after an interrupt. What it is told stands in `Process.give`."""


def python_driver() -> str:
    """The program text of the driver of a Python."""
    return Path(__file__).with_name("python_driver.py").read_text("utf-8")


class Interpreter(Shell):
    """One, as a command that runs in the background. `bounds` are what it was started with: a cell that may do other
    things needs another one. What it says between cells is its own output.
    """

    bounds: Any = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._cell: Output | None = None
        self._answered: asyncio.Future[tuple[str, int]] | None = None
        self._heard = b""

    @property
    def busy(self) -> bool:
        """A cell is under way."""
        return self._cell is not None

    async def run(self, grant: _native.Grant | None, output: Output, deadline: float) -> tuple[str, int]:
        """Do a cell, whose output goes there: how it ended (`done`, `over` its time, or `gone` with the interpreter),
        and its status. `grant`: None for the first one, which it was started with. Raises ToolError.

        Once cancelled, the cell has ended, and the interpreter with it if it must.
        """
        self._cell = output
        try:
            if grant is not None:
                await finished(lambda: self.process.give(grant))
            ended = await self._answer(deadline)
            if ended[0] != "late":
                return ended
            return ("over", 1) if await self._interrupted() else ("gone", 1)
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await self._interrupted()
            raise
        finally:
            self._cell = None

    async def _interrupted(self) -> bool:
        """Interrupt the cell; whether the interpreter is still there."""
        await finished(self.process.interrupt)
        deadline = time.monotonic() + GRACE
        while True:
            word, _ = await self._answer(deadline)
            if word == "back":
                return True
            if word in ("late", "gone"):
                self.kill("killed")
                await self.gone()
                return False

    async def _answer(self, deadline: float) -> tuple[str, int]:
        """The next word that it says: `done`, `back`; `gone`, or `late` for one that does not come in time."""
        self._answered = asyncio.get_running_loop().create_future()
        try:
            if self.end is not None:
                return "gone", 1
            self._hand_over()
            waits: set[asyncio.Future[Any]] = {self._answered, self.task} if self.task else {self._answered}
            left = max(0.0, deadline - time.monotonic())
            await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if self._answered.done():
                return self._answered.result()
            return ("gone", 1) if self.end is not None else ("late", 1)
        finally:
            self._answered = None

    # --- what it says ------------------------------------------------------------------------------------------------

    @property
    def _taker(self) -> Taker:
        return self._cell or self.output

    async def _followed(self) -> int | None:
        """Take what it says, on either way, to its end: all that came before an answer is taken before that is."""
        process, answers = self.process, self.process.channel_fd
        assert answers is not None, "an interpreter is driven"
        open_fds = [process.output_fd, answers]
        ended = False
        while not ended:
            heard = self._hear(answers) if answers in open_fds else b""
            if heard is None:
                open_fds.remove(answers)
            ended, came = await self._drained()
            self._heard += heard or b""
            self._hand_over()
            if not (came or heard or ended):
                await readable(open_fds, None)
        while (status := process.wait(0)) is None:
            await readable((process.status_fd,), None)
        return status

    def _hear(self, answers: int) -> bytes | None:
        """What it answers; None: nothing any more."""
        try:
            return os.read(answers, 4096) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    async def _drained(self) -> tuple[bool, bool]:
        """Take what it has said so far: whether that is all, and whether there was anything."""
        came = False
        for _ in range(AT_ONCE):
            await anyio.lowlevel.checkpoint()
            if self._taker.floods:
                if await flooded(self.process, self._taker, None):
                    return True, True
                return False, True
            piece = self.process.read(0)
            if piece is None:
                return False, came
            self._taker.feed(piece)
            if not piece:
                return True, came
            came = True
        return False, came

    def _hand_over(self) -> None:
        """The next whole word to who waits for it."""
        line, end, rest = self._heard.partition(b"\n")
        if not end or self._answered is None or self._answered.done():
            return
        self._heard = rest
        word, _, number = line.decode(errors="replace").partition(" ")
        self._answered.set_result((word, int(number) if number.isdecimal() else 0))

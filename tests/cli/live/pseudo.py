"""claw on a pseudo-terminal whose modes can be looked at before and after."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.live.world import CLAW, PATIENCE, World

OPENED = {
    b"\x1b[?2004h": b"\x1b[?2004l",
    b"\x1b[?25l": b"\x1b[?25h",
    b"\x1b[?1049h": b"\x1b[?1049l",
    b"\x1b[?7l": b"\x1b[?7h",
    b"\x1b[?1004h": b"\x1b[?1004l",
    b"\x1b[22;0t": b"\x1b[23;0t",
}
"""What a program asks of a terminal, and what takes it back: brackets around what is pasted, no cursor, another screen,
no wrapping, reports of the focus, a title of its own."""


@dataclass
class Pseudo:
    """One program with a terminal of its own. `said` is all that it has written to it."""

    world: World
    where: Path | None = None
    """The folder it is started in; None: the workspace."""
    said: bytes = b""
    _master: int = -1
    _slave: int = -1
    _process: subprocess.Popen[bytes] | None = field(default=None)
    _modes: list[object] = field(default_factory=list)

    def start(
        self,
        *arguments: str,
        program: Sequence[str] = (CLAW,),
        rows: int = 40,
        columns: int = 100,
        controlling: bool = True,
        **environ: str,
    ) -> Pseudo:
        """Not `controlling`: no signal tells it that the terminal has gone."""
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._modes = termios.tcgetattr(self._slave)
        slave = self._slave

        def adopt() -> None:
            os.setsid()
            if controlling:
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self._process = subprocess.Popen(
            [*program, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=self.where or self.world.workspace,
            env={**self.world.environ, **environ},
            preexec_fn=adopt,
        )
        return self

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def wait(self, *wanted: str) -> None:
        """Wait until all of this has been written, whatever line ends stand between its words."""
        self._until(lambda: all(text.encode() in b" ".join(self.said.split()) for text in wanted), f"{wanted!r}")

    def exit_code(self) -> int:
        """Wait until the program has ended; its exit code as a shell has it."""
        assert self._process is not None
        self._until(lambda: self._ended(), "the end")
        code = self._process.returncode
        return code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def until(self, holds: Callable[[], bool], wanted: str) -> None:
        """Wait until this holds, hearing what the program writes meanwhile."""
        self._until(holds, wanted)

    def hang_up(self) -> None:
        """Close the terminal's window."""
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1

    def as_it_was(self) -> bool:
        """Whether the terminal is as the program found it."""
        taken_back = all(
            self.said.rfind(end) > self.said.rfind(begin) for begin, end in OPENED.items() if begin in self.said
        )
        return taken_back and termios.tcgetattr(self._slave) == self._modes

    def sentences(self) -> list[str]:
        """What claw has said at its end: each with the hint below it."""
        told = self.said.decode(errors="replace").replace("\r\n", "\n")
        return [part for part in told.split("claw: ")[1:]]

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for number in (self._master, self._slave):
            if number >= 0:
                os.close(number)

    def _ended(self) -> bool:
        assert self._process is not None
        return self._process.poll() is not None

    def _until(self, holds: Callable[[], bool], wanted: str) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            done = holds()
            while self._master >= 0 and select.select([self._master], [], [], 0)[0]:
                self.said += os.read(self._master, 65536)
            if done:
                return
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {wanted}; it said:\n{self.said.decode(errors='replace')}")
            time.sleep(0.02)

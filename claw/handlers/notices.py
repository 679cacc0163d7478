"""What a command says whose lines the model wants to hear of: told some at a time, and not without end."""

from __future__ import annotations

import asyncio

from claw.events.shell import ShellNoticed, ending_of
from claw.execution.lines import Lines
from claw.execution.shells import Shell
from claw.handlers.base import Emit

FIRST_SECONDS = 0.2
"""How long lines are gathered that come together."""
PAUSE_SECONDS = 2.0
"""At least so much is between one notice and the next: each may cost a turn."""
MOST_AT_ONCE = 50
"""Lines of one notice; of more the last ones are told."""
MOST = 2_000
"""Lines after which a command is ended."""
LONGEST = 500
"""Characters of a line that are told."""


class Notices:
    """The lines of one command, which is ended when its time is over or when it has said too many."""

    def __init__(self, shell: Shell, emit: Emit) -> None:
        self._shell = shell
        self._emit = emit
        self._lines: list[str] = []
        self._gathering = Lines(self._add)
        self._count = 0
        self._told_at = 0.0
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.TimerHandle | None = None
        self._end = None if shell.seconds is None else self._loop.call_later(shell.seconds, self._over)
        shell.watchers.append(self._gathering.feed)

    def _add(self, lines: list[str]) -> None:
        lines = [line for line in lines if line.strip()]
        self._count += len(lines)
        self._lines += lines
        if self._count > MOST:
            self._kill(f"It has said more than {MOST} lines and was ended: watch with a narrower command.")
        elif lines and self._due is None:
            pause = self._told_at + PAUSE_SECONDS - self._loop.time()
            self._due = self._loop.call_later(max(FIRST_SECONDS, pause), self._tell)

    def _over(self) -> None:
        self._kill(f"Its {self._shell.seconds:g} s are over, and it was ended.")

    def _kill(self, why: str) -> None:
        if self._shell.end is None and self._stop():
            self._tell(why)
            self._shell.kill("killed")

    def _stop(self) -> bool:
        """Nothing more is told; whether something was until now."""
        if self._gathering.feed not in self._shell.watchers:
            return False
        self._shell.watchers.remove(self._gathering.feed)
        self._gathering.finish()
        return True

    def close(self) -> None:
        """The command is gone: the rest of its lines, and its end, where it has ended by itself."""
        for timer in (self._end, self._due):
            if timer is not None:
                timer.cancel()
        if self._stop() and self._shell.end == "exited":
            self._tell(f"It {ending_of('exited', self._shell.exit)}.")

    def _tell(self, note: str = "") -> None:
        self._due = None
        self._told_at = self._loop.time()
        lines, self._lines = self._lines, []
        left_out = len(lines) - MOST_AT_ONCE
        told = [line if len(line) <= LONGEST else f"{line[:LONGEST]}…" for line in lines[-MOST_AT_ONCE:]]
        before = [f"[… {left_out} lines left out …]"] if left_out > 0 else []
        said = "\n".join([*before, *told, *([f"[{note}]"] if note else [])])
        title = " ".join((self._shell.title or "").split())[:LONGEST]
        self._emit(ShellNoticed(id=self._shell.id, title=title, text=said))

"""The program of the person's that writes a line below the input: told how things stand, heard, and killed when it
takes too long. It runs as a hook does, and is no event: what only draws changes nothing in a session (ADR 38).
"""

from __future__ import annotations

import time

from msgspec.structs import replace

from claw import _native
from claw.errors import ClawError
from claw.events.tool import Sandbox
from claw.execution.context import Facts, ToolContext
from claw.execution.grants import shown
from claw.execution.masking import masked
from claw.execution.process import followed, killed
from claw.execution.reach import Runs, reach, whole
from claw.execution.reached import changed, own_environment
from claw.execution.rules import kept_from
from claw.execution.sandbox import Running, start
from claw.execution.threads import finished
from claw.settings import Settings
from claw.settings.reading import REPOSITORY
from claw.settings.status_line import StatusLine

PATIENCE_S = 5.0
"""How long it may take."""
READ_LIMIT = 16 * 1024
"""Bytes that are read; what is more is drained and forgotten."""


class StatusProgram:
    """One program. Its methods belong to the event loop."""

    def __init__(self, context: ToolContext, line: StatusLine, directories: tuple[str, ...], runs: Runs | None) -> None:
        self.line = line
        self.problem = ""
        """A sentence on why it wrote nothing when it was last run; empty: it did, or wanted to write nothing."""
        self._context = context
        self._directories = directories
        self._runs = runs

    async def run(self, given: bytes, columns: int) -> str:
        """What it writes when it reads this; empty where it fails. Raises nothing but a cancellation."""
        self.problem = ""
        heard = _Heard()
        try:
            why, confined = await finished(self._looked_at)
            if why and not confined:
                self.problem = why
                return ""
            status = await self._run(given, columns, heard, confined=confined)
        except (ClawError, OSError) as error:
            self.problem = f"{self.line.source}: the status line could not be run: {error}"
            return ""
        if status is None:
            self.problem = f"{self.line.source}: the status line took longer than {PATIENCE_S:g} s and was killed."
        return masked(heard.data.decode("utf-8", "replace"), self._context) if status == 0 else ""

    def _looked_at(self) -> tuple[str, bool]:
        """As `changed`. What the person's own runs is known from the first time on. Blocks."""
        command, context = self.line.command, self._context
        if self._runs is None and self.line.layer not in REPOSITORY:
            roots = context.workspace, *self._directories
            found = reach(command, roots, context.environment.get("PATH", ""), context.home)
            self._runs = found.runs(whole(*roots) if found.open else "")
        why, confined = changed("status line", command, context, self._directories, self._runs)
        if confined and self._runs is not None:
            # What has changed once stays so: it is not looked for again.
            self._runs = replace(self._runs, whole="")
        return why, confined

    async def _run(self, given: bytes, columns: int, heard: _Heard, *, confined: bool) -> int | None:
        """The exit status; None: it took too long."""
        shell, env = own_environment(self._context)
        env["COLUMNS"] = str(columns)
        running = await finished(lambda: self._started(shell, env, given, confined=confined))
        status = None
        try:
            status = await followed(running.process, heard, time.monotonic() + PATIENCE_S)
        finally:
            if status is None:
                await killed(running.process, heard)
            await finished(running.settle)
        return status

    def _started(self, shell: str, env: dict[str, str], given: bytes, *, confined: bool) -> Running:
        context, grant = self._context, shown(self.line.command)
        if not confined:
            cwd, guard = context.workspace, context.guard
            return Running(_native.Process(grant, shell=shell, cwd=cwd, env=env, guard=guard, stdin=given), context)
        hidden, kept = kept_from(context)
        sandbox = Sandbox(writable=False, namespaces=True, hidden=hidden, kept=kept, network=())
        return start(shell, Facts(grant=grant, sandbox=sandbox), context, environment=env, stdin=given)


class _Heard:
    """What it has written, as far as that is read."""

    floods = False

    def __init__(self) -> None:
        self.data = bytearray()

    def feed(self, piece: bytes, uncounted: int = 0) -> None:
        self.data += piece[: max(0, READ_LIMIT - len(self.data))]


def program(context: ToolContext, settings: Settings) -> StatusProgram | None:
    """The one that the settings name; `settings` are settled: what a repository wants is in them if it is trusted."""
    line = settings.status_line
    if line is None:
        return None
    runs = settings.runs.get(line.command) if line.layer in REPOSITORY else None
    return StatusProgram(context, line, settings.directories, runs)

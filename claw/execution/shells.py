"""Commands that run in the background, as this process knows them: to look at, to kill, and to end with the session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import anyio

from claw import _native
from claw.errors import ToolError
from claw.events.shell import ShellEnd
from claw.execution.output import Output
from claw.execution.process import followed
from claw.execution.terminal_text import TerminalText
from claw.execution.threads import finished

MOST = 16
"""How many may run at a time."""


PREFIXES = ("bash", "python", "shell")
"""How ids begin."""


class Shell:
    """One command. `output` takes what it says once `follow` runs."""

    def __init__(
        self,
        id: str,
        command: str,
        process: _native.Process,
        settle: Callable[[], str],
        secrets: Sequence[tuple[str, str]],
        screen: TerminalText | None,
        agent: int,
    ) -> None:
        self.id = id
        self.agent = agent
        """Id of the agent whose command it is."""
        self.command = command
        self.process = process
        self._settle = settle
        self.watchers: list[Callable[[str], None]] = []
        """Each takes what it says, masked, piece by piece."""
        self.title: str | None = None
        """What the model calls it, which wants to hear of its lines; None: it does not."""
        self.seconds: float | None = None
        """How long it may run then; None: as long as it likes."""
        self.output = Output(secrets, self._said, screen)
        self.began = time.monotonic_ns()
        self.end: ShellEnd | None = None
        """How it ended; None while it runs."""
        self.exit: int | None = None
        self.task: asyncio.Task[None] | None = None
        """Follows it to its end, and reports that; None until it is reported as started."""
        self._why: ShellEnd = "exited"

    def _said(self, text: str) -> None:
        for watcher in tuple(self.watchers):
            watcher(text)

    async def follow(self) -> None:
        """Take what it says until it and all that it started are gone."""
        status = None
        try:
            status = await self._followed()
        except ToolError:
            self._why = "killed"  # its supervisor was, by somebody else
        finally:
            self.process.kill()
        with anyio.CancelScope(shield=True):
            note = await finished(self._settle)
        if note:
            self.output.feed(f"\n{note}\n".encode())
        self.output.finish()
        self.end = self._why
        self.exit = status if self._why == "exited" else None

    async def _followed(self) -> int | None:
        return await followed(self.process, self.output, None)

    def kill(self, why: ShellEnd) -> None:
        """Begin to end it, unless it has ended."""
        if self.end is None:
            self._why = why
            self.process.kill()

    async def ended(self, seconds: float) -> None:
        """Wait until it is gone, but no longer than that."""
        if self.task is not None and self.end is None and seconds > 0:
            await asyncio.wait({self.task}, timeout=seconds)

    async def gone(self) -> None:
        """Wait until it is."""
        with anyio.CancelScope(shield=True):
            if self.task is not None:
                await asyncio.wait({self.task})

    async def look(self) -> str:
        """What it said since the last look."""
        return await finished(self.output.look) if self.output.floods else self.output.look()


S = TypeVar("S", bound=Shell)


class Shells:
    """All of them, by id. Ids go on from those of earlier runs of the session."""

    def __init__(self, started: int = 0) -> None:
        self.started = started
        """How many there have been."""
        self._earlier = started
        self._all: dict[str, Shell] = {}

    @property
    def any_runs(self) -> bool:
        return any(shell.end is None for shell in self._all.values())

    def go_on_from(self, started: int) -> None:
        """Earlier runs of this session have started so many."""
        self.started = self._earlier = started

    def check_room(self, agent: int) -> None:
        """Raises ToolError when the agent may start no further one."""
        running = [shell for shell in self._all.values() if shell.end is None]
        if len(running) >= MOST:
            own = next((shell.id for shell in running if shell.agent == agent), "")
            hint = f"KillShell {own} ends one." if own else "They are other agents': wait until one of them ends."
            raise ToolError(f"{MOST} commands already run in the background.", hint=hint)

    def add(
        self,
        command: str,
        process: _native.Process,
        settle: Callable[[], str],
        secrets: Sequence[tuple[str, str]],
        screen: TerminalText | None = None,
        agent: int = 0,
        *,
        kind: type[S],
        prefix: str,
    ) -> S:
        """A new one, which has been started already. `settle` is called once it is gone, and may add a last word. Its
        id begins with the prefix.
        """
        self.started += 1
        shell = kind(f"{prefix}_{self.started}", command, process, settle, secrets, screen, agent)
        self._all[shell.id] = shell
        return shell

    def last(self, kind: type[S], prefix: str, agent: int) -> S | None:
        """The agent's newest of this kind whose id begins so, in this run of claw; it may have ended."""
        mine = (one for one in reversed(self._all.values()) if isinstance(one, kind) and one.agent == agent)
        return next((one for one in mine if one.id.startswith(f"{prefix}_")), None)

    def find(self, id: str, agent: int) -> Shell:
        """The one with this id, among the agent's own. Raises ToolError."""
        own = {shell.id: shell for shell in self._all.values() if shell.agent == agent}
        if id in own:
            return own[id]
        prefix, _, number = id.rpartition("_")
        whole = prefix in PREFIXES and number.isdecimal() and str(int(number)) == number
        if id not in self._all and whole and 0 < int(number) <= self._earlier:
            raise ToolError(f"{id} does not run any more: it ended with an earlier run of claw.")
        known = ", ".join(own) or "there is none"
        raise ToolError(f"There is no background command {id!r}.", hint=f"Background commands: {known}.")

    async def end(self, agents: Collection[int]) -> None:
        """End those of these agents, and wait until they are gone and reported."""
        await _end([shell for shell in self._all.values() if shell.agent in agents], "agent_end")

    async def close(self) -> None:
        """End all that run, and wait until they are gone and reported."""
        await _end(list(self._all.values()), "session_end")


async def _end(shells: Sequence[Shell], why: ShellEnd) -> None:
    for shell in shells:
        shell.kill(why)
    for shell in shells:
        await shell.gone()

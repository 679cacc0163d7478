"""Commands in the background: which there were, and how each of them is."""

from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.context import ContextCleared
from claw.events.session import SessionForked
from claw.events.shell import ShellEnd, ShellFinished, ShellStarted
from claw.projections.base import Projection

ShellStatus: TypeAlias = Literal["running"] | ShellEnd


class ShellInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One command of an agent's. `call` is the key of the call that started it; `ts` is when, in ns."""

    id: str
    agent: int = 0
    call: int
    command: str
    ts: int
    status: ShellStatus = "running"
    exit: int | None = None


class Shells(msgspec.Struct, frozen=True, kw_only=True):
    known: tuple[ShellInfo, ...] = ()
    started: int = 0
    """How many there have been, those before a fork included, so that no id is given twice."""

    @property
    def running(self) -> tuple[ShellInfo, ...]:
        return tuple(shell for shell in self.known if shell.status == "running")


def _started(shells: Shells, envelope: Envelope, event: ShellStarted) -> Shells:
    shell = ShellInfo(id=event.id, agent=envelope.agent, call=event.call, command=event.command, ts=envelope.ts)
    return replace(shells, known=(*shells.known, shell), started=shells.started + 1)


def _finished(shells: Shells, envelope: Envelope, event: ShellFinished) -> Shells:
    known = tuple(
        replace(shell, status=event.reason, exit=event.exit)
        if shell.id == event.id and shell.status == "running"
        else shell
        for shell in shells.known
    )
    return replace(shells, known=known)


def _cleared(shells: Shells, envelope: Envelope, event: ContextCleared) -> Shells:
    return replace(shells, known=shells.running)


def _forked(shells: Shells, envelope: Envelope, event: SessionForked) -> Shells:
    """They are the parent's."""
    return replace(shells, known=())


SHELLS = Projection(
    "shells",
    Shells(),
    {ShellStarted: _started, ShellFinished: _finished, ContextCleared: _cleared, SessionForked: _forked},
)

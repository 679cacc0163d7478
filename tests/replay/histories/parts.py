"""What histories are made with: a registry, and the world's side of a driven session."""

from __future__ import annotations

from collections.abc import Callable

from claw.events.content import TextBlock, ToolUseBlock, Usage
from claw.events.context import InstructionsFound
from claw.events.input import CommandInvoked, CommandName
from claw.events.model import Failure, ModelFailed, ModelFinished
from claw.events.permission import PermissionAnswered
from claw.events.session import RecoveryReport, SessionForked, SessionResumed
from tests.pure.drive import Drive
from tests.replay.lives import RUNTIME

READ_A = ("Read", '{"file_path":"a"}')
BASH = ("Bash", '{"command":"make"}')

HISTORIES: dict[str, Callable[[], Drive]] = {}


def history(make: Callable[[], Drive]) -> Callable[[], Drive]:
    """Make it known by its name."""
    HISTORIES[make.__name__] = make
    return make


def finished(drive: Drive, said: str | tuple[str, str], *, usage: Usage, nusd: int | None = None) -> None:
    """A reply of one block, with a usage and a price of its own."""
    block = TextBlock(text=said) if isinstance(said, str) else ToolUseBlock(id="t", name=said[0], arguments=said[1])
    call = drive.open("model.requested")
    drive.feed(ModelFinished(call=call, content=(block,), stop="end_turn", usage=usage, nusd=nusd))


def failed(drive: Drive, failure: Failure, *, after: int | None = None, nusd: int | None = 0) -> None:
    call = drive.open("model.requested")
    again = failure in ("overloaded", "server", "lost")
    usage = Usage(input=3)
    drive.feed(
        ModelFailed(
            call=call, failure=failure, message=failure, retryable=again, retry_after_ms=after, usage=usage, nusd=nusd
        )
    )


def answered(drive: Drive, *, allowed: bool = True, scope: str = "once", rule: str = "") -> None:
    call = drive.open("permission.asked")
    drive.feed(PermissionAnswered(call=call, allowed=allowed, how="person", scope=scope, rule=rule))  # type: ignore[arg-type]


def command(drive: Drive, name: CommandName) -> None:
    drive.feed(CommandInvoked(name=name))


def resumed(drive: Drive) -> None:
    drive.feed(SessionResumed(runtime=RUNTIME, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    if "context.instructions_requested" in drive.state.main.pending.calls.values():
        drive.feed(InstructionsFound(call=drive.open("context.instructions_requested"), files=()))


def forked(drive: Drive, session: str = "f") -> None:
    calls = tuple(sorted(drive.state.main.pending.calls))
    drive.feed(
        SessionForked(session=session, parent="s", seq=1, chain="00", runtime=RUNTIME, workspace="/w", closed=calls)
    )

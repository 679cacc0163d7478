"""Recorded sessions without a world: what was decided is really decided, what was observed is made up."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from claw import log
from claw._native import LogWriter, new_session_id
from claw.decide.step import take
from claw.events.base import Envelope, Event
from claw.events.codec import envelop
from claw.events.content import ModelBlock, TextBlock, ToolUseBlock, Usage
from claw.events.model import BlockOpened, ModelChunk, ModelFinished, TextPiece
from claw.events.permission import PermissionAnswered
from claw.events.results import texts
from claw.events.session import Runtime, SessionEnded, SessionForked, SessionRenamed
from claw.events.tool import ToolFinished, ToolOutput, ToolResolved
from claw.projections.state import fold_all
from tests.pure.drive import Drive

START = 1_700_000_000_000_000_000
_ids = iter(range(1_700_000_000_000, 1_800_000_000_000, 100_000))


class Session(Drive):
    """A session whose replies are streamed and whose events have the times and causes of a real one."""

    def feed(self, event: Event, cause: int | None = None) -> list[Event]:
        cause = getattr(event, "call", None) if cause is None else cause
        seq = len(self.log)
        step = take(self.state, envelop(event, seq=seq, ts=START + seq * 1_000_000, agent=0, cause=cause))
        self.state, self.new = step.state, step.envelopes[1:]
        self.log += step.envelopes
        return [envelope.data for envelope in self.new]

    def stream(self, *blocks: str | tuple[str, str], nusd: int | None = 5_000_000) -> None:
        """The model answers its open call, chunk by chunk."""
        call = self.open("model.requested")
        content: list[ModelBlock] = []
        index = 0
        for position, block in enumerate(blocks):
            text, opened = _opened(position, block)
            content.append(_whole(position, block))
            self.feed(ModelChunk(call=call, index=index, block=position, delta=BlockOpened(block=opened)))
            for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
                index += 1
                self.feed(ModelChunk(call=call, index=index, block=position, delta=TextPiece(text=piece)))
            index += 1
        usage = Usage(input=1_000, output=20, cache_read=300)
        self.feed(ModelFinished(call=call, content=tuple(content), stop="end_turn", usage=usage, nusd=nusd))

    def run_tool(self, name: str, arguments: str, output: str = "done", *, allow: bool = True) -> None:
        """The model wants a call, it is asked about and answered, and runs where that was yes."""
        self.stream((name, arguments))
        self.feed(ToolResolved(call=self.open("tool.resolve_requested")))
        self.feed(PermissionAnswered(call=self.open("permission.asked"), allowed=allow, how="person"))
        if allow:
            call = self.open("tool.started")
            self.feed(ToolOutput(call=call, index=0, text=output))
            self.feed(ToolFinished(call=call, content=texts(output), exit=0, duration_ns=7_000_000))


def _opened(position: int, block: str | tuple[str, str]) -> tuple[str, ModelBlock]:
    if isinstance(block, str):
        return block, TextBlock(text="")
    return block[1], ToolUseBlock(id=f"t{position}", name=block[0])


def _whole(position: int, block: str | tuple[str, str]) -> ModelBlock:
    if isinstance(block, str):
        return TextBlock(text=block)
    return ToolUseBlock(id=f"t{position}", name=block[0], arguments=block[1])


def conversation(question: str = "what is it?", answer: str = "It is a test.", name: str = "") -> Session:
    """A question, a command that is allowed, an answer, an end."""
    session = Session()
    if name:
        session.feed(SessionRenamed(name=name))
    session.say(question)
    session.run_tool("Bash", '{"command":"make"}', "a.txt\n")
    session.stream(answer)
    session.feed(SessionEnded(reason="quit"))
    return session


@dataclass(frozen=True, slots=True)
class Home:
    """A claw home, and the real command over it."""

    path: Path

    def record(self, envelopes: Sequence[Envelope], *, close: bool = True) -> str:
        """Write a log; its session's id."""
        raw = new_session_id(next(_ids))
        folder = self.folder(str(uuid.UUID(bytes=raw)))
        folder.parent.mkdir(parents=True, exist_ok=True)
        writer = LogWriter.create(str(folder), session=raw)
        log.append(writer, envelopes, durable=True)
        if close:
            writer.close()
        return folder.name

    def fork(self, parent: str, session: Session, at: int) -> str:
        """A fork of a recorded session that has not gone on yet."""
        raw = new_session_id(next(_ids))
        folder = self.folder(str(uuid.UUID(bytes=raw)))
        writer = LogWriter.fork(str(folder), session=raw, parent=str(self.folder(parent)), at=at)
        state = fold_all(Session().state.__class__(), session.log[: at + 1])
        event = SessionForked(
            session=folder.name,
            parent=parent,
            seq=at,
            chain=writer.chain.hex(),
            runtime=Runtime(claw="0", python="3", platform="Linux", seed=8),
            workspace="/w",
            closed=tuple(sorted(state.main.pending.calls)),
        )
        observed = envelop(event, seq=at + 1, ts=START + 10_000_000_000, agent=0, cause=None)
        log.append(writer, take(state, observed).envelopes, durable=True)
        writer.close()
        return folder.name

    def folder(self, session: str) -> Path:
        return self.path / "sessions" / session

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [_CLAW, *arguments], env=self._environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def claw(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            [_CLAW, *arguments],
            env=self._environ() | environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return kept | {"CLAW_HOME": str(self.path), "TZ": "UTC", "LC_ALL": "C.UTF-8"}


_CLAW = str(Path(sys.executable).parent / "claw")

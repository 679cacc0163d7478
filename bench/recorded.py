"""Sessions of any length whose decisions are claw's own: 95 % chunks, and a context that does not grow with the log."""

from __future__ import annotations

import uuid
from pathlib import Path

from claw import log
from claw._native import LogWriter
from claw.decide.step import take
from claw.events.base import Envelope, Event
from claw.events.codec import envelop
from claw.events.content import TextBlock, Usage
from claw.events.context import InstructionsFound
from claw.events.input import CommandInvoked, InputReceived
from claw.events.model import BlockOpened, ModelChunk, ModelFinished, TextPiece
from claw.events.session import Config, Model, Prompts, Runtime, SessionEnded, SessionStarted
from claw.projections.state import INITIAL, State
from claw.session import snapshots

CHUNKS = 76
"""Of a turn of 80 events."""
TURNS_KEPT = 8
"""Turns after which the conversation is cleared; the last ones stay."""
START = 1_700_000_000_000_000_000
WORDS = "some words of an answer that a model streams "


class Recording:
    """A log that is being written, and the state after its last event."""

    def __init__(self, path: Path, began: int = START) -> None:
        self.state: State = INITIAL
        self._began = began
        self.written = 0
        self._block: list[Envelope] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = LogWriter.create(str(path), session=uuid.UUID(path.name).bytes)

    def feed(self, event: Event, cause: int | None = None) -> None:
        step = take(self.state, self._envelope(event, cause))
        self.state = step.state
        self._block += step.envelopes

    def chunk(self, event: ModelChunk) -> None:
        """A chunk changes no state and leads to nothing."""
        self._block.append(self._envelope(event, event.call))

    def flush(self) -> None:
        log.append(self._writer, self._block, durable=False)
        self.written += len(self._block)
        self._block = []

    def close(self, path: Path) -> None:
        """Keep a snapshot and seal the log, as a session that ends does."""
        self.flush()
        self.feed(snapshots.save(str(path), self.state, self.written - 1, self._writer.chain))
        self.feed(SessionEnded(reason="quit"))
        self.flush()
        self.release()

    def release(self) -> None:
        """Seal the log, without a snapshot."""
        self._writer.close()

    def _envelope(self, event: Event, cause: int | None) -> Envelope:
        seq = self.written + len(self._block)
        return envelop(event, seq=seq, ts=self._began + seq * 1_000_000, agent=0, cause=cause)


def started(path: Path, workspace: str, home: str, name: str = "") -> SessionStarted:
    """The first event of a session in the folder `path`."""
    return SessionStarted(
        session=path.name,
        runtime=Runtime(claw="0", python="3", platform="Linux"),
        config=Config(model=Model(provider="anthropic", api="anthropic", name="claude-sonnet-4-5")),
        prompts=Prompts(system="You are measured.", compaction="Sum up."),
        workspace=workspace,
        home=home,
        date="2026-01-01",
        name=name,
    )


def make(path: Path, events: int, workspace: str) -> None:
    """A session of about so many events in the folder `path`, which its id names."""
    recording = Recording(path)
    recording.feed(started(path, workspace, workspace))
    recording.feed(InstructionsFound(call=1, files=()), cause=1)
    turns = max(TURNS_KEPT, events // (CHUNKS + 4))
    for turn in range(turns):
        if (turns - turn) % TURNS_KEPT == 0:
            recording.feed(CommandInvoked(name="clear"))
        _turn(recording, turn)
        recording.flush()
    recording.close(path)


def _turn(recording: Recording, turn: int) -> None:
    recording.feed(InputReceived(text=f"question {turn}"))
    (call,) = recording.state.main.pending.calls
    recording.chunk(ModelChunk(call=call, index=0, block=0, delta=BlockOpened(block=TextBlock(text=""))))
    for index in range(1, CHUNKS):
        recording.chunk(ModelChunk(call=call, index=index, block=0, delta=TextPiece(text=WORDS)))
    content = (TextBlock(text=WORDS * (CHUNKS - 1)),)
    usage = Usage(input=1_000, output=500)
    recording.feed(ModelFinished(call=call, content=content, stop="end_turn", usage=usage, nusd=1_000), cause=call)


def session_path(folder: Path, number: int) -> Path:
    """The folder of session `number` in the home that all measurements share."""
    return folder / "home" / "sessions" / str(uuid.UUID(int=(7 << 76) | (2 << 62) | number))


def million(folder: Path) -> Path:
    """A session of 10⁶ events, made once."""
    path = session_path(folder, 1_000_000)
    if not path.exists():
        make(path, 1_000_000, str(folder))
    return path


def thousand(folder: Path) -> Path:
    """A session of 10³ events, made once."""
    path = session_path(folder, 1_000)
    if not path.exists():
        make(path, 1_000, str(folder))
    return path

"""A whole session as a text to read: Markdown, one passage after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec.structs import replace

from claw import log
from claw.cli.offline import words
from claw.cli.sanitize import clean, clean_line
from claw.events.agent import AgentFinished, AgentSpawned
from claw.events.base import Content, Envelope
from claw.events.kinds import kind_of
from claw.events.results import in_words
from claw.events.session import SessionForked, TurnFinished
from claw.events.tool import ToolStarted
from claw.projections.state import MAIN
from claw.projections.transcript import TRANSCRIPT, Passage, Transcript

LINES = 40
"""Lines of a tool's result that are shown; the log has the rest."""

_KINDS = sorted({*map(kind_of, TRANSCRIPT.folds), kind_of(AgentSpawned), kind_of(AgentFinished)})


@dataclass(slots=True)
class _Told:
    """The transcript of each agent, its title and how it ended, and which agents work for a call, by the seq of its
    `tool.requested`.
    """

    transcripts: dict[int, Transcript] = field(default_factory=lambda: {MAIN: TRANSCRIPT.initial})
    below: dict[int, int] = field(default_factory=dict)
    requests: dict[int, int] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    ends: dict[int, str] = field(default_factory=dict)

    def take(self, envelope: Envelope) -> None:
        match envelope.data:
            case ToolStarted(request=request):
                self.requests[envelope.seq] = request
            case AgentSpawned(call=call) as event:
                self.below[self.requests[call]] = envelope.agent
                where = f", in the worktree {event.worktree.branch}" if event.worktree else ""
                self.titles[envelope.agent] = f"{event.definition.name}: {event.description}{where}"
                task = Passage(seq=envelope.seq, ts=envelope.ts, who="task", text=event.prompt)
                self.transcripts[envelope.agent] = Transcript(passages=(task,))
            case AgentFinished(reason=reason):
                self.ends[envelope.agent] = reason
            case SessionForked():
                self.ends |= dict.fromkeys(self.titles.keys() - self.ends.keys(), "left behind by the fork")
        transcript = self.transcripts.get(envelope.agent, TRANSCRIPT.initial)
        self.transcripts[envelope.agent] = TRANSCRIPT.fold(transcript, envelope)

    def is_settled(self, envelope: Envelope) -> bool:
        """Whether nothing that stands here changes any more: with this event a turn ended, and nobody is at work."""
        ended = isinstance(envelope.data, TurnFinished) and envelope.agent == MAIN
        return ended and not self.transcripts[MAIN].requests and self.titles.keys() <= self.ends.keys()

    def begin_anew(self) -> None:
        """Without what has been read out."""
        self.transcripts[MAIN] = replace(self.transcripts[MAIN], passages=())


def read_out(path: Path) -> Iterator[str]:
    """Lines of the transcript; what an agent said and did stands below the call that it worked for. Raises LogError,
    EventInvalid, BlobError.
    """
    told, blobs = _Told(), log.SessionBlobs(str(path))
    yield f"# Session {path.name}"
    for envelope in log.read(str(path), kinds=_KINDS):
        told.take(envelope)
        if told.is_settled(envelope):
            yield from _agent(told, MAIN, blobs)
            told.begin_anew()
    yield from _agent(told, MAIN, blobs)


def passages(path: Path) -> Iterator[str]:
    """The same for programs: a line of JSON for each passage, with the `agent` whose it is, and times in ns since 1970
    UTC. Raises LogError, EventInvalid, BlobError.
    """
    told, blobs = _Told(), log.SessionBlobs(str(path))
    for envelope in log.read(str(path), kinds=_KINDS):
        told.take(envelope)
    found = [(passage, agent) for agent, one in told.transcripts.items() for passage in one.passages]
    for passage, agent in sorted(found, key=lambda pair: pair[0].seq):
        said: dict[str, object] = {"seq": passage.seq, "ts": passage.ts, "agent": agent, "who": passage.who}
        if passage.who == "tool":
            result = None if passage.result is None else in_words(passage.result, blobs.text)
            said |= {"name": passage.name, "arguments": passage.arguments, "verdict": passage.verdict}
            said |= {"result": None if result is None else blobs.text(result), "is_error": passage.is_error}
        else:
            said |= {"text": blobs.text(passage.text)}
        yield msgspec.json.encode(said).decode()


def _agent(told: _Told, agent: int, blobs: log.SessionBlobs) -> Iterator[str]:
    for passage in told.transcripts[agent].passages:
        yield ""
        yield from _passage(passage, blobs)
        below = told.below.get(passage.seq)
        if below is not None:
            yield ""
            yield clean_line(f"Agent {below} ({told.titles[below]}), {told.ends.get(below, 'at work')}:")
            yield from (f"  | {line}".rstrip() for line in _agent(told, below, blobs))


def _passage(passage: Passage, blobs: log.SessionBlobs) -> Iterator[str]:
    stamp = f"{words.stamp(passage.ts)}, event {passage.seq}"
    match passage.who:
        case "tool":
            arguments = msgspec.json.encode(passage.arguments or {}).decode()
            yield f"## {clean_line(passage.name)} · {stamp}"
            yield f"`{clean_line(arguments)}`"
            if passage.verdict:
                yield f"Permission: {clean_line(passage.verdict)}"
            yield from _result(passage, blobs)
        case "note":
            yield f"> {stamp}"
            yield from (f"> {line}" for line in _lines(passage.text, blobs))
        case _:
            yield f"## {passage.who.capitalize()} · {stamp}"
            yield from _lines(passage.text, blobs)


def _result(passage: Passage, blobs: log.SessionBlobs) -> Iterator[str]:
    if passage.result is None:
        yield "No result yet."
        return
    lines = _lines(in_words(passage.result, blobs.text), blobs)
    yield "Failed:" if passage.is_error else "Result:"
    yield from (f"    {line}" for line in lines[:LINES])
    if len(lines) > LINES:
        yield f"    … {len(lines) - LINES} more lines"


def _lines(content: Content, blobs: log.SessionBlobs) -> list[str]:
    return clean(blobs.text(content)).splitlines()

"""One thing that was said or done, with nothing folded: its lines at a width."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment

from claw import log
from claw.cli.sanitize import clean, clean_line, reveal
from claw.cli.terminal import amounts
from claw.cli.terminal.agent_lines import ENDS
from claw.cli.terminal.calls import headline
from claw.cli.terminal.diff import changes
from claw.cli.terminal.layout import Marked, line, lines_of
from claw.cli.terminal.reader.index import Entry
from claw.cli.terminal.screen import Screen
from claw.cli.terminal.styles import DONE, ERROR, QUIET, STRONG, THOUGHT
from claw.errors import ClawError
from claw.events.agent import AgentFinished, AgentSpawned
from claw.events.base import Content, Envelope
from claw.events.content import ThinkingBlock
from claw.events.input import InputReceived
from claw.events.model import ModelFailed, ModelFinished
from claw.events.results import in_words
from claw.events.tool import ToolFinished, ToolRequested
from claw.events.tools import Shown
from claw.late import load
from claw.projections.transcript import TRANSCRIPT, Passage

LONG_PROSE = 50_000
"""Characters of an answer beyond which it is shown as it was written: to lay it out would take seconds."""
LONGEST = 2_000_000
"""Characters of one text that are shown."""
TITLE = 100
"""Characters of a call's title; what is longer stands below it."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A long text as it is, broken where it must be; laid out many times faster than other text."""

    text: str
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        style = console.get_style(self.style) if self.style else None
        for text in lines_of(clean(self.text)):
            for row in _broken(text.expandtabs(4), options.max_width):
                yield Segment(row, style)
                yield Segment.line()


def _broken(text: str, width: int) -> Iterator[str]:
    """Rows of at most so many cells."""
    if text.isascii():
        yield from (text[at : at + width] for at in range(0, max(1, len(text)), width))
        return
    row: list[str] = []
    room = width
    for character in text:
        cells = cell_len(character)
        if cells > room:
            yield "".join(row)
            row, room = [], width
        row.append(character)
        room -= cells
    yield "".join(row)


@dataclass(slots=True)
class Drawer:
    """Draws entries of the session in the folder `path`."""

    path: str
    screen: Screen

    def lines(self, entry: Entry, width: int) -> list[str]:
        """With claw's own styles in them, each of at most `width` cells, below one that says where and when it was;
        none where nothing was said. What cannot be read is told in its place.
        """
        try:
            events = [log.event_at(self.path, seq) for seq in entry.events]
            said = list(self._parts(events))
            parts = [_head(events, entry), *said] if said else []
        except ClawError as error:
            parts = [line(error.message, ERROR)]
        return [text for part in parts for text in self.screen.lines(part, width)]

    def _parts(self, events: Sequence[Envelope]) -> Iterator[RenderableType]:
        passages = _passages(events)
        match events[0].data:
            case ToolRequested() as event:
                yield from self._call(event, passages[0], events)
            case InputReceived():
                for passage in passages:
                    yield self._text(passage.text, self.screen.glyphs.prompt, STRONG)
            case AgentSpawned() as event:
                title = f"agent {events[0].agent} ({event.definition.name}: {event.description}) begins"
                yield self._text(title, self.screen.glyphs.bullet, STRONG)
                yield self._text(event.prompt, " ", "")
            case AgentFinished(reason=reason):
                said = f"agent {events[0].agent} has ended: {ENDS.get(reason, reason)}"
                yield self._text(said, self.screen.glyphs.bullet, QUIET)
            case ModelFinished() | ModelFailed() as event:
                yield from self._reply(event, passages)
            case _:
                for passage in passages:
                    yield self._text(passage.text, " ", QUIET)

    def _reply(self, event: ModelFinished | ModelFailed, passages: Sequence[Passage]) -> Iterator[RenderableType]:
        for block in event.content:
            if isinstance(block, ThinkingBlock) and block.text:
                yield self._text(block.text, self.screen.glyphs.thinking, THOUGHT)
        for passage in passages:
            text = self._read(passage.text)
            if passage.who != "assistant":
                yield self._text(text, " ", QUIET)
            elif len(text) <= LONG_PROSE:
                yield Marked(self.screen.glyphs.bullet, load("claw.cli.terminal.markdown", "Prose")(text))
            else:
                yield self._text(text, self.screen.glyphs.bullet, "")

    def _call(self, event: ToolRequested, passage: Passage, events: Sequence[Envelope]) -> Iterator[RenderableType]:
        shown, arguments = event.traits.shown, event.arguments or {}
        style = QUIET if passage.result is None else ERROR if passage.is_error else DONE
        title = headline(event.name, event.arguments, shown, TITLE)
        yield Marked(self.screen.glyphs.bullet, line(title, STRONG), style)
        diff = changes(event.arguments, shown)
        for name, value in _untold(arguments, shown, title, diff=bool(diff)):
            yield self._text(f"{name}: {value}", " ", "")
        yield from (Marked(" ", text) for text in diff)
        if passage.verdict:
            yield self._text(f"permission: {passage.verdict}", " ", QUIET)
        ended = next((one.data for one in events if isinstance(one.data, ToolFinished)), None)
        said = in_words(passage.result or (), self._read)
        if said.strip():
            yield self._text(said, f"  {self.screen.glyphs.result}", ERROR if passage.is_error else "")
        if ended is not None and (told := _ended(ended, said)):
            yield self._text(told, " ", QUIET)

    def _text(self, content: Content, sign: str, style: str) -> RenderableType:
        text = self._read(content)
        if len(text) > LONGEST:
            text = f"{text[:LONGEST]}\n[{len(text) - LONGEST} more characters are not shown here]"
        return Marked(sign, Plain(text, style), QUIET if sign.strip() else "")

    def _read(self, content: Content) -> str:
        return content if isinstance(content, str) else log.SessionBlobs(self.path).text(content)


def _passages(events: Sequence[Envelope]) -> Sequence[Passage]:
    value = TRANSCRIPT.initial
    for envelope in events:
        value = TRANSCRIPT.fold(value, envelope)
    return value.passages


def _head(events: Sequence[Envelope], entry: Entry) -> RenderableType:
    """Where it stands in the log, when it was, and whose it is."""
    first = events[-1] if isinstance(events[-1].data, ModelFinished | ModelFailed) else events[0]
    when = time.strftime("%H:%M:%S", time.localtime(first.ts // 10**9))
    whose = f" agent {entry.agent}" if entry.agent else ""
    return line(f"@{first.seq} {when}{whose}", QUIET)


def _ended(event: ToolFinished, said: str) -> str:
    """What the end of a call tells beside its result."""
    status = f"exit code {event.exit}" if event.exit and f"Exit code {event.exit}" not in said else ""
    took = f"it took {amounts.elapsed(event.duration_ns / 1e9)}" if event.duration_ns >= 10**9 else ""
    return ", ".join(filter(None, (status, took)))


def _untold(arguments: Mapping[str, Any], shown: Shown, title: str, *, diff: bool) -> Iterator[tuple[str, str]]:
    """The arguments that neither the title nor the lines of a change tell in full."""
    changed = {shown.removed, shown.added, shown.each, shown.patch, *shown.also_added} if diff else set()
    for name, value in arguments.items():
        said = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        if name not in changed and (name != shown.line or clean_line(reveal(said)) not in title):
            yield clean_line(name), reveal(said)

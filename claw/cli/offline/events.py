"""The events of one session, printed: once, or as another process writes them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from claw import log
from claw._native import LogReader
from claw.cli.offline import words
from claw.cli.offline.finding import Found
from claw.cli.offline.style import BOLD, CYAN, DIM, paint, put
from claw.cli.output import Disconnected, Output
from claw.cli.sanitize import clean_line
from claw.events import codec
from claw.events.base import Envelope

BATCH = 1024
PATIENCE = 0.5
"""Seconds between two looks at whether anyone still reads our output."""
SYNC_PATIENCE = 0.1
"""Seconds between two looks at how much is on disk."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which events, and how. `first` below 0 counts from the end; `last` is included; None: no bound."""

    first: int | None = None
    last: int | None = None
    kinds: Sequence[str] | None = None
    durable: bool = False
    json: bool = False
    agent: int | None = None
    """None: those of all agents."""
    pattern: str | None = None
    """A regular expression that one of their texts must hold; None: all."""

    def bounds(self, end: int) -> tuple[int, int]:
        """Start and stop (excluded) in a log that ends before `end`."""
        start = self.first or 0
        start = max(0, end + start) if start < 0 else start
        stop = end if self.last is None else min(end, self.last + 1 if self.last >= 0 else end + self.last + 1)
        return start, stop


def print_events(path: str, window: Window, output: Output) -> None:
    """Print what the log holds now. Raises LogError, EventInvalid, Disconnected."""
    reader = LogReader(path)
    start, stop = window.bounds(_end(reader, window))
    _print(path, reader, start, stop, window, output)


def follow_events(path: str, window: Window, output: Output) -> None:
    """Print what the log holds and go on as it grows, until `window.last` or an interrupt.

    Should the machine have lost a tail that was printed but not on disk, it says so and prints what took its place.
    Raises LogError, EventInvalid, Disconnected.
    """
    reader = LogReader(path)
    position, _ = window.bounds(_end(reader, window))
    token: tuple[int, bytes] | None = None
    while window.last is None or position <= window.last:
        end = _end(reader, window)
        rewound = reader.rewound_to(*token) if token else None
        if rewound is not None:
            output.note(f"(the log was rewound to event {rewound}: later ones had not reached the disk)")
            position, token = rewound + 1, None
        stop = end if window.last is None else min(end, window.last + 1)
        if position < stop:
            # The token first: what is printed can then only be newer than it says, and is printed again.
            token = (stop - 1, reader.chain_at(stop - 1))
            _print(path, reader, position, stop, window, output)
            position = stop
        elif output.abandoned():
            output.silence()
            raise Disconnected
        elif window.durable:
            time.sleep(SYNC_PATIENCE)
        else:
            reader.wait(position, PATIENCE)


def _end(reader: LogReader, window: Window) -> int:
    written, durable = reader.refresh()
    return durable if window.durable else written


def _print(path: str, reader: LogReader, start: int, stop: int, window: Window, output: Output) -> None:
    found = Found(path, window.pattern)
    while start < stop:
        batch = reader.read(start, stop, kinds=window.kinds, agent=window.agent, pattern=window.pattern, limit=BATCH)
        envelopes = [envelope for envelope in map(codec.decode, batch) if found.is_in(envelope)]
        if window.json:
            for envelope in envelopes:
                output.answer_json(codec.json_line(envelope))
        elif envelopes:
            put([line for envelope in envelopes for line in (line_of(envelope), *found.beside(envelope))])
        if batch.next_seq <= start:
            return
        start = batch.next_seq


def last(path: str, count: int) -> list[tuple[str, str, str, str]]:
    """Seq, time, kind and what of the last events of a session, as text that is harmless for a terminal. Raises
    LogError, EventInvalid.
    """
    written, _ = LogReader(path).refresh()
    return [
        (str(envelope.seq), words.stamp(envelope.ts), envelope.kind, _what(envelope))
        for envelope in log.read(path, max(0, written - count), written)
    ]


def line_of(envelope: Envelope) -> str:
    """One event for people: seq, time, who, kind, what. Harmless for a terminal."""
    text = _what(envelope)
    kind = paint(f"{envelope.kind:<28}", BOLD if envelope.derived else CYAN)
    return f"{envelope.seq:>6}  {paint(words.stamp(envelope.ts), DIM)}  {kind}  {text}".rstrip()


def _what(envelope: Envelope) -> str:
    who = f"[{envelope.agent}] " if envelope.agent else ""
    return words.shortened(clean_line(who + words.summary(envelope.data)))

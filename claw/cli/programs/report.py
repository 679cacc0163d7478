"""`--output-format stream-json` and `events`: a run as lines of JSON, each as soon as what it tells is in the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from claw import __version__
from claw.cli.output import Disconnected, Output
from claw.cli.programs import lines
from claw.cli.programs.messages import Messages
from claw.events.base import Envelope
from claw.events.codec import json_line
from claw.events.session import TurnFinished
from claw.projections.state import MAIN
from claw.session.outcome import Outcome, outcome
from claw.session.summary import Summary

if TYPE_CHECKING:
    from claw.session import Session


class EventsReport:
    """Every event as a line."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def begin(self, session: Session) -> None:
        return

    def events(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            self._output.answer_json(json_line(envelope))

    def end(self, session: str, summary: Summary, error: str) -> None:
        return


class StreamReport:
    """The lines of `claw.cli.programs.lines`. `talks`: more than one turn comes, so each has its result when it ends;
    else there is one when the run is over. `events`: those of the log stand between them.
    """

    def __init__(self, output: Output, *, partial: bool = False, talks: bool = False, events: bool = True) -> None:
        self._output = output
        self._partial = partial
        self._talks = talks
        self._events = events
        self._nusd: int | None = 0
        self._last = 0
        self._gone: Disconnected | None = None
        self.ended = Outcome(0)
        """What the last turn came to."""

    def begin(self, session: Session) -> None:
        """Say how the session begins."""
        self.messages = Messages(session.id, session.load, partial=self._partial)
        self._load = session.load
        self._turn = Summary(session.load)
        state = session.state
        self.tell(
            lines.Init(
                **self.messages.name(session.first_seq, 9),
                claw_version=__version__,
                cwd=state.session.workspace,
                model=state.session.settings.model.name,
                permission_mode=state.permissions.mode,
                tools=[tool.name for tool in state.tools.offered],
                slash_commands=sorted(session.own.at_start.files) if session.own is not None else [],
                agents=[kind.name for kind in session.agents.kinds],
                output_style=session.style,
            )
        )
        for part, notice in enumerate(session.notices, start=10):
            self.tell(lines.Notice(**self.messages.name(session.first_seq, part), message=notice))

    def tell(self, line: msgspec.Struct) -> None:
        """Write a line. Raises Disconnected, and from then on each time: whoever asks the program a question may have
        been the first to notice.
        """
        self._write(msgspec.json.encode(line))

    def _write(self, line: bytes) -> None:
        if self._gone is not None:
            raise self._gone
        try:
            self._output.answer_json(line)
        except Disconnected as error:
            self._gone = error
            raise

    def events(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            self._last = envelope.seq
            if self._events:
                self._write(json_line(envelope)[:-1] + b',"type":"event"}')
            for line in self.messages.take(envelope):
                self.tell(line)
            self._turn.take((envelope,))
            if envelope.agent == MAIN and isinstance(envelope.data, TurnFinished):
                for result in self.messages.called_off(envelope):
                    self.tell(result)
                if self._talks:
                    self.told(self._turn, outcome(self.messages.session, self._turn))
                    self._turn = Summary(self._load)

    def told(self, turn: Summary, end: Outcome) -> None:
        """Say what a turn came to."""
        self.ended = end
        self._nusd = None if self._nusd is None or turn.unpriced else self._nusd + turn.nusd
        self.tell(self.messages.result(self._last, turn, end, self._nusd))
        self.messages.api_ns = 0

    def end(self, session: str, summary: Summary, error: str) -> None:
        if not self._talks:
            self.told(summary, Outcome(0, error))

"""How a run without a terminal is told: as the answer's text, as one JSON object, or as lines of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from claw.cli import instructions, refusal
from claw.cli.live.flags import Format
from claw.cli.output import Output
from claw.cli.sanitize import clean, reveal_line
from claw.cli.terminal.calls import headline
from claw.events.base import Envelope
from claw.events.context import InstructionsFound
from claw.events.memory import MemoryLoaded
from claw.events.model import ModelFailed, ModelFellBack
from claw.events.question import UserMessaged
from claw.events.tool import ToolRequested
from claw.late import load
from claw.session.summary import Summary

if TYPE_CHECKING:
    from claw.session import Session


class Report(Protocol):
    def begin(self, session: Session) -> None:
        """Before any event is told. Raises Disconnected."""

    def events(self, envelopes: Sequence[Envelope]) -> None:
        """These were committed. Raises Disconnected."""

    def end(self, session: str, summary: Summary, error: str) -> None:
        """The run is over; `error` says in one sentence what went wrong. Raises Disconnected."""


def name_calls(envelopes: Sequence[Envelope], output: Output) -> None:
    """The tool calls, as lines of standard error; those of an agent beside the main one with its number."""
    for envelope in envelopes:
        if isinstance(envelope.data, ToolRequested):
            call = envelope.data
            whose = f"[{envelope.agent}] " if envelope.agent else ""
            output.note(f"● {whose}" + headline(call.name, call.arguments, call.traits.shown))


def tell_messages(envelopes: Sequence[Envelope], output: Output) -> None:
    """What agents want the person to see at once, as lines of standard error."""
    for envelope in envelopes:
        if isinstance(envelope.data, UserMessaged):
            who = f"agent {envelope.agent} ({reveal_line(envelope.data.agent)})" if envelope.agent else "claw"
            output.note(f"{who}: {clean(envelope.data.text)}")


def name_refusals(envelopes: Sequence[Envelope], output: Output) -> None:
    """What the model goes on without, and which one is asked instead, as lines of standard error."""
    for envelope in envelopes:
        if isinstance(envelope.data, InstructionsFound):
            for sentence in instructions.left_out(envelope.data):
                output.note(f"claw: {sentence}")
        if isinstance(envelope.data, MemoryLoaded) and envelope.data.problem:
            output.note(f"claw: {load('claw.cli.memory_words', 'read')(envelope.data)}")
        if isinstance(envelope.data, ModelFellBack):
            output.note(f"claw: {refusal.fell_back(envelope.data)}")
        if isinstance(envelope.data, ModelFailed) and refusal.changes_much(envelope.data):
            output.note(f"claw: {refusal.told(envelope.data)}")


class TextReport:
    """The final answer, and nothing else."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def begin(self, session: Session) -> None:
        return

    def events(self, envelopes: Sequence[Envelope]) -> None:
        return

    def end(self, session: str, summary: Summary, error: str) -> None:
        if summary.output is not None:
            self._output.answer_json(msgspec.json.encode(summary.output))
            return
        answer = summary.answer
        if answer:
            self._output.answer(answer if answer.endswith("\n") else answer + "\n")


class JsonReport:
    """One object when the run is over."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def begin(self, session: Session) -> None:
        return

    def events(self, envelopes: Sequence[Envelope]) -> None:
        return

    def end(self, session: str, summary: Summary, error: str) -> None:
        self._output.answer_json(msgspec.json.encode(result(session, summary, error)))


def report_in(format: Format, output: Output, *, partial: bool = False, talks: bool = False) -> Report:
    """How the run is told. `partial`: replies while they come, too; `talks`: turn by turn."""
    if format == "text":
        return TextReport(output)
    if format == "json":
        return JsonReport(output)
    module = "claw.cli.programs.report"
    report: Report = (
        load(module, "EventsReport")(output)
        if format == "events"
        else load(module, "StreamReport")(output, partial=partial, talks=talks, events=not talks)
    )
    return report


def result(session: str, summary: Summary, error: str) -> dict[str, object]:
    """The object that `--output-format json` prints.

    `structured_output` is the answer as data, null where none was asked for or given. `error` says why the exit code is
    not 0; `cost_usd` is null where a call had no known price.
    """
    finished = summary.finished
    return {
        "session": session,
        "result": summary.answer,
        "structured_output": summary.output,
        "reason": finished.reason if finished else None,
        "is_error": bool(error),
        "error": error or None,
        "turns": summary.turns,
        "usage": msgspec.structs.asdict(summary.usage),
        "cost_usd": summary.cost_usd,
        "permission_denials": [
            {"tool": denial.tool, "arguments": denial.arguments, "reason": denial.reason, "by": denial.by}
            for denial in summary.denials
        ],
        "duration_ms": summary.duration_ms,
    }


def failure(error: str) -> bytes:
    """The same object for a run that never began."""
    return msgspec.json.encode(result("", _nothing(), error.encode("utf-8", "replace").decode()))


def made(session: str) -> bytes:
    """The same object for a session that was made and asked nothing."""
    return msgspec.json.encode(result(session, _nothing(), ""))


def _nothing() -> Summary:
    return Summary(lambda blob: "")

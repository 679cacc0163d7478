"""What people read: who said and did what, in order, with all that compaction or clearing hid from the model."""

from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from claw.events.base import Content, Envelope
from claw.events.content import ResultBlock, TextBlock
from claw.events.context import ContextCompacted, ContextRestored
from claw.events.hook import HookFinished, InputRefused
from claw.events.input import AsideAsked, CommandInvoked, InputReceived, InputWithdrawn, ShellEntered
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.events.permission import ModeChanged, PermissionAnswered, PermissionAsked, PermissionEvaluated
from claw.events.question import PlanAccepted, UserMessaged
from claw.events.results import texts
from claw.events.session import ConfigChanged, SessionForked, SessionResumed, TurnFinished
from claw.events.shell import ShellFinished, ending
from claw.events.tool import (
    ResolveRequested,
    ToolCompleted,
    ToolFinished,
    ToolInterrupted,
    ToolRequested,
    ToolResolved,
    ToolStarted,
)
from claw.projections.base import Projection

NOT_RUN = "Interrupted before it ran."


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said or done. `seq` is the event it began with, `ts` its time.

    A tool's passage has its `name`, `arguments` and, once there is one, `result`; `verdict` says who let it act or
    stopped it. A `task` is what an agent was started for by another one.
    """

    seq: int
    ts: int
    who: Literal["user", "task", "assistant", "tool", "note"]
    text: Content = ""
    name: str = ""
    arguments: dict[str, Any] | None = None
    result: tuple[ResultBlock, ...] | None = None
    is_error: bool = False
    verdict: str = ""


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    passages: tuple[Passage, ...] = ()
    requests: dict[int, int] = {}
    """Key of an open intent -> seq of the `tool.requested` it is about."""
    compacting: tuple[int, ...] = ()
    asides: tuple[int, ...] = ()
    """Open model calls that no person reads: those that write a summary."""


def _add(transcript: Transcript, passage: Passage) -> Transcript:
    return replace(transcript, passages=(*transcript.passages, passage))


def _note(transcript: Transcript, envelope: Envelope, text: Content) -> Transcript:
    return _add(transcript, Passage(seq=envelope.seq, ts=envelope.ts, who="note", text=text))


def _change(transcript: Transcript, request: int | None, **changes: Any) -> Transcript:
    passages = list(transcript.passages)
    for position in range(len(passages) - 1, -1, -1):
        if passages[position].seq == request:
            passages[position] = replace(passages[position], **changes)
            return replace(transcript, passages=tuple(passages))
    return transcript


def _forget(transcript: Transcript, call: int) -> Transcript:
    return replace(transcript, requests={key: seq for key, seq in transcript.requests.items() if key != call})


def _received(transcript: Transcript, envelope: Envelope, event: InputReceived) -> Transcript:
    if event.source is not None:
        transcript = _note(transcript, envelope, f"Nobody typed what follows here: it was {event.source.told}.")
    return _add(transcript, Passage(seq=envelope.seq, ts=envelope.ts, who="user", text=event.text))


def _withdrawn(transcript: Transcript, envelope: Envelope, event: InputWithdrawn) -> Transcript:
    return _note(transcript, envelope, f"The input at @{event.input} was taken back before it was sent.")


def _requested(transcript: Transcript, envelope: Envelope, event: ModelRequested) -> Transcript:
    if event.purpose == "turn":
        return transcript
    if event.purpose == "aside":
        return replace(transcript, asides=(*transcript.asides, envelope.seq))
    return replace(transcript, compacting=(*transcript.compacting, envelope.seq))


def _answered(transcript: Transcript, envelope: Envelope, event: ModelFinished | ModelFailed) -> Transcript:
    if event.call in transcript.compacting:
        return transcript
    for block in event.content:
        if event.call in transcript.asides and isinstance(block, TextBlock) and block.text:
            transcript = _note(transcript, envelope, block.text)
        elif isinstance(block, TextBlock) and block.text:
            passage = Passage(seq=envelope.seq, ts=envelope.ts, who="assistant", text=block.text)
            transcript = _add(transcript, passage)
    if isinstance(event, ModelFailed):
        transcript = _note(transcript, envelope, f"The model call failed ({event.failure}): {event.message}")
    return transcript


def _tool_requested(transcript: Transcript, envelope: Envelope, event: ToolRequested) -> Transcript:
    return _add(
        transcript,
        Passage(
            seq=envelope.seq,
            ts=envelope.ts,
            who="tool",
            name=event.name,
            arguments=event.arguments,
            result=texts(event.error) or None,
            is_error=bool(event.error),
        ),
    )


def _opened(
    transcript: Transcript, envelope: Envelope, event: ResolveRequested | PermissionAsked | ToolStarted
) -> Transcript:
    return replace(transcript, requests={**transcript.requests, envelope.seq: event.request})


def _resolved(transcript: Transcript, envelope: Envelope, event: ToolResolved) -> Transcript:
    request = transcript.requests.get(event.call)
    transcript = _forget(transcript, event.call)
    return _change(transcript, request, result=texts(event.error), is_error=True) if event.error else transcript


def _evaluated(transcript: Transcript, envelope: Envelope, event: PermissionEvaluated) -> Transcript:
    changes: dict[str, Any] = {"verdict": event.reason}
    if event.verdict == "deny":
        changes |= {"result": texts(f"Permission denied: {event.reason}"), "is_error": True}
    return _change(transcript, event.request, **changes)


def _permission(transcript: Transcript, envelope: Envelope, event: PermissionAnswered) -> Transcript:
    request = transcript.requests.get(event.call)
    transcript = _forget(transcript, event.call)
    who = {
        "person": "the user",
        "program": "a program",
        "headless": "nobody to ask",
        "withdrawn": "withdrawn",
    }[event.how]
    if event.allowed:
        return _change(transcript, request, verdict=f"allowed by {who} ({event.scope})")
    reason = f": {event.reason}" if event.reason else ""
    result = texts(f"Refused{reason}")
    return _change(transcript, request, verdict=f"refused ({who}){reason}", result=result, is_error=True)


def _finished(
    transcript: Transcript, envelope: Envelope, event: ToolFinished | ToolCompleted | ToolInterrupted
) -> Transcript:
    request = transcript.requests.get(event.call)
    transcript = _forget(transcript, event.call)
    if not isinstance(event, ToolInterrupted):
        output = event.output if isinstance(event, ToolFinished) else None
        shown = event.content if output is None else texts(output)
        return _change(transcript, request, result=shown, is_error=event.is_error)
    return _change(transcript, request, result=event.content, is_error=True, verdict=f"interrupted ({event.reason})")


def _shell_finished(transcript: Transcript, envelope: Envelope, event: ShellFinished) -> Transcript:
    return _note(transcript, envelope, f"The background command {event.id} {ending(event)}")


def _turn_finished(transcript: Transcript, envelope: Envelope, event: TurnFinished) -> Transcript:
    transcript = _without_open_calls(transcript)
    if event.reason == "done" and not event.message:
        return transcript
    because = f": {event.message}" if event.message else ""
    return _note(transcript, envelope, f"The turn ended ({event.reason}){because}")


def _without_open_calls(transcript: Transcript) -> Transcript:
    """Of the calls of the last reply those that were called off before they acted have no result of their own."""
    passages = list(transcript.passages)
    for position in range(len(passages) - 1, -1, -1):
        passage = passages[position]
        if passage.who == "assistant":
            break
        if passage.who == "tool" and passage.result is None:
            passages[position] = replace(passage, result=texts(NOT_RUN), is_error=True)
    return replace(transcript, passages=tuple(passages))


def _hook(transcript: Transcript, envelope: Envelope, event: HookFinished) -> Transcript:
    told = [event.message]
    if event.outcome in ("failed", "unreadable", "timeout", "lost"):
        told.append(f"{event.outcome} {event.reason}".rstrip())
    elif event.verdict == "deny" and event.event not in ("PreToolUse", "PermissionRequest", "UserPromptSubmit"):
        told.append(event.reason)
    text = "; ".join(filter(None, told))
    return _note(transcript, envelope, f"{event.event} hook ({event.source}): {text}") if text else transcript


def _refused(transcript: Transcript, envelope: Envelope, event: InputRefused) -> Transcript:
    return _note(transcript, envelope, f"Not sent, because of a hook ({event.source}): {event.reason}")


def _configured(transcript: Transcript, envelope: Envelope, event: ConfigChanged) -> Transcript:
    config = event.config
    text = f"Settings are now: model {config.model.provider}/{config.model.name}, mode {config.mode}"
    return _note(transcript, envelope, text)


TRANSCRIPT = Projection(
    "transcript",
    Transcript(),
    {
        InputReceived: _received,
        InputWithdrawn: _withdrawn,
        AsideAsked: lambda t, envelope, event: _note(t, envelope, event.text),
        ShellEntered: lambda t, envelope, event: _note(t, envelope, f"The user ran !{event.command}"),
        ModelRequested: _requested,
        ModelFinished: _answered,
        ModelFailed: _answered,
        ToolRequested: _tool_requested,
        ResolveRequested: _opened,
        ToolResolved: _resolved,
        PermissionEvaluated: _evaluated,
        PermissionAsked: _opened,
        PermissionAnswered: _permission,
        ToolStarted: _opened,
        ToolFinished: _finished,
        ToolCompleted: _finished,
        ToolInterrupted: _finished,
        HookFinished: _hook,
        InputRefused: _refused,
        ShellFinished: _shell_finished,
        TurnFinished: _turn_finished,
        ConfigChanged: _configured,
        ModeChanged: lambda t, envelope, event: _note(t, envelope, f"The mode is now {event.mode}"),
        UserMessaged: lambda t, envelope, event: _note(
            t, envelope, f"Message of {event.agent or 'the main agent'}:\n{event.text}"
        ),
        PlanAccepted: lambda t, envelope, event: _note(t, envelope, f"The plan was accepted:\n{event.plan}"),
        ContextCompacted: lambda t, envelope, event: _note(
            t, envelope, f"The conversation was compacted for the model. It goes on from:\n{event.summary}"
        ),
        ContextRestored: lambda t, envelope, event: _note(
            t, envelope, "The summary was taken back: the model has the conversation as it was before it."
        ),
        CommandInvoked: lambda t, envelope, event: _note(t, envelope, f"/{event.name} {event.argument}".rstrip()),
        SessionForked: lambda t, envelope, event: _note(
            t, envelope, f"Forked from {event.parent} after event {event.seq}"
        ),
        SessionResumed: lambda t, envelope, event: _note(t, envelope, "Resumed"),
    },
)

"""The events of a session as the lines that programs read."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from claw.cli.programs import lines
from claw.cli.programs.partial import Partial
from claw.events.agent import AgentSpawned
from claw.events.base import Blob, Content, Envelope
from claw.events.content import ResultBlock, TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claw.events.context import ContextCompacted
from claw.events.model import ModelChunk, ModelFailed, ModelFinished, ModelRequested
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated
from claw.events.question import UserMessaged
from claw.events.results import label
from claw.events.tool import (
    ResolveRequested,
    ToolCompleted,
    ToolFinished,
    ToolInterrupted,
    ToolRequested,
    ToolResolved,
    ToolStarted,
)
from claw.session.outcome import Outcome
from claw.session.summary import Summary

SUBTYPES = {
    "turns": "error_max_turns",
    "loop": "error_max_turns",
    "budget": "error_max_budget_usd",
    "tokens": "error_max_budget_usd",
}
"""By the reason that a turn ended for; every other one that is no success is `error_during_execution`."""


class Messages:
    """A fold: takes one event after the other, gives the lines that follow from each. `load` reads blobs; `partial`:
    replies are told while they come, too.
    """

    def __init__(self, session: str, load: Callable[[Blob], str], *, partial: bool) -> None:
        self.session = session
        self._load = load
        self._partial = partial
        self._calls: dict[int, tuple[str, int]] = {}
        """Seq of a `tool.requested` of a model's -> the call's id, and the agent that makes it."""
        self._names: dict[int, str] = {}
        """The tool of each of these."""
        self._keys: dict[int, int] = {}
        """Key of an intent about a call -> seq of that."""
        self._parents: dict[int, str] = {}
        """Agent -> id of the call that has started it."""
        self._asked: dict[int, int] = {}
        """Key of a model's call that belongs to a turn -> when it was asked."""
        self._streams: dict[int, Partial] = {}
        self.api_ns = 0
        """How long models were waited for, in ns."""

    def id_of(self, request: int) -> str:
        """The id of the call with this `tool.requested`."""
        return self._calls.get(request, (f"call_{request}", 0))[0]

    def asking(self, key: int) -> tuple[str, str]:
        """The id and the tool of the call that was begun by this `tool.started`."""
        request = self._keys.get(key, -1)
        return self.id_of(request), self._names.get(request, "")

    def name(self, seq: int, part: int = 0) -> dict[str, Any]:
        """What each line has in common, for the one about this event."""
        words = f"{self.session}@{seq}" + (f".{part}" if part else "")
        return {"session_id": self.session, "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, words))}

    def take(self, envelope: Envelope) -> Iterator[lines.Line]:
        """The lines that this event is told by."""
        match envelope.data:
            case ModelChunk() as chunk:
                if self._partial and chunk.call in self._asked:
                    yield from self._streamed(envelope, chunk)
            case ModelRequested(purpose="turn") as asked:
                self._asked[envelope.seq] = envelope.ts
                if self._partial:
                    self._streams[envelope.seq] = Partial(asked.model)
            case ModelFinished() as reply:
                yield from self._replied(envelope, reply)
            case ModelFailed() as failed if self._waited(envelope, failed.call):
                self._streams.pop(failed.call, None)
                yield lines.ApiRetry(
                    **self.name(envelope.seq),
                    error=failed.failure,
                    error_status=failed.status,
                    message=failed.message,
                    retryable=failed.retryable,
                )
            case AgentSpawned(call=call):
                self._parents[envelope.agent] = self.id_of(self._keys.get(call, -1))
            case UserMessaged(text=text):
                yield lines.Notice(**self.name(envelope.seq), message=text, agent=envelope.agent)
            case ContextCompacted(before=before, after=after):
                sizes = lines.CompactMetadata(pre_tokens=before, post_tokens=after)
                yield lines.CompactBoundary(**self.name(envelope.seq), compact_metadata=sizes)
            case _:
                yield from self._of_call(envelope)

    def _waited(self, envelope: Envelope, call: int) -> bool:
        """Whether this model's call belonged to a turn; how long it took is counted."""
        began = self._asked.pop(call, None)
        self.api_ns += max(0, envelope.ts - began) if began is not None else 0
        return began is not None

    def _streamed(self, envelope: Envelope, chunk: ModelChunk) -> Iterator[lines.Line]:
        for part, event in enumerate(self._streams[chunk.call].take(chunk), start=1):
            yield self._event(envelope, part, event)

    def _event(self, envelope: Envelope, part: int, event: dict[str, Any]) -> lines.StreamEvent:
        parent = self._parents.get(envelope.agent)
        return lines.StreamEvent(**self.name(envelope.seq, part), event=event, parent_tool_use_id=parent)

    def _replied(self, envelope: Envelope, reply: ModelFinished) -> Iterator[lines.Line]:
        if not self._waited(envelope, reply.call):
            return
        stream = self._streams.pop(reply.call, None)
        for part, event in enumerate(stream.end(reply.stop, tokens(reply.usage)) if stream else (), start=1):
            yield self._event(envelope, part, event)
        message = lines.Reply(
            id=reply.response or f"msg_{envelope.seq}",
            model=reply.model,
            content=list(self._blocks(reply)),
            stop_reason=reply.stop,
            usage=tokens(reply.usage),
        )
        parent = self._parents.get(envelope.agent)
        yield lines.Assistant(**self.name(envelope.seq), message=message, parent_tool_use_id=parent)

    def _blocks(self, reply: ModelFinished) -> Iterator[lines.Text | lines.Thinking | lines.ToolUse]:
        for block in reply.content:
            match block:
                case TextBlock():
                    yield lines.Text(text=self._text(block.text))
                case ThinkingBlock():
                    yield lines.Thinking(thinking=self._text(block.text))
                case ToolUseBlock():
                    yield lines.ToolUse(id=block.id, name=block.name, input=_object(block.arguments))

    def _of_call(self, envelope: Envelope) -> Iterator[lines.Line]:
        match envelope.data:
            case ToolRequested(origin="model") as call:
                self._calls[envelope.seq] = call.id, envelope.agent
                self._names[envelope.seq] = call.name
                if call.error:
                    yield from self._ended(envelope, envelope.seq, call.error)
            case ResolveRequested(request=request) | PermissionAsked(request=request) | ToolStarted(request=request):
                self._keys[envelope.seq] = request
            case ToolResolved(error=error) as end:
                request = self._keys.pop(end.call, -1)
                if error:
                    yield from self._ended(envelope, request, error)
            case PermissionEvaluated(verdict="deny") as end:
                yield from self._ended(envelope, end.request, f"Permission denied: {end.reason}")
            case PermissionAnswered() as end:
                request = self._keys.pop(end.call, -1)
                if not end.allowed:
                    yield from self._ended(envelope, request, f"Refused: {end.reason}" if end.reason else "Refused.")
            case ToolFinished() | ToolCompleted() as end:
                yield from self._ended(envelope, self._keys.pop(end.call, -1), end.content, is_error=end.is_error)
            case ToolInterrupted() as end:
                yield from self._ended(envelope, self._keys.pop(end.call, -1), end.content or "Interrupted.")

    def _ended(
        self, envelope: Envelope, request: int, said: str | tuple[ResultBlock, ...], *, is_error: bool = True
    ) -> Iterator[lines.User]:
        """The result of a call, once."""
        id, agent = self._calls.pop(request, ("", 0))
        self._names.pop(request, None)
        if not id:
            return
        content = [lines.Text(text=said)] if isinstance(said, str) else [self._shown(block) for block in said]
        result = lines.ToolResult(tool_use_id=id, content=content, is_error=is_error)
        parent = self._parents.get(agent)
        yield lines.User(**self.name(envelope.seq), message=lines.Results(content=[result]), parent_tool_use_id=parent)

    def called_off(self, envelope: Envelope) -> Iterator[lines.User]:
        """The results of the main agent's calls that its turn left without one."""
        for part, request in enumerate([key for key, call in self._calls.items() if call[1] == envelope.agent], 1):
            for line in self._ended(envelope, request, "Interrupted before it ran."):
                yield msgspec.structs.replace(line, **self.name(envelope.seq, part))

    def _shown(self, block: ResultBlock) -> lines.Text:
        return lines.Text(text=self._text(block.text) if isinstance(block, TextBlock) else label(block))

    def _text(self, content: Content) -> str:
        return self._load(content) if isinstance(content, Blob) else content

    def result(self, seq: int, summary: Summary, end: Outcome, nusd: int | None) -> lines.Result:
        """The line that ends a turn; `nusd` is what all of them have cost, None: not known."""
        finished = summary.finished
        reason = finished.reason if finished else None
        subtype = SUBTYPES.get(reason or "", "error_during_execution")
        if finished is not None and finished.failure == "structured_output":
            subtype = "error_max_structured_output_retries"
        if reason == "done":
            subtype = "success"
        return lines.Result(
            **self.name(seq, 1),
            subtype=subtype,  # type: ignore[arg-type]
            is_error=subtype != "success",
            duration_ms=summary.duration_ms,
            duration_api_ms=self.api_ns // 1_000_000,
            num_turns=summary.turns,
            result=summary.answer,
            errors=[end.message] if end.message else [],
            stop_reason=summary.stop,
            terminal_reason=reason,
            total_cost_usd=None if nusd is None else nusd / 1e9,
            usage=tokens(summary.usage),
            permission_denials=[
                lines.Denied(
                    tool_name=one.tool, tool_use_id=one.id, tool_input=one.arguments, reason=one.reason, by=one.by
                )
                for one in summary.denials
            ],
            structured_output=summary.output,
        )


def tokens(usage: Usage) -> lines.Tokens:
    return lines.Tokens(
        input_tokens=usage.input,
        output_tokens=usage.output,
        cache_creation_input_tokens=usage.cache_write,
        cache_read_input_tokens=usage.cache_read,
    )


def _object(text: str) -> dict[str, Any]:
    """The arguments as the model wrote them, where they are a JSON object."""
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {}

"""What a run came to, folded from its events alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct, field

from claw.events.base import Blob, Content, Envelope
from claw.events.content import TextBlock, Usage
from claw.events.input import InputReceived
from claw.events.model import ModelChunk, ModelFailed, ModelFinished, ModelRequested
from claw.events.output import OutputDelivered
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated
from claw.events.question import PlanProposed, PlanReviewed
from claw.events.session import TurnFinished
from claw.events.tool import ToolRequested
from claw.projections.state import MAIN

By: TypeAlias = Literal["rule", "person", "program", "nobody"]


class Denial(Struct, frozen=True):
    """A call that was not let through: `by` a rule or mode, a person, or nobody, who could have been asked."""

    tool: str
    arguments: dict[str, Any]
    reason: str
    by: By
    id: str = ""


class Summary(Struct):
    """Takes the events of a run as they are committed. `load` reads content out of the blob store."""

    load: Callable[[Blob], str]
    turns: int = 0
    usage: Usage = field(default_factory=Usage)
    nusd: int = 0
    unpriced: bool = False
    denials: list[Denial] = field(default_factory=list)
    finished: TurnFinished | None = None
    output: dict[str, Any] | None = None
    """The answer as data, where one was asked for and given."""
    began: int | None = None
    ended: int = 0
    _reply: ModelFinished | None = None
    _plans: dict[int, str] = field(default_factory=dict)
    _plan: str = ""
    """The plan that nobody was there to accept, which is the answer."""
    _purposes: dict[int, str] = field(default_factory=dict)
    _requests: dict[int, ToolRequested] = field(default_factory=dict)
    _questions: dict[int, PermissionAsked] = field(default_factory=dict)

    def take(self, envelopes: Sequence[Envelope]) -> None:
        """Fold these events in."""
        for envelope in envelopes:
            if type(envelope.data) is not ModelChunk:
                self._take(envelope)
        if envelopes:
            self.ended = envelopes[-1].ts

    @property
    def answer(self) -> str:
        """The text of the last reply, where it ended the turn; the plan, where that did."""
        if self._plan:
            return self._plan
        if self._reply is None or self._reply.stop == "tool_use":
            return ""
        return "".join(self._text(block.text) for block in self._reply.content if isinstance(block, TextBlock))

    @property
    def stop(self) -> str | None:
        """Why the last reply ended, as its provider said."""
        return self._reply.stop if self._reply is not None else None

    @property
    def unasked(self) -> int:
        """How many calls were denied because nobody could be asked."""
        return sum(denial.by == "nobody" for denial in self.denials)

    @property
    def cost_usd(self) -> float | None:
        """None where a call had no known price."""
        return None if self.unpriced else self.nusd / 1e9

    @property
    def duration_ms(self) -> int:
        return 0 if self.began is None else max(0, self.ended - self.began) // 1_000_000

    def _text(self, content: Content) -> str:
        return self.load(content) if isinstance(content, Blob) else content

    def _take(self, envelope: Envelope) -> None:
        if self.began is None:
            self.began = envelope.ts
        main = envelope.agent == MAIN
        match envelope.data:
            case InputReceived() if main:
                self.finished = None
                self._reply = None
                self._plan = ""
            case PlanProposed(plan=plan) if main:
                self._plans[envelope.seq] = plan
            case PlanReviewed(how="headless", call=call) if main:
                self._plan = self._plans.get(call, "")
                self._reply = self.output = None
            case ModelRequested() as event:
                self._plan = "" if main and event.purpose == "turn" else self._plan
                self._purposes[envelope.seq] = event.purpose
                self.turns += main and event.purpose == "turn" and event.attempt == 1
            case ModelFinished() as event:
                self._spend(event.usage, event.nusd)
                if main and self._purposes.get(event.call) == "turn":
                    self._reply = event
            case ModelFailed() as event:
                self._spend(event.usage, event.nusd)
            case ToolRequested() as event:
                self._requests[envelope.seq] = event
            case PermissionEvaluated(verdict="deny") as event:
                self._deny(event.request, event.reason, "rule")
            case PermissionAsked() as event:
                self._questions[envelope.seq] = event
            case PermissionAnswered(allowed=False) as event if event.how != "withdrawn":
                question = self._questions.get(event.call)
                if question is not None:
                    by: By = "nobody" if event.how == "headless" else event.how
                    self._deny(question.request, event.reason or question.reason, by)
            case OutputDelivered(request=request):
                self.output = self._requests[request].arguments
            case TurnFinished() as event if main:
                self.finished = event

    def _spend(self, usage: Usage, nusd: int | None) -> None:
        self.usage = Usage(
            input=self.usage.input + usage.input,
            output=self.usage.output + usage.output,
            cache_read=self.usage.cache_read + usage.cache_read,
            cache_write=self.usage.cache_write + usage.cache_write,
            reasoning=self.usage.reasoning + usage.reasoning,
        )
        self.nusd += nusd or 0
        self.unpriced = self.unpriced or (nusd is None and usage.context > 0)

    def _deny(self, request: int, reason: str, by: By) -> None:
        call = self._requests.get(request)
        if call is not None:
            self.denials.append(Denial(call.name, call.arguments or {}, reason, by, call.id))

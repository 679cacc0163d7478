"""`--permission-prompt-tool stdio`: the program in front of claw is asked whether a call may act, and what the model
wants to know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import anyio
import msgspec

from claw.cli.programs import lines
from claw.cli.programs.answers import answers, mode_after, no_answers, offered, rule_granted
from claw.cli.programs.said import Response
from claw.events.control import LimitAsked
from claw.events.permission import Mode, PermissionAsked
from claw.events.question import PlanProposed, QuestionAsked
from claw.handlers.permission import Answers, Headless, Reply, Review

if TYPE_CHECKING:
    from claw.cli.programs.messages import Messages

Told = lines.ControlRequest | lines.ControlCancel


class _Open:
    """A question that waits for its answer."""

    def __init__(self) -> None:
        self.said = anyio.Event()
        self.response: Response | None = None


class Program:
    """Asks by a `control_request` of the subtype `can_use_tool`. Who never answers (`within` seconds), or has closed
    standard input, is nobody. Limits are put to nobody.
    """

    def __init__(self, within: float) -> None:
        self._within = within
        self._open: dict[str, _Open] = {}
        self._gone = False
        self._tell: Callable[[Told], None] | None = None
        self._messages: Messages | None = None
        self._count = 0
        self._nobody = Headless()

    def begin(self, tell: Callable[[Told], None], messages: Messages) -> None:
        """Somebody reads: `tell` writes a line, `messages` know the calls."""
        self._tell, self._messages = tell, messages

    def leave(self) -> None:
        """Nobody answers any more."""
        self._gone = True
        for question in self._open.values():
            question.said.set()

    def answered(self, response: Response) -> bool:
        """Take an answer; False: nothing is asked by this id."""
        question = self._open.get(response.id)
        if question is None or question.said.is_set():
            return False
        question.response = response
        question.said.set()
        return True

    async def ask(self, question: PermissionAsked) -> Reply:
        id = self._messages.id_of(question.request) if self._messages is not None else ""
        told = lines.ToolQuestion(
            tool_name=question.name,
            input=question.arguments,
            tool_use_id=id,
            agent_id=question.agent or None,
            decision_reason=question.reason,
            permission_suggestions=offered(question),
        )
        answer = await self._put(question.request, told)
        if answer is not None:
            return _reply(answer, question)
        nobody = await self._nobody.ask(question)
        return Reply(allowed=False, how="headless", reason=f"{nobody.reason} {self._why}".rstrip())

    async def answer(self, questions: QuestionAsked) -> Answers:
        told = self._model_s(questions.tool_call, {"questions": msgspec.to_builtins(questions.questions)})
        answer = await self._put(questions.tool_call, told)
        if answer is None:
            return Answers(how="headless", reason=self._why)
        refused = _refused(answer)
        if refused is not None:
            return no_answers(refused.reason, halt=refused.halt)
        return answers(told.tool_name, questions.questions, answer.fields.get("updatedInput"))

    async def review(self, proposed: PlanProposed, modes: Sequence[Mode]) -> Review:
        told = self._model_s(proposed.tool_call, {"plan": proposed.plan})
        answer = await self._put(proposed.tool_call, told)
        if answer is None:
            return Review(accepted=False, how="headless", reason=self._why)
        refused = _refused(answer)
        if refused is not None:
            return Review(accepted=False, how="program", reason=refused.reason, halt=refused.halt)
        updated = answer.fields.get("updatedInput")
        edited = updated.get("plan") if isinstance(updated, dict) else None
        mode = mode_after(answer.fields, modes)
        return Review(accepted=True, mode=mode, edited=edited if isinstance(edited, str) else None, how="program")

    async def go_on(self, question: LimitAsked) -> int | None:
        return await self._nobody.go_on(question)

    def _model_s(self, key: int, input: dict[str, Any]) -> lines.ToolQuestion:
        """The question of a call that was begun, which is the model's."""
        id, name = self._messages.asking(key) if self._messages is not None else ("", "")
        return lines.ToolQuestion(tool_name=name, input=input, tool_use_id=id, agent_id=None, decision_reason="")

    async def _put(self, number: int, told: lines.ToolQuestion) -> Response | None:
        """Ask, and wait for the answer; None: there is none."""
        if self._tell is None or self._gone:
            return None
        self._count += 1
        id = f"claw_{number}_{self._count}"
        waiting = self._open[id] = _Open()
        answer: Response | None = None
        try:
            self._tell(lines.ControlRequest(request_id=id, request=told))
            with anyio.move_on_after(self._within):
                await waiting.said.wait()
            answer = waiting.response
        finally:
            del self._open[id]
            if answer is None:
                self._tell(lines.ControlCancel(request_id=id))
        return answer

    @property
    def _why(self) -> str:
        """Why there was no answer; empty where nobody was asked."""
        if self._tell is None:
            return ""
        why = "has closed standard input" if self._gone else f"did not answer within {self._within:g} s"
        return f"The program in front of claw {why}."


def _reply(answer: Response, question: PermissionAsked) -> Reply:
    """What the program has said; whatever is not clearly a yes is a no. With another input it is another call: the
    model makes it, and rules, hooks and the program judge it as any other.
    """
    refused = _refused(answer)
    if refused is not None:
        return refused
    updated = answer.fields.get("updatedInput")
    if updated is not None and updated != question.arguments:
        told = msgspec.json.encode(updated).decode()
        return Reply(allowed=False, how="program", reason=f"It allows this call with another input: {told}")
    rule = rule_granted(answer.fields, question)
    return Reply(allowed=True, how="program", scope="session" if rule else "once", rule=rule)


def _refused(answer: Response) -> Reply | None:
    """The no that it is; None: it is a yes."""
    if answer.error:
        return Reply(allowed=False, how="program", reason=f"The program in front of claw failed: {answer.error}")
    fields = answer.fields
    if fields.get("behavior") == "allow":
        return None
    message = fields.get("message")
    reason = message if isinstance(message, str) else ""
    if fields.get("behavior") != "deny":
        reason = 'The answer of the program in front of claw has no "behavior" of "allow" or "deny".'
    return Reply(allowed=False, how="program", reason=reason, halt=fields.get("interrupt") is True)

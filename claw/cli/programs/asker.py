"""`--permission-prompt-tool stdio`: the program in front of claw is asked whether a call may act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import anyio
import msgspec

from claw.cli.programs import lines
from claw.cli.programs.said import Response
from claw.events.control import LimitAsked
from claw.events.permission import Mode, PermissionAsked
from claw.events.question import PlanProposed, QuestionAsked
from claw.handlers.permission import Answers, Headless, Reply, Review


class _Open:
    """A question that waits for its answer."""

    def __init__(self) -> None:
        self.said = anyio.Event()
        self.response: Response | None = None


class Program:
    """Asks by a `control_request` of the subtype `can_use_tool`. Who never answers (`within` seconds), or has closed
    standard input, is nobody. Questions of the model's, plans and limits are put to nobody.
    """

    def __init__(self, within: float) -> None:
        self._within = within
        self._open: dict[str, _Open] = {}
        self._gone = False
        self._tell: Callable[[lines.ControlRequest | lines.ControlCancel], None] | None = None
        self._id_of: Callable[[int], str] = str
        self._count = 0
        self._nobody = Headless()

    def begin(
        self, tell: Callable[[lines.ControlRequest | lines.ControlCancel], None], id_of: Callable[[int], str]
    ) -> None:
        """Somebody reads: `tell` writes a line, `id_of` gives the id of the call with this `tool.requested`."""
        self._tell, self._id_of = tell, id_of

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
        if self._tell is None or self._gone:
            return await self._nobody.ask(question)
        self._count += 1
        id = f"claw_{question.request}_{self._count}"
        waiting = self._open[id] = _Open()
        told = lines.ToolQuestion(
            tool_name=question.name,
            input=question.arguments,
            tool_use_id=self._id_of(question.request),
            agent_id=question.agent or None,
            decision_reason=question.reason,
        )
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
        if answer is not None:
            return _reply(answer, question.arguments)
        nobody = await self._nobody.ask(question)
        why = "has closed standard input" if self._gone else f"did not answer within {self._within:g} s"
        return Reply(allowed=False, how="headless", reason=f"{nobody.reason} The program in front of claw {why}.")

    async def answer(self, questions: QuestionAsked) -> Answers:
        return await self._nobody.answer(questions)

    async def review(self, proposed: PlanProposed, modes: Sequence[Mode]) -> Review:
        return await self._nobody.review(proposed, modes)

    async def go_on(self, question: LimitAsked) -> int | None:
        return await self._nobody.go_on(question)


def _reply(answer: Response, arguments: dict[str, Any]) -> Reply:
    """What the program has said; whatever is not clearly a yes is a no. With another input it is another call: the
    model makes it, and rules, hooks and the program judge it as any other.
    """
    if answer.error:
        return Reply(allowed=False, how="program", reason=f"The program in front of claw failed: {answer.error}")
    fields = answer.fields
    if fields.get("behavior") == "allow":
        updated = fields.get("updatedInput")
        if updated is None or updated == arguments:
            return Reply(allowed=True, how="program")
        told = msgspec.json.encode(updated).decode()
        return Reply(allowed=False, how="program", reason=f"It allows this call with another input: {told}")
    message = fields.get("message")
    reason = message if isinstance(message, str) else ""
    if fields.get("behavior") != "deny":
        reason = 'The answer of the program in front of claw has no "behavior" of "allow" or "deny".'
    return Reply(allowed=False, how="program", reason=reason, halt=fields.get("interrupt") is True)

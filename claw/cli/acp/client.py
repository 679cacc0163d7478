"""The client as somebody who can be asked: whether a call may act, what the model wants to know, and about a plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import anyio

from claw.cli.acp import asked, texts
from claw.cli.acp.calls import Calls
from claw.cli.acp.texts import Piece
from claw.cli.acp.wire import Refused, Reply, Wire
from claw.cli.sanitize import clean, reveal_line
from claw.events.control import LimitAsked
from claw.events.permission import Mode, PermissionAsked
from claw.events.question import Choices, PlanProposed, Question, QuestionAsked
from claw.handlers.permission import Answers, Headless, Review
from claw.handlers.permission import Reply as Answer

ONCE, NETWORK, SESSION, REJECT = "allow-once", "allow-once-network", "allow-session", "reject-once"
MOST_RULES = 4
"""Rules that are offered for the rest of the session."""
MODES: dict[Mode, tuple[str, str]] = {
    "default": ("Ask first", "Edits and commands need your leave, unless a rule allows them"),
    "acceptEdits": ("Accept edits", "Files of the workspace are edited unasked"),
    "plan": ("Plan", "Only what changes nothing runs, until you have accepted a plan"),
    "dontAsk": ("Don't ask", "What no rule allows is denied, without a question"),
    "bypassPermissions": ("Bypass permissions", "Nothing is asked; only deny rules hold"),
}
"""What modes are called in editors, and what they mean."""


class Client:
    """Asks for one session. Who does not answer `within` seconds is nobody; so is a client that knows no forms, where
    the model asks something. `told` waits until the client knows of an event.
    """

    def __init__(self, wire: Wire, within: float, capabilities: asked.ClientCapabilities) -> None:
        self._wire = wire
        self._within = within
        self._capabilities = capabilities
        self._nobody = Headless()
        self._begun = anyio.Event()
        self.session = ""
        self.calls: Calls
        self._told: Callable[[int], Awaitable[None]]

    def begin(self, session: str, calls: Calls, told: Callable[[int], Awaitable[None]]) -> None:
        """From here on the client knows the session."""
        self.session, self.calls, self._told = session, calls, told
        self._begun.set()

    async def ask(self, question: PermissionAsked) -> Answer:
        options, meant = _answers(question)
        reply, why = await self._put(
            "session/request_permission",
            lambda: {"toolCall": self._call(question), "options": options},
            question.request,
        )
        if reply is None:
            nobody = await self._nobody.ask(question)
            return Answer(allowed=False, how="headless", reason=f"{nobody.reason} {why}")
        chosen = _chosen(reply)
        if isinstance(chosen, Answer):
            return chosen
        return meant.get(chosen) or _no(f"The editor chose {chosen!r}, which was not offered.")

    async def answer(self, questions: QuestionAsked) -> Answers:
        if not self._capabilities.forms:
            return Answers(how="headless", reason="The editor has no way to ask its user (elicitation).")
        reply, why = await self._put(
            "elicitation/create",
            lambda: self._form(questions),
            self.calls.request_of(questions.tool_call) if self._begun.is_set() else -1,
        )
        if reply is None or reply.error:
            return Answers(how="headless", reason=why or f"The editor failed: {reply.error if reply else ''}")
        try:
            said = asked.read(reply.result, asked.Elicited)
        except Refused as error:
            return Answers(how="headless", reason=f"The editor's answer cannot be read: {error.message}")
        if said.action != "accept":
            return Answers(how="declined")
        answers = tuple(_choices(number, one, said.content or {}) for number, one in enumerate(questions.questions, 1))
        if not any(one.chosen or one.words for one in answers):
            return Answers(how="declined")
        return Answers(answers=answers, how="program")

    async def review(self, proposed: PlanProposed, modes: Sequence[Mode]) -> Review:
        options = [
            {
                "optionId": mode,
                "name": f"Yes, and go on in mode: {MODES[mode][0]}",
                "kind": "allow_once" if mode == "default" else "allow_always",
            }
            for mode in sorted(modes, key=lambda mode: mode != "default")
        ]
        options.append({"optionId": REJECT, "name": "No, keep planning", "kind": "reject_once"})
        request = self.calls.request_of(proposed.tool_call) if self._begun.is_set() else -1
        plan = {
            "toolCallId": self.calls.id_of(request),
            "title": "A plan to carry out",
            "kind": "switch_mode",
            "status": "pending",
            "content": [texts.content(clean(proposed.plan))],
        }
        reply, why = await self._put(
            "session/request_permission", lambda: {"toolCall": plan, "options": options}, request
        )
        if reply is None:
            return Review(accepted=False, how="headless", reason=why)
        chosen = _chosen(reply)
        if isinstance(chosen, Answer):
            return Review(accepted=False, how="program", reason=chosen.reason, halt=chosen.halt)
        mode = next((mode for mode in modes if mode == chosen), None)
        return Review(accepted=mode is not None, mode=mode or "default", how="program")

    async def go_on(self, question: LimitAsked) -> int | None:
        return await self._nobody.go_on(question)

    async def _put(self, method: str, params: Callable[[], Piece], request: int) -> tuple[Reply | None, str]:
        """What the client says, or why it says nothing."""
        with anyio.move_on_after(self._within):
            await self._begun.wait()
            await self._told(request)
            return await self._wire.ask(method, {"sessionId": self.session, **params()}), ""
        return None, f"The editor did not answer within {self._within:g} s."

    def _call(self, question: PermissionAsked) -> Piece:
        id = self.calls.id_of(question.request)
        piece = self.calls.described(id, question.name, question.arguments, question.traits, question.request)
        if question.reason:
            piece["content"] = [*piece.get("content", []), texts.content(clean(question.reason))]
        return piece

    def _form(self, questions: QuestionAsked) -> Piece:
        request = self.calls.request_of(questions.tool_call)
        properties: dict[str, Any] = {}
        for number, question in enumerate(questions.questions, 1):
            properties |= _fields(number, question)
        words = [clean(question.question) for question in questions.questions]
        return {
            "toolCallId": self.calls.id_of(request),
            "mode": "form",
            "message": "\n".join(words),
            "requestedSchema": {"type": "object", "properties": properties},
        }


def _no(reason: str) -> Answer:
    return Answer(allowed=False, how="program", reason=reason)


def _chosen(reply: Reply) -> str | Answer:
    """The option that was chosen; a no where none was. Cancelled: the turn is called off with it."""
    if reply.error:
        return _no(f"The editor failed: {reply.error}")
    try:
        outcome = asked.read(reply.result, asked.Permission).outcome
    except Refused as error:
        return _no(f"The editor's answer cannot be read: {error.message}")
    if outcome.outcome == "cancelled":
        return Answer(allowed=False, how="program", halt=True)
    return outcome.option_id


def _answers(question: PermissionAsked) -> tuple[list[Piece], dict[str, Answer]]:
    """What can be chosen, and what each of that means."""
    offered: list[tuple[str, str, str, Answer]] = []
    if question.network:
        alone, with_network = "Allow once, without network", "Allow once, with network"
        offered.append((ONCE, alone, "allow_once", Answer(allowed=True, how="program")))
        offered.append((NETWORK, with_network, "allow_once", Answer(allowed=True, how="program", network=True)))
    else:
        offered.append((ONCE, "Allow once", "allow_once", Answer(allowed=True, how="program")))
    rules = dict.fromkeys((question.suggestion, *question.wider)) if question.suggestion else {}
    for number, rule in enumerate(list(rules)[:MOST_RULES], 1):
        answer = Answer(allowed=True, scope="session", how="program", rule=rule)
        offered.append((f"{SESSION}-{number}", f"Allow {reveal_line(rule)} in this session", "allow_always", answer))
    offered.append((REJECT, "Reject", "reject_once", _no("")))
    options = [{"optionId": id, "name": name, "kind": kind} for id, name, kind, _ in offered]
    return options, {id: answer for id, _, _, answer in offered}


def _fields(number: int, question: Question) -> dict[str, Any]:
    """A choice, and a line for what is in none of its options."""
    title = clean(question.header or question.question)
    options = [
        {"const": option.label, "title": clean(option.label)}
        | ({"description": clean(option.description)} if option.description else {})
        for option in question.options
    ]
    about = {"title": title, "description": clean(question.question)}
    choice: Piece = {"type": "string", **about, "oneOf": options}
    if question.several:
        choice = {"type": "array", **about, "items": {"anyOf": options}}
    return {f"q{number}": choice, f"q{number}_words": {"type": "string", "title": f"{title}: in own words"}}


def _choices(number: int, question: Question, content: dict[str, Any]) -> Choices:
    said, words = content.get(f"q{number}"), content.get(f"q{number}_words")
    labels = said if isinstance(said, list) else [said]
    known = {option.label for option in question.options}
    chosen = tuple(dict.fromkeys(label for label in labels if isinstance(label, str) and label in known))
    own = words.strip() if isinstance(words, str) else ""
    return Choices(chosen=chosen if question.several else chosen[:1], words=own)

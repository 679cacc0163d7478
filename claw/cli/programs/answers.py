"""What the answer of a program to `can_use_tool` says beside yes and no: grants, answers to questions, a mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from claw.decide.plans import NO, YES
from claw.events.permission import Mode, PermissionAsked
from claw.events.question import Choices, Question
from claw.handlers.permission import Answers

SESSION = "session"
"""The one destination of a permission that a program may give."""


def offered(question: PermissionAsked) -> list[dict[str, Any]]:
    """The narrowest rule that would cover the call, as a permission that may be given for the session; none: there is
    no such rule.
    """
    if not question.suggestion:
        return []
    tool, opened, content = question.suggestion.partition("(")
    rule = {"toolName": tool, **({"ruleContent": content.removesuffix(")")} if opened else {})}
    return [{"type": "addRules", "rules": [rule], "behavior": "allow", "destination": SESSION}]


def rule_granted(fields: dict[str, Any], question: PermissionAsked) -> str:
    """The rule, where the answer gives what was offered; empty: it gives nothing, or something else, which does not
    count: the call alone is allowed.
    """
    given = list(_updates(fields))
    return question.suggestion if any(update in given for update in offered(question)) else ""


def _updates(fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    updates = fields.get("updatedPermissions")
    for update in updates if isinstance(updates, list) else ():
        if isinstance(update, dict):
            yield update


def mode_after(fields: dict[str, Any], modes: Sequence[Mode]) -> Mode:
    """The mode in which an accepted plan is carried out: the one that the answer sets, if it can be one of these."""
    for update in _updates(fields):
        for mode in modes:
            if (update.get("type"), update.get("mode"), update.get("destination")) == ("setMode", mode, SESSION):
                return mode
    return "default" if "default" in modes else modes[0]


def answers(tool: str, questions: Sequence[Question], updated: object) -> Answers:
    """What `updatedInput` answers: `answers` has for each question's text a label, labels, or own words."""
    if len(questions) == 1 and [option.label for option in questions[0].options] == [YES, NO]:
        return Answers((Choices(chosen=(YES,)),), how="program")  # whether to plan first is answered by a yes
    said = updated.get("answers") if isinstance(updated, dict) else None
    if not isinstance(said, dict) or not any(question.question in said for question in questions):
        return no_answers(f"The program in front of claw allowed {tool or 'the questions'} and gave no answers.")
    return Answers(tuple(_choices(question, said.get(question.question)) for question in questions), how="program")


def no_answers(reason: str, *, halt: bool = False) -> Answers:
    return Answers(how="program", reason=reason, halt=halt)


def _choices(question: Question, said: object) -> Choices:
    labels = [option.label for option in question.options]
    parts = said if isinstance(said, list) else [said]
    if isinstance(said, str) and said not in labels and question.several:
        parts = said.split(", ")
    texts = [part for part in parts if isinstance(part, str) and part]
    if texts and all(part in labels for part in texts) and (question.several or len(texts) == 1):
        return Choices(chosen=tuple(texts))
    return Choices(words=said if isinstance(said, str) else ", ".join(texts))

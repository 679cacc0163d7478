"""What a hook says, read from its exit status, its standard output and its standard error.

Status 2 blocks, and the reason is on standard error. With status 0 standard output may hold one JSON object. Any other
status says nothing but that the hook has failed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypedDict, cast

import msgspec

from claw._native import parse_arguments
from claw.errors import ArgumentsInvalid
from claw.events.hook import HookName, HookOutcome
from claw.events.permission import Effect

LONGEST = 10_000
"""Characters of a text that are passed on."""
LARGEST_INPUT = 40_000
"""Characters of the JSON of a changed input; what is longer is no answer."""
TALKATIVE: tuple[HookName, ...] = ("UserPromptSubmit", "SessionStart")
"""What these print is for the model, also when it is no JSON."""
LISTENING: tuple[HookName, ...] = ("PreToolUse", "PostToolUse", "PostToolUseFailure", "SubagentStart", *TALKATIVE)
"""Where there is a model that can be told something."""

_decode = msgspec.msgpack.Decoder(dict[str, Any]).decode
_DECISIONS: dict[str, Effect] = {"allow": "allow", "approve": "allow", "ask": "ask", "deny": "deny", "block": "deny"}


class Answer(TypedDict, total=False):
    """Fields of `hook.finished`."""

    outcome: HookOutcome
    verdict: Effect | None
    reason: str
    context: str
    updated: dict[str, Any] | None
    halt: str | None
    message: str


def read(event: HookName, exit: int, stdout: str, stderr: str, mask: Callable[[str], str], *, whole: bool) -> Answer:
    """The answer, every text in it masked; `whole`: nothing of the output is missing."""
    stderr = mask(stderr)
    if exit == 2:
        return Answer(outcome="answered", verdict="deny", reason=_short(stderr))
    if exit != 0:
        return Answer(outcome="failed", reason=_short(stderr) or f"exit status {exit}")
    text = stdout.strip()
    if not text.startswith("{"):
        return Answer(outcome="answered", context=_short(mask(text)) if event in TALKATIVE else "")
    try:
        if not whole:
            raise ValueError("it is too long")
        return _object(event, _masked(_decode(parse_arguments(text)), mask))
    except ArgumentsInvalid as error:
        why = mask(str(error)).replace("invalid tool arguments", "no JSON")
        return Answer(outcome="unreadable", reason=f"its output is no answer: {_short(why)}")
    except ValueError as error:
        return Answer(outcome="unreadable", reason=f"its output is no answer: {_short(str(error))}")


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    match value:
        case str():
            return mask(value)
        case dict():
            return {mask(name): _masked(item, mask) for name, item in value.items()}
        case list():
            return [_masked(item, mask) for item in value]
    return value


def _object(event: HookName, said: dict[str, Any]) -> Answer:
    """Raises ValueError for what no hook can mean."""
    answer = Answer(outcome="answered", message=_short(_text(said, "systemMessage")))
    if said.get("continue", True) is False:
        answer["halt"] = _short(_text(said, "stopReason"))
    if "decision" in said:
        answer["verdict"] = _decision(said["decision"])
        answer["reason"] = _short(_text(said, "reason"))
    specific = said.get("hookSpecificOutput")
    if specific is not None:
        _specific(event, specific, answer)
    if event not in ("PreToolUse", "PermissionRequest") and answer.get("verdict") in ("allow", "ask"):
        answer["verdict"] = None
    return answer


def _specific(event: HookName, said: Any, answer: Answer) -> None:
    if not isinstance(said, dict) or said.get("hookEventName", event) != event:
        raise ValueError(f"hookSpecificOutput is not about {event}")
    if event in LISTENING:
        answer["context"] = _short(_text(said, "additionalContext"))
    if event == "PermissionDenied" and said.get("retry") is True:
        answer["context"] = "The call may be tried again."
    if event == "PreToolUse" and "permissionDecision" in said:
        answer["verdict"] = _decision(said["permissionDecision"])
        answer["reason"] = _short(_text(said, "permissionDecisionReason"))
    if event == "PreToolUse":
        answer["updated"] = _updated(said)
    if event == "PermissionRequest" and "decision" in said:
        decision = said["decision"]
        if not isinstance(decision, dict):
            raise ValueError("decision is no object")
        answer["verdict"] = _decision(decision.get("behavior"))
        answer["reason"] = _short(_text(decision, "message"))
        answer["updated"] = _updated(decision)
        if decision.get("interrupt") is True and answer["verdict"] == "deny":
            answer["halt"] = answer["reason"]


def _decision(value: Any) -> Effect:
    if not isinstance(value, str) or value not in _DECISIONS:
        raise ValueError(f"there is no decision {value!r}")
    return _DECISIONS[value]


def _updated(said: dict[str, Any]) -> dict[str, Any] | None:
    updated = said.get("updatedInput")
    if updated is None:
        return None
    if not isinstance(updated, dict):
        raise ValueError("updatedInput is no object")
    if len(json.dumps(updated)) > LARGEST_INPUT:
        raise ValueError("updatedInput is too long")
    return cast(dict[str, Any], updated)


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

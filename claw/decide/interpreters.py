"""Calls for a process that lives on from call to call: what one of them means depends on those before it."""

from __future__ import annotations

from typing import Any

from claw.events.permission import Mode
from claw.events.tools import Traits
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

WHY = "Earlier cells may have given what is named here another meaning, and no rule allows it."


def judged(state: State, agent: Agent, call: ToolCall, verdict: dict[str, Any]) -> dict[str, Any]:
    """The verdict on a call, as far as it is one for such a process."""
    return stricter(call.traits, state.mode_of(agent), verdict)


def stricter(traits: Traits, mode: Mode, verdict: dict[str, Any]) -> dict[str, Any]:
    """The verdict on a call of a tool with these traits, as `evaluate` gives it. What is known of commands does not
    hold where other calls may have defined them: what is allowed by that, or by the mode, is asked.
    """
    if not traits.spoken:
        return verdict
    verdict = {**verdict, "read_only": False}
    by_rules = verdict["segments"] and all(segment.get("rule") for segment in verdict["segments"])
    if verdict["verdict"] != "allow" or mode == "bypassPermissions" or by_rules:
        return verdict
    return {**verdict, "verdict": "deny" if mode in ("dontAsk", "plan") else "ask", "source": "mode", "reason": WHY}

"""Calls for a process that lives on from call to call: what one of them means depends on those before it."""

from __future__ import annotations

from typing import Any

from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

WHY = "Earlier cells may have given what is named here another meaning, and no rule allows it."


def judged(state: State, agent: Agent, call: ToolCall, verdict: dict[str, Any]) -> dict[str, Any]:
    """The verdict on a call. What is known of commands does not hold where other calls may have defined them: what is
    allowed by that, or by the mode, is asked.
    """
    if not call.traits.spoken:
        return verdict
    verdict = {**verdict, "read_only": False}
    mode = state.mode_of(agent)
    by_rules = verdict["segments"] and all(segment.get("rule") for segment in verdict["segments"])
    if verdict["verdict"] != "allow" or mode == "bypassPermissions" or by_rules:
        return verdict
    return {**verdict, "verdict": "deny" if mode in ("dontAsk", "plan") else "ask", "source": "mode", "reason": WHY}

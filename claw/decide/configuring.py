"""Settings that a model looks at, and the few that it may have changed: each time by the person's leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from claw.decide.addressed import Addressed, completed
from claw.events.results import texts
from claw.events.setting import SettingSaved, SettingSaveRequested
from claw.events.tool import ToolStarted
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

CHANGEABLE = ("model",)
"""No rule, mode, hook, trust, domain, server or tool is among them: nothing that a later call would be allowed by."""

ASKED = "A change of settings is always asked about."


def judged(state: State, agent: Agent, call: ToolCall, verdict: dict[str, Any]) -> dict[str, Any]:
    """What policy says of the call, as `evaluate` gives it, or what is stricter: no rule and no mode lets a setting be
    changed unasked, and no answer lets the next one be.
    """
    if call.traits.effect != "configure" or call.arguments.get("value") is None or verdict["verdict"] == "deny":
        return verdict
    setting, mode = call.arguments.get("setting"), state.mode_of(agent)
    stricter = {**verdict, "verdict": "deny", "rule": "", "source": "builtin"}
    if setting not in CHANGEABLE:
        what = f"the setting {setting}" if setting else "all settings"
        stricter["reason"] = f"No call changes {what}: tell the user what to put into which settings file."
    elif mode in ("plan", "dontAsk"):
        stricter["reason"] = f"{ASKED} In the mode {mode} nobody is."
    else:
        stricter |= {"verdict": "ask", "reason": ASKED}
    return stricter


def configure(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The settings that a call asks about, or the change that it wants."""
    setting, value = event.arguments.get("setting"), event.arguments.get("value")
    if value is not None and setting is not None:
        return [Addressed(agent.id, SettingSaveRequested(tool_call=call.key, setting=setting, value=value))]
    lines = [line for name, line in _values(state) if setting is None or name == setting]
    if lines:
        return [completed(agent.id, call.key, texts("\n".join(lines)))]
    names = ", ".join(dict.fromkeys(name for name, _ in _values(state)))
    told = texts(f"There is no setting {setting!r}, or nothing is set. There are: {names}.")
    return [completed(agent.id, call.key, told, is_error=True)]


def saved(state: State, agent: Agent, event: SettingSaved) -> list[Addressed]:
    """The call that wanted a change has its result."""
    told = event.error or f"It stands in {event.path}, and holds for sessions that begin from now on."
    return [completed(agent.id, event.tool_call, texts(told), is_error=bool(event.error))]


def _values(state: State) -> Iterator[tuple[str, str]]:
    """Each setting's name, and a line with its value and where that comes from."""
    config = state.session.settings
    limits = config.limits
    plain = {
        "model": config.model.name,
        "mode": state.permissions.mode,
        **{f"limits.{name}": getattr(limits, name) for name in limits.__struct_fields__},
        "retry.attempts": config.retry.attempts,
        "memory": config.memory or None,
        "compact_at": f"{config.compact_at} %",
        "domains": ", ".join(config.domains),
    }
    for name, value in plain.items():
        if value not in (None, ""):
            source = config.sources.get(name)
            yield name, f"{name}: {value}" + (f" ({source})" if source else "")
    for rule in state.permissions.rules:
        name = f"permissions.{rule.effect}"
        yield name, f"{name}: {rule.rule} ({rule.source})"
    for hook in config.hooks:
        yield "hooks", f"hooks: {hook.event} {hook.matcher}: {hook.command} ({hook.source})"

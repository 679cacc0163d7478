"""Skills: which one a call means, what it says, and of which the model is told once a file is touched."""

from __future__ import annotations

from functools import lru_cache

from claw._native import PathPatterns
from claw.decide import agents
from claw.decide.addressed import Addressed, completed, not_done
from claw.errors import ClawError
from claw.events.base import Event
from claw.events.results import texts
from claw.events.skill import KnownSkill, SkillRead, SkillRequested, SkillsTold
from claw.events.tool import PROBE, PROGRAM, ToolStarted
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall


def use(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The look at the skill that the call names."""
    found = _find(state, call)
    if found is None:
        names = ", ".join(skill.name for skill in state.skills if skill.by_model)
        return [not_done(agent.id, call.key, f"There is no skill {_name(call)!r}. Skills: {names or 'none'}.")]
    if not found.by_model and agent.conversation.leave.skill != found.name:
        return [not_done(agent.id, call.key, f"{found.name} is for the user alone, who types /{found.name}.")]
    words = call.arguments.get("args") or ""
    return [Addressed(agent.id, SkillRequested(tool_call=call.key, skill=found, words=words, room=event.room))]


def read(state: State, agent: Agent, event: SkillRead) -> list[Addressed]:
    """The call's result: what the skill says; or the agent that does it begins."""
    call = agent.conversation.call_of_key(event.tool_call)
    assert call is not None, "the call is open as long as its skill is being read"
    if event.error:
        return [not_done(agent.id, call.key, event.error)]
    found = _find(state, call)
    if not event.fork or found is None:
        return [completed(agent.id, call.key, texts(event.text))]
    return agents.begin_skill(state, agent, call, found, event)


def _find(state: State, call: ToolCall) -> KnownSkill | None:
    name = _name(call).lower()
    return next((skill for skill in state.skills if skill.name.lower() == name), None)


def _name(call: ToolCall) -> str:
    name: str = call.arguments["skill"]
    return name.strip().removeprefix("/")


def on_touch(state: State, agent: Agent, event: ToolStarted) -> list[Event]:
    """Word of the skills that have to do with the files of a call that begins, and were not told of before."""
    waiting = [skill for skill in state.skills if skill.paths and skill.by_model]
    if not waiting:
        return []
    touched = [
        path.canonical
        for path in event.paths
        if path.inside and not path.directory and path.parameter not in (PROBE, PROGRAM)
    ]
    told = agent.conversation.skills_told
    new = [skill for skill in waiting if skill.name not in told and any(_names(skill.paths, one) for one in touched)]
    if not new:
        return []
    lines = "\n".join(f"- {skill.name}: {skill.description}" for skill in new)
    text = f"skills that have to do with {', '.join(touched)}:]\n{lines}\n[end of the skills"
    return [SkillsTold(names=tuple(skill.name for skill in new), text=text)]


def _names(paths: tuple[str, ...], file: str) -> bool:
    patterns = _patterns(paths)
    return patterns is not None and patterns.name(file)


@lru_cache(maxsize=256)
def _patterns(paths: tuple[str, ...]) -> PathPatterns | None:
    try:
        return PathPatterns(paths)
    except ClawError:
        return None

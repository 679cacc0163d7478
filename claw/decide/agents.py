"""Agents that agents start: the call that asks for one, what it may spend, and what its parent is told at its end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from claw.decide import limits, worktrees
from claw.decide.addressed import Addressed, completed, not_done
from claw.decide.behaviour import number
from claw.events.agent import AgentAborted, AgentFinished, AgentKind, AgentMessaged, AgentSpawned
from claw.events.base import Content
from claw.events.command import Leave
from claw.events.content import ResultBlock, TextBlock
from claw.events.results import texts
from claw.events.session import TurnFinished
from claw.events.shell import ShellsEndRequested
from claw.events.skill import KnownSkill, SkillRead
from claw.events.tool import ToolStarted
from claw.events.tools import judged_arguments
from claw.events.worktree import Worktree, WorktreeClosed, WorktreeCloseRequested, WorktreeMade
from claw.projections.conversation_calls import not_run
from claw.projections.cutting import cut
from claw.projections.origin import DEEPEST
from claw.projections.shells import ShellInfo
from claw.projections.state import MAIN, Agent, State
from claw.projections.turn import Interrupting, ToolCall

USUAL = "general-purpose"
"""The kind of an agent whose call names none."""

MOST = 64
"""How many agents may be at work at the same time, the main one not counted."""

NOTE = "What it had said last:"

COMMAND = 100
"""Characters of a command that are told."""

_ENDINGS: dict[str, str] = {
    "interrupted": "The agent was stopped before it was done.",
    "stopped": "The user stopped the agent before it was done.",
    "failed": "The agent failed: its model could not be asked.",
    "turns": "The agent reached its limit of turns before it was done.",
    "budget": "The agent had spent its share of the money before it was done.",
    "tokens": "The agent had used its share of the tokens before it was done.",
    "time": "The agent's time was over before it was done.",
    "max_tokens": "The agent's last reply was cut at the limit of tokens.",
    "refused": "The agent's model refused to go on.",
    "overflow": "The agent's conversation became longer than its model's window.",
    "loop": "The agent made the same call again and again, with the same result.",
    "blocked": "A hook ended the agent's turn.",
}


def spawn(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The agent that the call asks for, or the worktree that it needs first."""
    kind, refused = _kind(state, agent, call)
    if kind is None or refused:
        return [not_done(agent.id, call.key, refused)]
    if worktrees.is_wanted(kind, call.arguments):
        return [Addressed(agent.id, worktrees.requested(state, agent, call.key, event.room))]
    return _begin(state, agent, call, kind, event.room)


def judged(state: State, call: ToolCall) -> dict[str, Any]:
    """The call's arguments as rules speak of them: one that starts an agent names its kind, as that is written."""
    if call.traits.spoken:
        return judged_arguments(call.traits, call.arguments)
    if call.traits.effect != "spawn":
        return call.arguments
    name = call.arguments.get(call.traits.argument) or USUAL
    kind = state.kinds.find(name) if isinstance(name, str) else None
    return call.arguments if kind is None else {**call.arguments, call.traits.argument: kind.name}


def _begin(
    state: State, agent: Agent, call: ToolCall, kind: AgentKind, room: int | None, worktree: Worktree | None = None
) -> list[Addressed]:
    chosen = call.arguments.get("model")
    spawned = AgentSpawned(
        parent=agent.id,
        call=call.key,
        definition=replace(kind, model=state.kinds.models[chosen]) if chosen else kind,
        description=call.arguments["description"],
        prompt=call.arguments["prompt"],
        depth=agent.origin.depth + 1,
        limits=limits.of_child(state, agent, kind),
        room=room,
        background=kind.background or bool(call.arguments.get("run_in_background")),
        worktree=worktree,
    )
    id = max(state.agents) + 1
    begins = Addressed(id, spawned)
    if not spawned.background:
        return [begins]
    told = f"Agent {id} works in the background. You are told when it ends: do not wait for it by other means."
    told = f"{told} {worktrees.begun(worktree)}" if worktree else told
    return [begins, completed(agent.id, call.key, texts(told))]


def begin_skill(state: State, agent: Agent, call: ToolCall, skill: KnownSkill, event: SkillRead) -> list[Addressed]:
    """The agent whose task a skill is; it works where its parent does."""
    name = skill.agent or USUAL
    kind = state.kinds.find(name)
    refused = not_run(agent.turn) if isinstance(agent.turn, Interrupting) else _refused(state, kind, name)
    if agent.origin.depth >= DEEPEST:
        refused = f"No agent begins: {DEEPEST} stand above it. Do without this skill."
    refused = refused or limits.none_for_child(state, agent)
    if kind is None or refused:
        return [not_done(agent.id, call.key, refused)]
    spawned = AgentSpawned(
        parent=agent.id,
        call=call.key,
        definition=replace(kind, model=event.leave.model) if event.leave.model else kind,
        description=skill.name,
        prompt=event.text if isinstance(event.text, str) else "",
        depth=agent.origin.depth + 1,
        limits=limits.of_child(state, agent, kind),
        leave=Leave(rules=event.leave.rules),
    )
    return [Addressed(max(state.agents) + 1, spawned)]


def made(state: State, agent: Agent, event: WorktreeMade) -> list[Addressed]:
    """The agent for which the worktree was made begins; where there is none, or it may not begin by now, the call that
    asked for it ends.
    """
    call = agent.conversation.call_of_key(event.agent_call)
    assert call is not None, "the call is open as long as its worktree is being made"
    if event.worktree is None:
        return [not_done(agent.id, call.key, f"No agent began: {event.error}")]
    kind, refused = _kind(state, agent, call)
    if kind is None or refused:
        close = WorktreeCloseRequested(worktree=event.worktree, message=refused, agent_call=call.key)
        return [Addressed(agent.id, close)]
    return _begin(state, agent, call, kind, event.room, event.worktree)


def closed(state: State, agent: Agent, event: WorktreeClosed) -> list[Addressed]:
    """The end of the agent that worked there; of the call that asked for it, where none did."""
    if event.agent_call >= 0:
        call = agent.conversation.call_of_key(event.agent_call)
        assert call is not None, "the call is open as long as its worktree is being closed"
        _, refused = _kind(state, agent, call)
        return [not_done(agent.id, call.key, refused or "No agent began.")]
    turn = agent.origin.last_turn
    assert turn is not None, "a worktree is closed behind its agent's last turn"
    finished = _finished(agent, turn)
    told = TextBlock(text=worktrees.report(agent.origin.worktrees[-1], event))
    return [Addressed(agent.id, replace(finished, content=(*finished.content, told)))]


def _kind(state: State, agent: Agent, call: ToolCall) -> tuple[AgentKind | None, str]:
    """The kind of agent that the call asks for, and why none may begin, for the model; empty: one may."""
    name = call.arguments.get("subagent_type") or USUAL
    kind = state.kinds.find(name)
    if isinstance(agent.turn, Interrupting):
        return kind, not_run(agent.turn)
    if kind is not None and worktrees.is_wanted(kind, call.arguments) and state.mode_of(agent) == "plan":
        return kind, "Plan mode is on, so no worktree is made. Start the agent without `isolation`."
    return kind, (
        _refused(state, kind, name)
        or _model_refused(state, agent, call.arguments.get("model"))
        or limits.none_for_child(state, agent)
    )


def _refused(state: State, kind: AgentKind | None, name: str) -> str:
    """Why no agent begins, for the model; empty: one does."""
    if kind is None:
        names = ", ".join(known.name for known in state.kinds.known)
        return f"There is no kind of agent {name!r}. Kinds: {names}."
    at_work = sum(other.id != MAIN and not other.origin.end for other in state.agents.values())
    at_work += worktrees.making(state)
    if at_work >= MOST:
        return f"{at_work} agents are at work, and there may be no more. Wait for one to end, and make the call again."
    return ""


def _model_refused(state: State, agent: Agent, name: str | None) -> str:
    """Why no agent is asked by this name of a model, for the model that names it; empty: it may be, or none is named.
    What its parent's model is told goes to no other service than that which the person has chosen.
    """
    if not name:
        return ""
    own = state.model_of(agent)
    service = own.provider, own.base_url
    names = [one for one, model in state.kinds.models.items() if (model.provider, model.base_url) == service]
    if name in names:
        return ""
    those = f" Those that there are: {', '.join(names)}." if names else ""
    return f"There is no model {name!r} to choose.{those} A call that names none has the model of its kind, or yours."


def look(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """How an agent is that it has started."""
    return look_at(state, agent, call, event.arguments["agent_id"])


def look_at(state: State, agent: Agent, call: ToolCall, id: int) -> list[Addressed]:
    """The same for the agent of this id."""
    child = child_of(state, agent, id)
    if isinstance(child, str):
        return [not_done(agent.id, call.key, child)]
    return [completed(agent.id, call.key, _looked_at(state, child))]


def message(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """What an agent is told by the one that has started it."""
    child = child_of(state, agent, event.arguments["agent_id"])
    refused = child if isinstance(child, str) else _ended(child) or _stopping(child)
    if isinstance(child, str) or refused:
        return [not_done(agent.id, call.key, refused)]
    heading = TextBlock(text="[claw: a message of the agent that has started you]")
    said = AgentMessaged(sender=agent.id, content=(heading, TextBlock(text=event.arguments["message"])))
    told = f"Agent {child.id} reads it before its next step."
    return [Addressed(child.id, said), completed(agent.id, call.key, texts(told))]


def stop(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The end of an agent that it has started."""
    return stop_one(state, agent, call, event.arguments["agent_id"])


def stop_one(state: State, agent: Agent, call: ToolCall, id: int) -> list[Addressed]:
    """The same for the agent of this id."""
    child = child_of(state, agent, id)
    refused = child if isinstance(child, str) else _ended(child)
    if isinstance(child, str) or refused:
        return [not_done(agent.id, call.key, refused)]
    return [*abort([child]), completed(agent.id, call.key, texts(f"Agent {child.id} is being stopped."))]


def child_of(state: State, agent: Agent, id: int) -> Agent | str:
    """The agent of this id, if this one has started it; else why there is none, for the model."""
    child = state.agents.get(id)
    if child is not None and child.origin.parent == agent.id:
        return child
    own = ", ".join(str(other.id) for other in state.started_by(agent))
    return f"You have started no agent {id}." + (f" Yours are: {own}." if own else "")


def _ended(child: Agent) -> str:
    """Why nothing can be done about it any more, for the model; empty: it is at work."""
    if not child.over:
        return ""
    return f"Agent {child.id} has ended already ({child.origin.end or 'its changes are being put into a branch'})."


def _stopping(child: Agent) -> str:
    return f"Agent {child.id} is being stopped." if isinstance(child.turn, Interrupting) else ""


def _looked_at(state: State, child: Agent) -> tuple[ResultBlock, ...]:
    """How an agent is: what it does, what it has used, what it said last."""
    doing = ", ".join(call.name for call in child.conversation.unfinished)
    now = f"has ended ({child.origin.end})" if child.origin.end else f"at work{f': {doing}' if doing else ''}"
    told = f"Agent {child.id} ({child.origin.title}): {now}. Its model was asked {child.budget.turns} times."
    said = last_words(child)
    return (TextBlock(text=f"{told}\n\n{NOTE}"), TextBlock(text=said)) if said else texts(told)


# --- the end ---------------------------------------------------------------------------------------------------------


def abort(children: Iterable[Agent]) -> list[Addressed]:
    """Stop these agents."""
    return [Addressed(child.id, AgentAborted(reason="interrupted")) for child in children]


def finish(state: State, agent: Agent, event: TurnFinished) -> list[Addressed]:
    """The end of an agent whose turn is over, and of those that it leaves at work. One that has a worktree of its own
    ends when that is closed.
    """
    if agent.origin.isolated:
        return [*abort(state.children_of(agent)), *_close(state, agent)]
    finished, stopped = _finished(agent, event), abort(state.children_of(agent))
    left = [shell for shell in state.shells.running if shell.agent == agent.id]
    if not left or number(state, "agents") < 2:
        return [Addressed(agent.id, finished), *stopped]
    told = TextBlock(text=f"[claw: what it ran in the background ends with it: {_named(left)}]")
    finished = replace(finished, content=(*finished.content, told))
    return [Addressed(agent.id, ShellsEndRequested()), Addressed(agent.id, finished), *stopped]


def _named(shells: Iterable[ShellInfo]) -> str:
    return ", ".join(f"{shell.id} ({' '.join(shell.command.split())[:COMMAND]})" for shell in shells)


def _close(state: State, agent: Agent) -> list[Addressed]:
    return [Addressed(agent.id, closing) for closing in worktrees.closing(state, agent)]


def close_above(state: State, agent: Agent) -> list[Addressed]:
    """Worktrees that waited for this agent to end, because it worked there, too."""
    found: list[Addressed] = []
    while agent.origin.parent is not None:
        agent = state.agents[agent.origin.parent]
        found += _close(state, agent)
    return found


def _finished(agent: Agent, event: TurnFinished) -> AgentFinished:
    words = last_words(agent)
    if event.reason == "done":
        said = words or "The agent ended without a word."
        return AgentFinished(reason="done", content=(TextBlock(text=said),))
    why = _ENDINGS[event.reason]
    why = f"{why} {event.message}" if event.message else why
    told = (TextBlock(text=f"{why}\n\n{NOTE}"), TextBlock(text=words)) if words else (TextBlock(text=why),)
    return AgentFinished(reason=event.reason, content=told)


def last_words(agent: Agent) -> Content:
    """The last text of the model's in the agent's conversation, as much as its parent has room for; empty: none."""
    words, room = _last_words(agent), agent.origin.room
    return words if room is None else cut(words, room)


def _last_words(agent: Agent) -> Content:
    for entry in reversed(agent.conversation.entries):
        said = [block.text for block in entry.blocks if isinstance(block, TextBlock) and block.text]
        if entry.role == "assistant" and said:
            inline = [text for text in said if isinstance(text, str)]
            return "\n\n".join(inline) if len(inline) == len(said) else said[-1]
    return ""


def tell_parent(state: State, agent: Agent, event: AgentFinished) -> list[Addressed]:
    """The result of the call that had started the agent; a message, where the call has had its result."""
    origin = agent.origin
    assert origin.parent is not None
    if state.agents[origin.parent].over:
        return []
    if not origin.background:
        return [completed(origin.parent, origin.call, event.content, is_error=event.reason != "done")]
    heading = TextBlock(text=f"[claw: agent {agent.id} ({origin.title}) has ended]")
    wakes = event.reason != "interrupted"
    return [Addressed(origin.parent, AgentMessaged(sender=agent.id, content=(heading, *event.content), wakes=wakes))]


def left_behind(state: State, agent: Agent) -> list[Addressed]:
    """What is told in a fork of the agents that worked in the background where it branches off."""
    gone = [other for other in state.started_by(agent) if other.origin.background and other.origin.end == "forked"]
    told = "[claw: this is a fork; agent {} ({}) does not work here]"
    return [
        Addressed(
            agent.id, AgentMessaged(sender=one.id, content=texts(told.format(one.id, one.origin.title)), wakes=False)
        )
        for one in gone
    ]

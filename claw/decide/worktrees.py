"""Worktrees that agents have for themselves: when one is made and closed, and what policy and parents are told."""

from __future__ import annotations

from typing import Any

from claw.events.agent import AgentKind
from claw.events.kinds import kind_of
from claw.events.worktree import Worktree, WorktreeClosed, WorktreeCloseRequested, WorktreeRequested
from claw.projections.state import Agent, State

_SHORT = 12
"""Digits of a commit's id that are told."""


def is_wanted(kind: AgentKind, arguments: dict[str, Any]) -> bool:
    """Whether the call, or the kind that it asks for, wants one."""
    return (arguments.get("isolation") or kind.isolation) is not None


def requested(state: State, agent: Agent, call: int, room: int | None) -> WorktreeRequested:
    """The intent for the agent that this call of `agent`'s asks for."""
    name = f"claw-{state.session.id[-12:]}-{call}"
    return WorktreeRequested(agent_call=call, name=name, origin=state.workspace_of(agent), room=room)


def closing(state: State, agent: Agent) -> list[WorktreeCloseRequested]:
    """The end of its worktree, once it and all who work there have no more to do; empty: not now."""
    origin = agent.origin
    if not origin.isolated or origin.end or not agent.over or kind_of(WorktreeCloseRequested) in _open(agent):
        return []
    worktree = origin.worktrees[-1]
    others = [other for other in state.agents.values() if other.id != agent.id and worktree in other.origin.worktrees]
    if any(not other.origin.end for other in others):
        return []
    there = tuple(sorted([agent.id, *(other.id for other in others)]))
    message = f"{origin.title}\n\nLeft uncommitted by agent {agent.id} of the claw session {state.session.id}."
    return [WorktreeCloseRequested(worktree=worktree, message=message, agents=there)]


def making(state: State) -> int:
    """How many are being made."""
    kind = kind_of(WorktreeRequested)
    return sum(kind == opened for agent in state.agents.values() for opened in _open(agent))


def _open(agent: Agent) -> list[str]:
    return list(agent.pending.calls.values())


def of_question(state: State, agent: Agent) -> dict[str, Any]:
    """What policy must know of the session's worktrees: what rules keep from an agent where one was made, they keep
    from it there and in the worktree.
    """
    own = agent.origin.worktrees
    isolated = (one.origin for one in state.agents.values() if one.origin.isolated and not one.origin.is_closed)
    trees = [origin.worktrees[-1] for origin in isolated]
    twins = [{"tree": tree.path, "top": tree.top, "workspace": tree.origin if tree in own else ""} for tree in trees]
    return {"twins": twins} if twins else {}


# --- what is told ----------------------------------------------------------------------------------------------------


def begun(worktree: Worktree) -> str:
    """What its agent's parent should know at once."""
    return f"It works in a worktree of its own, on the branch {worktree.branch}.{_left_out(worktree)}"


def report(worktree: Worktree, closed: WorktreeClosed) -> str:
    """What the agent's parent is told of its changes."""
    return f"[claw: {_changes(worktree, closed)}{_left_out(worktree)}]"


def _changes(worktree: Worktree, closed: WorktreeClosed) -> str:
    base = worktree.base[:_SHORT]
    if closed.error and not closed.branches and not closed.kept:
        return (
            f"the agent worked in the worktree {worktree.path}, from commit {base}, and no branch has changes. It "
            f"may have changed something all the same: {closed.error}"
        )
    if closed.error and not closed.branches:
        return (
            f"the agent worked in the worktree {closed.kept}, from commit {base}. What it did could "
            f"not be put into the branch {worktree.branch}, and stays where it is: {closed.error}"
        )
    if not closed.branches:
        return "the agent worked in a worktree of its own and changed nothing; the worktree is removed."
    branch = closed.branches[0]
    said = [
        f"the agent's changes are on the branch {branch}, from commit {base}:",
        *filter(None, [closed.stat]),
        f"To look at them: git diff {base}..{branch}. To take them over: git merge {branch}.",
    ]
    if len(closed.branches) > 1:
        said.append(f"Other work of the agent's is on {', '.join(closed.branches[1:])}.")
    if closed.kept:
        said.append(f"Its worktree stays in {closed.kept}: {closed.error}")
    elif closed.error:
        said.append(f"There may be more: {closed.error}")
    return "\n".join(said)


def _left_out(worktree: Worktree) -> str:
    if not worktree.uncommitted:
        return ""
    more = worktree.uncommitted - len(worktree.missing)
    names = ", ".join(worktree.missing) + (f" and {more} more" if more else "")
    return (
        f" It began at commit {worktree.base[:_SHORT]}, without what was not committed where it was started "
        f"({worktree.uncommitted}): {names}."
    )

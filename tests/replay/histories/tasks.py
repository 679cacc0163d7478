"""What histories with several agents are made with: a session that may start them, and what the world says to each."""

from __future__ import annotations

import json
from typing import Any

from claw.decide.behaviour import CURRENT
from claw.events.agent import AgentKind, AgentsChanged
from claw.events.model import ModelFailed
from claw.events.permission import PermissionAnswered
from claw.events.tool import ResolveRequested, ToolResolved
from claw.events.tools import ToolSpec
from claw.tools.agent import Agent, AgentMessage, AgentOutput, AgentStop
from claw.tools.agent_kinds import KINDS
from tests.pure.drive import BASH, EDIT, GREP, READ, Drive
from tests.replay.histories.parts import READ_A

AGENTS = (Agent().spec, AgentOutput.spec, AgentMessage.spec, AgentStop.spec)


def kind(name: str = "own", **fields: Any) -> AgentKind:
    """A kind of agent of somebody's own."""
    return AgentKind(
        **{"name": name, "description": "for tests", "instructions": f"Be {name}.", "source": "s", **fields}
    )


def with_agents(*kinds: AgentKind, tools: tuple[ToolSpec, ...] = (), said: str = "hello", **settings: Any) -> Drive:
    """A session whose main agent has been told something and may start agents of claw's own kinds and these."""
    drive = Drive(**{"behaviours": CURRENT, "tools": (READ, EDIT, GREP, BASH, *AGENTS, *tools), **settings})
    drive.feed(AgentsChanged(kinds=(*KINDS, *kinds)))
    if said:
        drive.say(said)
    return drive


def task(kind: str | None = None, prompt: str = "Look.", description: str = "look", **more: Any) -> tuple[str, str]:
    """A call that asks for an agent; `more` are other arguments of it."""
    arguments = {"description": description, "prompt": prompt, **more} | ({"subagent_type": kind} if kind else {})
    return "Agent", json.dumps(arguments)


def resolved(drive: Drive, agent: int = 0, most: int = 1_000) -> None:
    """What is asked about the agent's calls is found out, of the first `most` of them."""
    for call in drive.all_open("tool.resolve_requested", agent)[:most]:
        intent = drive.log[call].data
        if isinstance(intent, ResolveRequested) and intent.name == "Read":
            drive.resolve(call, agent=agent)
        else:
            drive.feed(ToolResolved(call=call), agent=agent)


def spawn(drive: Drive, *calls: tuple[str, str], agent: int = 0, **reply: Any) -> None:
    """The agent's reply makes these calls, and they go on as far as they can."""
    drive.reply(*calls, agent=agent, **reply)
    resolved(drive, agent)


def look(drive: Drive, agent: int, *said: str, content: str = "ok", **reply: Any) -> None:
    """The agent's reply reads a file, and it is told what is in it."""
    drive.reply(*said, READ_A, agent=agent, **reply)
    drive.resolve(drive.open("tool.resolve_requested", agent=agent), agent=agent)
    drive.finish(drive.open("tool.started", agent=agent), content, agent=agent)


def fails(drive: Drive, agent: int, failure: Any = "auth", message: str = "no such key", **more: Any) -> None:
    """The agent's request ends so."""
    call = drive.open("model.requested", agent=agent)
    drive.feed(ModelFailed(call=call, failure=failure, message=message, nusd=0, **more), agent=agent)


def answers(drive: Drive, agent: int, *, allowed: bool = True, scope: Any = "once", rule: str = "") -> None:
    """The person answers the agent's question."""
    call = drive.open("permission.asked", agent=agent)
    drive.feed(PermissionAnswered(call=call, allowed=allowed, how="person", scope=scope, rule=rule), agent=agent)


def at_work(drive: Drive) -> list[int]:
    """The agents beside the main one that have not ended."""
    return [agent.id for agent in drive.state.agents.values() if agent.id and not agent.origin.end]

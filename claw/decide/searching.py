"""Tools that are kept out of prompts: the search for them, and what an agent is told that calls one unfound."""

from __future__ import annotations

from claw.decide.addressed import Addressed, completed
from claw.events.results import texts
from claw.events.tool import ToolStarted
from claw.events.tools import ToolsFound, ToolSpec, ToolsSearchRequested
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

USUAL = 5
"""How many tools are found by words, where the call does not say."""
SAID = 300
"""Characters of a description that are told: with the next request all of it is among the tools."""


def search(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The search that a call asks for."""
    requested = ToolsSearchRequested(
        tool_call=call.key,
        query=call.arguments["query"],
        most=call.arguments.get("max_results") or USUAL,
        reaches=tuple(kind.reach for kind in agent.origin.kinds),
    )
    return [Addressed(agent.id, requested)]


def found(state: State, agent: Agent, event: ToolsFound) -> list[Addressed]:
    """The call that searched has its result."""
    offered = {tool.name: tool for tool in state.tools_of(agent)}
    own = [offered[tool.name] for tool in event.tools if tool.name in offered]
    there = [name for name in event.unknown if name in offered]
    lines = [
        *([f"{_count(len(own))} found. From your next reply on you can call what was found:"] if own else []),
        *(f"- {tool.name}: {_first_words(tool)}" for tool in own),
        *(f"{name} is among your tools already." for name in there),
        *(f"There is no tool {name!r} to be found." for name in event.unknown if name not in there),
    ]
    if event.matches > len(own) and own:
        lines.append(f"{event.matches - len(own)} more match: search with other words, or set max_results.")
    nothing = "No tool matches. Search with other words, or with fewer."
    told = texts("\n".join(lines) or nothing)
    return [completed(agent.id, event.tool_call, told, is_error=not own and not there and bool(lines))]


def not_offered(state: State, agent: Agent, name: str) -> str:
    """What the model is told that calls a tool which it is not offered."""
    offered = state.tools_of(agent)
    searches = next((tool.name for tool in offered if tool.traits.effect == "search"), "")
    if searches and name in state.tools.deferred:
        return f'{name} is not among your tools yet. Find it with {searches} (query "select:{name}"), then call it.'
    return f"There is no tool {name!r}. Tools: {', '.join(tool.name for tool in offered)}."


def _count(number: int) -> str:
    return f"{number} tool" if number == 1 else f"{number} tools"


def _first_words(tool: ToolSpec) -> str:
    """The beginning of what the tool says of itself, in one line."""
    words = " ".join(tool.description.partition("\n")[0].split())
    return words if len(words) <= SAID else f"{words[:SAID]}…"

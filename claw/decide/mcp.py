"""When MCP servers are connected, and when again; how long a request waits for those that nobody knows yet."""

from __future__ import annotations

from typing import Any

from claw.events.base import Event
from claw.events.control import CancelRequested, TimerSet
from claw.events.mcp import McpConfigured, McpConnectRequested, McpDisconnected, McpOffered, McpTold
from claw.events.session import SessionResumed
from claw.events.tools import ToolSpec
from claw.projections.mcp import ServerLink
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

ATTEMPTS = 5
"""In a row that come to nothing; then nobody tries until the settings or the person say so."""
MOST_SHOWN = 300
"""Characters of what a tool was and is declared as, in a question."""
FIRST_DELAY_MS = 500
"""Before the second attempt; it doubles with each."""


def configured(state: State, agent: Agent, event: McpConfigured) -> list[Event]:
    """Connections to new servers, and a wait for those whose tools nobody knows; an end to connections that are not
    meant any more.
    """
    ends = [CancelRequested(call=call) for call in _superfluous(state)]
    begin: list[Event] = [_connect(link) for link in state.mcp.servers.values() if link.call < 0]
    waits = [link.server.wait_ms for link in state.mcp.awaited]
    timer: list[Event] = [TimerSet(delay_ms=max(waits), purpose="servers")] if waits and state.mcp.timer < 0 else []
    return [*ends, *begin, *timer]


def resumed(state: State, agent: Agent, event: SessionResumed) -> list[Event]:
    """A session that goes on connects again. What the crash has left open ends first, and follows by itself."""
    return [_connect(link) for link in state.mcp.servers.values() if link.call < 0]


def parted(state: State, agent: Agent, event: McpDisconnected) -> list[Event]:
    """Another attempt, a little later each time; at once where the old settings were meant."""
    link = state.mcp.servers.get(event.server)
    if link is None or link.call >= 0 or event.reason == "session_end":
        return _no_wait(state)
    if event.reason in ("removed", "crash") or link.asked_for != link.server.digest:
        return [_connect(link)]
    if link.attempt >= ATTEMPTS:
        return _no_wait(state)
    again = McpConnectRequested(
        server=event.server,
        digest=link.server.digest,
        attempt=link.attempt + 1,
        delay_ms=FIRST_DELAY_MS << max(0, link.attempt - 1),
    )
    return [again, *_no_wait(state)]


def offered(state: State, agent: Agent, event: McpOffered) -> list[Event]:
    return _no_wait(state)


def news(state: State, agent: Agent) -> list[Event]:
    """What servers say for the model, of whose tools the agent may use some: told once in a conversation."""
    waiting = [
        (name, text)
        for name, link in state.mcp.servers.items()
        if name not in agent.conversation.servers_told
        and link.connected is not None
        and isinstance(text := link.connected.instructions, str)
        and text
        and _may_use(state, agent, name)
    ]
    if not waiting:
        return []
    parts = [
        f"What the MCP server {name} says of its tools (it speaks of nothing else):\n{text}" for name, text in waiting
    ]
    return [McpTold(servers=tuple(name for name, _ in waiting), text="\n\n".join(parts))]


def _may_use(state: State, agent: Agent, name: str) -> bool:
    offer = state.tools.sources.get(f"mcp:{name}")
    if offer is None:
        return False
    origin = agent.origin
    return bool(offer.deferred and origin.kind is None) or any(map(origin.may_use, offer.tools))


def judged(state: State, agent: Agent, call: ToolCall, verdict: dict[str, Any]) -> dict[str, Any]:
    """The verdict on a call of a server's tool: what was allowed of one that is declared otherwise by now is asked."""
    first = state.tools.altered.get(call.name)
    mode = state.mode_of(agent)
    if first is None or verdict["verdict"] != "allow" or mode == "bypassPermissions":
        return verdict
    now = next((tool for tool in state.tools_of(agent) if tool.name == call.name), first)
    why = f"The server declares this tool otherwise than it did. {_difference(first, now)}"
    return {**verdict, "verdict": "deny" if mode == "dontAsk" else "ask", "source": "builtin", "reason": why}


def _difference(first: ToolSpec, now: ToolSpec) -> str:
    """What is other, in words: of a long text the part that is."""
    parts = []
    for what, old, new in (("Description", first.description, now.description), ("Schema", first.schema, now.schema)):
        if old != new:
            begin = len(_common(old, new))
            end = len(_common(old[begin:][::-1], new[begin:][::-1]))
            was, now_is = (text[max(0, begin - 20) : len(text) - end][:MOST_SHOWN] for text in (old, new))
            parts.append(f"{what}: it was {was!r}, and is {now_is!r}.")
    return " ".join(parts)


def _common(one: str, other: str) -> str:
    """How both begin."""
    length = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    return one[: min(len(one), len(other)) if length is None else length]


def _no_wait(state: State) -> list[Event]:
    """The wait ends with the last server that was waited for."""
    if state.mcp.timer < 0 or state.mcp.awaited:
        return []
    return [CancelRequested(call=state.mcp.timer)]


def _connect(link: ServerLink) -> Event:
    return McpConnectRequested(server=link.server.name, digest=link.server.digest)


def _superfluous(state: State) -> list[int]:
    meant = {link.call: link.server.digest == link.asked_for for link in state.mcp.servers.values() if link.call >= 0}
    open_calls = state.main.pending.servers
    return [call for call in open_calls if not meant.get(call, False)]

"""The tools that are offered now, and by whom."""

import re

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.context import ContextCleared
from claw.events.permission import PermissionAnswered, PermissionAsked
from claw.events.session import SessionStarted
from claw.events.tools import BUILTIN, ToolsChanged, ToolsFound, ToolSpec
from claw.late import pattern
from claw.projections.base import Projection

_GPT = pattern(r"(?:^|[/:])(?:gpt|chatgpt|codex|o\d)(?![a-z])", re.IGNORECASE)


def suits(tool: ToolSpec, model: str) -> bool:
    """Whether a model of this name is told of the tool."""
    return tool.suits == "all" or (tool.suits == "gpt") == (_GPT.search(model) is not None)


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """`sources` has what each source offers, with the declarations of those deferred ones that are known by now.

    `offered` is what every model is offered, claw's own tools first. Of tools of one name that is the first alone,
    since nobody may stand in for another. `deferred` are the names of those that are offered to who has found them,
    with their sources; `known` has their declarations, as far as there are some.

    `altered` has, of tools of servers that were declared otherwise since, what was declared first, until the person has
    allowed a call; `asked` are the questions about such calls, by key.
    """

    sources: dict[str, ToolsChanged] = {}
    offered: tuple[ToolSpec, ...] = ()
    deferred: dict[str, str] = {}
    known: dict[str, ToolSpec] = {}
    altered: dict[str, ToolSpec] = {}
    asked: dict[int, str] = {}


def _offering(sources: dict[str, ToolsChanged]) -> Tools:
    direct: dict[str, ToolSpec] = {}
    deferred: dict[str, str] = {}
    known: dict[str, ToolSpec] = {}
    for source in sorted(sources, key=BUILTIN.__ne__):
        offer = sources[source]
        kept = frozenset(offer.deferred)
        declared = {tool.name: tool for tool in offer.tools}
        for name in offer.deferred:
            if name not in direct and name not in deferred:
                deferred[name] = source
                if name in declared:
                    known[name] = declared[name]
        for name, tool in declared.items():
            if name not in kept and name not in deferred:
                direct.setdefault(name, tool)
    return Tools(sources=sources, offered=tuple(direct.values()), deferred=deferred, known=known)


def _started(tools: Tools, envelope: Envelope, event: SessionStarted) -> Tools:
    return _offering({BUILTIN: ToolsChanged(source=BUILTIN, tools=event.tools)}) if event.tools else tools


def _changed(tools: Tools, envelope: Envelope, event: ToolsChanged) -> Tools:
    if event.tools or event.deferred:
        now = _offering({**tools.sources, event.source: event})
    else:
        now = _offering({name: offer for name, offer in tools.sources.items() if name != event.source})
    return replace(now, altered=_altered(tools, event), asked=tools.asked)


def _altered(tools: Tools, event: ToolsChanged) -> dict[str, ToolSpec]:
    """A tool that is declared as it was first is none of them any more; one that left may come back as another."""
    before = tools.sources.get(event.source)
    first = {tool.name: tool for tool in before.tools} if before is not None else {}
    first |= {name: tool for name, tool in tools.altered.items() if name in first}
    altered = dict(tools.altered)
    for tool in event.tools:
        known = first.get(tool.name)
        if known is None or tool.traits.performer != "server":
            continue
        if (known.description, known.schema) == (tool.description, tool.schema):
            altered.pop(tool.name, None)
        else:
            altered[tool.name] = known
    return altered


def _asked(tools: Tools, envelope: Envelope, event: PermissionAsked) -> Tools:
    if event.name not in tools.altered:
        return tools
    return replace(tools, asked={**tools.asked, envelope.seq: event.name})


def _answered(tools: Tools, envelope: Envelope, event: PermissionAnswered) -> Tools:
    """Who allows a call has seen what is declared now."""
    name = tools.asked.get(event.call)
    if name is None:
        return tools
    asked = {call: other for call, other in tools.asked.items() if call != event.call}
    if not event.allowed:
        return replace(tools, asked=asked)
    altered = {other: tool for other, tool in tools.altered.items() if other != name}
    return replace(tools, asked=asked, altered=altered)


def _found(tools: Tools, envelope: Envelope, event: ToolsFound) -> Tools:
    sources = dict(tools.sources)
    for tool in event.tools:
        source = tools.deferred.get(tool.name)
        if source is not None:
            offer = sources[source]
            others = [known for known in offer.tools if known.name != tool.name]
            sources[source] = replace(offer, tools=(*others, tool))
    return replace(_offering(sources), altered=tools.altered, asked=tools.asked)


TOOLS = Projection(
    "tools",
    Tools(),
    {
        SessionStarted: _started,
        ToolsChanged: _changed,
        ToolsFound: _found,
        PermissionAsked: _asked,
        PermissionAnswered: _answered,
    },
)


def _found_by_agent(found: tuple[str, ...], envelope: Envelope, event: ToolsFound) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*found, *(tool.name for tool in event.tools))))


FOUND: Projection[tuple[str, ...]] = Projection(
    "found", (), {ToolsFound: _found_by_agent, ContextCleared: lambda _, __, ___: ()}, owner="agent"
)
"""The names of the tools that an agent has found, in that order. Who forgets the conversation forgets them, too."""

"""The tools that are offered now, and by whom."""

import msgspec

from claw.events.base import Envelope
from claw.events.session import SessionStarted
from claw.events.tools import BUILTIN, ToolsChanged, ToolSpec
from claw.projections.base import Projection


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """`sources` has what each source offers; `offered` what the model is offered, claw's own tools first. Of tools of
    one name that is the first alone, since nobody may stand in for another.
    """

    sources: dict[str, tuple[ToolSpec, ...]] = {}
    offered: tuple[ToolSpec, ...] = ()


def _offering(sources: dict[str, tuple[ToolSpec, ...]]) -> Tools:
    by_name = {tool.name: tool for tool in sources.get(BUILTIN, ())}
    for source, tools in sources.items():
        for tool in tools if source != BUILTIN else ():
            by_name.setdefault(tool.name, tool)
    return Tools(sources=sources, offered=tuple(by_name.values()))


def _started(tools: Tools, envelope: Envelope, event: SessionStarted) -> Tools:
    return _offering({BUILTIN: event.tools}) if event.tools else tools


def _changed(tools: Tools, envelope: Envelope, event: ToolsChanged) -> Tools:
    if event.tools:
        return _offering({**tools.sources, event.source: event.tools})
    return _offering({name: offered for name, offered in tools.sources.items() if name != event.source})


TOOLS = Projection("tools", Tools(), {SessionStarted: _started, ToolsChanged: _changed})

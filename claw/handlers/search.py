"""The search for tools that are kept out of prompts."""

from __future__ import annotations

from msgspec.structs import replace

from claw.events.base import Intent
from claw.events.tools import Reach, ToolsFound, ToolSpec, ToolsSearchRequested
from claw.handlers.base import Call, Handler
from claw.tools.finding import Findable, best, selected
from claw.tools.toolbox import Toolbox


class SearchHandler(Handler):
    """Looks through all that a session has to be found."""

    intents: frozenset[type[Intent]] = frozenset({ToolsSearchRequested})

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, ToolsSearchRequested)
        there = [
            Findable(source, tool.spec)
            for source, tool in self._toolbox.findable()
            if _may_use(intent.reaches, tool.spec)
        ]
        names = selected(intent.query)
        found = ToolsFound(call=call.seq, tool_call=intent.tool_call)
        if names is None:
            matching = best(intent.query, there)
            call.emit(replace(found, tools=tuple(matching[: intent.most]), matches=len(matching)))
            return
        by_name = {tool.spec.name.lower(): tool.spec for tool in reversed(there)}
        named = [by_name[name.lower()] for name in names if name.lower() in by_name]
        unknown = tuple(name for name in names if name.lower() not in by_name)
        call.emit(replace(found, tools=tuple(named), matches=len(named), unknown=unknown))


def _may_use(reaches: tuple[Reach, ...], spec: ToolSpec) -> bool:
    return all(reach.allows(spec) for reach in reaches)

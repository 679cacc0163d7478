"""What policy must know of a call: its arguments checked, and what each path in them means on this disk."""

from __future__ import annotations

from typing import Any, Protocol

from claw.errors import ToolError
from claw.events.base import Intent
from claw.events.tool import PROGRAM, ResolveRequested, ToolResolved
from claw.execution.context import ToolContext
from claw.execution.masking import masked
from claw.execution.threads import finished
from claw.handlers.base import Call, Handler
from claw.tools.base import Declared
from claw.tools.facts import found, named


class Tools(Protocol):
    """The tools of a session."""

    def get(self, name: str) -> Declared | None:
        """The tool of this name; None: there is none."""
        ...


class ResolveHandler(Handler):
    """Finds out the facts of calls."""

    intents: frozenset[type[Intent]] = frozenset({ResolveRequested})

    def __init__(self, tools: Tools, context: ToolContext) -> None:
        self._tools = tools
        self._context = context

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, ResolveRequested)
        tool = self._tools.get(intent.name)
        if tool is None:
            call.emit(ToolResolved(call=call.seq, error=f"There is no tool named {intent.name}."))
        else:
            call.emit(await resolved(call.seq, tool, intent.arguments, self._context.at(intent.workspace)))


async def resolved(call: int, tool: Declared, arguments: dict[str, Any], context: ToolContext) -> ToolResolved:
    """The facts of this call as they are now, or what is wrong with its arguments. Raises nothing."""
    try:
        names = named(tool, arguments)
        if tool.spec.traits.performer == "decide" or all(parameter == PROGRAM for parameter, _ in names):
            # Nothing of the first is on the disk: such calls go on in the order in which they were made. Programs are
            # looked for in the folders of PATH alone, which takes less time than to wait for a thread.
            return ToolResolved(call=call, paths=found(tool, names, context))
        return ToolResolved(call=call, paths=await finished(lambda: found(tool, names, context)))
    except ToolError as error:
        return ToolResolved(call=call, error=masked(error.message, context))
    except Exception as error:  # noqa: BLE001 - a tool's defect; without facts the call cannot act
        told = f"{tool.spec.name} could not be checked: {type(error).__name__}: {error}"
        return ToolResolved(call=call, error=masked(told, context))

"""The facts of a call: what each thing that its arguments name means on this disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from claw.errors import ToolError
from claw.events.tool import PROGRAM, PathFact
from claw.execution.context import ToolContext
from claw.execution.paths import fact, programs
from claw.late import load
from claw.tools.arguments import parsed
from claw.tools.base import Declared

Look: TypeAlias = Callable[[str, str, ToolContext], PathFact]
"""Finds out about one path argument, as `fact` does."""


def facts(
    tool: Declared, arguments: dict[str, Any], context: ToolContext, look: Look | None = None
) -> tuple[PathFact, ...]:
    """What all that a call names means on this disk. Raises ToolError for arguments that the tool does not take."""
    return found(tool, named(tool, arguments), context, look)


def named(tool: Declared, arguments: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """What a call names, as (parameter, what is given). Raises ToolError for arguments that the tool does not take."""
    if tool.arguments is None:
        load("claw.tools.schemas", "must_fit")(tool.spec.name, tool.spec.schema, arguments)
        return ()
    return tool.paths(parsed(tool.spec.name, tool.arguments, arguments))


def found(
    tool: Declared, names: Sequence[tuple[str, str]], context: ToolContext, look: Look | None = None
) -> tuple[PathFact, ...]:
    """What these names mean on this disk. Raises ToolError."""
    meant: list[PathFact] = []
    for parameter, given in names:
        try:
            if parameter == PROGRAM:
                meant += programs(given, context)
            else:
                meant.append((look or fact)(parameter, given, context))
        except ToolError:
            # What a command line names is no argument: where it means nothing on this disk there is no fact of it.
            if tool.spec.traits.subject not in ("command", "text"):
                raise
    return tuple(meant)

"""The seam to what a tool does: arguments checked, facts found, then run with what was found."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any, Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

from claw.events.content import ResultBlock
from claw.events.tool import Charge, PathFact
from claw.events.tools import ToolSpec
from claw.execution.context import Facts, ToolContext
from claw.late import load
from claw.tools.arguments import Arguments


class Outcome(Struct, frozen=True):
    """What a tool gives back. `content` is for the model: a text, or blocks with all their data inline. `output` is all
    there was, where the model got only a part.
    """

    content: str | tuple[ResultBlock, ...]
    is_error: bool = False
    exit: int | None = None
    output: str | None = None
    charge: Charge | None = None
    """What it used of a model's service."""


Report: TypeAlias = Callable[[str], None]
"""Takes a piece of output, already masked, while the tool runs; called in the event loop's thread."""


class FactsFound(Exception):
    """Raised by `Tool.run`, which did nothing but look: the call is about this, too, and is to be judged by it."""

    def __init__(self, paths: tuple[PathFact, ...]) -> None:
        super().__init__()
        self.paths = paths


class Declared(Protocol):
    """A tool, whoever performs its calls. `spec` is all that anybody else knows of it. `arguments` declares
    what it takes; what is wrong with a call's is told to the model as it is.
    """

    spec: ToolSpec
    arguments: type[Arguments] | None
    """None: whatever fits `spec.schema`."""

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        """(parameter, path as given) for everything on disk that the arguments name; the workspace where they leave a
        path out. Raises ToolError.
        """
        given = ((name, getattr(arguments, name)) for name in self.spec.traits.paths)
        return tuple((name, "." if path is None else path) for name, path in given)


@runtime_checkable
class Tool(Declared, Protocol):
    """A tool that a handler runs."""

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        """Do it. Raises ToolError for what the model should know, FactsFound for what policy must know first. Once
        cancelled, nothing of it still runs."""
        ...


Act: TypeAlias = Callable[[dict[str, Any], Facts, ToolContext, Report], Awaitable[Outcome]]
"""What `Tool.run` does."""


class LateTool(Tool):
    """A tool of claw's own. What it does is imported by its first call; what a model is told of it costs less."""

    @abstractmethod
    def act(self) -> Act:
        """What performs its calls, in `claw.tools.acts`."""

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        return await self.act()(arguments, facts, context, report)


class Known(Tool):
    """A tool of claw's own of which only what it declares is known: the rest of it, the class `name` in `module`, is
    imported by the first call.
    """

    def __init__(self, spec: ToolSpec, module: str, name: str) -> None:
        self.spec = spec
        self._place = module, name

    @cached_property
    def _whole(self) -> Any:
        return load(*self._place)()

    @property
    def arguments(self) -> type[Arguments] | None:  # type: ignore[override] # which nobody sets
        declared: type[Arguments] | None = self._whole.arguments
        return declared

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        named: tuple[tuple[str, str], ...] = self._whole.paths(arguments)
        return named

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        outcome: Outcome = await self._whole.run(arguments, facts, context, report)
        return outcome

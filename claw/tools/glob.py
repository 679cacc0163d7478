"""Glob: files by their names."""

import os
from typing import Annotated

from msgspec import Meta

from claw.errors import ToolError
from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load, pattern
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

LIMIT = 100
"""Files named in one result."""

DESCRIPTION = f"""\
Find files by name.
- `pattern` is a glob: `**/*.py`, `src/**/test_*.{{ts,tsx}}`. It is matched below `path`, or below the workspace.
- You get at most {LIMIT} paths, those changed last first. Files that git ignores are given only if no other matches.
- To find files by what is in them use Grep."""

_WILD = pattern(r"[*?\[\]{}\\]")
_UP = pattern(r"(^|[/{,])\.\.($|[/},])")


class GlobArguments(Arguments, frozen=True):
    pattern: Annotated[str, Meta(min_length=1, description="The glob that paths must match")]
    path: Annotated[str, Meta(description="The folder to search; the workspace if not given")] | None = None


class Glob(LateTool):
    spec = ToolSpec(
        name="Glob",
        description=DESCRIPTION,
        schema=schema_of(GlobArguments),
        traits=Traits(
            footprint="read",
            subject="path",
            paths=("path",),
            searches=True,
            shown=Shown(line="pattern", also={"path": " in "}),
        ),
    )
    arguments: type[Arguments] = GlobArguments

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        """The folder, and where the pattern itself leads if that is elsewhere."""
        assert isinstance(arguments, GlobArguments)
        folder = arguments.path or "."
        start, _ = split(arguments.pattern)
        paths = (("path", folder),)
        if not start:
            return paths
        return *paths, ("pattern", start if start.startswith("~") else os.path.join(folder, start))

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.glob", "run")
        return act


def split(pattern: str) -> tuple[str, str]:
    """Where a pattern that leads out of its folder begins, and the pattern from there; ("", pattern) for others.

    Raises ToolError if it goes up behind a wildcard, where nobody can say what it means before it is searched.
    """
    start: list[str] = []
    rest = pattern.split("/")
    if pattern.startswith(("/", "~/")) or ".." in rest:
        while len(rest) > 1 and not _WILD.search(rest[0]):
            start.append(rest.pop(0))
    if _UP.search("/".join(rest)):
        raise ToolError("The pattern goes up with `..` behind a wildcard. Give the folder as `path` instead.")
    if not start:
        return "", pattern
    return "/".join(start) or "/", "/".join(rest)

"""Glob: files by their names."""

from __future__ import annotations

import os
from typing import Annotated, Any, NamedTuple

from msgspec import Meta

from claw import _native
from claw.errors import ToolError
from claw.events.tools import Shown, ToolSpec, Traits
from claw.execution.context import Facts, ToolContext
from claw.execution.files import must_be_real
from claw.execution.masking import masked
from claw.execution.paths import judged, only, shown
from claw.late import pattern
from claw.tools.arguments import Arguments, parsed, schema_of
from claw.tools.base import Outcome, Report, Tool
from claw.tools.search import LEFT_OUT, excluded, ignores, searched

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


class Glob(Tool):
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

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        wanted = parsed("Glob", GlobArguments, arguments)
        fact = only(facts.paths, "pattern") or facts.paths[0]
        _, pattern = split(wanted.pattern)

        root = judged(fact, context)

        def search(token: _native.CancelToken) -> _Found:
            must_be_real(root)
            if not os.path.isdir(root):
                raise ToolError(f"{shown(root, context)} is not a folder.")
            exclude = excluded(facts, context)
            for ignored in (False, True):
                found, more = _native.glob(pattern, root, limit=LIMIT, exclude=exclude, ignored=ignored, cancel=token)
                if found:
                    return _Found(found, more, ignored)
            return _Found([], False, True)

        found = await searched(search)
        left_out = not found.ignored and ignores(root, context.workspace)
        return Outcome(masked(_told(found, wanted.pattern, context) + (f"\n{LEFT_OUT}" if left_out else ""), context))


class _Found(NamedTuple):
    """`more` match; `ignored`: what git ignores was looked at too, since nothing else matches."""

    paths: list[str]
    more: bool
    ignored: bool


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


def _told(found: _Found, pattern: str, context: ToolContext) -> str:
    if not found.paths:
        return f"No file matches {pattern}."
    lines = [shown(path, context) for path in found.paths]
    if found.ignored:
        lines.append("(Nothing else matches; git ignores these.)")
    if found.more:
        lines.append(
            f"(Only the {len(found.paths)} files changed last are listed. Use a narrower pattern to see others.)"
        )
    return "\n".join(lines)

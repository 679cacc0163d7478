"""Glob: files by their names."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from claw import _native
from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.files import must_be_real
from claw.execution.masking import masked
from claw.execution.paths import judged, only, shown
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.glob import LIMIT, GlobArguments, split
from claw.tools.search import LEFT_OUT, excluded, ignores, searched


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
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

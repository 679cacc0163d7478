"""`claw permissions explain`: one verdict, with all that led to it."""

from __future__ import annotations

from collections.abc import Iterator

from claw.cli.offline.style import BOLD, GREEN, RED, YELLOW, paint, put
from claw.cli.permissions.options import call_typed, mode_of, options_of, policy_of
from claw.cli.sanitize import reveal_line
from claw.cli.terminal.verdicts import why
from claw.errors import ToolError, UsageError
from claw.events.permission import Effect
from claw.events.tool import PathFact
from claw.session.policy import Verdict

COLOURS: dict[Effect, str] = {"allow": GREEN, "ask": YELLOW, "deny": RED}


def explain(
    call: str,
    mode: str | None = None,
    folder: str | None = None,
    allowed_tools: list[str] | None = None,
    disallowed_tools: list[str] | None = None,
) -> int:
    """Say what would happen to a call here, and why."""
    typed = call_typed(call)
    policy = policy_of(options_of(folder, allowed_tools, disallowed_tools))
    try:
        verdict = policy.verdict(typed.tool, typed.input, mode_of(mode or typed.mode))
    except ToolError as error:
        raise UsageError(error.message) from None
    put(list(_lines(verdict, typed.tool)))
    return 0


def _lines(verdict: Verdict, tool: str) -> Iterator[str]:
    yield f"{paint(verdict.verdict, COLOURS[verdict.verdict])}  {paint(reveal_line(verdict.part or tool), BOLD)}"
    yield f"  {reveal_line(verdict.reason)}"
    if verdict.rule:
        yield f"  rule {reveal_line(verdict.rule)} from {reveal_line(verdict.source)}"
    elif verdict.source:
        yield f"  by {reveal_line(verdict.source)}"
    if verdict.read_only:
        yield "  known to change nothing"
    if verdict.suggestion:
        yield f"  a rule that would allow it: {reveal_line(verdict.suggestion)}"
    for rule in verdict.wider:
        yield f"  one that would allow more: {reveal_line(rule)}"
    if verdict.segments:
        yield "parts"
    for segment in verdict.segments:
        yield f"  {paint(f'{segment.verdict:<5}', COLOURS[segment.verdict])}  {reveal_line(segment.text)}"
        if segment.reason:
            yield f"         {reveal_line(why(segment))}"
    if verdict.paths:
        yield "paths"
    for path in verdict.paths:
        yield f"  {reveal_line(path.given)} is {reveal_line(path.canonical)} ({', '.join(_facts(path))})"
    for given in verdict.unresolved:
        yield f"  {reveal_line(given)} leads to nothing that is known"


def _facts(path: PathFact) -> Iterator[str]:
    yield "inside the folder" if path.inside else "outside the folder"
    yield "a folder" if path.directory else "exists" if path.exists else "does not exist"
    if path.linked:
        yield "through a link"
    if path.protected:
        yield "protected"

"""From a case to its verdict, through claw's own resolver and policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from claw import _native
from claw.errors import ToolError
from claw.tools import TOOLS
from tests.redteam.case import Case, Line
from tests.redteam.trees import Tree

Verdict: TypeAlias = dict[str, Any]
Judge: TypeAlias = Callable[[Case, Tree], Verdict]

_FOOTPRINTS = {tool.spec.name: tool.spec.traits.footprint for tool in TOOLS}


def judged(case: Case, tree: Tree) -> Verdict:
    """The verdict on a case. A call whose paths cannot be resolved never runs, so it counts as denied."""
    arguments = tree.fill(case.arguments)
    try:
        paths = tree.facts(case.tool, arguments)
    except ToolError as error:
        return {"verdict": "deny", "reason": error.message, "segments": []}
    question = {
        "tool": case.tool,
        "arguments": arguments,
        "mode": case.mode,
        "footprint": _FOOTPRINTS.get(case.tool, case.footprint),
        "facts": {"paths": paths},
        "rules": _rules(case, tree),
        "grants": [{"rule": tree.fill(rule), "source": "granted in event 1"} for rule in case.grants],
        "cwd": tree.context.workspace,
        "workspace": tree.context.workspace,
        "home": tree.context.home,
        "sandboxed": case.sandboxed,
    }
    verdict: Verdict = msgspec.msgpack.decode(_native.evaluate(msgspec.msgpack.encode(question)))
    return verdict


def _rules(case: Case, tree: Tree) -> list[dict[str, str]]:
    return [
        {
            "effect": effect,
            "rule": tree.fill(rule),
            "source": f"settings.json:{number}",
            "layer": case.layer,
            "root": tree.context.workspace,
        }
        for effect in ("deny", "ask", "allow")
        for number, rule in enumerate(getattr(case.rules, effect), 1)
    ]


def complaint(line: Line, verdict: Verdict) -> str:
    """What is wrong with the verdict on this line; "" if nothing is."""
    case = line.case
    wrong = [] if case.accepts(verdict["verdict"]) else [f"expected {case.expect}, got {verdict['verdict']}"]
    if case.read_only is not None and verdict.get("read_only", case.read_only) != case.read_only:
        wrong.append(f"expected read_only {case.read_only}")
    if not wrong:
        return ""
    said = [
        f"    {segment['verdict']}: {brief(segment['text'])} ({segment.get('reason', '')})"
        for segment in verdict.get("segments", [])
    ]
    call = brief(case.text) if case.tool == "Bash" else f"{case.tool} {case.input}"
    about = f" [{case.why}]" if case.why else ""
    return "\n".join([f"{line.place}: {call!r}: {', '.join(wrong)}: {verdict['reason']}{about}", *said])


def brief(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:120]} … {text[-60:]}"

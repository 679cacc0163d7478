"""How long policy takes to judge a command line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.figures import Figure, median
from claw import _native

TIMES = 20_000
ORDINARY = ("git status", "ls -la src | head", "npm run test", "cat README.md", "make -j4", "rm -r build")
RULES = [{"effect": "deny", "rule": "Bash(git push:*)"}, {"effect": "allow", "rule": "Bash(npm run test)"}]


def figures(folder: Path) -> Iterator[Figure]:
    """The verdict on an ordinary command, facts and all, as `claw permissions check` asks for it."""
    question = {
        "tool": "",
        "footprint": "read",
        "mode": "default",
        "cwd": "/w",
        "home": "/home/u",
        "workspace": "/w",
        "rules": RULES,
        "sandboxed": True,
    }
    policy = _native.Policy(msgspec.msgpack.encode(question))
    took: list[float] = []
    begun = time.perf_counter()
    for number in range(TIMES):
        call = _call(ORDINARY[number % len(ORDINARY)])
        before = time.perf_counter()
        policy.check(call)
        took.append(time.perf_counter() - before)
    spent = time.perf_counter() - begun
    yield Figure("verdict on a command", median(took) * 1e6, f"{median(took) * 1e6:.1f} µs (p50)", most=20)
    yield Figure("verdicts a second", TIMES / spent, f"{TIMES / spent:.0f}", least=20_000)


def _call(command: str) -> bytes:
    given = _native.shell_paths(command)
    facts = [{"parameter": "command", "given": one, "canonical": one, "inside": True, "exists": True} for one in given]
    call = {"tool": "Bash", "footprint": "execute", "arguments": {"command": command}, "facts": {"paths": facts}}
    return msgspec.msgpack.encode(call)

"""How long a confined command takes from its start to its end, to bubblewrap's; and what tracing its starts costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bench.figures import Figure, median, ratio, seconds
from claw import _native

TIMES = 100
STARTS = 200
"""Programs that one line starts, one after the other."""
ROUNDS = 10
DENIED = [(f"Bash({command})", "bench") for command in ("rm:*", "git push:*", "sudo *", "npm publish", "curl:*")]
# What bubblewrap is asked for: the same namespaces and a like view.
BWRAP = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/", "--dev", "/dev"]
BWRAP += ["--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/var/tmp", "--tmpfs", "/home"]


def figures(folder: Path) -> Iterator[Figure]:
    """`true`, confined, from the call to its exit status; by turns with bubblewrap: both meet the same machine."""
    workspace = folder / "workspace"
    workspace.mkdir()
    shell, true = shutil.which("sh") or "/bin/sh", shutil.which("true") or "/bin/true"
    facts = _native.Confinement.available()
    if not facts["namespaces"] or not facts["landlock"]:
        print(f"no sandbox here: {facts['why']}", file=sys.stderr)
        return
    bwrap = [*BWRAP, "--bind", str(workspace), str(workspace), shell, "-c", f"exec {true}"]
    beside = shutil.which("bwrap") is not None and not subprocess.run(bwrap, capture_output=True).returncode
    ours, spawned, theirs = [], [], []
    for _ in range(TIMES):
        begun = time.perf_counter()
        process = _start(workspace, shell, f"exec {true}")
        spawned.append(time.perf_counter() - begun)
        process.wait(60)
        ours.append(time.perf_counter() - begun)
        if beside:
            theirs.append(seconds(lambda: subprocess.run(bwrap, check=True)))
    took = median(spawned) * 1e3
    yield Figure("confined true, until it runs", took, f"{took:.1f} ms (p50)", most=8)
    yield from _traced(workspace, true)
    if not beside:
        print("no bubblewrap here to compare with", file=sys.stderr)
        return
    detail = f"{median(ours) * 1e3:.1f} ms of {median(theirs) * 1e3:.1f} ms"
    yield ratio("confined true, until it has ended, to bubblewrap", median(ours) / median(theirs), detail, most=1.1)


def _traced(workspace: Path, true: str) -> Iterator[Figure]:
    """Many programs, started by one line, with rules that deny others and without any; by turns."""
    if not _native.Confinement.available()["traced"]:
        print("nothing can be traced here", file=sys.stderr)
        return
    shell = shutil.which("bash") or "/bin/bash"
    line = f"for ((i = 0; i < {STARTS}; i++)); do {true}; done"
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for traced, taken in times.items():
            taken.append(seconds(lambda: _start(workspace, shell, line, DENIED if traced else ()).wait(60)))  # noqa: B023
    plain, with_rules = (median(taken) / STARTS * 1e6 for taken in times.values())
    detail = f"{with_rules:.0f} us of {plain:.0f} us each"
    yield ratio("a program's start, traced because of deny rules, to untraced", with_rules / plain, detail, most=1.5)


def _start(workspace: Path, shell: str, line: str, denied: Sequence[tuple[str, str]] = ()) -> _native.Process:
    call = msgspec.msgpack.encode(("Bash", {"command": line}, ()))
    confinement = _native.Confinement(
        workspace=str(workspace),
        home=os.path.expanduser("~"),
        claw_home=str(workspace / "claw"),
        writable=True,
        protected=[],
        readable=[],
        writable_extra=[],
        network=[],
    )
    return _native.Process(
        _native.Grant(call, _native.blake3(call), "command"),
        shell=shell,
        cwd=str(workspace),
        env={"PATH": os.environ["PATH"]},
        guard=str(workspace / "guard"),
        confinement=confinement,
        denied=denied,
    )

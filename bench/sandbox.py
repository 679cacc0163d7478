"""How long a confined command takes from its start to its end, to bubblewrap's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.figures import Figure, median, ratio, seconds
from claw import _native

TIMES = 100
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
    if not beside:
        print("no bubblewrap here to compare with", file=sys.stderr)
        return
    detail = f"{median(ours) * 1e3:.1f} ms of {median(theirs) * 1e3:.1f} ms"
    yield ratio("confined true, until it has ended, to bubblewrap", median(ours) / median(theirs), detail, most=2)


def _start(workspace: Path, shell: str, line: str) -> _native.Process:
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
        _native.Grant(call, _native.blake3(call)),
        shell=shell,
        cwd=str(workspace),
        env={"PATH": os.environ["PATH"]},
        guard=str(workspace / "guard"),
        confinement=confinement,
    )

"""Runs commands in namespaces of their own: `unshare … python -m tests.redteam.fuzz.container FOLDER`.

Everything but a private tmpfs on FOLDER is read-only, there is no network, and this process is the first of its process
namespace. It reads one JSON list of words a line and answers each with the JSON list of the names that changed.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.redteam.fuzz.world import build, difference, digest

SECONDS = 1.0
GRACE = 0.1
MOUNT_SETATTR, AT_RECURSIVE, RDONLY = 442, 0x8000, 1
NOSUID_NODEV = 6


class Attributes(ctypes.Structure):
    """`struct mount_attr` of the kernel."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "namespace")]


def confine(folder: Path) -> None:
    """Make all read-only, then put an empty tmpfs on `folder`."""
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = Attributes(set=RDONLY)
    size = ctypes.sizeof(attributes)
    if libc.syscall(MOUNT_SETATTR, -100, b"/", AT_RECURSIVE, ctypes.byref(attributes), size):
        raise OSError(ctypes.get_errno(), "mount_setattr")
    if libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", NOSUID_NODEV, b"size=64m"):
        raise OSError(ctypes.get_errno(), "mount")


def run(words: list[str], root: Path) -> None:
    """Run one command to its end, or to the end of its time, and kill what it left behind."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(root / "home"),
        "TMPDIR": str(root / "tmp"),
        "LC_ALL": "C.UTF-8",
        "CARGO_HOME": os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo")),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup")),
    }
    process = subprocess.Popen(
        ["bash", "-c", '"$@"', "bash", *words],
        cwd=root / "work",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 24, 1 << 24)),
    )
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _reap(time.monotonic() + GRACE)
    try:
        os.kill(-1, signal.SIGKILL)
        while True:
            os.waitpid(-1, 0)
    except (ChildProcessError, ProcessLookupError):
        pass


def _reap(until: float) -> None:
    """Give what it started in the background, as in `>(command)`, the time to do its harm."""
    try:
        while time.monotonic() < until:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.002)
    except ChildProcessError:
        pass


def main() -> None:
    folder = Path(sys.argv[1])
    confine(folder)
    worlds = 0
    root = folder / "0"
    build(root)
    before = digest(root)
    for line in sys.stdin:
        run(json.loads(line), root)
        changed = difference(before, digest(root))
        print(json.dumps(changed), flush=True)
        if changed:
            worlds += 1
            root = folder / str(worlds)
            build(root)
            before = digest(root)


if __name__ == "__main__":
    home = os.path.expanduser("~")
    os.environ.setdefault("CARGO_HOME", f"{home}/.cargo")
    main()

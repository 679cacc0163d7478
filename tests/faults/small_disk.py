"""A disk of its own, small, for the time of one command: tmpfs in a mount namespace that nobody else sees."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

SCRIPT = """
set -eu
disk=$1 size=$2 keep=$3; shift 3
mkdir -p "$disk"
mount -t tmpfs -o size="$size" tmpfs "$disk"
set +e
"$@"
code=$?
set -e
df --output=avail -k "$disk" | tail -1 >"$keep.free"
cp -a "$disk" "$keep"
exit $code
"""


def _unshare() -> list[str]:
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]


@cache
def unavailable() -> str:
    """Why there is no such disk here; empty where there is."""
    try:
        probe = [*_unshare(), "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        done = subprocess.run(probe, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unshare is not installed"
    return "" if done.returncode == 0 else f"a mount namespace is not permitted: {done.stderr.strip()}"


def command(disk: Path, size: str, keep: Path, *program: str) -> list[str]:
    """Run `program` with a disk of this size at `disk`; what is on it is copied to `keep` in the end."""
    return [*_unshare(), "bash", "-c", SCRIPT, "small_disk", str(disk), size, str(keep), *program]

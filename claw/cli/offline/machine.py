"""What there is to know about the machine that claw runs on."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from claw import __version__, _native
from claw.execution import confinement
from claw.execution.language import known

State: TypeAlias = Literal["ok", "note", "FAILED"]

KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY")
ADDRESSES = ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL")
_REMOTE = ", whose locks and syncs are another machine's promise"
_REMARKS = dict.fromkeys(("nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "fuse.sshfs"), _REMOTE) | {
    "tmpfs": ", which a restart empties"
}
"""What to know of some file systems."""
SYNCS = 10
LEAST_FREE = 256 << 20


@dataclass(frozen=True, slots=True)
class Check:
    """`note`: works, but worth knowing."""

    state: State
    name: str
    text: str


def versions() -> Iterator[Check]:
    """claw, its native half and Python."""
    yield Check("ok", "claw", f"{__version__}, native half {Path(_native.__file__).name}")
    yield Check("ok", "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def disk(home: Path) -> Iterator[Check]:
    """Whether the home can be written and synced, where it lies, and how full that is."""
    folder = next(parent for parent in (home, *home.parents) if parent.is_dir())
    missing = "" if folder == home else " (made with the first session)"
    try:
        took = _sync_time(folder)
    except OSError as error:
        yield Check("FAILED", "home", f"cannot write to {folder}: {error.strerror}; set CLAW_HOME to a folder of yours")
        return
    yield Check("ok", "home", f"{home}{missing}")
    kind = filesystem(folder)
    remark = _REMARKS.get(kind, "")
    text = f"{kind}{remark}; write and fdatasync take {took * 1e3:.2f} ms"
    yield Check("note" if remark else "ok", "disk", text)
    free = shutil.disk_usage(folder).free
    yield Check("ok" if free >= LEAST_FREE else "note", "space", f"{free / 2**30:.1f} GiB free")


def _sync_time(folder: Path) -> float:
    """Seconds of one small write and its fdatasync, the median of some. Raises OSError."""
    times = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(SYNCS):
            begun = time.perf_counter()
            file.write(b"x" * 256)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    return sorted(times)[SYNCS // 2]


def filesystem(path: Path, table: str = "/proc/self/mountinfo") -> str:
    """The kind of file system that `path` lies on; `unknown` where the system does not tell."""
    real = os.path.realpath(path)
    found, kind = "", "unknown"
    try:
        with open(table, encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                left, _, right = line.partition(" - ")
                mount = left.split()[4].replace("\\040", " ")
                inside = real == mount or real.startswith(mount.rstrip("/") + "/")
                if inside and len(mount) >= len(found):
                    found, kind = mount, right.split()[0]
    except (OSError, IndexError):
        return kind
    return kind


def keys(environ: Mapping[str, str]) -> Iterator[Check]:
    """Which keys and addresses of providers are set; never what they are."""
    present = [name for name in KEYS if environ.get(name)]
    if present:
        yield Check("ok", "keys", ", ".join(present))
    else:
        yield Check("note", "keys", f"none of {', '.join(KEYS)} is set; claw demo needs none")
    addresses = [name for name in ADDRESSES if environ.get(name)]
    if addresses:
        yield Check("ok", "addresses", f"set by {', '.join(addresses)}")


def programs() -> Iterator[Check]:
    """What tools use."""
    bash, git = shutil.which("bash"), shutil.which("git")
    yield Check("ok" if bash else "FAILED", "bash", bash or "not found; the Bash tool needs it")
    yield Check("ok" if git else "note", "git", git or "not found; claw demo needs it")


def languages(chosen: known.Chosen | None, environ: Mapping[str, str], workspace: str) -> Check:
    """Which language servers a session in this workspace would use."""
    chosen = chosen or known.Chosen()
    if chosen.off:
        return Check("ok", "languages", "the settings switch language servers off")
    search_path = environ.get("PATH", os.defpath)
    found = [(program, known.place(program, search_path, (workspace,))) for program in known.all_of(chosen)]
    there = [f"{program.name} for {' '.join(program.languages)}: {place}" for program, place in found if place]
    missing = [program.name for program, place in found if not place]
    lacking = [f"not on PATH: {', '.join(missing)}"] if missing else []
    return Check("ok" if there else "note", "languages", "; ".join((*there, *lacking)))


def sandbox() -> Check:
    """How commands are confined."""
    found = confinement.available()
    lacking = confinement.lacking(found)
    return Check("note", "sandbox", lacking) if lacking else Check("ok", "sandbox", confinement.given(found))


def terminal(environ: Mapping[str, str]) -> Check:
    """What the interactive session would have to work with."""
    encoding = (sys.stdout.encoding or "").lower()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Check("note", "terminal", "none here: an interactive session needs one, claw -p does not")
    size = shutil.get_terminal_size()
    text = f"{environ.get('TERM', 'unknown')}, {size.columns}x{size.lines}, {encoding}"
    if environ.get("TERM", "dumb") == "dumb" or not encoding.startswith("utf"):
        return Check("note", "terminal", f"{text}: too simple for all that claw draws")
    return Check("ok", "terminal", text)

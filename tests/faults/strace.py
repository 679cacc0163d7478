"""System calls of a run and of all its children, in the order in which the kernel saw them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CALLS = "fdatasync,pwrite64,sendto,sendmsg,write,writev,execve,openat,rename,renameat,renameat2"
_LINE = re.compile(r"(?P<pid>\d+) +(?P<rest>.*)")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(?P<rest>.*)")
_UNFINISHED = " <unfinished ...>"
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+|\?)(?P<more>.*)", re.DOTALL)
_FILE = re.compile(r"\d+<(?P<path>/[^>]*)>")


@cache
def unavailable() -> str:
    """Why nothing can be traced here; empty where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    done = subprocess.run(["strace", "-f", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"ptrace is not permitted: {done.stderr.strip()}"


@dataclass(frozen=True)
class Call:
    """`begun` and `ended` are places in the order of all stops; `path` is that of the first descriptor."""

    name: str
    arguments: str
    result: str
    begun: int
    ended: int
    thread: int

    @property
    def path(self) -> str:
        match = _FILE.match(self.arguments)
        return match["path"] if match else ""


def command(output: Path, *program: str, inject: str = "", trace: str = CALLS) -> list[str]:
    """Run `program` under strace. With `inject` nothing is traced but what is injected into."""
    what = [f"--inject={inject}", "-e", f"trace={inject.split(':')[0]}"] if inject else ["-e", f"trace={trace}"]
    return ["strace", "-f", "--seccomp-bpf", "-y", "-s", "400", "-e", "signal=none", *what, "-o", str(output), *program]


def calls(output: Path) -> list[Call]:
    """What strace wrote, by the time of the call's end."""
    return list(_calls(output.read_text(errors="replace").splitlines()))


def _calls(lines: list[str]) -> Iterator[Call]:
    open_calls: dict[str, tuple[int, str]] = {}
    for place, line in enumerate(lines):
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        pid, rest = match["pid"], match["rest"]
        if rest.endswith(_UNFINISHED):
            open_calls[pid] = (place, rest.removesuffix(_UNFINISHED))
            continue
        begun = place
        resumed = _RESUMED.fullmatch(rest)
        if resumed is not None and pid in open_calls:
            begun, start = open_calls.pop(pid)
            rest = start + resumed["rest"]
        call = _CALL.fullmatch(rest)
        if call is not None:
            yield Call(call["name"], call["arguments"], call["result"], begun, place, int(pid))


def sends_request(call: Call) -> bool:
    """Whether it sends a request to a model."""
    return call.name in ("sendto", "sendmsg", "write", "writev") and '"POST /v1/messages' in call.arguments


def starts_bash(call: Call) -> bool:
    """Whether its process becomes the shell of a command."""
    return call.name == "execve" and 'bash", "-c", "' in call.arguments and call.result == "0"

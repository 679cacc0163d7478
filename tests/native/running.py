"""Commands for the tests: real ones, run by bash."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec

from claw import _native

PATIENCE = 60.0
"""Seconds until a condition that must come true counts as one that never does."""


class Shell:
    """Starts commands in one folder, under one guard."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.guard = str(folder / "guard")

    def bash(self, line: str, env: dict[str, str] | None = None, *, stdin: bytes = b"") -> _native.Process:
        return self.start("/bin/bash", line, env, stdin=stdin)

    def start(self, shell: str, line: str, env: dict[str, str] | None = None, *, stdin: bytes = b"") -> _native.Process:
        """`shell -c line`, whatever program that is."""
        env = {"PATH": os.environ["PATH"]} if env is None else env
        return _native.Process(granted(line), shell=shell, cwd=str(self.folder), env=env, guard=self.guard, stdin=stdin)

    def run(self, line: str, env: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Exit status and all output."""
        process = self.bash(line, env)
        output = read_all(process)
        return ended(process), output


def granted(line: str) -> _native.Grant:
    """The grant of a Bash call for this line."""
    call = msgspec.msgpack.encode(("Bash", {"command": line}, ()))
    return _native.Grant(call, _native.blake3(call), "command")


def read_all(process: _native.Process) -> bytes:
    pieces: list[bytes] = []
    while True:
        piece = process.read(PATIENCE)
        assert piece is not None, "the output never ended"
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)


def read_until(process: _native.Process, marker: bytes) -> bytes:
    output = b""
    while marker not in output:
        piece = process.read(PATIENCE)
        assert piece, f"{marker!r} never came, only {output!r}"
        output += piece
    return output


def ended(process: _native.Process) -> int:
    status = process.wait(PATIENCE)
    assert status is not None, "the command never ended"
    return status


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def new_mark() -> str:
    """A number of seconds to sleep that no other process on this machine sleeps for."""
    return f"9{uuid.uuid4().int % 10**12}"


def sleeping(mark: str) -> int:
    """How many living processes have this mark among their arguments."""
    found = subprocess.run(["ps", "-eo", "stat=,args="], capture_output=True, text=True, check=True).stdout
    lines = [line for line in found.splitlines() if f"sleep {mark}" in line and "bash" not in line]
    return sum(not line.startswith("Z") for line in lines)

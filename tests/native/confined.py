"""Confined commands for the tests, as the user who runs them or as an ordinary one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claw import _native
from tests.native.running import ended, granted, read_all

NOBODY = 65534


@dataclass
class Box:
    """A workspace, a home and claw's own folder below `folder`; commands run confined to them."""

    folder: Path
    uid: int | None = None
    """Whose processes these are: None for the tests' own user."""

    def __post_init__(self) -> None:
        for name in ("workspace", "home", "claw", "extra"):
            (self.folder / name).mkdir()
        self.workspace = self.folder / "workspace"
        self.home = self.folder / "home"
        self.claw = self.folder / "claw"

    def put(self, path: str, text: str = "original") -> Path:
        """A file below the folder, given as from there."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def confinement(self, **changes: Any) -> dict[str, Any]:
        """The keywords of `Confinement`, paths as from the workspace."""
        wanted: dict[str, Any] = {
            "workspace": str(self.workspace),
            "home": str(self.home),
            "claw_home": str(self.claw),
            "writable": True,
            "protected": [],
            "readable": [],
            "writable_extra": [],
            "network": [],
        } | changes
        for name in ("protected", "readable", "writable_extra"):
            wanted[name] = [str(self.workspace / path) for path in wanted[name]]
        return wanted

    def run(self, line: str, *, env: dict[str, str] | None = None, **changes: Any) -> tuple[int, str]:
        """Exit status and all output."""
        path = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C"}
        confinement = self.confinement(**changes)
        request = {
            "line": line,
            "cwd": confinement["workspace"],
            "env": path | (env or {}),
            "guard": str(self.folder / "guard"),
            "confinement": confinement,
        }
        if self.uid is None:
            return perform(request)
        give(self.folder, self.uid)
        status, output = forked(lambda: perform(request), self.uid)
        return status, output

    def python(self, program: str, **changes: Any) -> tuple[int, str]:
        """The same for a program in Python."""
        script = self.workspace / "attempt.py"
        script.write_text(program)
        python = shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin") or "python3"
        return self.run(f"exec {python} attempt.py", **changes)


def give(folder: Path, uid: int) -> None:
    """Make it that user's, links themselves included."""
    os.chown(folder, uid, uid)
    for at, folders, files in os.walk(folder):
        for name in folders + files:
            os.lchown(Path(at) / name, uid, uid)


def perform(request: dict[str, Any]) -> tuple[int, str]:
    process = _native.Process(
        granted(request["line"]),
        shell="/bin/bash",
        cwd=request["cwd"],
        env=request["env"],
        guard=request["guard"],
        confinement=_native.Confinement(**request["confinement"]),
    )
    output = read_all(process).decode(errors="replace")
    return ended(process), output


def forked(work: Callable[[], Any], uid: int) -> Any:
    """What `work` returns, as JSON, done by that user in a process of its own.

    A fork, because the interpreter may lie where that user finds none.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            answer = {"answer": work()}
        except BaseException as error:  # noqa: BLE001 - told to the test
            answer = {"error": f"{type(error).__name__}: {error}"}
        with open(writer, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writer)
    with open(reader) as pipe:
        told = json.load(pipe)
    os.waitpid(child, 0)
    assert "error" not in told, told["error"]
    return told["answer"]

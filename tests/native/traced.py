"""Commands of whose starts some are denied."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claw import _native
from tests.native.running import ended, granted, read_all

RM = ("Bash(rm:*)", "settings.json:3")


@dataclass
class Traced:
    """Runs lines in `work`, below `folder`; confined to that, or by nothing."""

    folder: Path
    confined: bool

    def __post_init__(self) -> None:
        self.work = self.folder / "work"
        self.work.mkdir()

    def start(self, line: str, *denied: tuple[str, str], path: str = "", **options: Any) -> _native.Process:
        env = {"PATH": path or os.environ["PATH"], "LC_ALL": "C", "HOME": str(self.folder)}
        confinement = self._confinement() if self.confined else None
        return _native.Process(
            granted(line),
            shell="/bin/bash",
            cwd=str(self.work),
            env=env,
            guard=str(self.folder / "guard"),
            confinement=confinement,
            denied=denied,
            **options,
        )

    def run(self, line: str, *denied: tuple[str, str], **options: Any) -> tuple[int, str, list[tuple[str, str, str]]]:
        """Exit status, all output, and what was not let start."""
        process = self.start(line, *denied, **options)
        output = read_all(process).decode(errors="replace")
        return ended(process), output, process.refused()

    def _confinement(self) -> _native.Confinement:
        return _native.Confinement(
            workspace=str(self.work),
            home=str(self.folder),
            claw_home=str(self.folder / "none"),
            writable=True,
            protected=[],
            readable=[str(self.folder / "bin")],
            writable_extra=[],
            network=[],
        )

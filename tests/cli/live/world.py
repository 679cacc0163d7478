"""A home, a workspace and a scripted model for one test; claw is run as people run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from claw import log
from claw.errors import SessionNotFound
from claw.events.codec import json_line
from claw.log import Home
from tests.cli.live import serving

CLAW = str(Path(sys.executable).parent / "claw")
PATIENCE = float(os.environ.get("CLAW_TEST_PATIENCE", "60"))
"""Seconds after which something that never comes is given up; nothing is fast because of it."""


def text(*pieces: str, **more: Any) -> dict[str, Any]:
    """A reply of text alone, streamed in these pieces."""
    return {"blocks": [{"type": "text", "text": list(pieces)}], **more}


def tool(name: str, arguments: dict[str, Any], *, say: str = "", **more: Any) -> dict[str, Any]:
    """A reply that calls a tool."""
    said = [{"type": "text", "text": say}] if say else []
    return {"blocks": [*said, {"type": "tool", "name": name, "arguments": arguments}], **more}


@dataclass
class World:
    root: Path
    environ: dict[str, str] = field(init=False)
    _servers: list[BaseProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        for folder in (self.home, self.workspace):
            folder.mkdir()
        self.environ = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "CLAW_HOME": str(self.claw_home),
            "ANTHROPIC_API_KEY": "sk-ant-test-0123456789abcdef",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            # One that is installed takes seconds of CPU to start, with every first edit of a file of its language.
            "CLAW_LANGUAGE_SERVERS": "off",
        }

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def claw_home(self) -> Path:
        return self.root / "claw"

    @property
    def workspace(self) -> Path:
        return self.root / "work"

    def serve(self, *replies: dict[str, Any], **more: Any) -> None:
        """A model that gives these replies; from here on claw asks it."""
        file = self.root / f"scenario{len(self._servers)}.json"
        file.write_text(json.dumps({"replies": replies, **more}))
        server, url = serving.start(file)
        self._servers.append(server)
        self.environ["ANTHROPIC_BASE_URL"] = url

    def run(self, *arguments: str, stdin: str | bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
        """Run claw to its end."""
        return subprocess.run(
            [CLAW, *arguments],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=self.workspace,
            env={**self.environ, **environ},
            timeout=PATIENCE,
            check=False,
        )

    def spawn(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Start claw without a terminal; its standard input is empty."""
        return subprocess.Popen(
            [CLAW, *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.workspace,
            env=self.environ,
        )

    def events(self, session: str = "@last") -> list[dict[str, Any]]:
        """What the session's log holds; nothing, as long as there is none."""
        try:
            path = log.find(Home(self.claw_home), session)
        except SessionNotFound:
            return []
        return [json.loads(json_line(envelope)) for envelope in log.read(str(path))]

    def kinds(self, session: str = "@last") -> list[str]:
        return [event["kind"] for event in self.events(session)]

    def sessions(self) -> list[str]:
        """Ids, oldest first."""
        folder = self.claw_home / "sessions"
        return sorted(os.listdir(folder)) if folder.is_dir() else []

    def close(self) -> None:
        for server in self._servers:
            serving.stop(server)


def told(done: subprocess.CompletedProcess[bytes]) -> str:
    """What claw wrote for the person."""
    return done.stderr.decode()


def objects(lines: Sequence[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]

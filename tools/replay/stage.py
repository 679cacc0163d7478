"""Where golden sessions are recorded: folders of their own under /tmp, and an environment that says nothing of ours."""

from __future__ import annotations

import base64
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from claw import log
from claw.errors import ClawError
from claw.events.codec import json_line
from claw.log import Home
from tools.replay.golden import Golden, Moment

ROOT = Path("/tmp/claw-golden")
"""The same on every machine, since recordings hold it."""

PATIENCE = 90.0
"""Seconds after which a moment that never comes is given up; what is scheduled for the next minute does come."""


class RecordingFailed(Exception):
    """An act did not go as its golden says; `str` is for people."""


@dataclass(frozen=True, slots=True)
class Stage:
    root: Path

    @property
    def workspace(self) -> Path:
        return self.root / "work"

    @property
    def user_home(self) -> Path:
        return self.root / "home"

    @property
    def home(self) -> Home:
        return Home(self.root / "claw")

    def environment(self, url: str) -> dict[str, str]:
        """What claw gets to see; the server at `url` is every model."""
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(self.user_home),
            "CLAW_HOME": str(self.home.path),
            "CLAW_MODEL": "scripted",
            "CLAW_SCRIPTED_URL": url,
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "golden-key-of-no-account",
            "OPENAI_BASE_URL": f"{url}/v1",
            "OPENAI_API_KEY": "golden-key-of-no-account",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "CLAW_LANGUAGE_SERVERS": "off",
        }

    def last_session(self) -> Path:
        """The one written to last."""
        return log.find(self.home, "@last")

    def filled(self, argument: str) -> str:
        """The argument, `{KIND}` in it replaced by the seq of the last such event of the last session."""
        return re.sub(r"\{([a-z_.]+)\}", lambda found: str(self._last_seq(found[1])), argument)

    def _last_seq(self, kind: str) -> int:
        seqs = [envelope.seq for envelope in log.read(str(self.last_session()), kinds=[kind])]
        if not seqs:
            raise RecordingFailed(f"the last session has no {kind}")
        return seqs[-1]


def set_up(name: str, golden: Golden) -> Stage:
    """Fresh folders with the golden's files."""
    stage = Stage(ROOT / name)
    shutil.rmtree(stage.root, ignore_errors=True)
    for folder, files in ((stage.workspace, golden.files), (stage.user_home, golden.home)):
        folder.mkdir(parents=True)
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    for path, data in golden.binary.items():
        (stage.workspace / path).write_bytes(base64.b64decode(data))
    return stage


class Watch:
    """Sees what is written to any session of a home from now on."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._seen = {path: self._events(path)[0] for path in log.session_paths(home)}

    def has_come(self, moment: Moment) -> bool:
        """Whether the moment is over."""
        found = 0
        for path in log.session_paths(self._home):
            _, lines = self._events(path, self._seen.get(path, 0))
            found += sum(kind == moment.kind and moment.holding in line for kind, line in lines)
        return found >= moment.count

    def wait(self, moment: Moment) -> None:
        """Raises RecordingFailed when it does not come."""
        for _ in range(int(PATIENCE / 0.01)):
            if self.has_come(moment):
                return
            time.sleep(0.01)
        raise RecordingFailed(f"there never was a {moment.kind} with {moment.holding!r}")

    @staticmethod
    def _events(path: Path, start: int = 0) -> tuple[int, list[tuple[str, str]]]:
        try:
            envelopes = list(log.read(str(path), start))
        except ClawError:
            return start, []
        return start + len(envelopes), [(envelope.kind, json_line(envelope).decode()) for envelope in envelopes]

"""Where `claw demo` plays: a small repository with a failing test, copies of it, and the scripted model's words."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from claw.errors import UsageError
from claw.providers.scripted.scenario import Scenario
from claw.session.config import Options

PYTHON = Path(sys.executable).name
SOURCE = Path(__file__).with_name("demo.toml")
AUTHOR = ("-c", "user.name=claw demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false")

QUIET = {"GIT_CONFIG_NOSYSTEM": "1", "PYTHONDONTWRITEBYTECODE": "1", "CLAW_LANGUAGE_SERVERS": "off"}


@dataclass(frozen=True, slots=True)
class Script:
    """`first` is what the model says in the session, `second` in its fork: the same up to the edit."""

    prompt: str
    rules: tuple[str, ...]
    files: dict[str, str]
    first: Scenario
    second: Scenario


def script(pace: float) -> Script:
    """`pace`: seconds between two pieces of what the model says."""
    plain = _filled(tomllib.loads(SOURCE.read_text()))
    first, second = (
        msgspec.convert({"replies": plain["shared"] + plain[part], "pace": pace}, Scenario)
        for part in ("first", "second")
    )
    files = {name: text.lstrip("\n") for name, text in plain["files"].items()}
    return Script(plain["prompt"], tuple(plain["rules"]), files, first, second)


def _filled(value: Any) -> Any:
    match value:
        case str():
            return value.replace("{python}", PYTHON)
        case list():
            return [_filled(item) for item in value]
        case dict():
            return {key: _filled(item) for key, item in value.items()}
    return value


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder of the demo's own. It stays, because the sessions speak of it."""

    root: Path

    @staticmethod
    def make() -> Stage:
        """Raises UsageError where no temporary folder can be made."""
        try:
            return Stage(Path(os.path.realpath(tempfile.mkdtemp(prefix="claw-demo-"))))
        except OSError as error:
            raise UsageError(f"cannot make a temporary folder: {error.strerror}", hint="export TMPDIR=DIR") from None

    def repository(self, name: str, files: Mapping[str, str]) -> Path:
        """A git repository with these files, committed. Raises UsageError where git is missing or fails."""
        folder = self.root / name
        folder.mkdir()
        for path, text in files.items():
            (folder / path).write_text(text)
        for arguments in (("init", "-q"), ("add", "."), (*AUTHOR, "commit", "-q", "-m", "Measures, with tests")):
            self._git(folder, arguments)
        return folder

    def _git(self, folder: Path, arguments: tuple[str, ...]) -> None:
        command = ["git", *arguments]
        try:
            done = subprocess.run(
                command, cwd=folder, env=self.environ({}), capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            raise UsageError("the demo needs git, which is not installed", hint="install git") from None
        if done.returncode:
            raise UsageError(f"{' '.join(command)} failed: {done.stderr.strip()}", hint="git --version")

    def environ(self, more: Mapping[str, str]) -> dict[str, str]:
        """The environment of all that runs here: a home of its own, so that nobody's settings matter."""
        home = self.root / "home"
        home.mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR", "TERM") if name in os.environ}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return {**kept, "PATH": path, "HOME": str(home), **QUIET, **more}

    def options(self, folder: Path, rules: tuple[str, ...], url: str) -> Options:
        """Of a session in this folder; the scripted model listens at `url`."""
        environ = self.environ({"CLAW_SCRIPTED_URL": url})
        return Options(workspace=str(folder), environ=environ, model="scripted", allowed=rules)

    def tests_pass(self, folder: Path) -> bool:
        """What the tests say to whoever runs them now, without claw."""
        done = subprocess.run(
            [sys.executable, "-m", "unittest"], cwd=folder, env=self.environ({}), capture_output=True, check=False
        )
        return done.returncode == 0

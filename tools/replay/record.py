"""Record golden sessions: perform their acts for real, look at what came of it, and keep the logs.

A recording is never made twice by accident: old ones are what later claws are held to.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from claw import log
from claw.cli.offline.verify import judge
from claw.errors import ClawError
from claw.events.codec import json_line
from claw.providers.scripted.thread import serving
from tools.replay import golden
from tools.replay.check import check, sessions_below
from tools.replay.golden import GOLDENS, Golden, Program, Run, Talk
from tools.replay.program import converse
from tools.replay.stage import PATIENCE, RecordingFailed, Stage, Watch, set_up
from tools.replay.talk import talk

REPOSITORY = Path(__file__).parent.parent.parent
CLAW = str(Path(sys.executable).parent / "claw")
LARGEST = 128_000
"""Bytes of one golden's logs: they are in the repository for ever."""
KEPT = ("*.seg", "blobs/*/*")
"""What of a session is the record; snapshots and locks can be made again."""


def run(names: Sequence[str], *, force: bool = False, add: bool = False) -> int:
    """Record these, or all that are not recorded; the exit code. `force` replaces what is recorded, `add` keeps it."""
    wanted = list(names) or [name for name in golden.names() if force or not golden.is_recorded(name)]
    for name in wanted:
        if golden.is_recorded(name) and not (force or add):
            sys.stderr.write(
                f"{name} is recorded; old recordings are kept (--force replaces this one, --add adds one)\n"
            )
            return 2
    for name in wanted:
        try:
            kept = record(name, add=add)
        except (RecordingFailed, ClawError, OSError, msgspec.ValidationError) as error:
            sys.stderr.write(f"{name}: {error}\n")
            return 1
        sys.stdout.write(f"{name}: {len(kept)} sessions, {sum(map(_size, kept))} bytes\n")
    return 0


def record(name: str, *, add: bool = False) -> list[Path]:
    """Record one; the kept session folders. Raises RecordingFailed, ClawError, OSError."""
    definition = golden.load(name)
    stage = set_up(name, definition)
    perform(stage, definition)
    sessions = sessions_below(stage.home.sessions)
    for session in sessions:
        _inspect(session)
    if sum(map(_size, sessions)) > LARGEST:
        raise RecordingFailed(f"the logs have {sum(map(_size, sessions))} bytes, more than {LARGEST}")
    target = GOLDENS / name / "sessions"
    if not add:
        shutil.rmtree(target, ignore_errors=True)
    return [_keep(session, target / session.name) for session in sessions]


def perform(stage: Stage, definition: Golden) -> None:
    """All acts, in order."""
    with serving(definition.scenario) as server:
        environ = stage.environment(server.url) | definition.environment
        for number, act in enumerate(definition.acts):
            try:
                if isinstance(act, Talk):
                    talk(stage, act, environ)
                elif isinstance(act, Program):
                    converse(CLAW, stage, act, environ)
                else:
                    _run(stage, act, environ)
            except RecordingFailed as error:
                raise RecordingFailed(f"act {number}: {error}") from None


def _run(stage: Stage, act: Run, environ: Mapping[str, str]) -> None:
    watch = Watch(stage.home)
    process = subprocess.Popen(
        [CLAW, *map(stage.filled, act.arguments)],
        cwd=stage.workspace,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        if act.stop is not None:
            watch.wait(act.stop)
            process.send_signal(signal.Signals[f"SIG{act.signal}"])
        told, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    expected = -signal.SIGKILL if act.stop is not None and act.signal == "KILL" else act.exit
    if process.returncode != expected:
        raise RecordingFailed(f"status {process.returncode} where {expected} was to be:\n{told}")


def _inspect(session: Path) -> None:
    """Raises RecordingFailed for a recording that nobody should be held to, or that says whose machine this is."""
    verdict = judge(session)
    if verdict.code or "not sealed" in verdict.line:
        raise RecordingFailed(f"{verdict.line} {verdict.problems}")
    replayed = check(session)
    if replayed.verdict != "same":
        raise RecordingFailed(replayed.details)
    for envelope in log.read(str(session)):
        line = json_line(envelope).decode()
        for word in _telling():
            if word in line:
                raise RecordingFailed(f"event {envelope.seq} ({envelope.kind}) holds {word!r}")


def _telling() -> Iterator[str]:
    """What in a log would say something about this machine and its owner."""
    yield str(REPOSITORY)
    for word in (os.environ.get("HOME", ""), socket.gethostname(), getpass.getuser()):
        if len(word) > 4:
            yield word


def _size(session: Path) -> int:
    return sum(file.stat().st_size for pattern in KEPT for file in session.glob(pattern))


def _keep(session: Path, target: Path) -> Path:
    for pattern in KEPT:
        for file in session.glob(pattern):
            copy = target / file.relative_to(session)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    return target

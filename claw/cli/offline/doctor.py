"""`claw doctor`: whether this installation can do its work."""

from __future__ import annotations

import os
from collections.abc import Iterator

from claw import log
from claw._native import LogReader
from claw.cli.offline import lookup
from claw.cli.offline.lock import holder
from claw.cli.offline.machine import Check, disk, keys, languages, programs, sandbox, terminal, versions
from claw.cli.offline.style import GREEN, RED, YELLOW, paint, put
from claw.cli.offline.survey import survey
from claw.cli.sanitize import clean_line
from claw.errors import ClawError
from claw.late import load
from claw.log import Home
from claw.session.config import Options
from claw.session.wiring import home_of, trees_of
from claw.settings import read_settings

_COLOURS = {"ok": GREEN, "note": YELLOW, "FAILED": RED}


def doctor() -> int | None:
    """Check this installation; 1 where something in it fails."""
    failed = False
    for check in checks(os.path.realpath(os.getcwd())):
        failed = failed or check.state == "FAILED"
        state = paint(f"{check.state:<6}", _COLOURS[check.state])
        put([f"{state}  {check.name:<10}  {clean_line(check.text)}"])
    return 1 if failed else 0


def checks(workspace: str) -> Iterator[Check]:
    """What is looked at, one after the other; the settings are those that count in this folder."""
    yield from versions()
    try:
        home = lookup.home()
        yield from disk(home.path)
        yield from _sessions(home)
        yield from _own_log(home)
        yield from _worktrees(home, workspace)
    except ClawError as error:
        yield Check("FAILED", "home", f"{error.message}; try: {error.hint}")
    yield from _settings(workspace)
    yield from keys(os.environ)
    yield from programs()
    yield sandbox()
    yield terminal(os.environ)


def _sessions(home: Home) -> Iterator[Check]:
    paths, catalogue = log.session_paths(home), log.Catalogue(home)
    yield Check("ok", "sessions", f"{len(paths)} in {home.sessions}")
    for path in paths:
        line = survey(path, catalogue)
        if line.status == "running":
            yield Check("note", "session", f"{line.id} is open in process {holder(str(path))}")
        elif line.status == "damaged":
            yield Check("FAILED", "session", f"{line.id}: {line.problem}; try: claw fsck {line.id}")
        elif line.problem:
            yield Check("note", "session", f"{line.id}: {line.problem}")


def _own_log(home: Home) -> Iterator[Check]:
    """Whether what outlives sessions can be read, where there is anything."""
    if home.personal.is_dir():
        found = LogReader(str(home.personal)).verify()
        said = f"{found.records} events in {home.personal}" if found.ok else f"{found.error}; try: claw fsck user"
        yield Check("ok" if found.ok else "FAILED", "own log", said)


def _worktrees(home: Home, workspace: str) -> Iterator[Check]:
    """Those of agents that are there, which is as it should be while their session runs."""
    folder = trees_of(Options(workspace=workspace, environ=os.environ))
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    sessions = [path.name for path in log.session_paths(home)]
    for name in names:
        path = os.path.join(folder, name)
        parts = name.split("-")
        own = next((id for id in sessions if len(parts) > 1 and id.endswith(parts[1])), "")
        if not own:
            do = f"it is of no session here; try: git -C {path} worktree remove --force {path}"
            yield Check("note", "worktree", f"{path}: {do}")
        elif survey(home.session_path(own), log.Catalogue(home)).status != "running":
            yield Check("note", "worktree", f"{path}: an agent of the session {own} has it; try: claw resume {own}")


def _settings(workspace: str) -> Iterator[Check]:
    """Each thing in the settings files that count here and that claw cannot take as it is written."""
    options = Options(workspace=workspace, environ=os.environ)
    try:
        settings = read_settings(home_of(options), options.workspace)
    except ClawError as error:
        yield Check("FAILED", "settings", f"{error.message}; try: {error.hint}" if error.hint else error.message)
        return
    wishes = f", {len(settings.wishes)} things that this folder wants" if settings.wishes else ""
    yield Check("ok", "settings", f"{len(settings.rules)} rules, {len(settings.hooks)} hooks{wishes}")
    yield from (Check("note", "settings", sentence) for sentence in settings.ignored)
    for word in load("claw.settings.codex", "words")(home_of(options), options.workspace):
        if word.why:
            yield Check("note", "settings", f"{word.place}: not in effect ({word.key}): {word.why}.")
    yield languages(settings.languages, os.environ, options.workspace)

"""What skills, commands and kinds of agent of the user's and a repository's cost a start, beside a start with none."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.agents_known import BIN
from bench.figures import Figure, median, ratio, seconds
from claw.providers.scripted.scenario import Scenario
from claw.providers.scripted.thread import serving

SKILLS, COMMANDS, AGENTS = 50, 30, 20
TIMES = 15
_BODY = "A line that says what to do, as long as such lines are.\n" * 40


def figures(folder: Path) -> Iterator[Figure]:
    """A run of one answer, in turn with and without the files."""
    none, full = folder / "none", folder / "full"
    for place in (none, full):
        (place / "work").mkdir(parents=True)
    _fill(full / "home/.claude", full / "work/.claude")
    with serving(_scenario()) as server:
        for place in (none, full) * 2:
            _run(place, server.url)
        took: dict[Path, list[float]] = {none: [], full: []}
        for place in (none, full) * TIMES:
            took[place].append(seconds(lambda place=place: _run(place, server.url)))  # type: ignore[misc]
    bare, with_files = median(took[none]), median(took[full])
    detail = f"{with_files * 1e3:.0f} ms beside {bare * 1e3:.0f} ms"
    what = f"start with {SKILLS} skills, {COMMANDS} commands, {AGENTS} agents"
    yield ratio(what, with_files / bare, detail, most=1.2)


def _scenario() -> Scenario:
    return msgspec.convert({"replies": [{"blocks": [{"type": "text", "text": "Done."}]}]}, Scenario)


def _fill(user: Path, repository: Path) -> None:
    for number in range(SKILLS):
        head = f"name: skill-{number}\ndescription: Does what number {number} is for, when the user speaks of it.\n"
        _write((user, repository)[number % 2] / f"skills/skill-{number}/SKILL.md", head)
    for number in range(COMMANDS):
        _write((user, repository)[number % 2] / f"commands/command-{number}.md", f"description: Command {number}\n")
    for number in range(AGENTS):
        head = f"name: agent-{number}\ndescription: For things of the kind {number}\ntools: Read, Grep\n"
        _write(user / f"agents/agent-{number}.md", head)


def _write(path: Path, head: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{head}---\n{_BODY}")


def _run(place: Path, url: str) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(place / "home"),
        "CLAW_HOME": str(place / "claw"),
        "ANTHROPIC_API_KEY": "no-key",
        "ANTHROPIC_BASE_URL": url,
    }
    subprocess.run([BIN / "claw", "-p", "Go on."], cwd=place / "work", env=environ, check=True, capture_output=True)

"""What skills, commands and kinds of agent of the user's and a repository's cost a start, and what plugins do, beside a
start with none.
"""

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
PLUGINS = 5
"""Each with ten files: four commands, two skills, an agent, a hook with its script."""
TIMES = 15
_BODY = "A line that says what to do, as long as such lines are.\n" * 40


def figures(folder: Path) -> Iterator[Figure]:
    """A run of one answer, in turn with and without the files."""
    none, full, plugins = places = folder / "none", folder / "full", folder / "plugins"
    for place in places:
        (place / "work").mkdir(parents=True)
    _fill(full / "home/.claude", full / "work/.claude")
    with serving(_scenario()) as server:
        for number in range(PLUGINS):
            _install(plugins, folder / f"plugin-{number}", f"plugin-{number}", server.url)
        for place in places * 2:
            _run(place, server.url)
        took: dict[Path, list[float]] = {place: [] for place in places}
        for place in places * TIMES:
            took[place].append(seconds(lambda place=place: _run(place, server.url)))  # type: ignore[misc]
    bare = median(took[none])
    for place, what in (
        (full, f"start with {SKILLS} skills, {COMMANDS} commands, {AGENTS} agents"),
        (plugins, f"start with {PLUGINS} plugins"),
    ):
        more = median(took[place])
        yield ratio(what, more / bare, f"{more * 1e3:.0f} ms beside {bare * 1e3:.0f} ms", most=1.2)


def _install(place: Path, plugin: Path, name: str, url: str) -> None:
    for number in range(4):
        _write(plugin / f"commands/command-{number}.md", f"description: Command {number}\n")
    for number in range(2):
        _write(plugin / f"skills/skill-{number}/SKILL.md", f"name: skill-{number}\ndescription: For number {number}\n")
    _write(plugin / "agents/agent.md", "name: agent\ndescription: For things of a kind\ntools: Read, Grep\n")
    hook = {"matcher": "Edit", "hooks": [{"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/check.sh"}]}
    files = {
        ".claude-plugin/plugin.json": msgspec.json.encode({"name": name, "version": "1.0.0"}),
        "hooks/hooks.json": msgspec.json.encode({"hooks": {"PostToolUse": [hook]}}),
        "check.sh": b"#!/bin/sh\nexit 0\n",
    }
    for path, content in files.items():
        (plugin / path).parent.mkdir(parents=True, exist_ok=True)
        (plugin / path).write_bytes(content)
    _run(place, url, "plugin", "install", "--yes", str(plugin))


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


def _run(place: Path, url: str, *arguments: str) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(place / "home"),
        "CLAW_HOME": str(place / "claw"),
        "ANTHROPIC_API_KEY": "no-key",
        "ANTHROPIC_BASE_URL": url,
    }
    command = [str(BIN / "claw"), *(arguments or ("-p", "Go on."))]
    subprocess.run(command, cwd=place / "work", env=environ, check=True, capture_output=True)

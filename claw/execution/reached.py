"""Whether a program of the person's still runs what it ran when it was trusted, or when the session began."""

from __future__ import annotations

import os

from claw.execution.confinement import available
from claw.execution.context import ToolContext
from claw.execution.programs import apart, bash_of, workspace_last
from claw.execution.reach import Runs, reach, whole

PROJECT = ("CLAW_PROJECT_DIR", "CLAUDE_PROJECT_DIR")
"""Variables that name the workspace."""


def changed(
    what: str, command: str, context: ToolContext, directories: tuple[str, ...], before: Runs | None
) -> tuple[str, bool]:
    """Why it does not run as the user's own program, or ""; and whether it may run confined. `what` names it, as in
    `hook`. `directories` are taken for parts of the workspace. Blocks.
    """
    roots = context.workspace, *directories
    path = context.environment.get("PATH", os.defpath)
    found = reach(command, roots, path, context.home, context.session, context.beyond)
    now = found.runs("")
    said = f"The {what} `{short(command)}`"
    if before is None or before.named != now.named or before.open < now.open:
        return (
            f"{said} did not run: what it runs has changed since it was trusted. Start claw anew to look at it.",
            False,
        )
    if before.read != now.read:
        why, other = f"it reads {', '.join(sorted(found.read))}", "what is in there has changed"
    elif not found.open or (before.whole and before.whole == whole(*roots)):
        return "", False
    elif before.whole:
        why, other = found.open, "files here have changed"
    else:
        why, other = found.open, "there are too many files here to tell whether one has changed"
    if not available().namespaces:
        return f"{said} did not run: {why}, {other}, and nothing can confine it.", False
    return f"{said} ran confined: {why}, and {other} since it was trusted.", True


def own_environment(context: ToolContext) -> tuple[str, dict[str, str]]:
    """The shell that runs a program of the person's, and what that gets: nothing that commands can change stands in for
    one of their programs.
    """
    search_path = context.environment.get("PATH", os.defpath)
    env = apart(context.environment, context.changeable) | dict.fromkeys(PROJECT, context.workspace)
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "PATH": workspace_last(search_path, context.changeable)}
    return bash_of(search_path, context.changeable) or "/bin/sh", env


def short(command: str) -> str:
    line = command.strip().split("\n")[0]
    return line if len(line) <= 80 else line[:79] + "…"

"""What git is told by the environment of a confined command, besides what every tool's process gets."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

from claw.events.tool import DeniedCommand
from claw.execution.context import ToolContext
from claw.execution.programs import first, workspace_last
from claw.execution.repository import Repository
from claw.late import pattern

CLAW = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
"""claw's own files: the next is seen by commands."""
BEFORE = os.path.join(CLAW, "execution", "path")
"""The folder with the git that refuses what would end half done (`before_git.py`)."""
_PARAMETERS = "GIT_CONFIG_PARAMETERS"
_LARGEST = 1024 * 1024
"""Bytes of a `.gitmodules` that is looked at."""
_PATIENCE = 5.0
"""Seconds that reading it may take."""


_STARTED = pattern(
    r"Bash\((sh|dash|python[\d.]*|git)(\)|[ :]*\*|[ :]+(apply|cat-file|clean|config|diff|diff-tree|fetch|for-each-ref|"
    r"log|ls-files|ls-tree|merge-base|rev-parse|symbolic-ref)\b)"
)
"""Deny rules for what the git of that folder starts: with one of them it could not look, and would be in the way."""


def told(
    repository: Repository | None,
    bare: bool,
    opened: frozenset[str],
    denied: tuple[DeniedCommand, ...],
    context: ToolContext,
) -> dict[str, str]:
    """Variables for a command. `bare`: git may find a bare repository by itself, because one was there, and meant,
    before the command began; `denied`: rules that are held against what the command starts. Reads the disk.
    """
    top = context.workspace if repository is None else repository.top
    settings = [
        _quoted(f"submodule.{name}.ignore", "dirty") for name in submodules(os.path.join(top, ".gitmodules"), context)
    ]
    settings += [_quoted("safe.bareRepository", "all")] if bare else []
    looks = not any(_STARTED.match(rule.rule) for rule in denied)
    path = context.environment.get("PATH", os.defpath)
    return {
        _PARAMETERS: " ".join([*filter(None, [context.environment.get(_PARAMETERS, "")]), *settings]),
        "PATH": os.pathsep.join([BEFORE, path]) if looks else path,
        "CLAW_PYTHON": sys.executable,
        "CLAW_OPENED": "\n".join(sorted(opened)),
        "CLAW_WORKSPACE": "\n".join(context.roots),
    }


def submodules(file: str, context: ToolContext) -> list[str]:
    """Names of submodules of which `.gitmodules` says what of them is looked at. That outdoes all other settings but
    those by name. git reads it as git does, in no repository, where nothing can make it run a program.
    """
    git = first("git", workspace_last(context.environment.get("PATH", os.defpath), context.changeable))
    try:
        state = os.stat(file)
        if git is None or not stat.S_ISREG(state.st_mode) or state.st_size > _LARGEST:
            return []
        done = subprocess.run(
            [git, "config", "-f", file, "-z", "--name-only", "--get-regexp", r"^submodule\..*\.ignore$"],
            cwd="/",
            env={
                "PATH": os.defpath,
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_DIR": os.devnull,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    keys = os.fsdecode(done.stdout).split("\0")
    return sorted({key[len("submodule.") : -len(".ignore")] for key in keys if key})


def _quoted(key: str, value: str) -> str:
    """As git quotes a setting. A key with `=` in it needs the form that git has since version 2.31."""
    return f"{_text(key)}={_text(value)}" if "=" in key else _text(f"{key}={value}")


def _text(text: str) -> str:
    return "'" + text.replace("'", "'\\''").replace("!", "'\\!'") + "'"

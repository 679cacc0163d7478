"""A program: may git be run, or would it stop halfway, because what it would change could not all be changed?

`claw/execution/path/git` calls it in confined commands: `before_git.py GIT WORDS…`. It is run by its path, without
claw's packages. What it asks git is asked in the sandbox, so nothing here has to be safe from the repository; where
anything is unclear git runs, and the sandbox keeps what it keeps.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING


def _loaded(name: str, folder: str, file: str) -> ModuleType:
    """A module of claw's by its file."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, file))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_HERE = os.path.dirname(os.path.realpath(__file__))
if TYPE_CHECKING:
    from claw.execution import git_changes, git_trees
else:
    git_changes = _loaded("git_changes", _HERE, "git_changes.py")
    _loaded("harmless", _HERE, "harmless.py")
    git_trees = _loaded("git_trees", _HERE, "git_trees.py")

REFUSED = 86
"""The exit status that says so, which neither git nor the end of a process by a signal has."""
MOST = 5
"""Paths that are named."""
OPENED = "CLAW_OPENED"
"""Environment variable: paths that this command was let change, one in a line."""
WORKSPACE = "CLAW_WORKSPACE"
"""Environment variable: the folders that commands may change, one in a line."""


def main() -> None:
    real, *words = sys.argv[1:]
    refusal = ""
    with suppress(Exception):
        refusal = _refusal(real, words)
    if refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(REFUSED)


def _refusal(real: str, words: list[str]) -> str:
    git, changed = git_changes.changes(real, words, git_trees.MAKING)
    kept = sorted({path for path in changed if _is_kept(path, git.top)})
    if not kept:
        return ""
    names = [os.path.relpath(path) for path in kept]
    told = ", ".join(f"`{name}`" for name in names[:MOST])
    if len(names) > MOST:
        told += f" and {len(names) - MOST} more"
    line = shlex.join(["git", *words])
    outside = not all(_is_of_the_workspace(path) for path in kept)
    ask = f"Run `touch -c {shlex.join(names)}; {line}` to have the user asked."
    return (
        f"[claw: `{line}` was not begun and has changed nothing, because its sandbox keeps {told} from being changed, "
        f"so it would have stopped halfway. {'Only the user can run it.' if outside else ask}]"
    )


def _is_kept(path: str, top: str) -> bool:
    """Whether it cannot be changed, or does not stay if it is made."""
    if os.path.islink(path) or not os.path.lexists(path):
        place = os.path.dirname(path)
        while not os.path.lexists(place):
            place = os.path.dirname(place)
        new = not os.path.lexists(path) and _is_of_the_workspace(path) and path not in _opened()
        made = new and _is_protected(path, top or place)
        return made or _is_read_only(place)
    return _is_read_only(path)


def _is_of_the_workspace(path: str) -> bool:
    """Elsewhere nothing is looked through afterwards."""
    return any(f"{path}/".startswith(f"{root}/") for root in os.environ.get(WORKSPACE, "/").split("\n"))


def _is_read_only(path: str) -> bool:
    """Of the mount, not of the file: git replaces files that nobody may write to."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _opened() -> list[str]:
    return os.environ.get(OPENED, "").split("\n")


def _is_protected(path: str, top: str) -> bool:
    native = _loaded("_native", os.path.dirname(_HERE), "_native.abi3.so")
    return bool(native.is_protected(path, top, os.environ.get("HOME", ""), ""))


if __name__ == "__main__":
    main()

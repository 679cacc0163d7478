"""What git itself has just made, and makes git run no program: new repositories, work trees and submodules."""

from __future__ import annotations

import os

from claw.errors import ClawError
from claw.execution.files import read_whole
from claw.execution.git import is_repository, named_path
from claw.execution.git_configuration import is_configuration, is_modules
from claw.execution.links import is_inside


def leads_home(path: str, roots: list[str]) -> bool:
    """Whether it is what `git worktree add` and `git submodule` write: a pointer to a git directory below one that is
    in the `roots`, which are looked through.
    """
    folder, name = os.path.split(path)
    if os.path.islink(path) or os.path.isdir(path):
        return False
    if name == "commondir":
        return _is_work_tree(folder, roots)
    if name != ".git":
        return False
    target = named_path(folder, ".git", "gitdir:")
    if not target or os.path.realpath(target) != target or not is_repository(target):
        return False
    return _is_work_tree(target, roots) or _is_module(target, roots)


def _is_work_tree(git: str, roots: list[str]) -> bool:
    """Whether it is `…/worktrees/NAME` of a git directory, and what it shares with others is that one's."""
    common = os.path.dirname(os.path.dirname(git))
    return (
        os.path.basename(os.path.dirname(git)) == "worktrees"
        and named_path(git, "commondir") == common
        and _is_looked_at(common, roots)
        and is_repository(common)
    )


def _is_module(git: str, roots: list[str]) -> bool:
    """Whether it is `…/.git/modules/NAME`, with nothing elsewhere."""
    above, modules, name = git.partition(f"{os.sep}modules{os.sep}")
    return (
        bool(modules and name)
        and _is_looked_at(above, roots)
        and is_repository(above)
        and not os.path.lexists(os.path.join(git, "commondir"))
    )


def _is_looked_at(git: str, roots: list[str]) -> bool:
    return any(is_inside(git, root) for root in roots)


def is_fresh(path: str, before: frozenset[str], roots: list[str]) -> bool:
    """Whether it belongs to a repository that is as new as harmless."""
    git, name = os.path.split(path)
    alternates = path.endswith(os.path.join("", "objects", "info", "alternates"))
    if alternates:
        git, name = path[: -len("/objects/info/alternates")], "alternates"
    modules = name == ".gitmodules"
    if not modules and any(old.startswith(f"{git}{os.sep}") for old in before):
        return False
    try:
        if name == "hooks":
            return not os.path.islink(path) and all(entry.endswith(".sample") for entry in os.listdir(path))
        lines = read_whole(path).data.decode().split("\n")
    except (ClawError, OSError, UnicodeDecodeError):
        return False
    if alternates:
        places = [os.path.realpath(os.path.join(git, "objects", line)) for line in lines if line]
        return all(_is_looked_at(place, roots) for place in places)
    if modules:
        return is_modules(lines)
    return name == "config" and is_repository(git) and is_configuration(lines)

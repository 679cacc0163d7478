"""What git says of a work tree, asked such that nothing of the repository's runs. Functions block."""

from __future__ import annotations

import os
from threading import Event

from claw.execution.context import ToolContext
from claw.execution.git_apart import apart, index_of, settings_of
from claw.execution.git_program import Git
from claw.execution.git_refs import Refs
from claw.execution.removal import remove_tree
from claw.execution.repository import found, own_directory

MOST_COMMITS = 5


def look(context: ToolContext, stop: Event) -> tuple[list[str], list[str]]:
    """The files that differ from the last commit, as `M path` and `?? path`, and the last commits, in a line each.

    Raises ToolError, OSError.
    """
    repository = found(context.workspace, context.home, context.claw_home)
    if repository is None:
        return [], []
    top, common = repository.top, repository.git
    head = Refs(common).id("HEAD", own_directory(top))
    if not head:
        return [], []
    place = os.path.join(os.path.dirname(context.guard), "look")
    try:
        git = apart(place, common, top, head, settings_of(common, context, stop), context, stop)
        with git.begin("log", f"--max-count={MOST_COMMITS}", "--format=%h %s", "--no-show-signature", head) as log:
            return uncommitted(git), os.fsdecode(log.said()).splitlines()
    finally:
        remove_tree(place)


def uncommitted(git: Git) -> list[str]:
    """What is not committed in the work tree, as git's short status has it; files that are not ignored included."""
    index = index_of(git, own_directory(git.top), "index.theirs") or os.path.join(git.git, "index.none")
    command = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=all")
    said = git.run(*command, settings=git.of_submodules(), environment={"GIT_INDEX_FILE": index})
    return [os.fsdecode(entry) for entry in said.split(b"\0") if entry]

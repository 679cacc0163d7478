"""Git worktrees for agents: made from the commit that a work tree stands on. They are closed by `worktree_close`.

It may be done again after it was cut off anywhere, with the same outcome. Functions block; they raise ToolError, whose
message is for the model.
"""

from __future__ import annotations

import os
import shutil
from threading import Event

from msgspec import structs

from claw.errors import ToolError
from claw.events.worktree import Worktree
from claw.execution import quoted, worktree_folder
from claw.execution.context import ToolContext
from claw.execution.git_apart import Settings, apart, settings_of
from claw.execution.git_look import uncommitted
from claw.execution.git_program import Git
from claw.execution.git_refs import HEADS, Refs
from claw.execution.links import is_inside
from claw.execution.removal import remove_tree
from claw.execution.repository import found, own_directory

MOST_NAMED = 10
"""Files that are named of those which are not in a worktree."""
ALONE = "Start the agent without `isolation`, and it works in your workspace."
"""What to do where no worktree can be made and nothing else is said."""


def make(name: str, folder: str, context: ToolContext, stop: Event) -> Worktree:
    """A new worktree in `folder`, from the commit that the context's workspace stands on. Raises ToolError; nothing
    is left behind then.
    """
    repository = found(context.workspace, context.home, context.claw_home)
    if repository is None:
        raise ToolError(f"{context.workspace} is in no git repository that claw would use.")
    top, common, path = repository.top, repository.git, os.path.join(folder, name)
    settings = settings_of(common, context, stop)
    if is_inside(folder, top):
        raise ToolError(f"The repository in {top} holds {folder}, where worktrees are made.")
    place = errand(context, name)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if os.path.realpath(folder) != folder:
            raise ToolError(f"{folder} leads elsewhere.")
        refs = Refs(common)
        base = _base(refs, top, settings)
        git = apart(os.path.join(place, "git"), common, path, base, settings, context, stop)
        _must_be_free(refs, replaced(git, place), name, base)
        _discard(path, common, name)
        try:
            return _made(git, settings, name, common, top, base, context)
        except BaseException:
            _discard(path, common, name)
            raise
    except OSError as error:
        raise ToolError(f"No worktree can be made in {folder}: {reason(error)}.") from None
    finally:
        remove_tree(place)


def errand(context: ToolContext, name: str) -> str:
    """The folder beside the session's log that has what claw needs for this worktree, where no command can write."""
    return os.path.join(os.path.dirname(context.guard), "worktrees", name)


def reason(error: OSError) -> str:
    """What went wrong, and with what."""
    said = error.strerror or str(error) or type(error).__name__
    return f"{said}: {quoted.name(os.fsdecode(error.filename))}" if error.filename else said


def replaced(git: Git, top: str) -> Git:
    """The same git for another work tree."""
    return structs.replace(git, top=top)


def _base(refs: Refs, top: str, settings: Settings) -> str:
    base = refs.id("HEAD", own_directory(top))
    if base:
        return base
    if settings.values.get("extensions.refstorage", "files") != "files":
        raise ToolError("The repository keeps its refs in a way that claw cannot read.")
    raise ToolError("The repository has no commit yet, which a worktree could begin at.", hint=f"Commit. {ALONE}")


def _made(git: Git, settings: Settings, name: str, common: str, top: str, base: str, context: ToolContext) -> Worktree:
    path = git.top
    own = worktree_folder.write(path, common, name, base)
    try:
        git.run("read-tree", base)
        _must_need_no_filter(git, settings)
        git.run("checkout-index", "--all", "--index", "--quiet")
    except ToolError as error:
        # Where the disk is full, git says only that it could not write.
        room = shutil.disk_usage(os.path.dirname(path)).free / 2**20
        lacks = " It is a partial clone, and claw fetches nothing." if settings.is_partial else ""
        raise ToolError(f"{error.message}{lacks} ({room:.1f} MiB are free in {os.path.dirname(path)}.)") from None
    worktree_folder.give_index(own, os.path.join(git.git, "index"))
    Refs(common).write(HEADS + name, base)
    missing = [entry[3:] for entry in uncommitted(replaced(git, top))]
    workspace = os.path.normpath(os.path.join(path, os.path.relpath(context.workspace, top)))
    if os.path.realpath(workspace) != workspace or own_directory(path) != own:
        raise ToolError(f"What {context.workspace} is in the last commit leads elsewhere.")
    os.makedirs(workspace, exist_ok=True)
    return Worktree(
        path=path,
        workspace=workspace,
        git=common,
        top=top,
        origin=context.workspace,
        branch=name,
        base=base,
        missing=tuple(quoted.name(file) for file in missing[:MOST_NAMED]),
        uncommitted=len(missing),
    )


def _must_need_no_filter(git: Git, settings: Settings) -> None:
    """Raises ToolError where files of the worktree are not in the repository as they should be in a folder."""
    needed = filtered(git, settings, git.run("ls-files", "-z"), "--cached")
    if needed:
        path, name = next(iter(needed.items()))
        raise ToolError(
            f"{quoted.name(path)} goes through the filter {quoted.name(name)} of git, which is a program, and claw "
            f"runs none to make a worktree. Files like it: {len(needed)}."
        )


def filtered(git: Git, settings: Settings, names: bytes, *options: str) -> dict[str, str]:
    """Those of these files (each with a NUL behind it) that go through a filter which has programs, with its name."""
    filters = set(settings.filters)
    if not filters or not names:
        return {}
    said = git.run("check-attr", "-z", "--stdin", *options, "filter", given=names)
    parts = os.fsdecode(said).split("\0")
    return {path: value for path, value in zip(parts[::3], parts[2::3], strict=False) if value in filters}


def _must_be_free(refs: Refs, git: Git, name: str, base: str) -> None:
    """Raises ToolError where the branch is there, and has what HEAD has not: then it is not what was left half made."""
    there = refs.raw(HEADS + name)
    if there and git.ask("merge-base", "--is-ancestor", there, base)[0]:
        raise ToolError(f"There is a branch {name} with commits of its own.")


def _discard(path: str, common: str, name: str) -> None:
    """Remove a worktree in which nobody has worked, and its branch."""
    worktree_folder.remove(path, common)
    Refs(common).delete(HEADS + name)

"""Git worktrees for agents: made from the commit that a work tree stands on, and closed into a branch.

All of it may be done again after it was cut off anywhere, with the same outcome. Functions block; they raise ToolError,
whose message is for the model.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

from claw.errors import ToolError
from claw.events.worktree import Worktree
from claw.execution.context import ToolContext
from claw.execution.git import named_path
from claw.execution.git_program import Git, program
from claw.execution.links import is_inside
from claw.execution.removal import remove_tree
from claw.execution.repository import found, own_directory

MOST_NAMED = 10
"""Files that are named of those which are not in a worktree."""
MOST_STAT = 4_000
"""Bytes of the statistics that are told."""
_GONE = ".gone"
"""What a worktree's folder is called while it is being removed."""
ALONE = "Start the agent without `isolation`, and it works in your workspace."
"""What to do where no worktree can be made and nothing else is said."""
_REPOSITORY = "160000"
"""The mode of what is a repository of its own."""


@dataclass(frozen=True, slots=True)
class Closed:
    """As `worktree.closed` has it."""

    branches: tuple[str, ...] = ()
    commit: str = ""
    files: int = 0
    stat: str = ""
    kept: str = ""
    error: str = ""


def make(name: str, folder: str, context: ToolContext, stop: Event) -> Worktree:
    """A new worktree in `folder`, from the commit that the context's workspace stands on. Raises ToolError; nothing
    is left behind then.
    """
    git, common = _repository(context, stop)
    base = git.line("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if not base:
        raise ToolError("The repository has no commit yet, which a worktree could begin at.", hint=f"Commit. {ALONE}")
    path = os.path.join(folder, name)
    if is_inside(folder, git.top):
        raise ToolError(f"The repository in {git.top} holds {folder}, where worktrees are made.")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if os.path.realpath(folder) != folder:
            raise ToolError(f"{folder} leads elsewhere.")
        _must_be_free(git, name)
        _discard(path, common, git, name)
        try:
            return _made(git, common, name, path, base, context)
        except BaseException:
            _discard(path, common, git, name)
            raise
    except OSError as error:
        raise ToolError(f"No worktree can be made in {folder}: {error.strerror}.") from None


def _repository(context: ToolContext, stop: Event) -> tuple[Git, str]:
    """git in the work tree that holds the workspace, and the git directory that its worktrees share."""
    repository = found(context.workspace, context.home, context.claw_home)
    if repository is None:
        raise ToolError(f"{context.workspace} is in no git repository that claw would use.")
    return Git(program(context), repository.top, own_directory(repository.top), context, stop), repository.git


def _made(git: Git, common: str, name: str, path: str, base: str, context: ToolContext) -> Worktree:
    off = git.without_programs()
    try:
        git.run("worktree", "add", "--quiet", "--no-track", "-b", name, path, base, settings=off)
    except ToolError as error:
        # Where the disk is full, git says only that it could not write.
        room = shutil.disk_usage(os.path.dirname(path)).free / 2**20
        raise ToolError(f"{error.message} ({room:.1f} MiB are free in {os.path.dirname(path)}.)") from None
    inner = Git(git.program, path, os.path.join(common, "worktrees", name), context, git.stop)
    _must_need_no_filter(inner)
    missing = _uncommitted(git, off)
    workspace = os.path.normpath(os.path.join(path, os.path.relpath(context.workspace, git.top)))
    if os.path.realpath(workspace) != workspace or own_directory(path) != inner.git:
        raise ToolError(f"What {context.workspace} is in the last commit leads elsewhere.")
    os.makedirs(workspace, exist_ok=True)
    return Worktree(
        path=path,
        workspace=workspace,
        git=common,
        top=git.top,
        origin=context.workspace,
        branch=name,
        base=base,
        missing=tuple(missing[:MOST_NAMED]),
        uncommitted=len(missing),
    )


def _must_need_no_filter(git: Git) -> None:
    """Raises ToolError where files of the worktree are not in the repository as they should be in a folder."""
    filters = set(git.filters())
    if not filters:
        return
    said = git.run("check-attr", "-z", "--stdin", "filter", given=git.run("ls-files", "-z"))
    parts = os.fsdecode(said).split("\0")
    needed = {path: value for path, value in zip(parts[::3], parts[2::3], strict=False) if value in filters}
    if needed:
        path, name = next(iter(needed.items()))
        raise ToolError(
            f"{path} goes through the filter {name} of git, which is a program, and claw runs none to make a worktree. "
            f"Files like it: {len(needed)}."
        )


def _uncommitted(git: Git, off: list[str]) -> list[str]:
    """What is not committed in the work tree, by name, files that are not ignored included."""
    command = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=all")
    return [os.fsdecode(entry[3:]) for entry in git.run(*command, settings=off).split(b"\0") if entry]


def _must_be_free(git: Git, name: str) -> None:
    """Raises ToolError where the branch is there, and has what HEAD has not: then it is not what was left half made."""
    there = git.line("rev-parse", "--verify", "--quiet", f"refs/heads/{name}")
    if there and git.ask("merge-base", "--is-ancestor", there, "HEAD")[0]:
        raise ToolError(f"There is a branch {name} with commits of its own.")


def _discard(path: str, common: str, git: Git, name: str) -> None:
    """Remove a worktree in which nobody has worked, and its branch."""
    _remove(path, common)
    still = Git(git.program, git.top, git.git, git.context)
    if still.line("rev-parse", "--verify", "--quiet", f"refs/heads/{name}"):
        still.run("update-ref", "-d", f"refs/heads/{name}")


def _remove(path: str, common: str) -> None:
    """Remove the worktree's folder, and what the repository knows of it. Raises OSError, ToolError."""
    with suppress(FileNotFoundError):
        os.rename(path, path + _GONE)
    _removed(path + _GONE)
    entry = os.path.join(common, "worktrees", os.path.basename(path))
    if os.path.lexists(entry) and named_path(entry, "gitdir") in ("", os.path.join(path, ".git")):
        _removed(entry)
    with suppress(OSError):
        os.rmdir(os.path.dirname(entry))


def _removed(folder: str) -> None:
    """Raises OSError where it is still there."""
    remove_tree(folder)
    if os.path.lexists(folder):
        raise OSError(errno.ENOTEMPTY, "it could not be removed", folder)


def close(worktree: Worktree, message: str, context: ToolContext) -> Closed:
    """Put what was done in the worktree into its branch, and remove it. What cannot be put there stays in the folder.
    Raises nothing.
    """
    path, kept, why = worktree.path, "", ""
    try:
        git = Git(program(context), worktree.git, worktree.git, context)
        if os.path.isdir(path):
            inner = Git(git.program, path, os.path.join(worktree.git, "worktrees", worktree.branch), context)
            tip = _committed(inner, worktree, message)
            if nested := _repositories(inner, tip):
                kept, why = path, f"it holds other repositories, which no branch does: {', '.join(nested[:MOST_NAMED])}"
        if not kept:
            _remove(path, worktree.git)
        return _told(git, worktree, kept, why)
    except (ToolError, OSError) as error:
        said = error.message if isinstance(error, ToolError) else f"{error.strerror}: {error.filename}"
        there = next((place for place in (path, path + _GONE) if os.path.lexists(place)), "")
        return Closed(kept=there, error=said)


def _committed(git: Git, worktree: Worktree, message: str) -> str:
    """The commit with all that is in the worktree, in its branch. Raises ToolError."""
    branch = f"refs/heads/{worktree.branch}"
    tree = _tree(git)
    head = git.line("rev-parse", "--verify", "--quiet", "HEAD^{commit}") or worktree.base
    tip = git.line("rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}")
    for known in filter(None, (head, tip)):
        # The second: a commit that was made before all of this was cut off.
        if git.line("rev-parse", f"{known}^{{tree}}") == tree and known in (head, *_children(git, head, tip)):
            head = known
            break
    else:
        head = os.fsdecode(git.run("commit-tree", tree, "-p", head, "-m", message, environment=_identity(git))).strip()
    if head != tip:
        git.run("update-ref", "-m", "claw: left uncommitted", _free(git, branch, tip, head), head)
    return head


def _tree(git: Git) -> str:
    """The id of the tree of all that is in the worktree and is not ignored. It has an index of its own: a git that was
    killed may have left the other one locked. Raises ToolError, OSError.
    """
    off, index = git.without_programs(), os.path.join(git.git, "index.claw")
    for path in (index, f"{index}.lock"):
        with suppress(FileNotFoundError):
            os.unlink(path)
    with suppress(FileNotFoundError):
        shutil.copyfile(os.path.join(git.git, "index"), index)
    apart = {"GIT_INDEX_FILE": index}
    git.run("add", "--all", "--", ".", settings=off, environment=apart)
    return os.fsdecode(git.run("write-tree", settings=off, environment=apart)).strip()


def _children(git: Git, head: str, tip: str) -> list[str]:
    """The tip, if it is a commit right behind the head."""
    return [tip] if tip and git.line("rev-parse", "--verify", "--quiet", f"{tip}^1") == head else []


def _free(git: Git, branch: str, tip: str, commit: str) -> str:
    """The branch itself, if all that is in it is in the commit; else another name, which is free."""
    if not tip or not git.ask("merge-base", "--is-ancestor", tip, commit)[0]:
        return branch
    number = 2
    while (there := git.line("rev-parse", "--verify", "--quiet", f"{branch}-{number}")) and there != commit:
        number += 1
    return f"{branch}-{number}"


def _identity(git: Git) -> dict[str, str]:
    """Who commits: the user, if git knows who that is."""
    name, mail = git.line("config", "user.name") or "claw", git.line("config", "user.email") or "claw@localhost"
    roles = ("AUTHOR", "COMMITTER")
    return {f"GIT_{role}_{part}": value for role in roles for part, value in (("NAME", name), ("EMAIL", mail))}


def _repositories(git: Git, commit: str) -> list[str]:
    """Folders of the worktree that are repositories of their own, of which a commit has no more than an id."""
    entries = os.fsdecode(git.run("ls-tree", "-r", "-z", "--full-tree", commit)).split("\0")
    named = (entry.partition("\t")[2] for entry in entries if entry.startswith(_REPOSITORY))
    return [path for path in named if os.path.lexists(os.path.join(git.top, path, ".git"))]


def _told(git: Git, worktree: Worktree, kept: str, why: str) -> Closed:
    """What the branches have. One without anything is removed."""
    branch = f"refs/heads/{worktree.branch}"
    said = git.line("for-each-ref", "--format=%(refname:short) %(objectname)", branch, f"{branch}-*").split("\n")
    tips = dict(line.split(" ") for line in said if line)
    names = sorted((name for name, tip in tips.items() if tip != worktree.base), key=lambda name: (len(name), name))
    if tips.get(worktree.branch) == worktree.base and not kept:
        git.run("update-ref", "-d", branch, worktree.base)
    if not names:
        return Closed(kept=kept, error=why)
    tip = tips[names[0]]
    diff = ("diff-tree", "-r", "--no-ext-diff", "--no-textconv", worktree.base, tip)
    files = git.run(*diff, "--name-only", "-z").count(b"\0")
    stat = (
        os.fsdecode(git.run(*diff, "--stat=100,80,40")).encode("utf-8", "replace")[:MOST_STAT].decode("utf-8", "ignore")
    )
    return Closed(branches=tuple(names), commit=tip, files=files, stat=stat.rstrip(), kept=kept, error=why)

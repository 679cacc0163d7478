"""Worktrees of agents that are closed: what was done there goes into branches, and the folder goes.

It may be done again after it was cut off anywhere, with the same outcome. Of what the agent could write, files, commits
and the entries of its index are believed, and nothing else; git reads no setting, ref or log of the repository's.
"""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Event

from msgspec import Struct

from claw.errors import ToolError
from claw.events.worktree import Worktree
from claw.execution import quoted, worktree_folder, worktree_work
from claw.execution.context import ToolContext
from claw.execution.git_apart import Settings, apart, hand_over, index_of, settings_of
from claw.execution.git_program import Git
from claw.execution.git_refs import HEADS, Refs
from claw.execution.removal import remove_tree
from claw.execution.worktree_folder import GONE
from claw.execution.worktree_work import is_behind
from claw.execution.worktrees import MOST_NAMED, errand, filtered, reason, replaced

MOST_STAT = 4_000
"""Bytes of the statistics that are told."""
_SAFE = "safe"
"""The file that is there once all that was in the worktree is in branches."""
_REPOSITORY = "160000"
"""The mode of what is a repository of its own."""


class Closed(Struct, frozen=True):
    """As `worktree.closed` has it, before secrets and signs that are not seen are taken out of it."""

    branches: tuple[str, ...] = ()
    commit: str = ""
    files: int = 0
    stat: str = ""
    kept: str = ""
    error: str = ""


def close(worktree: Worktree, message: str, context: ToolContext, stop: Event) -> Closed:
    """Put what was done in the worktree into its branch, and remove it. What cannot be put there stays in the folder,
    and so does all of it once `stop` is set. Raises nothing.
    """
    place = errand(context, worktree.branch)
    try:
        return _closed(worktree, place, message, context, stop)
    except ToolError as error:
        why = error.message
    except OSError as error:
        why = f"{reason(error)}."
    except Exception as error:  # noqa: BLE001 - whatever an agent has left, its session goes on
        why = f"{type(error).__name__}: {error}"
    finally:
        remove_tree(os.path.join(place, "git"))
    return Closed(branches=_known(worktree), kept=_there(worktree), error=why)


def _there(worktree: Worktree) -> str:
    places = worktree.path, worktree.path + GONE, worktree_folder.elsewhere(worktree)
    return next((place for place in places if os.path.lexists(place)), "")


def _known(worktree: Worktree) -> tuple[str, ...]:
    """Its branches that have something, as far as that is known."""
    with suppress(OSError):
        own = worktree_work.own_branches(Refs(worktree.git), worktree)
        return tuple(name for name, id in own.items() if id != worktree.base)
    return ()


def _closed(worktree: Worktree, place: str, message: str, context: ToolContext, stop: Event) -> Closed:
    path, common = worktree.path, worktree.git
    safe, kept, why = os.path.join(place, _SAFE), "", ""
    settings = settings_of(common, context, stop)
    git = apart(os.path.join(place, "git"), common, path, worktree.base, settings, context, stop)
    others: list[str] = []
    if os.path.lexists(path):
        worktree_folder.must_be_ours(worktree)
        worktree_folder.must_be_readable(path)
        tip = _committed(git, settings, worktree, message)
        others, why = worktree_work.kept_elsewhere(git, worktree, tip)
        if nested := _repositories(git, tip):
            kept, why = path, f"it holds other repositories, which no branch does: {', '.join(nested[:MOST_NAMED])}"
        else:
            with open(safe, "w", encoding="utf-8") as file:
                file.write(tip)
    elif not os.path.exists(safe):
        kept = _there(worktree)
        why = (
            "its folder was moved."
            if kept
            else "its folder was not there any more when it ended, nor what it had not committed."
        )
    if not kept and os.path.exists(safe):
        worktree_folder.remove(path, common)
    return _told(replaced(git, place), worktree, others, kept, why)


def _committed(git: Git, settings: Settings, worktree: Worktree, message: str) -> str:
    """The commit with all that is in the worktree, in its branch. Raises ToolError, OSError."""
    refs, own, branch = Refs(worktree.git), worktree_work.directory(worktree), HEADS + worktree.branch
    head, tip = refs.id("HEAD", own) or worktree.base, refs.raw(branch)
    tip = "" if tip.startswith("ref:") else tip
    for known in filter(None, (head, tip)):
        if git.ask("cat-file", "-e", f"{known}^{{commit}}")[0]:
            raise ToolError(f"Its branch ends at {known}, which is no commit that the repository has.")
    tree = _tree(git, own, head)
    _must_go_through_no_filter(git, settings, worktree.base, tree)
    for known in filter(None, (head, tip)):
        # The second: a commit that was made before all of this was cut off.
        if git.line("rev-parse", f"{known}^{{tree}}") == tree and known in (head, *_children(git, head, tip)):
            head = known
            break
    else:
        said = message.replace("\0", "\ufffd").encode("utf-8", "replace")
        command = ("commit-tree", tree, "-p", head, "-F", "-")
        head = os.fsdecode(git.run(*command, given=said, environment=settings.identity)).strip()
    hand_over(git, worktree.git)
    if head != tip:
        refs.write(_free(git, refs, branch, tip, head), head)
    return head


def _tree(git: Git, own: str, head: str) -> str:
    """The id of the tree of all that is in the worktree and is not ignored. Raises ToolError, OSError."""
    index = index_of(git, own, "index.theirs")
    left_out = _taken_over(git, index) if index else None
    if left_out is None:
        git.run("read-tree", "--empty")
        git.run("read-tree", head)
    git.run("add", "--all", "--", ".", settings=git.of_submodules())
    if left_out:
        git.run("update-index", "-z", "--index-info", given=left_out)
    return os.fsdecode(git.run("write-tree")).strip()


def _taken_over(git: Git, index: str) -> bytes | None:
    """Have the entries of the agent's index, without its flags: by one of them a file could be taken for unchanged.
    Those that it says are left out of the folder, and are; None where the index cannot be read.
    """
    status, said, _ = git.ask("ls-files", "-t", "-s", "-z", environment={"GIT_INDEX_FILE": index})
    entries = [entry for entry in said.split(b"\0") if entry]
    given = b"".join(entry[2:] + b"\0" for entry in entries)
    if status or git.ask("update-index", "-z", "--index-info", given=given)[0]:
        return None
    top = os.fsencode(git.top)
    out = (entry[2:] for entry in entries if entry.startswith(b"S "))
    return b"".join(e + b"\0" for e in out if not os.path.lexists(os.path.join(top, e.partition(b"\t")[2])))


def _must_go_through_no_filter(git: Git, settings: Settings, base: str, tree: str) -> None:
    """Raises ToolError where files that are new or changed would not be in a commit as they are in the folder."""
    changed = git.run("diff-tree", "-r", "-z", "--name-only", "--diff-filter=d", "--no-renames", base, tree)
    if needed := filtered(git, settings, changed):
        path, name = next(iter(needed.items()))
        raise ToolError(
            f"{quoted.name(path)} goes through the filter {quoted.name(name)} of git to be committed, which is a "
            f"program, and claw runs none. Files like it: {len(needed)}."
        )


def _children(git: Git, head: str, tip: str) -> list[str]:
    """The tip, if it is a commit right behind the head."""
    return [tip] if tip and git.line("rev-parse", "--verify", "--quiet", f"{tip}^1") == head else []


def _free(git: Git, refs: Refs, branch: str, tip: str, commit: str) -> str:
    """The branch itself, if all that is in it is in the commit; else another name, which is free."""
    return branch if not tip or is_behind(git, tip, commit) else worktree_work.free(refs, branch, commit)


def _repositories(git: Git, commit: str) -> list[str]:
    """Folders of the worktree that are repositories of their own, of which a commit has no more than an id."""
    entries = os.fsdecode(git.run("ls-tree", "-r", "-z", "--full-tree", commit)).split("\0")
    named = (entry.partition("\t")[2] for entry in entries if entry.startswith(_REPOSITORY))
    return [quoted.name(path) for path in named if os.path.lexists(os.path.join(git.top, path, ".git"))]


def _told(git: Git, worktree: Worktree, others: list[str], kept: str, why: str) -> Closed:
    """What the branches have. One without anything is removed."""
    refs, base = Refs(worktree.git), worktree.base
    own = worktree_work.own_branches(refs, worktree)
    if own.get(worktree.branch) == base and not kept and not why:
        refs.delete(HEADS + worktree.branch)
    tips = {name: id for name, id in own.items() if id != base}
    tips |= {name: refs.id(HEADS + name) for name in others}
    if not tips:
        return Closed(kept=kept, error=why)
    tip = next(iter(tips.values()))
    diff = ("diff-tree", "-r", "--no-ext-diff", "--no-textconv", base, tip)
    files = git.run(*diff, "--name-only", "-z").count(b"\0")
    said = os.fsdecode(git.run(*diff, "--stat=100,80,40")).encode("utf-8", "replace")
    stat = said[:MOST_STAT].decode("utf-8", "ignore").rstrip()
    return Closed(branches=tuple(tips), commit=tip, files=files, stat=stat, kept=kept, error=why)

"""What an agent has committed in its worktree, and not on the branch that it had: found by the log of its HEAD."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import NamedTuple

from claw.events.worktree import Worktree
from claw.execution.git_program import Git
from claw.execution.git_refs import HEADS, Refs, content
from claw.late import pattern

_LARGEST = 16 * 1024 * 1024
"""Bytes of a log that is read."""
_MOST = 20
"""Commits that nothing else leads to and that get a branch each."""
_ENTRY = pattern(r"[0-9a-f]+ ([0-9a-f]{40}|[0-9a-f]{64}) [^\t\n]*(?:\t(.*))?")
_MADE = ("commit", "cherry-pick", "revert", "merge", "rebase", "am:", "pull")
"""How the log says that a commit was made there."""
_STASHED = pattern(r"(?:WIP on|On) ([^:]+):")


class _Entry(NamedTuple):
    id: str
    said: str


def directory(worktree: Worktree) -> str:
    """The git directory that the worktree has for itself."""
    return os.path.join(worktree.git, "worktrees", worktree.branch)


def own_branches(refs: Refs, worktree: Worktree) -> dict[str, str]:
    """Ids by name, of the branches that are the worktree's: its own first. Raises OSError."""
    mine, more = HEADS + worktree.branch, f"{HEADS}{worktree.branch}-"
    found = {name: id for name, id in refs.all(HEADS).items() if name == mine or name.startswith(more)}
    return {name[len(HEADS) :]: found[name] for name in sorted(found, key=lambda name: (len(name), name))}


def free(refs: Refs, branch: str, commit: str) -> str:
    """A ref for the commit: the first of the branch's names with a number that is free, or has it already."""
    number = 2
    while (there := refs.raw(f"{branch}-{number}")) and there != commit:
        number += 1
    return f"{branch}-{number}"


def is_behind(git: Git, old: str, new: str) -> bool:
    """Whether all that is in `old` is in `new`."""
    return not git.ask("merge-base", "--is-ancestor", old, new)[0]


def kept_elsewhere(git: Git, worktree: Worktree, tip: str) -> tuple[list[str], str]:
    """Other branches with commits of the agent's; and what is not known of that, if anything. Commits that no ref leads
    to, and those that it has stashed, get a branch of the worktree's. Raises ToolError, OSError.
    """
    refs, log = Refs(worktree.git), _log(directory(worktree), "logs/HEAD")
    if log is None:
        return [], "whether it committed anything elsewhere is not known: the log of its HEAD is gone."
    heads = {name[len(HEADS) :]: id for name, id in refs.all(HEADS).items()}
    own = own_branches(refs, worktree)
    known = [worktree.base, tip, *own.values()]
    made = {entry.id for entry in log if entry.said.startswith(_MADE)}
    mine = _commits(git, [entry.id for entry in log], known)
    others = [name for name, id in heads.items() if name not in own and id in mine & made]
    others += _holding(git, mine & made, {**own, **{name: heads[name] for name in others}}, heads, known)
    staying = [*heads.values(), *refs.all("refs/tags/", "refs/remotes/").values()]
    lost = mine & _commits(git, sorted(mine), [*known, *staying])
    stashed = _commits(git, _stashes(git, worktree, made), known)
    alone = _tips(git, lost) + sorted(stashed & set(_stashes(git, worktree, made)))
    for commit in alone[:_MOST]:
        refs.write(free(refs, HEADS + worktree.branch, commit), commit)
    if len(alone) > _MOST:
        return others, f"{len(alone) - _MOST} commits that it left behind have no branch: {', '.join(alone[_MOST:])}"
    return others, ""


def _holding(git: Git, made: set[str], known: dict[str, str], heads: dict[str, str], seen: list[str]) -> list[str]:
    """The branches that go on from what the agent made, where none of those known ends there."""
    rest = _commits(git, sorted(made), [*seen, *known.values()]) & made
    return (
        [name for name, id in heads.items() if name not in known and rest & _commits(git, [id], seen)] if rest else []
    )


def _commits(git: Git, of: list[str], without: list[str]) -> set[str]:
    """The commits that these lead to, and those do not."""
    if not of:
        return set()
    given = "\n".join([*of, *(f"^{id}" for id in without), ""]).encode()
    return set(git.run("rev-list", "--stdin", "--ignore-missing", given=given).decode().split())


def _tips(git: Git, commits: set[str]) -> list[str]:
    """Those that lead to all of them, the newest first."""
    left, found = set(commits), list[str]()
    while left and len(found) <= _MOST:
        given = "\n".join([*sorted(left), ""]).encode()
        newest = git.run("rev-list", "--stdin", "--topo-order", "--max-count=1", given=given).decode().strip()
        found.append(newest)
        left -= _commits(git, [newest], [])
    return found


def _stashes(git: Git, worktree: Worktree, made: set[str]) -> list[str]:
    """Commits on the stash, which all worktrees share, that were put there from this one: from its branch, or on top of
    what was made here.
    """
    log = _log(worktree.git, "logs/refs/stash") or []
    found = []
    for entry in log:
        named = _STASHED.match(entry.said)
        if (named and named[1] == worktree.branch) or (
            made and git.line("rev-parse", "--verify", "--quiet", f"{entry.id}^1") in made
        ):
            found.append(entry.id)
    return found


def _log(root: str, path: str) -> list[_Entry] | None:
    """The entries of a log; None where there is none that can be read."""
    with suppress(OSError):
        text = content(root, path, _LARGEST)
        if text is not None:
            lines = (_ENTRY.fullmatch(line) for line in text.decode("utf-8", "replace").split("\n"))
            return [_Entry(line[1], line[2] or "") for line in lines if line]
    return None

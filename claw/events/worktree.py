"""Git worktrees that agents have for themselves: made before such an agent begins, closed when it ends."""

from typing import ClassVar

import msgspec

from claw.events.base import Event, Intent, Observed


class Worktree(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One worktree. All paths are canonical and absolute.

    `path` is its folder, and `workspace` the folder in it where its agent works: the one that lies there as `origin`,
    the workspace of the agent's parent, lies in `top`, the work tree that it was made from. `git` is the repository's
    git directory. `branch` began at `base`, the id of the commit that `top` stood on. What had not been committed in
    `top` is not in it: `missing` names some of those files, as git does, and `uncommitted` counts all.
    """

    path: str
    workspace: str
    git: str
    top: str
    origin: str
    branch: str
    base: str
    missing: tuple[str, ...] = ()
    uncommitted: int = 0


class WorktreeMade(Observed, frozen=True, kw_only=True, tag="worktree.made"):
    """`worktree` is None where none could be made; then nothing of one is left, and `error` says why, for the model.
    `agent_call` and `room` are as in the intent.
    """

    call: int
    agent_call: int
    room: int | None = None
    worktree: Worktree | None = None
    error: str = ""


class WorktreeRequested(Intent, frozen=True, kw_only=True, tag="worktree.requested"):
    """Make a worktree for the agent that the call `agent_call`, the key of a `tool.started`, asks for.

    `name` is the name of its branch and of its folder, which nobody else has. `origin` is the workspace of whoever
    makes that call. `room`: at most so many bytes of the agent's last words are for its parent. What was left half made
    under this name goes first, so the intent may be performed again.
    """

    ends: ClassVar[tuple[type[Event], ...]] = (WorktreeMade,)
    doing: ClassVar[str] = "Making a worktree"

    agent_call: int
    name: str
    origin: str
    room: int | None = None


class WorktreeClosed(Observed, frozen=True, kw_only=True, tag="worktree.closed"):
    """What the worktree has come to. All that was done in it is in `branches`, the first of which ends at `commit`;
    none: nothing was done, and the branch is gone. `files` counts those that are others than in the base, `stat` says
    which, as `git diff --stat` does. `kept` is the worktree's folder where that had to stay, and `error` says why.
    """

    call: int
    agent_call: int = -1
    branches: tuple[str, ...] = ()
    commit: str = ""
    files: int = 0
    stat: str = ""
    kept: str = ""
    error: str = ""


class WorktreeCloseRequested(Intent, frozen=True, kw_only=True, tag="worktree.close_requested"):
    """Put what was done in the worktree into its branch, and remove the folder. `message` is for the commit of what
    nobody has committed. What `agents` run there in the background is ended first. `agent_call` is set where no agent
    began: it is that of the intent which had the worktree made.
    """

    ends: ClassVar[tuple[type[Event], ...]] = (WorktreeClosed,)
    cancellable: ClassVar[bool] = False
    doing: ClassVar[str] = "Putting changes into a branch"

    worktree: Worktree
    message: str
    agents: tuple[int, ...] = ()
    agent_call: int = -1

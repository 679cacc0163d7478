"""Where calls act, and what was recorded about one before it was allowed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from claw import _native
from claw.events.permission import Rule, directories
from claw.events.session import Model
from claw.events.tool import DeniedCommand, PathFact, Sandbox
from claw.execution.links import is_inside
from claw.execution.scratch import Scratch
from claw.execution.shells import Shell, Shells

if TYPE_CHECKING:
    from claw.execution.language.late import Languages


class ToolContext(Struct):
    """Where tools act. `workspace` is canonical and absolute; `guard` is the lock that a tool's processes hold."""

    workspace: str
    home: str
    claw_home: str
    guard: str
    environment: dict[str, str]
    """What a process gets: without secrets."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """claw's own: proxies, certificates and keys for what claw itself asks of the web. No process gets it."""
    model: Model | None = None
    """The one that the session began with."""
    pages: dict[tuple[str, ...], tuple[_native.Page, float]] = field(default_factory=dict)
    """Pages of the web that were read lately, each with the monotonic time then, in seconds; oldest first."""
    rules: tuple[Rule, ...] = ()
    """What the session's settings allow, ask and deny, for what reads and runs without a call of the model's."""
    secrets: tuple[tuple[str, str], ...] = ()
    """(name, value) of every secret that is known; none of them is shown to a model or written down."""
    read: dict[tuple[int, str], str] = field(default_factory=dict)
    """BLAKE3 of each file as an agent last saw it, by the agent's id and canonical path. It begins empty with every
    process, so that after a resume a file must be read again before it is changed."""
    scratch: Scratch | None = None
    """What stands in for /tmp; None where commands are not confined so, and see the machine's."""
    left: dict[str, str] = field(default_factory=dict)
    """BLAKE3 of each file that a call was let change, as the call left it, by canonical path."""
    shells: Shells = field(default_factory=Shells)
    """The commands that run in the background."""
    languages: Languages | None = None
    """What language servers say of files; None: nobody is asked."""

    plugins: tuple[str, ...] = ()
    """Folders of plugins: a confined command sees them, though they lie in claw's home."""
    session: str = ""
    """The session's workspace, where this is the context of an agent that has another; else empty."""
    tree: str = ""
    """The worktree that such a workspace lies in."""
    trees: str = ""
    """The folder with the worktrees of all sessions."""
    variables: Callable[[tuple[str, ...]], dict[str, str]] | None = None
    """What a process gets of claw's environment, if these folders are what commands may change."""
    _others: dict[str, ToolContext] = field(default_factory=dict)

    def at(self, workspace: str) -> ToolContext:
        """The context of a session's calls in this workspace; empty: in the session's own. Asked of the session's."""
        if not workspace or workspace == self.workspace:
            return self
        if workspace not in self._others:
            name = os.path.relpath(workspace, self.trees).split(os.sep)[0]
            tree = os.path.join(self.trees, name) if is_inside(workspace, self.trees) else workspace
            made = replace(self, workspace=workspace, session=self.workspace, tree=tree)
            made.environment = self.variables(made.changeable) if self.variables else self.environment
            self._others[workspace] = made
        return self._others[workspace]

    @property
    def beyond(self) -> tuple[str, ...]:
        """What agents of the session may change that work elsewhere: canonical and absolute folders."""
        return tuple(filter(None, (self.session, self.trees)))

    @property
    def changeable(self) -> tuple[str, ...]:
        """All folders that commands of this session may change: nothing in them is taken for one of the user's
        programs.
        """
        return (*self.roots, *self.beyond)

    @property
    def roots(self) -> tuple[str, ...]:
        """The workspace, and the folders that settings take for parts of it: canonical and absolute."""
        return (self.workspace, *directories(self.rules))


class Facts(Struct, frozen=True):
    """What was recorded about a call before it was allowed: it acts on this and on nothing else."""

    grant: _native.Grant
    paths: tuple[PathFact, ...] = ()
    exclude: tuple[str, ...] = ()
    """Gitignore patterns, from the root of the file system, of what a search must not see."""
    sandbox: Sandbox | None = None
    """How a process is confined; None: not at all."""
    room: int | None = None
    """At most so many bytes for the model; None: as many as the tool usually gives."""
    denied: tuple[DeniedCommand, ...] = ()
    """What no process of the call may start."""
    agent: int = 0
    """Id of the agent that makes the call."""
    begin: Callable[[Shell], None] = lambda shell: None
    """Report something as begun that outlives the call, and follow it from now on."""

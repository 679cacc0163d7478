"""Where an agent comes from, what it may do because of that, and how it has ended."""

from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from claw.events.agent import AgentEnd, AgentFinished, AgentKind, AgentSpawned
from claw.events.base import Envelope
from claw.events.hook import Hook
from claw.events.permission import Mode, is_stricter
from claw.events.session import Limits, SessionForked, TurnFinished
from claw.events.tools import OF_AGENTS, OF_PERSON, ToolSpec
from claw.events.worktree import Worktree, WorktreeClosed
from claw.projections.base import Projection

DEEPEST = 3
"""How many agents may stand above one; those that have so many start none."""

End: TypeAlias = AgentEnd | Literal["forked", "gone"]
"""How an agent has ended: as its turn has, or because a fork has been made, the last one or one before that."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Of the main agent all is as it is initially: it has no parent, and no limits but the session's.

    `kinds` has the agent's own kind and those of all that stand above it, its own last: it may use what each of them
    may, and no more.
    """

    parent: int | None = None
    call: int = -1
    depth: int = 0
    description: str = ""
    kinds: tuple[AgentKind, ...] = ()
    mode: Mode | None = None
    """The strictest mode of those kinds; None: none of them has one."""
    limits: Limits = Limits()
    room: int | None = None
    background: bool = False
    end: End | None = None
    worktrees: tuple[Worktree, ...] = ()
    """The worktree that it works in, last, before it the one that its maker works in, and so on. None: it works in the
    session's workspace."""
    isolated: bool = False
    """The last of them is its own."""
    last_turn: TurnFinished | None = None
    """How the last turn of an isolated one ended."""

    is_closed: bool = False
    """Its worktree is gone."""

    @property
    def workspace(self) -> str:
        """Where it works; empty: in the session's workspace."""
        return self.worktrees[-1].workspace if self.worktrees else ""

    @property
    def kind(self) -> AgentKind | None:
        """Its own kind; None: it is the agent that the person talks to."""
        return self.kinds[-1] if self.kinds else None

    @property
    def title(self) -> str:
        """What people know it by, as in `explore: find the tests`; empty for the agent that the person talks to."""
        return f"{self.kinds[-1].name}: {self.description}" if self.kinds else ""

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """Those that it has beside the session's: of its own kind, and of the kinds of all above it."""
        return tuple(hook for kind in self.kinds for hook in kind.hooks)

    def may_use(self, tool: ToolSpec) -> bool:
        """Whether this tool is for it."""
        if self.depth >= DEEPEST and tool.traits.effect in OF_AGENTS:
            return False
        if tool.traits.effect in OF_PERSON and self.kinds:
            return False
        return all(kind.reach.allows(tool) for kind in self.kinds)


def _spawned(origin: Origin, envelope: Envelope, event: AgentSpawned) -> Origin:
    """`origin` is the parent's."""
    mode = event.definition.mode
    narrower = origin.mode is None or (mode is not None and is_stricter(mode, origin.mode))
    return Origin(
        parent=event.parent,
        call=event.call,
        depth=event.depth,
        description=event.description,
        kinds=(*origin.kinds, event.definition),
        mode=mode if narrower else origin.mode,
        limits=event.limits,
        room=event.room,
        background=event.background,
        worktrees=origin.worktrees if event.worktree is None else (*origin.worktrees, event.worktree),
        isolated=event.worktree is not None,
    )


def _worktree_closed(origin: Origin, envelope: Envelope, event: WorktreeClosed) -> Origin:
    return replace(origin, is_closed=event.agent_call < 0 and not event.kept)


def _turn_finished(origin: Origin, envelope: Envelope, event: TurnFinished) -> Origin:
    return replace(origin, last_turn=event) if origin.isolated else origin


def _forked(origin: Origin, envelope: Envelope, event: SessionForked) -> Origin:
    """A fork has the main agent alone: what others had under way ends where it branches off."""
    if origin.parent is None or origin.end not in (None, "forked"):
        return origin
    return replace(origin, end="gone" if origin.end else "forked")


ORIGIN = Projection(
    "origin",
    Origin(),
    {
        AgentSpawned: _spawned,
        TurnFinished: _turn_finished,
        WorktreeClosed: _worktree_closed,
        AgentFinished: lambda origin, _, event: replace(origin, end=event.reason),
        SessionForked: _forked,
    },
    owner="agent",
)

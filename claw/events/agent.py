"""Agents beside the one that the person talks to: which kinds there are, how one begins, and how it ends."""

from typing import ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Derived, Observed
from claw.events.command import Leave
from claw.events.content import ResultBlock
from claw.events.hook import Hook
from claw.events.permission import Mode
from claw.events.session import Limits, Model, TurnEnd
from claw.events.tools import Footprint, Reach
from claw.events.worktree import Worktree

Isolation: TypeAlias = Literal["worktree"]
"""What an agent has for itself: a git worktree, instead of its parent's workspace."""


class AgentKind(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an agent can be started as. `description` is for the model that chooses, `instructions` stand in its own
    prompt.

    `tools` are the names of those it may use, and `footprints` what they may do at most; None: whatever its parent may
    use. It never gets what `without` names. `model` and `mode` are its own; None: its parent's. A mode that is not
    stricter than the parent's counts for nothing. `turns`, `tokens` and `ms` are limits, as in `Limits`. `background`:
    the call that starts one has its result at once. `hooks` are those of its agents and of all below them, beside the
    session's. `isolation`: each of its agents has a worktree of its own. `source` says where the kind is from.
    """

    name: str
    description: str
    instructions: str
    source: str
    tools: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    footprints: tuple[Footprint, ...] | None = None
    model: Model | None = None
    mode: Mode | None = None
    turns: int | None = None
    tokens: int | None = None
    ms: int | None = None
    background: bool = False
    hooks: tuple[Hook, ...] = ()
    isolation: Isolation | None = None

    @property
    def reach(self) -> Reach:
        """What its agents may use at most."""
        return Reach(names=self.tools, without=self.without, footprints=self.footprints)


class AgentsChanged(Observed, frozen=True, kw_only=True, tag="agents.changed"):
    """These kinds of agent there are from here on, and no others. `models` are those that a call may name for its
    agent, by the names it uses.
    """

    kinds: tuple[AgentKind, ...]
    models: dict[str, Model] = msgspec.field(default_factory=dict)


class AgentSpawned(Derived, frozen=True, kw_only=True, tag="agent.spawned"):
    """An agent begins; it is the one in the event's header. `prompt` is all that it is told of its task.

    `definition` is what it is started as: its kind, with the model that the call names, if it names one.
    `call` is the key of its parent's `tool.started` that asked for it; that call's result is what the agent says last.
    `depth`: how many agents stand above it. `limits` are its own: its money and tokens are shares of
    what its parent had left, and its time no more than that.
    `room`: at most so many bytes of its last words are for the parent. `background`: the call has its result at once,
    and the parent is told of the end by a message. `worktree` is the agent's own; None: it works where its parent does.
    `leave` is what the skill gives it whose task it is.
    """

    version: ClassVar[int] = 2

    parent: int
    call: int
    definition: AgentKind
    description: str
    prompt: str
    depth: int
    limits: Limits = Limits()
    room: int | None = None
    background: bool = False
    worktree: Worktree | None = None
    leave: Leave = Leave()


class AgentMessaged(Derived, frozen=True, kw_only=True, tag="agent.messaged"):
    """Something that the agent in the header is told, with the next request to its model. `sender` is the agent that
    says it, or that it is about. `wakes`: where no turn of its own is open, one begins.
    """

    sender: int
    content: tuple[ResultBlock, ...]
    wakes: bool = True


class AgentAborted(Derived, frozen=True, kw_only=True, tag="agent.aborted"):
    """The agent is to stop: its turn is called off, and so are the agents below it."""

    reason: Literal["interrupted"]


AgentEnd: TypeAlias = TurnEnd


class AgentFinished(Derived, frozen=True, kw_only=True, tag="agent.finished"):
    """The agent has ended, as its turn has. `content` is what its parent is told, an error unless `reason` is done."""

    version: ClassVar[int] = 2

    reason: AgentEnd
    content: tuple[ResultBlock, ...]

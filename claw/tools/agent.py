"""Agent: another agent does a part of the work, in a conversation of its own. What follows from it are events alone."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from claw.events.agent import AgentKind, Isolation
from claw.events.tools import Shown, ToolSpec, Traits
from claw.tools.agent_kinds import KINDS, with_kinds
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared

_DESCRIPTION = """\
Give a task to another agent, which works on it with a conversation and tools of its own; its last message is the \
result.
- It knows nothing of this conversation: `prompt` must say all that it needs, what to give back, and whether it may \
change files.
- `description` says in three to five words what it does, for the user.
- `subagent_type` is one of:
{kinds}
- With `run_in_background` you go on at once, and its last message reaches you when it ends. AgentOutput looks at it, \
AgentMessage tells it something, AgentStop stops it.
- With `isolation: "worktree"` it works in a git worktree of its own, from your last commit, and its changes come back \
as a branch, which you are told of. Use that for agents that change files at the same time.
- Calls in one reply run at the same time. Use that for parts that do not depend on each other.
- What it says is its own view: check what matters. Do not start one for what a call or two of your own would do.\
"""


class AgentArguments(Arguments, frozen=True):
    description: Annotated[str, Meta(min_length=1, max_length=200, description="What it does, in three to five words")]
    prompt: Annotated[str, Meta(min_length=1, description="The task, with all that the agent has to know")]
    subagent_type: Annotated[str, Meta(description="The kind of agent; general-purpose if not given")] | None = None
    model: Annotated[str, Meta(description="Who is asked instead of the model of its kind")] | None = None
    run_in_background: Annotated[bool, Meta(description="Go on at once; you are told when it ends")] = False
    isolation: Annotated[Isolation, Meta(description="worktree: it works in a git worktree of its own")] | None = None


_SPEC = ToolSpec(
    name="Agent",
    description=_DESCRIPTION,
    schema=schema_of(AgentArguments),
    traits=Traits(
        footprint="none",
        subject="name",
        argument="subagent_type",
        performer="decide",
        effect="spawn",
        shown=Shown(line="description", also={"subagent_type": ", by ", "isolation": ", in a "}),
    ),
)


class Agent(Declared):
    """Has nothing to run: `claw.decide.agents` derives what follows. `kinds` and `models` are those that the model may
    choose.
    """

    spec = _SPEC
    arguments: type[Arguments] = AgentArguments

    def __init__(self, kinds: tuple[AgentKind, ...] = KINDS, models: Iterable[str] = ()) -> None:
        self.spec = with_kinds(_SPEC, kinds, models)


class ChildArguments(Arguments, frozen=True):
    agent_id: Annotated[int, Meta(ge=1, description="Number of the agent, one that you have started")]


class MessageArguments(ChildArguments, frozen=True):
    message: Annotated[str, Meta(min_length=1, description="What it should know")]


class AgentOutput(Declared):
    """A look at an agent; derived as well, from the state."""

    spec = ToolSpec(
        name="AgentOutput",
        description="Look at an agent that you have started: what it does, and what it said last. It does not wait.",
        schema=schema_of(ChildArguments),
        traits=Traits(footprint="none", performer="decide", effect="look", shown=Shown(line="agent_id")),
    )
    arguments: type[Arguments] = ChildArguments


class AgentMessage(Declared):
    """A message to an agent; derived as well."""

    spec = ToolSpec(
        name="AgentMessage",
        description="Tell an agent that you started, something while it works. It reads that before its next step.",
        schema=schema_of(MessageArguments),
        traits=Traits(
            footprint="none",
            performer="decide",
            effect="message",
            shown=Shown(line="message", also={"agent_id": ", to agent "}),
        ),
    )
    arguments: type[Arguments] = MessageArguments


class AgentStop(Declared):
    """The end of an agent; derived as well."""

    spec = ToolSpec(
        name="AgentStop",
        description="Stop an agent that you have started, with all that it has started.",
        schema=schema_of(ChildArguments),
        traits=Traits(footprint="none", performer="decide", effect="stop", shown=Shown(line="agent_id")),
    )
    arguments: type[Arguments] = ChildArguments

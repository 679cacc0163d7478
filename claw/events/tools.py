"""Tools: what is declared of each, and who offers them."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from claw.events.base import Event, Intent, Observed

Footprint: TypeAlias = Literal["read", "write", "execute", "network", "none"]
"""What a call may do at most: read from this machine, change the files that it names, anything at all, get something
from the network and change nothing here, or nothing but events."""

Subject: TypeAlias = Literal["command", "text", "path", "url", "name", "none"]
"""What a permission rule's parentheses speak of: a command line, a program in another language, the paths, a URL, a
name; or such rules have none."""

Performer: TypeAlias = Literal["handler", "server", "decide"]
"""Who performs a call: claw's own handler; a server, whose word on what its tool does policy does not take; or nobody,
because all that follows from it are events that claw derives."""

Effect: TypeAlias = Literal[
    "none",
    "spawn",
    "look",
    "message",
    "stop",
    "search",
    "ask",
    "enter_plan",
    "propose_plan",
    "tell_user",
    "configure",
    "write_tasks",
    "add_task",
    "change_task",
    "show_task",
    "show_tasks",
    "deliver",
    "sleep",
    "show_running",
    "stop_running",
    "schedule",
    "unschedule",
    "show_schedules",
    "remember",
    "skill",
]
"""What claw derives from a call that nobody performs: nothing; an agent that begins; or, of an agent that the caller
has started, how it is, a message to it, its end; a search for tools, which are the caller's from then on; questions to
the person; plan mode, and a plan that would end it; a message to the person; a look at settings, or the change of one;
another list of what is to be done, a task more, a task changed, one told, all told; the answer of the whole run, which
ends the turn; a wait; a look at what runs in the background, and its end; a prompt that is due at times, one less, all
told; a note for later sessions; what a skill says.
"""

OF_AGENTS: tuple[Effect, ...] = ("spawn", "look", "message", "stop")
"""Those that have to do with other agents."""

OF_PERSON: tuple[Effect, ...] = (
    "ask",
    "enter_plan",
    "propose_plan",
    "deliver",
    "schedule",
    "unschedule",
    "show_schedules",
    "remember",
)
"""Those that only the agent has that the person talks to."""

BUILTIN = "builtin"
"""Who offers claw's own tools."""


Suits: TypeAlias = Literal["all", "gpt", "others"]
"""Which models are told of a tool: all; those of OpenAI, which are trained on it; all others."""


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a call is shown in a terminal. `line` is the argument that stands for it; empty: all of them do.

    Where `line` is a list of objects, `item` is the field of each that stands for it.

    `also` has arguments that are named behind it, each with the words before its value. `removed` and `added` are the
    arguments whose texts the call takes out of a file and puts into it (`also_added`: others that are put into it,
    where `added` is not given); where `each` names an argument, that is a list
    of objects, each of which has such texts. `patch` is the argument that is a patch of files, which begins with
    `*** Begin Patch`: what it says of them is what is shown.
    """

    line: str = ""
    item: str = ""
    also: dict[str, str] = {}
    removed: str = ""
    added: str = ""
    also_added: tuple[str, ...] = ()
    each: str = ""
    patch: str = ""


class Traits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What scheduling, policy and the terminal need to know of a tool. A call keeps those it was made under.

    `effect` is what follows from a call that is performed by `decide`.

    `argument` is the one that holds the command line, the URL or the name which `subject` speaks of. `paths` are the
    arguments that are paths; where `searches` is set, the call looks at all that lies below them, too. `limit`: at most
    so many bytes of UTF-8 of its result are for the model, whatever room its window has. `like`: what matchers of hooks
    mean for tools of these names they mean for it as well. `without`: what a call that leaves `argument` out may do at
    most, which is about nothing then; None: the same.

    `spoken`: the process that runs what `argument` holds lives on from call to call. By the value of the argument
    `chosen`, the first where that is left out, the words that make a command line of it, by which it is judged; empty:
    it is one.
    """

    footprint: Footprint = "execute"
    subject: Subject = "none"
    argument: str = ""
    paths: tuple[str, ...] = ()
    searches: bool = False
    performer: Performer = "handler"
    effect: Effect = "none"
    limit: int | None = None
    like: tuple[str, ...] = ()
    without: Footprint | None = None
    spoken: dict[str, str] = {}
    chosen: str = ""
    shown: Shown = Shown()


def traits_of(traits: Traits, arguments: Mapping[str, Any]) -> Traits:
    """The traits of a call with these arguments, of a tool that declares those."""
    if traits.without is None or arguments.get(traits.argument) is not None:
        return traits
    return replace(traits, footprint=traits.without, subject="none", argument="")


def judged_arguments(traits: Traits, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as policy judges them: what is another language than a shell's stands in a command line."""
    words = traits.spoken.get(str(arguments.get(traits.chosen)), next(iter(traits.spoken.values()), ""))
    said = arguments.get(traits.argument)
    if not words or not isinstance(said, str):
        return dict(arguments)
    quoted = said.replace("'", "'\\''")
    return {**arguments, traits.argument: f"{words} '{quoted}'"}


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The declaration of a tool: what the model is told of it, and its traits.

    `schema` is the JSON Schema of its arguments, as JSON text. `suits`: a model that it does not suit is not told of
    it, and may call it all the same. `deferred`: the model is told of it only once it has searched for it, or from the
    start; None: from the start as long as there is room. `grammar` (Lark): the text of the tool's only argument, which
    is called `input`, keeps to it; a model that takes such tools is offered it so, and its text becomes the argument.
    """

    name: str
    description: str
    schema: str
    traits: Traits = Traits()
    deferred: bool | None = None
    suits: Suits = "all"
    grammar: str = ""


class Reach(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be used at most: the tools of these names (None: of any), without those, of these footprints (None: of
    any).
    """

    names: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    footprints: tuple[Footprint, ...] | None = None

    def allows(self, tool: ToolSpec) -> bool:
        """Whether this tool is within it; a server's word on what its tool does is not taken."""
        return (
            (self.names is None or tool.name in self.names)
            and tool.name not in self.without
            and (
                self.footprints is None
                or (tool.traits.footprint in self.footprints and tool.traits.performer != "server")
            )
        )


class ToolsChanged(Observed, frozen=True, kw_only=True, tag="tools.changed"):
    """`source` offers these tools from here on, and no others; none: it has left.

    `deferred` are the names of those that a model is told of only once it has searched for them; they are declared in
    `tools` as far as some agent has found them, or some kind of agent begins with them. `digest` is BLAKE3 over the
    declarations of all of them; empty for claw's own.
    """

    version: ClassVar[int] = 2

    source: str
    tools: tuple[ToolSpec, ...] = ()
    deferred: tuple[str, ...] = ()
    digest: str = ""


class ToolsFound(Observed, frozen=True, kw_only=True, tag="tools.found"):
    """What a search has found: these tools are the agent's in the header from here on, as far as it may use them.

    `matches` counts all that would have been found without a limit. `unknown` are names that were asked for and that no
    tool has which is kept out of prompts.
    """

    durable: ClassVar[bool] = False

    call: int
    tool_call: int
    tools: tuple[ToolSpec, ...] = ()
    matches: int = 0
    unknown: tuple[str, ...] = ()


class ToolsSearchRequested(Intent, frozen=True, kw_only=True, tag="tools.search_requested"):
    """Look for tools that are kept out of prompts, for the call `tool_call`, the key of a `tool.started`.

    At most so many that are found by words; those that `query` names are found, however many. `reaches`: what its
    agent, and each that stands above it, may use at most.
    """

    durable: ClassVar[bool] = False  # its handler only reads
    ends: ClassVar[tuple[type[Event], ...]] = (ToolsFound,)
    cancellable: ClassVar[bool] = False

    tool_call: int
    query: str
    most: int
    reaches: tuple[Reach, ...] = ()

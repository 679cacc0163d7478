"""Tools: what is declared of each, and who offers them."""

from typing import Literal, TypeAlias

import msgspec

from claw.events.base import Observed

Footprint: TypeAlias = Literal["read", "write", "execute", "network", "none"]
"""What a call may do at most: read from this machine, change the files that it names, anything at all, get something
from the network and change nothing here, or nothing but events."""

Subject: TypeAlias = Literal["command", "path", "url", "name", "none"]
"""What a permission rule's parentheses speak of: a command line, the paths, a URL, a name; or such rules have none."""

Performer: TypeAlias = Literal["handler", "server", "decide"]
"""Who performs a call: claw's own handler; a server, whose word on what its tool does policy does not take; or nobody,
because all that follows from it are events that claw derives."""

Effect: TypeAlias = Literal["none", "spawn", "look", "message", "stop"]
"""What claw derives from a call that nobody performs: nothing; an agent that begins; or, of an agent that the caller
has started, how it is, a message to it, its end."""

BUILTIN = "builtin"
"""Who offers claw's own tools."""


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a call is shown in a terminal. `line` is the argument that stands for it; empty: all of them do.

    `also` has arguments that are named behind it, each with the words before its value. `removed` and `added` are the
    arguments whose texts the call takes out of a file and puts into it.
    """

    line: str = ""
    also: dict[str, str] = {}
    removed: str = ""
    added: str = ""


class Traits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What scheduling, policy and the terminal need to know of a tool. A call keeps those it was made under.

    `effect` is what follows from a call that is performed by `decide`.

    `argument` is the one that holds the command line, the URL or the name which `subject` speaks of. `paths` are the
    arguments that are paths; where `searches` is set, the call looks at all that lies below them, too. `limit`: at most
    so many bytes of UTF-8 of its result are for the model, whatever room its window has.
    """

    footprint: Footprint = "execute"
    subject: Subject = "none"
    argument: str = ""
    paths: tuple[str, ...] = ()
    searches: bool = False
    performer: Performer = "handler"
    effect: Effect = "none"
    limit: int | None = None
    shown: Shown = Shown()


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The declaration of a tool: what the model is told of it, and its traits.

    `schema` is the JSON Schema of its arguments, as JSON text.
    """

    name: str
    description: str
    schema: str
    traits: Traits = Traits()


class ToolsChanged(Observed, frozen=True, kw_only=True, tag="tools.changed"):
    """`source` offers these tools from here on, and no others; none: it has left."""

    source: str
    tools: tuple[ToolSpec, ...] = ()

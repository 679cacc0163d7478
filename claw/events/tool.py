"""Calls of tools: wanted by the model, looked at, started, finished."""

from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Content, Derived, Event, Intent, Observed, Resumption
from claw.events.content import ResultBlock, Usage
from claw.events.tools import Traits

CallOrigin: TypeAlias = Literal["model", "person", "command"]
"""Who wants a call: the model; the person, who has typed it; or a command file that the person has named."""


class ToolRequested(Derived, frozen=True, kw_only=True, tag="tool.requested"):
    """Somebody wants a call: the model, unless `origin` says another. Its seq is the `request` that later events name;
    `id` is the provider's, or claw's own where no model has made the call.

    `arguments` is None where the text was no JSON object or the tool does not exist; `error` then says why. `traits`
    are the tool's as it was declared when the model asked for it.
    """

    version: ClassVar[int] = 4
    durable: ClassVar[bool] = False

    id: str
    name: str
    index: int
    arguments: dict[str, Any] | None = None
    error: str = ""
    traits: Traits = Traits()
    origin: CallOrigin = "model"


PROBE = "probe"
"""The `parameter` of a path that a call does not name: that nothing is there is what its verdict rests on."""

PROGRAM = "program"
"""The `parameter` of a program's name, where that leads to a file which commands and edits may change: it is not the
program that is known by it."""


ADDRESS = "address"
"""The `parameter` of what no path is: `given` is a host of the web that the call names, `canonical` the address of the
user's own networks that it led to when the call looked it up."""


class PathFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one path argument means on this disk.

    `canonical` has no links left in it; it is relative to the workspace if `inside`, else absolute.
    """

    parameter: str
    given: str
    canonical: str
    inside: bool
    exists: bool = False
    directory: bool = False
    linked: bool = False
    """A symbolic link was followed."""
    protected: bool = False
    """claw's own files, or ones that make other programs run code."""
    scratch: bool = False
    """It lies in the session's own `/tmp`: confined commands see it, and so do the tools for files."""
    names: tuple[str, ...] = ()
    """Other names of the same file in the workspace, as `canonical` has them: rules speak of files."""
    read_only: bool = False
    """A file that may not be written to: it has no write permission for anybody, or none for this user."""


class ToolResolved(Observed, frozen=True, kw_only=True, tag="tool.resolved"):
    """`error` is for the model: what is wrong with its arguments."""

    durable: ClassVar[bool] = False

    call: int
    paths: tuple[PathFact, ...] = ()
    error: str = ""


class ResolveRequested(Intent, frozen=True, kw_only=True, tag="tool.resolve_requested"):
    """Check the arguments against the tool's schema and find out what policy must know."""

    version: ClassVar[int] = 2
    durable: ClassVar[bool] = False  # its handler only reads
    ends: ClassVar[tuple[type[Event], ...]] = (ToolResolved,)

    request: int
    name: str
    arguments: dict[str, Any]
    workspace: str = ""
    """Where the call's agent works, canonical and absolute; empty: in the session's workspace."""


_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def call_bytes(name: str, arguments: dict[str, Any], paths: tuple[PathFact, ...]) -> bytes:
    """A call as a grant is bound to it: msgpack of [tool, arguments, facts], the same for the same call."""
    return _encode([name, arguments, paths])


class Sandbox(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a process is confined: may it write to the workspace, and which domains may it reach (`*`: anything)?

    `opened` are paths (as facts have them) that it may reach though they lie outside or are protected, because it
    was allowed with them in sight. `hidden` and `kept` have gitignore patterns, from the root of the file system, of
    what rules let no tool read, or no tool change. `directories` are absolute folders that are taken for parts of the
    workspace. `namespaces` is False where the kernel gives none, and Landlock and
    seccomp are all that holds it.
    """

    writable: bool = False
    namespaces: bool = True
    opened: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    network: tuple[str, ...] = ()


class DeniedCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A deny rule for commands, as in `Bash(rm:*)`, and the file and line or the flag it came from."""

    rule: str
    source: str


class ToolOutput(Observed, frozen=True, kw_only=True, tag="tool.output"):
    """A piece of output while the tool runs; `index` counts from 0."""

    durable: ClassVar[bool] = False
    skippable: ClassVar[bool] = True

    call: int
    index: int
    text: str


class Charge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a call has used of a model's service, as `model.finished` has it: `nusd` is 10⁻⁹ US dollars, all in all,
    None where the price is not known, and `priced_by` whose prices they are.
    """

    provider: str
    model: str
    usage: Usage = Usage()
    nusd: int | None = None
    priced_by: str = ""


class ToolFinished(Observed, frozen=True, kw_only=True, tag="tool.finished"):
    """`content` is what the model is told. `exit` is a process's status; `output` all it said, where that is more.
    `charge` is None for a call that asked no model's service.
    """

    version: ClassVar[int] = 3
    durable: ClassVar[bool] = False  # with the request that tells the model, or the next call that acts

    call: int
    content: tuple[ResultBlock, ...]
    is_error: bool = False
    exit: int | None = None
    output: Content | None = None
    duration_ns: int = 0
    charge: Charge | None = None


class ToolInterrupted(Observed, frozen=True, kw_only=True, tag="tool.interrupted"):
    """It ended without a result: cancelled, or claw died while it ran. `content` is what it had given until then."""

    version: ClassVar[int] = 2

    call: int
    reason: Literal["cancelled", "crash"]
    content: tuple[ResultBlock, ...] = ()


class ToolCompleted(Derived, frozen=True, kw_only=True, tag="tool.completed"):
    """A call that nobody performs has its result: what claw derived from it is done. `content` is for the model."""

    call: int
    content: tuple[ResultBlock, ...]
    is_error: bool = False


class ToolStarted(Intent, frozen=True, kw_only=True, tag="tool.started"):
    """The call may act; there is an allow or a grant before it, for this `digest` of tool, arguments and facts.

    `exclude` has gitignore patterns, from the root of the file system, of what deny rules keep out of a search.
    `sandbox` is None for a tool that starts no process, and where processes are not confined. `room`: at most so many
    bytes of UTF-8 for the model, so that one result does not fill its window; None before version 3. `denied` has the
    rules that hold for every program that the call's process starts, confined or not. `traits` are those that the call
    was judged by. `workspace` is as in `tool.resolve_requested`. The
    call ends with `tool.resolved` where its facts were others right before it began.
    """

    version: ClassVar[int] = 4
    ends: ClassVar[tuple[type[Event], ...]] = (ToolFinished, ToolInterrupted, ToolCompleted, ToolResolved)
    pieces: ClassVar[type[Event] | None] = ToolOutput
    resume: ClassVar[Resumption] = "report"
    doing: ClassVar[str] = "Running"

    request: int
    name: str
    arguments: dict[str, Any]
    paths: tuple[PathFact, ...] = ()
    exclude: tuple[str, ...] = ()
    digest: str = ""
    sandbox: Sandbox | None = None
    room: int | None = None
    denied: tuple[DeniedCommand, ...] = ()
    traits: Traits = Traits()
    workspace: str = ""

    @property
    def resumption(self) -> Resumption:
        return "keep" if self.traits.performer == "decide" else self.resume

    @property
    def written(self) -> tuple[str, ...]:
        """The workspaces that the call may change, as in `workspace`, its agent's own first; one call at a time may."""
        if not self._may_write:
            return ()
        beyond = self.sandbox is not None and (self.sandbox.directories or self.sandbox.opened)
        elsewhere = beyond or not all(path.inside or path.scratch for path in self.paths)
        return (self.workspace, "") if self.workspace and elsewhere else (self.workspace,)

    @property
    def _may_write(self) -> bool:
        if self.traits.footprint == "execute":
            return self.sandbox is None or self.sandbox.writable
        return self.traits.footprint == "write"

"""Hooks: programs of the user's that are told what is about to happen or has happened, and may have a say in it."""

from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Derived, Event, Intent, Observed, Resumption
from claw.events.content import Api, ResultBlock
from claw.events.permission import Effect, Layer
from claw.events.request import Parameters
from claw.events.tool import Charge

HookName: TypeAlias = Literal[
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "UserPromptSubmit",
    "SessionStart",
    "SessionEnd",
    "Stop",
    "PreCompact",
    "SubagentStart",
    "SubagentStop",
    "PostToolUseFailure",
    "PermissionDenied",
    "Notification",
    "PostCompact",
    "TaskCompleted",
    "InstructionsLoaded",
    "FileChanged",
    "StopFailure",
]
STOPS: tuple[HookName, ...] = ("Stop", "SubagentStop")
"""Those that are asked whether a turn may end: of the main agent, and of any other."""
TOLD: tuple[HookName, ...] = (
    *("SessionStart", "SessionEnd", "Notification", "PostCompact", "InstructionsLoaded", "FileChanged", "StopFailure"),
)
"""Those that are told something, and decide nothing: what they are about is over, or goes on without them."""
CompactionReason: TypeAlias = Literal["window", "overflow", "command"]
HookType: TypeAlias = Literal["command", "http", "prompt"]
ASKABLE: tuple[HookName, ...] = (
    *("PreToolUse", "PermissionRequest", "PostToolUse", "PostToolUseFailure", "UserPromptSubmit", "TaskCompleted"),
    *STOPS,
)
"""Those that a model may be asked about: its no has a meaning there."""
HookOutcome: TypeAlias = Literal["answered", "failed", "unreadable", "timeout", "cancelled", "lost"]


ERRORS = "CLAW_HOOK_ERRORS"
"""Variable that names the file to which a hook's shell writes its standard error."""

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def call_of(command: str) -> bytes:
    """What a hook's grant is for, in msgpack: the shell script that runs this command, told apart from a tool's."""
    return _encode(["Hook", {"command": f'exec 2>"${ERRORS}"; unset {ERRORS}\n{command}'}, []])


class Hook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A command that a settings file wants run, a URL that it wants told, or a prompt that it wants a model asked
    (`type`); `source` is its file and line.

    Of a URL `headers` are sent, in which `$NAME` stands for the variable of that name, if it is one of `variables`.

    `matcher` names what it is for: tools, how a session began or ended, what set off a compaction, or kinds of agent;
    empty or `*` for all, `A|B` for either, anything that is not just names is a regular expression; of files it is
    their names, with `|` between. `root` is the folder of the plugin that brings it; empty: none does.
    """

    event: HookName
    command: str
    source: str
    layer: Layer = "user"
    matcher: str = ""
    timeout_ms: int = 60_000
    type: HookType = "command"
    headers: dict[str, str] = {}
    variables: tuple[str, ...] = ()
    root: str = ""


class Judge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The model that a prompt is asked of."""

    provider: str
    api: Api
    model: str
    base_url: str = ""
    parameters: Parameters


class HookFinished(Observed, frozen=True, kw_only=True, tag="hook.finished"):
    """What the hook said. `verdict`: deny blocks what it is about; None leaves it as it is.

    `outcome`: it answered (exit status 0 or 2); it failed (any other status, or it could not be started); it said what
    is no answer; its time was over; it was called off; claw stopped while it ran. `context` is for the model, `message`
    for the person, `updated` is the input that the call should have instead, `halt` why the turn should end. `charge`
    is what the model has used that was asked; None: none was.
    """

    version: ClassVar[int] = 2

    call: int
    event: HookName
    source: str
    outcome: HookOutcome
    verdict: Effect | None = None
    reason: str = ""
    context: str = ""
    updated: dict[str, Any] | None = None
    halt: str | None = None
    message: str = ""
    exit: int | None = None
    stdout: str = ""
    stderr: str = ""
    duration_ns: int = 0
    charge: Charge | None = None


class HookRequested(Intent, frozen=True, kw_only=True, tag="hook.requested"):
    """Run the command with `input` as JSON on its standard input, or post that to the URL in its place: as `Hook` has
    `type`, `headers` and `variables`.

    Or put it where the prompt says `$ARGUMENTS`, and ask the `judge`.

    `content` is the part of that input which may be long: the prompt, what the tool answered, or what an agent said
    last. `subject` is the `tool.requested` or the `input.received` that it is about. `compaction`: why one is about to
    begin. `digest` is the BLAKE3 of what may be started: `call_of` the command. `workspace` is where it
    runs; empty: in the session's. `root`: as `Hook` has it.
    """

    version: ClassVar[int] = 5
    ends: ClassVar[tuple[type[Event], ...]] = (HookFinished,)
    resume: ClassVar[Resumption] = "report"
    doing: ClassVar[str] = "Waiting for hooks"

    event: HookName
    command: str
    source: str
    timeout_ms: int
    input: dict[str, Any]
    content: tuple[ResultBlock, ...] | None = None
    subject: int = -1
    compaction: CompactionReason | None = None
    digest: str
    workspace: str = ""
    type: HookType = "command"
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    variables: tuple[str, ...] = ()
    root: str = ""
    judge: Judge | None = None


class TurnHalted(Derived, frozen=True, kw_only=True, tag="turn.halted"):
    """A hook wants the turn to end: what runs is called off, and nothing more begins."""

    call: int
    reason: str


class InputRefused(Derived, frozen=True, kw_only=True, tag="input.refused"):
    """A hook keeps an input, and what its hooks had to add to it, from the model."""

    input: int
    reason: str
    source: str

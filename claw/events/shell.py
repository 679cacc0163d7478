"""Commands in the background: they outlive the call that started them, and end with their agent at the latest."""

from typing import ClassVar, Literal, TypeAlias

from claw.events.base import Content, Event, Intent, Observed
from claw.events.content import ResultBlock

ShellEnd: TypeAlias = Literal["exited", "killed", "agent_end", "session_end", "crash"]
"""By itself, by KillShell, because its agent or the session ended, or because claw died and the command with it."""


class ShellStarted(Observed, frozen=True, kw_only=True, tag="shell.started"):
    """`call` is the key of the call that started it; `id` is what the model calls it by, as `bash_1`."""

    id: str
    call: int
    command: str


class ShellOutput(Observed, frozen=True, kw_only=True, tag="shell.output"):
    """A piece of what it says; `index` counts from 0."""

    durable: ClassVar[bool] = False
    skippable: ClassVar[bool] = True

    id: str
    index: int
    text: str


class ShellFinished(Observed, frozen=True, kw_only=True, tag="shell.finished"):
    """It and all that it started are gone. `content` is the beginning and the end of what it said, `output` all of it
    where that is more; after a crash `content` is the end of what is in the log. `exit` is its status, if known.
    """

    id: str
    reason: ShellEnd
    exit: int | None = None
    content: Content = ""
    output: Content | None = None
    duration_ns: int = 0


class ShellNoticed(Observed, frozen=True, kw_only=True, tag="shell.noticed"):
    """Lines of a command that the model wants to hear of as they come: they are told, and where no turn of the main
    agent is open, one begins. `title` is what the model calls the command.
    """

    id: str
    title: str
    text: str


class ShellAnswered(Observed, frozen=True, kw_only=True, tag="shell.answered"):
    """What is told of it: how it is and what it said since the last look, or that it is gone."""

    durable: ClassVar[bool] = False  # with the request that tells the model

    call: int
    content: tuple[ResultBlock, ...]
    is_error: bool = False


class ShellAsked(Intent, frozen=True, kw_only=True, tag="shell.asked"):
    """Look at the command of this id, once it has ended or so many ms have passed, or kill it, for the call
    `tool_call`, the key of a `tool.started`. `room`: at most so many bytes of UTF-8 are for the model.
    """

    ends: ClassVar[tuple[type[Event], ...]] = (ShellAnswered,)
    doing: ClassVar[str] = "Waiting"

    tool_call: int
    id: str
    what: Literal["look", "kill"]
    wait_ms: int = 0
    room: int | None = None


class ShellsEnded(Observed, frozen=True, kw_only=True, tag="shells.ended"):
    """None of those commands runs any more; how each ended has been reported."""

    call: int


class ShellsEndRequested(Intent, frozen=True, kw_only=True, tag="shells.end_requested"):
    """End all commands in the background of the agent in the header, which ends."""

    ends: ClassVar[tuple[type[Event], ...]] = (ShellsEnded,)
    cancellable: ClassVar[bool] = False


def ending(event: ShellFinished) -> str:
    """How it ended, in words."""
    return ending_of(event.reason, event.exit)


def ending_of(reason: ShellEnd, exit: int | None) -> str:
    """The same of one that ends so."""
    if reason == "exited":
        return f"ended with exit code {exit}"
    return {
        "killed": "was killed",
        "agent_end": "was killed when its agent ended",
        "session_end": "was killed when the session ended",
        "crash": "ended when claw stopped",
    }[reason]

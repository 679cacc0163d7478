"""The turn of an agent: what it is doing now, and what belongs to that and to nothing else.

A turn is opened by an input, or by a person who asks for a compaction, and is over when it is `Idle` again. The cases
exclude each other, so a combination that cannot be is one that cannot be written down.
"""

from typing import Any, ClassVar, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from claw.events.base import Content
from claw.events.command import Item
from claw.events.content import ToolResultBlock
from claw.events.context import CompactionStarted
from claw.events.hook import CompactionReason
from claw.events.tool import CallOrigin, PathFact
from claw.events.tools import Traits

Stage: TypeAlias = Literal["wanted", "resolving", "resolved", "hooked", "asked", "allowed", "started", "done"]


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """One tool call of a reply, from the model's wish to the result.

    `id` is the provider's, `request` the seq of its `tool.requested`. `key` is the seq of its last intent: that of the
    call that is open, or has just ended.
    """

    id: str
    name: str
    stage: Stage = "wanted"
    request: int = -1
    key: int = -1
    arguments: dict[str, Any] = {}
    traits: Traits = Traits()
    """What was declared of its tool when the model asked for it."""
    paths: tuple[PathFact, ...] = ()
    suggestion: str = ""
    wider: tuple[str, ...] = ()
    read_only: bool = False
    """The verdict knows that the call changes nothing."""
    moved: int = 0
    """How often its facts turned out to be others right before it began."""
    question: int = -1
    """Key of the question to the person, or of the plan, that it has led to."""
    since: int = 0
    """When it began to wait, in ns since 1970 UTC, of a call that does."""
    origin: CallOrigin = "model"
    wanted: Item | None = None
    """The command line or the file, of a call that no model has made."""
    result: ToolResultBlock | None = None


class _Case(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    is_open: ClassVar[bool] = True


class Idle(_Case, frozen=True, kw_only=True):
    """There is no turn."""

    is_open: ClassVar[bool] = False


class Ready(_Case, frozen=True, kw_only=True):
    """The model is to be asked next, once what is open has ended: hooks about inputs, instructions, a timer."""

    asked: bool = False
    """The model was asked in this turn before."""
    attempts: int = 0
    """How often it was asked in vain for what it is to be asked now."""
    refused: str | None = None
    """Why the last input since the model was asked was not sent."""


class AskingModel(_Case, frozen=True, kw_only=True):
    """The model is asked to go on with the conversation, by this call."""

    key: int
    attempt: int


class RunningCalls(_Case, frozen=True, kw_only=True):
    """The calls of the last reply, in its order. When all have their results, the model is asked next."""

    calls: tuple[ToolCall, ...]


class RunningTyped(_Case, frozen=True, kw_only=True):
    """Commands of a line that the person has typed run, one after the other. `parts` and `line` are as in
    `typed.Line`, which it was. When all have their results the turn ends, or, where the line is an input, the model is
    asked next.
    """

    calls: tuple[ToolCall, ...]
    line: int
    parts: tuple[Content, ...] | None = None


class Stopping(_Case, frozen=True, kw_only=True):
    """The model had no more to do, and hooks are asked whether the turn may end. Where they want it to go on, or an
    input came meanwhile, the model is asked next.
    """


Then: TypeAlias = Idle | Ready | Stopping


class BeforeCompaction(_Case, frozen=True, kw_only=True):
    """Hooks are asked about a compaction. `then` is what the turn goes on with after it; see `Compacting`."""

    reason: CompactionReason
    then: Then


class Compacting(_Case, frozen=True, kw_only=True):
    """The model is asked for a summary; for `reason` to `focus` see `context.compaction_started`.

    `then` is what the turn goes on with: nothing (`Idle`) after a compaction that a person asked for.
    """

    reason: CompactionReason
    first: int
    keep_from: int | None
    limit: int | None
    focus: str
    attempts: int = 0
    """How often the model was asked for it, that call included."""
    then: Then


class Interrupting(_Case, frozen=True, kw_only=True):
    """The turn was called off; it ends when what is open of it has ended."""

    halted: str | None = None
    """Why a hook called it off; None: a person or another agent did."""
    stopped: bool = False
    """The person called it off, and none but that of this agent, which another one has started."""
    out_of_time: bool = False
    """The time of the agent was over."""
    reply: int | None = None
    """Key of the model's call that was open then: its reply still belongs to the conversation."""
    calls: tuple[ToolCall, ...] = ()
    """Those that had begun when it was called off, or that the reply made after that, and their neighbours."""


Turn: TypeAlias = (
    Idle | Ready | AskingModel | RunningCalls | RunningTyped | Stopping | BeforeCompaction | Compacting | Interrupting
)

_HAVE_CALLS = (RunningCalls, RunningTyped, Interrupting)


def calls(turn: Turn) -> tuple[ToolCall, ...]:
    """The tool calls of the last reply, in its order, those with results included; empty once the turn went on."""
    return turn.calls if isinstance(turn, _HAVE_CALLS) else ()


def then(turn: Turn) -> Turn:
    """What the turn is on its way to, past a compaction."""
    return turn.then if isinstance(turn, BeforeCompaction | Compacting) else turn


def attempts(turn: Turn) -> int:
    """How often the model was asked in vain for what it is to be asked now."""
    match turn:
        case Ready(attempts=count) | Compacting(attempts=count) | BeforeCompaction(then=Ready(attempts=count)):
            return count
    return 0


# --- from one case to the next ---------------------------------------------------------------------------------------


def awaits(turn: Turn, key: int) -> bool:
    """Whether the reply to this call of the model belongs to the conversation."""
    if isinstance(turn, AskingModel):
        return turn.key == key
    return isinstance(turn, Interrupting) and turn.reply == key


def replied(turn: Turn, made: tuple[ToolCall, ...]) -> Turn:
    """The turn after the reply that it awaits, which has these calls."""
    if isinstance(turn, Interrupting):
        return replace(turn, calls=made)
    return RunningCalls(calls=made) if made else Ready(asked=True)


def failed(turn: Turn, *, lost: bool) -> Turn:
    """The turn after the model's call has failed. One that was lost with claw is not counted."""
    match turn:
        case AskingModel(attempt=attempt):
            return Ready(asked=True, attempts=attempt - lost)
        case Compacting(attempts=count):
            return replace(turn, attempts=count - lost)
    return turn


def fallen_back(turn: Turn) -> Turn:
    """The turn once another model is to be asked, which has not failed yet."""
    return replace(turn, attempts=0) if isinstance(turn, Ready | Compacting) else turn


def refused(turn: Turn, reason: str) -> Turn:
    """The turn after an input of it was kept from the model. One that has results to send, or has to find out whether
    it may end, goes on all the same.
    """
    match turn:
        case BeforeCompaction(then=after) | Compacting(then=after):
            return replace(turn, then=refused(after, reason))
        case Idle():
            return Ready(refused=reason)
        case Ready():
            return replace(turn, refused=reason)
    return turn


def stopping(turn: Turn) -> Turn:
    """The turn once hooks are asked whether it may end."""
    return replace(turn, then=Stopping()) if isinstance(turn, BeforeCompaction | Compacting) else Stopping()


def before_compaction(turn: Turn, reason: CompactionReason) -> Turn:
    """The turn once hooks are asked about a compaction."""
    return BeforeCompaction(reason=reason, then=_after(turn))


def compacting(turn: Turn, event: CompactionStarted) -> Turn:
    """The turn once a compaction has begun."""
    after = _after(turn)
    if isinstance(after, Ready):
        after = replace(after, attempts=0)
    if isinstance(after, Idle) and event.reason != "command":
        after = Ready()
    return Compacting(
        reason=event.reason,
        first=event.first,
        keep_from=event.keep_from,
        limit=event.limit,
        focus=event.focus,
        then=after,
    )


def _after(turn: Turn) -> Then:
    after = then(turn)
    return after if isinstance(after, Idle | Ready | Stopping) else Ready(asked=True)


def interrupting(turn: Turn, halted: str | None, *, stopped: bool, out_of_time: bool) -> Turn:
    """The turn once it is called off. Who was first to call it off is who did; but one that is called off with others
    is no longer stopped alone.
    """
    if isinstance(turn, Interrupting):
        return replace(turn, stopped=turn.stopped and stopped)
    if isinstance(turn, Idle):
        return turn
    reply = turn.key if isinstance(turn, AskingModel) else None
    return Interrupting(halted=halted, stopped=stopped, out_of_time=out_of_time, reply=reply, calls=calls(turn))


def forked(turn: Turn) -> Turn:
    """The turn in a fork, where no call is open: what was asked is asked again, and what was called off is over."""
    match turn:
        case Interrupting() | Compacting(reason="command") | RunningTyped(parts=None):
            return Idle()
        case AskingModel():
            return Ready(asked=True)
        case Ready():
            return replace(turn, attempts=0)
        case Compacting(then=after):
            return after
        case BeforeCompaction(then=after):
            return replace(turn, then=forked(after))
    return turn

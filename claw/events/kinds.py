"""The union of all events."""

from __future__ import annotations

from typing import get_args

from claw.events.base import Event
from claw.events.context import (
    CompactionStarted,
    ContextAdded,
    ContextCleared,
    ContextCompacted,
    InstructionsFound,
    InstructionsRequested,
)
from claw.events.control import BudgetExhausted, CancelRequested, TimerFired, TimerSet
from claw.events.hook import HookFinished, HookRequested, InputRefused, TurnHalted
from claw.events.input import CommandInvoked, InputInterrupted, InputReceived
from claw.events.model import ModelChunk, ModelFailed, ModelFinished, ModelRequested
from claw.events.permission import (
    PermissionAnswered,
    PermissionAsked,
    PermissionEvaluated,
    PermissionGranted,
    PermissionRevoked,
    RuleSaved,
    RuleSaveRequested,
)
from claw.events.session import (
    ConfigChanged,
    SessionEnded,
    SessionFaulted,
    SessionForked,
    SessionRenamed,
    SessionResumed,
    SessionSalvaged,
    SessionStarted,
    SnapshotTaken,
    TurnFinished,
)
from claw.events.shell import ShellFinished, ShellOutput, ShellStarted
from claw.events.tool import (
    ResolveRequested,
    ToolFinished,
    ToolInterrupted,
    ToolOutput,
    ToolRequested,
    ToolResolved,
    ToolStarted,
)

AnyEvent = (
    SessionStarted
    | SessionForked
    | SessionResumed
    | SessionRenamed
    | SessionFaulted
    | SessionEnded
    | SessionSalvaged
    | SnapshotTaken
    | ConfigChanged
    | TurnFinished
    | InputReceived
    | InputInterrupted
    | CommandInvoked
    | ModelRequested
    | ModelChunk
    | ModelFinished
    | ModelFailed
    | ToolRequested
    | ResolveRequested
    | ToolResolved
    | ToolStarted
    | ToolOutput
    | ToolFinished
    | ToolInterrupted
    | ShellStarted
    | ShellOutput
    | ShellFinished
    | PermissionEvaluated
    | PermissionAsked
    | PermissionAnswered
    | PermissionGranted
    | RuleSaveRequested
    | RuleSaved
    | PermissionRevoked
    | InstructionsRequested
    | InstructionsFound
    | CompactionStarted
    | ContextCompacted
    | ContextCleared
    | ContextAdded
    | HookRequested
    | HookFinished
    | InputRefused
    | TurnHalted
    | TimerSet
    | TimerFired
    | CancelRequested
    | BudgetExhausted
)


def kind_of(event: Event | type[Event]) -> str:
    """The dotted tag of an event or of its class."""
    tag = event.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


KINDS: dict[str, type[Event]] = {kind_of(cls): cls for cls in get_args(AnyEvent)}
"""Every kind this claw knows, by its tag."""

TERMINAL = (
    ModelFinished,
    ModelFailed,
    ToolResolved,
    ToolFinished,
    ToolInterrupted,
    PermissionAnswered,
    RuleSaved,
    InstructionsFound,
    TimerFired,
    HookFinished,
)
"""Events that end a call."""

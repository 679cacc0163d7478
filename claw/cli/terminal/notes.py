"""Events that are told in a sentence: settings, grants, limits, failures, and how a turn ended."""

from __future__ import annotations

from msgspec.structs import replace
from rich.console import RenderableType

from claw.cli import compaction, instructions, refusal, schedules
from claw.cli.terminal.layout import line
from claw.cli.terminal.limit_question import amount
from claw.cli.terminal.styles import ERROR, FAULT, QUIET, WARNING
from claw.events.base import Envelope, Unknown
from claw.events.context import ContextCompacted, ContextRestored, InstructionsFound, ResultsCleared
from claw.events.control import LimitAnswered, LoopNoticed, TimerSet
from claw.events.hook import STOPS, HookFinished, InputRefused
from claw.events.input import CommandInvoked
from claw.events.memory import MemoryLoaded
from claw.events.model import ModelFailed, ModelFellBack
from claw.events.permission import ModeChanged, PermissionGranted, PermissionRevoked, RuleSaved
from claw.events.schedule import ScheduleRemoved, SchedulesMissed
from claw.events.session import (
    Config,
    ConfigChanged,
    SessionFaulted,
    SessionForked,
    SessionRenamed,
    SessionResumed,
    SessionStarted,
    SessionTagged,
    TurnFinished,
)
from claw.events.shell import ShellFinished, ShellNoticed, ending
from claw.late import load

_ENDS = {
    "interrupted": "interrupted; what next?",
    "turns": "stopped: the limit of model calls for one prompt is reached",
    "budget": "stopped: the budget of this run is used up",
    "tokens": "stopped: the tokens of this run are used up",
    "time": "stopped: the time for one prompt is over",
    "max_tokens": "the answer was cut off at the model's limit of tokens",
    "refused": "the model refused to answer",
    "loop": "stopped: the model made the same call again and again",
    "blocked": "stopped by a hook",
}


class Notes:
    """Remembers only the settings, to say what changed."""

    def __init__(self) -> None:
        self._config: Config | None = None

    def take(self, envelope: Envelope) -> list[RenderableType]:
        """The sentence for this event, if there is one."""
        text, style = self._sentence(envelope)
        return [line(text, style)] if text else []

    def _sentence(self, envelope: Envelope) -> tuple[str, str]:
        match envelope.data:
            case SessionStarted(config=config):
                self._config = config
            case ConfigChanged(config=config):
                return self._changed(config), QUIET
            case ModeChanged(mode=mode):
                if self._config is not None:
                    self._config = replace(self._config, mode=mode)
                return f"from now on: permission mode {mode}", QUIET
            case SessionForked() as event:
                return f"forked from {event.parent} at {event.seq}; files stay as they are", QUIET
            case SessionResumed() as event:
                return _resumed(event), QUIET
            case SessionRenamed(name=name):
                return f"the session's name is now {name}", QUIET
            case SessionTagged() as event:
                return _tagged(event), QUIET
            case SessionFaulted(error=error):
                return f"claw failed, and this session has stopped: {error}", FAULT
            case ModelFailed() as event if text := refusal.told(event):
                return text, WARNING
            case ModelFailed(failure=failure, message=message) if failure not in ("interrupted", "lost"):
                return f"{failure}: {message}", ERROR
            case TimerSet(delay_ms=delay, purpose="retry"):
                return f"trying again in {delay / 1000:.0f} s", QUIET
            case ModelFellBack() as event:
                return refusal.fell_back(event), WARNING
            case LoopNoticed(count=count):
                return f"the same call had the same result {count} times in a row: the model is told", WARNING
            case LimitAnswered(more=more, what=what) if more and what != "loop":
                return f"the limit of {what} is raised by {amount(what, more)}", QUIET
            case InstructionsFound() as event:
                return "\n".join(filter(None, (instructions.told(event), *instructions.left_out(event)))), QUIET
            case MemoryLoaded() as event:
                return load("claw.cli.memory_words", "read")(event), WARNING if event.problem else QUIET
            case CommandInvoked(name="clear"):
                return "the conversation begins anew; the log keeps what was", QUIET
            case ContextCompacted() as event:
                return compaction.compacted(event), QUIET
            case ResultsCleared() as event:
                return compaction.cleared(event), QUIET
            case ContextRestored():
                return compaction.RESTORED, QUIET
            case SchedulesMissed() as event:
                return schedules.missed(event), WARNING
            case ScheduleRemoved() as event:
                return schedules.ended(event), QUIET
            case PermissionGranted(rule=rule, scope=scope) if rule and scope != "once":
                return f"allowed from now on: {rule}", QUIET
            case RuleSaved(path=path, error=error):
                return (f"not saved: {error}", ERROR) if error else (f"saved in {path}", QUIET)
            case PermissionRevoked(rule=rule):
                return f"no longer allowed: {rule}", QUIET
            case HookFinished() as event:
                return hook_said(event), WARNING
            case InputRefused(reason=reason, source=source):
                return f"not sent, because of a hook ({source}): {reason}", WARNING
            case ShellFinished() as event:
                return f"{event.id} {ending(event)}", QUIET
            case ShellNoticed() as event:
                return f"{event.id} ({event.title}): {event.text}", QUIET
            case TurnFinished() as event:
                return _ended(event)
            case Unknown(name=name):
                return f"[{envelope.seq} {name}: from a newer claw]", QUIET
        return "", ""

    def _changed(self, config: Config) -> str:
        before, self._config = self._config, config
        changes = []
        if before is None or replace(before.model, effort=config.model.effort) != config.model:
            changes.append(f"model {config.model.provider}/{config.model.name}")
        if before is not None and before.model.effort != config.model.effort:
            changes.append(f"effort {config.model.effort}")
        if before is None or before.mode != config.mode:
            changes.append(f"permission mode {config.mode}")
        return "from now on: " + ", ".join(changes) if changes else ""


_BLOCKING = ("PostToolUse", "PostToolUseFailure", "TaskCompleted", *STOPS, "PreCompact")
"""Events of hooks whose block is not told otherwise."""


def hook_said(event: HookFinished) -> str:
    """What a person should know of it; nothing, where a hook did what hooks do."""
    name = f"{event.event} hook ({event.source})"
    match event.outcome:
        case "failed" | "unreadable" | "timeout":
            return f"{name} failed: {event.reason}"
        case "lost":
            return f"{name} was cut off when claw stopped; it was not run again"
        case "answered" if event.verdict == "deny" and event.event in _BLOCKING:
            return f"{name}: {event.message or event.reason}"
    return f"{name}: {event.message}" if event.message else ""


def _tagged(event: SessionTagged) -> str:
    told = [f"tagged {' '.join(event.added)}"] if event.added else []
    return ", ".join(told + ([f"no longer {' '.join(event.removed)}"] if event.removed else []))


def _resumed(event: SessionResumed) -> str:
    if event.recovery.torn_bytes:
        return f"resumed; {event.recovery.torn_bytes} bytes of an unfinished write were set aside"
    return "resumed"


def _ended(event: TurnFinished) -> tuple[str, str]:
    match event.reason:
        case "done":
            return event.message, QUIET
        case "interrupted":
            return _ENDS["interrupted"], WARNING
        case "failed" | "overflow":
            return event.message or f"the turn failed: {event.failure}", ERROR
        case reason:
            return event.message or _ENDS[reason], WARNING

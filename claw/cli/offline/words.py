"""Events, times, amounts and states in words for people."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import msgspec

from claw.cli import instructions, schedules
from claw.events import codec
from claw.events.agent import AgentAborted, AgentFinished, AgentMessaged, AgentsChanged, AgentSpawned
from claw.events.base import Blob, Content, Event, Unknown
from claw.events.content import TextBlock, ThinkingBlock, ToolUseBlock
from claw.events.context import (
    CompactionStarted,
    ContextAdded,
    ContextCompacted,
    ContextRestored,
    InstructionsFound,
    InstructionsRequested,
    ResultsCleared,
)
from claw.events.control import (
    BudgetExhausted,
    LimitAnswered,
    LimitAsked,
    LoopNoticed,
    TimerFired,
    TimerSet,
    WaitEnded,
    WaitRequested,
)
from claw.events.environment import (
    EnvironmentObserved,
    EnvironmentRequested,
    EnvironmentTold,
    FilesChanged,
    FilesLookRequested,
)
from claw.events.hook import HookFinished, HookRequested, InputRefused, TurnHalted
from claw.events.input import AsideAsked, CommandInvoked, InputInterrupted, InputReceived, InputWithdrawn, ShellEntered
from claw.events.mcp import (
    McpConfigured,
    McpConnected,
    McpConnectRequested,
    McpDisconnected,
    McpLogged,
    McpOffered,
    McpTold,
)
from claw.events.memory import MemoryChanged, MemoryChangeRequested, MemoryLoaded, MemoryTold
from claw.events.model import (
    BlockOpened,
    ModelChunk,
    ModelFailed,
    ModelFellBack,
    ModelFinished,
    ModelRequested,
    OpaquePiece,
    TextPiece,
    UsageSeen,
)
from claw.events.note import NoteEdited, NoteRemoved, NoteWritten
from claw.events.output import OutputDelivered, OutputDemanded
from claw.events.permission import (
    ModeChanged,
    PermissionAnswered,
    PermissionAsked,
    PermissionEvaluated,
    PermissionGranted,
)
from claw.events.question import PlanAccepted, PlanProposed, PlanReviewed, QuestionAnswered, QuestionAsked, UserMessaged
from claw.events.results import in_words
from claw.events.session import (
    SessionForked,
    SessionResumed,
    SessionSalvaged,
    SessionStarted,
    SessionTagged,
    SessionTitled,
    SnapshotTaken,
    TurnFinished,
)
from claw.events.setting import SettingSaved, SettingSaveRequested
from claw.events.shell import (
    ShellAnswered,
    ShellAsked,
    ShellFinished,
    ShellNoticed,
    ShellOutput,
    ShellStarted,
    ending,
)
from claw.events.skill import SkillRead, SkillRequested, SkillsChanged, SkillsTold
from claw.events.task import TaskUpdated
from claw.events.tool import (
    ResolveRequested,
    ToolCompleted,
    ToolFinished,
    ToolInterrupted,
    ToolOutput,
    ToolRequested,
    ToolResolved,
    ToolStarted,
)
from claw.events.tools import ToolsChanged, ToolsFound, ToolsSearchRequested
from claw.events.worktree import WorktreeClosed, WorktreeCloseRequested, WorktreeMade, WorktreeRequested

_TIMERS = {"retry": "a retry", "time": "the limit of time", "servers": "servers whose tools nobody knows"}
LONGEST = 160
"""Characters of an event's line that are shown."""


def when(ns: int) -> str:
    """Date and time of day, local, to the second."""
    return _second(ns // 1_000_000_000)


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def stamp(ns: int) -> str:
    """Date and time of day, local, to the millisecond."""
    return f"{when(ns)}.{ns % 1_000_000_000 // 1_000_000:03d}"


def money(nusd: int) -> str:
    """An amount of 10⁻⁹ US dollars; four decimals, more where they would all be zero."""
    dollars = nusd / 1e9
    return f"${dollars:.4f}" if nusd == 0 or dollars >= 0.0001 else f"${dollars:.9f}".rstrip("0")


def size(count: int) -> str:
    """A number of bytes."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def plural(count: int, noun: str) -> str:
    """`1 event`, `2 events`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shortened(text: str, longest: int = LONGEST) -> str:
    """At most `longest` characters, the last one an ellipsis where something is missing."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def summary(event: Event) -> str:
    """What the event says, in a line; not yet harmless for a terminal."""
    function = _SUMMARIES.get(type(event))
    if function is not None:
        return str(function(event))
    if isinstance(event, Unknown):
        return "(a kind this claw does not know) " + _fields(event)
    return _fields(event)


def _fields(event: Event) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in codec.fields(event).items())


def _value(value: object) -> str:
    if isinstance(value, str):
        return value if value and " " not in value else repr(value)
    return msgspec.json.encode(value).decode()


def _text(content: Content) -> str:
    return f"({size(content.size)} in blob {content.digest[:12]})" if isinstance(content, Blob) else content


def _arguments(name: str, arguments: object) -> str:
    if not isinstance(arguments, dict):
        return name
    if len(arguments) == 1:
        (only,) = arguments.values()
        return f"{name}({only})"
    return f"{name}({', '.join(f'{key}={_value(value)}' for key, value in arguments.items())})"


def _started(event: SessionStarted) -> str:
    model = event.config.model
    return f"in {event.workspace} with {model.provider}/{model.name}, mode {event.config.mode}"


def _chunk(event: ModelChunk) -> str:
    match event.delta:
        case TextPiece(text=text):
            return text
        case BlockOpened(block=block):
            return f"(opens {block.__struct_config__.tag}{' ' + block.name if isinstance(block, ToolUseBlock) else ''})"
        case UsageSeen(usage=usage):
            return f"(usage: {usage.context} tokens)"
        case OpaquePiece():
            return "(opaque value for the provider)"


def _finished(event: ModelFinished) -> str:
    said = []
    for block in event.content:
        match block:
            case TextBlock():
                said.append(_text(block.text))
            case ThinkingBlock():
                said.append("(thinking)")
            case ToolUseBlock():
                said.append(f"{block.name}({block.arguments})")
    price = "" if event.nusd is None else f", {money(event.nusd)}"
    return f"{event.stop}, {event.usage.context} tokens{price}: {' | '.join(said)}"


def _failed(event: ModelFailed) -> str:
    status = f" {event.status}" if event.status is not None else ""
    return f"{event.failure}{status}{', can be retried' if event.retryable else ''}: {event.message}"


def _evaluated(event: PermissionEvaluated) -> str:
    rule = f" by {event.rule} ({event.source})" if event.rule else ""
    return f"{event.verdict} in mode {event.mode}{rule} {event.reason}".rstrip()


def _answered(event: PermissionAnswered) -> str:
    answer = f"{'yes' if event.allowed else 'no'}, {event.scope}, {event.how}"
    return f"{answer}: {event.reason}" if event.reason else answer


def _question_answered(event: QuestionAnswered) -> str:
    said = "; ".join(", ".join(filter(None, (*one.chosen, one.words))) for one in event.answers)
    return ": ".join(filter(None, (event.how, said, event.reason)))


def _plan_reviewed(event: PlanReviewed) -> str:
    said = f"accepted, mode {event.mode}" if event.accepted else "not accepted"
    edited = "" if event.edited is None else f"edited: {event.edited}"
    return ": ".join(filter(None, (f"{event.how}, {said}", event.reason, edited)))


def _tool_finished(event: ToolFinished) -> str:
    outcome = "error" if event.is_error else "ok"
    status = f", exit {event.exit}" if event.exit is not None else ""
    return f"{outcome}{status}, {event.duration_ns / 1e6:.0f} ms: {in_words(event.content, _text).lstrip()}"


def _completed(event: ToolCompleted | ShellAnswered | AgentFinished) -> str:
    outcome = event.reason if isinstance(event, AgentFinished) else "error" if event.is_error else "ok"
    return f"{outcome}: {in_words(event.content, _text).lstrip()}"


def _spawned(event: AgentSpawned) -> str:
    where = f" in the worktree {event.worktree.branch}" if event.worktree else ""
    return f"{event.definition.name}, for agent {event.parent}{where}: {event.description}"


def _tools_changed(event: ToolsChanged) -> str:
    kept = frozenset(event.deferred)
    names = ", ".join(tool.name for tool in event.tools if tool.name not in kept)
    told = f"{event.source}: {names or 'none'}"
    return f"{told}; {len(kept)} to be searched for" if kept else told


def _closed(event: WorktreeClosed) -> str:
    said = (
        [f"{event.files} file{'' if event.files == 1 else 's'} changed on {', '.join(event.branches)}"]
        if event.branches
        else []
    )
    said += [f"{event.kept} stays"] if event.kept else []
    said += [event.error] if event.error else []
    return "; ".join(said) or "nothing changed"


def _resolved(event: ToolResolved) -> str:
    if event.error:
        return event.error
    paths = (f"{fact.canonical}{'' if fact.inside else ' (outside the workspace)'}" for fact in event.paths)
    return ", ".join(paths) or "nothing to find out"


def _hook_finished(event: HookFinished) -> str:
    said: list[str] = [event.outcome if event.verdict is None else event.verdict]
    if event.exit is not None:
        said.append(f"exit {event.exit}")
    said.append(f"{event.duration_ns / 1e6:.0f} ms")
    if event.updated is not None:
        said.append("another input for the call")
    words = " | ".join(filter(None, (event.reason, event.context, event.message, event.halt)))
    return f"{event.event}: {', '.join(said)}" + (f": {words}" if words else "")


def _compacted(event: ContextCompacted) -> str:
    kept = "nothing after it" if event.keep_from is None else f"entries from {event.keep_from} kept"
    sizes = f"{event.before} tokens before, {event.after} after; " if event.before else ""
    return f"{sizes}{kept}; summary: {event.summary}"


def _listed(event: TaskUpdated) -> str:
    changed = [f"{task.id}. {task.subject} ({task.status})" for task in event.tasks]
    return ", ".join([*changed, *(f"{id}. removed" for id in event.removed)]) or "the list is empty"


def exhausted(event: BudgetExhausted) -> str:
    """What of a limit has been used, as in `tokens: 1200 of 1000`."""
    match event.what:
        case "turns" | "tokens":
            return f"{event.what}: {event.used} of {event.limit}"
        case "time":
            return f"time: {event.used / 1000:g} s of {event.limit / 1000:g} s"
    return f"money: {money(event.used)} of {money(event.limit)}"


def _turn(event: TurnFinished) -> str:
    return " ".join(part for part in (event.reason, event.failure, event.message) if part)


def _limit(event: LimitAsked) -> str:
    if event.what == "loop":
        return f"{event.name} with the same result, {event.used} times in a row"
    return exhausted(BudgetExhausted(what=event.what, limit=event.limit, used=event.used))


def _environment(event: EnvironmentObserved) -> str:
    found = event.environment
    if found is None:
        return "as before"
    git = found.git
    changed = "" if git is None or git.changed is None else f", {git.changed} files changed"
    return f"{found.date}, {found.platform}" + (f", branch {git.branch or 'none'}{changed}" if git else "")


_SUMMARIES: dict[type[Event], Any] = {
    **schedules.SUMMARIES,
    SessionStarted: _started,
    SessionForked: lambda event: f"from {event.parent}@{event.seq}",
    SessionResumed: lambda event: (
        "after a clean close" if event.recovery.clean else f"after a crash; {event.recovery.torn_bytes} torn bytes"
    ),
    SessionTagged: lambda event: " ".join((*event.added, *(f"-{tag}" for tag in event.removed))),
    SessionTitled: lambda event: repr(event.title),
    SessionSalvaged: lambda event: f"from {event.source}; {size(event.left)} left behind",
    SnapshotTaken: lambda event: f"of the state after event {event.upto}",
    AsideAsked: lambda event: _text(event.text),
    ShellEntered: lambda event: f"!{event.command}",
    InputReceived: lambda event: _text(event.text) + (f" ({event.source.told})" if event.source else ""),
    SkillsChanged: lambda event: f"{len(event.skills)} skills",
    SkillsTold: lambda event: ", ".join(event.names),
    SkillRequested: lambda event: f"{event.skill.name} {event.words}".rstrip(),
    SkillRead: lambda event: event.error or _text(event.text),
    InputInterrupted: lambda event: f"by {'a signal' if event.how == 'signal' else 'the user'}",
    CommandInvoked: lambda event: f"/{event.name} {event.argument}".rstrip(),
    ModelRequested: lambda event: f"{event.provider}/{event.model} for {event.purpose}, attempt {event.attempt}",
    ModelChunk: _chunk,
    ModelFinished: _finished,
    ModelFailed: _failed,
    QuestionAsked: lambda event: "; ".join(question.question for question in event.questions),
    QuestionAnswered: _question_answered,
    PlanProposed: lambda event: event.plan,
    PlanReviewed: _plan_reviewed,
    PlanAccepted: lambda event: event.plan,
    UserMessaged: lambda event: event.text,
    ModeChanged: lambda event: event.mode,
    ToolRequested: lambda event: _arguments(event.name, event.arguments) + (f": {event.error}" if event.error else ""),
    ResolveRequested: lambda event: _arguments(event.name, event.arguments),
    ToolResolved: _resolved,
    ToolStarted: lambda event: _arguments(event.name, event.arguments),
    ToolOutput: lambda event: event.text,
    ToolFinished: _tool_finished,
    ToolCompleted: _completed,
    ToolInterrupted: lambda event: event.reason,
    InputWithdrawn: lambda event: f"the input at {event.input}",
    ShellStarted: lambda event: f"{event.id}: {event.command}",
    ShellOutput: lambda event: f"{event.id}: {event.text}",
    ShellNoticed: lambda event: f"{event.id} ({event.title}): {event.text}",
    ShellAsked: lambda event: f"{event.what} at {event.id}" if event.what == "look" else f"kill {event.id}",
    ShellAnswered: _completed,
    ShellFinished: lambda event: f"{event.id} {ending(event)}: {_text(event.content).lstrip()}",
    PermissionEvaluated: _evaluated,
    PermissionAsked: lambda event: f"{_arguments(event.name, event.arguments)} {event.reason}".rstrip(),
    PermissionAnswered: _answered,
    PermissionGranted: lambda event: event.scope + (f", and for {event.rule}" if event.rule else ""),
    InstructionsRequested: instructions.wanted,
    InstructionsFound: instructions.found,
    EnvironmentRequested: lambda event: f"since {event.date}" if event.date else "all of it",
    EnvironmentObserved: _environment,
    EnvironmentTold: lambda event: event.text,
    FilesLookRequested: lambda event: ", ".join(event.names) or "all that were read or written",
    FilesChanged: lambda event: ", ".join(f"{one.path} ({one.how})" for one in event.changes) or "none",
    HookRequested: lambda event: f"{event.event} ({event.source}): {event.command}",
    HookFinished: _hook_finished,
    InputRefused: lambda event: f"{event.input} by {event.source}: {event.reason}",
    TurnHalted: lambda event: event.reason,
    ContextAdded: lambda event: event.text,
    CompactionStarted: lambda event: (
        f"because of {event.reason}, from {event.first}{f', focus: {event.focus}' if event.focus else ''}"
    ),
    OutputDemanded: lambda event: event.text,
    OutputDelivered: lambda event: f"the arguments of {event.request} are the answer",
    TaskUpdated: _listed,
    ContextCompacted: _compacted,
    ContextRestored: lambda event: f"the summary at {event.compacted} is taken back",
    ResultsCleared: lambda event: f"{plural(len(event.results), 'result')}, about {event.freed} tokens",
    MemoryLoaded: lambda event: (
        event.problem
        or ("as before" if event.notes is None else ", ".join(note.name for note in event.notes) or "none")
    ),
    MemoryTold: lambda event: event.text,
    MemoryChangeRequested: lambda event: f"{event.command} {event.path}: {event.text}",
    MemoryChanged: lambda event: event.told,
    NoteWritten: lambda event: f"{event.name}{f' for {event.project}' if event.project else ''}: {event.text}",
    NoteEdited: lambda event: f"{event.note}, {event.name}: {event.text}",
    NoteRemoved: lambda event: str(event.note),
    TimerSet: lambda event: f"{event.delay_ms} ms, for {_TIMERS[event.purpose]}",
    TimerFired: lambda event: "cancelled" if event.cancelled else "on time",
    WaitRequested: lambda event: f"until {when(event.until)}",
    WaitEnded: lambda event: "cancelled" if event.cancelled else "on time",
    BudgetExhausted: exhausted,
    LimitAsked: _limit,
    LimitAnswered: lambda event: f"{event.what}: {f'{event.more} more' if event.more else 'no more'}, {event.how}",
    LoopNoticed: lambda event: f"{event.count} times since {event.first}",
    ModelFellBack: lambda event: f"{event.fallback} instead of {event.model}, after {event.failures} failures",
    TurnFinished: _turn,
    SettingSaveRequested: lambda event: f"{event.setting}: {event.value}",
    SettingSaved: lambda event: event.error or event.path,
    ToolsChanged: _tools_changed,
    ToolsSearchRequested: lambda event: event.query,
    ToolsFound: lambda event: ", ".join(tool.name for tool in event.tools) or "none",
    McpConfigured: lambda event: ", ".join(server.name for server in event.servers) or "none",
    McpConnectRequested: lambda event: f"{event.server}, attempt {event.attempt}",
    McpConnected: lambda event: f"{event.server}: {event.title} {event.release}, {event.protocol}",
    McpOffered: lambda event: f"{event.server}: {plural(event.tools, 'tool')}, {plural(len(event.prompts), 'prompt')}",
    McpTold: lambda event: ", ".join(event.servers),
    McpLogged: lambda event: f"{event.server}: {event.level}: {event.text}",
    McpDisconnected: lambda event: f"{event.server}: {event.reason}{f': {event.message}' if event.message else ''}",
    AgentsChanged: lambda event: ", ".join(kind.name for kind in event.kinds),
    AgentSpawned: _spawned,
    WorktreeRequested: lambda event: f"{event.name}, from {event.origin}",
    WorktreeMade: lambda event: f"{event.worktree.path}, at {event.worktree.base}" if event.worktree else event.error,
    WorktreeCloseRequested: lambda event: event.worktree.path,
    WorktreeClosed: _closed,
    AgentMessaged: lambda event: f"from agent {event.sender}: {in_words(event.content, _text)}",
    AgentAborted: lambda event: event.reason,
    AgentFinished: _completed,
}

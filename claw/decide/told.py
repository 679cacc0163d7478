"""Hooks that are told what has happened beside calls and inputs, and the one about a task that is done."""

from __future__ import annotations

from typing import Any

from claw.decide import hooks, tasks
from claw.decide.addressed import Addressed, not_done
from claw.events.base import Event
from claw.events.content import TextBlock
from claw.events.context import ContextCompacted, InstructionFile, InstructionsFound, Scope
from claw.events.control import LimitAsked
from claw.events.environment import FilesChanged, FilesLookRequested
from claw.events.hook import HookFinished
from claw.events.kinds import kind_of
from claw.events.permission import PermissionAsked
from claw.events.question import PlanProposed, QuestionAsked
from claw.events.session import TurnFinished
from claw.events.task import Task
from claw.events.tool import ToolStarted
from claw.projections.state import Agent, State
from claw.projections.turn import Interrupting, ToolCall

_SCOPES: dict[Scope, str] = {"managed": "Managed", "user": "User", "project": "Project"}
_LOCAL = ".local.md"
"""How the names of a person's own files end that lie in a repository."""


def notified(
    state: State, agent: Agent, event: PermissionAsked | QuestionAsked | PlanProposed | LimitAsked
) -> list[Event]:
    """Those to tell that somebody has to look at the session."""
    match event:
        case PermissionAsked(name=name):
            kind, message = "permission_prompt", f"claw needs your permission to use {name}"
        case QuestionAsked():
            kind, message = "elicitation_dialog", "claw has a question"
        case PlanProposed():
            kind, message = "permission_prompt", "claw has a plan for you to look at"
        case LimitAsked():
            kind, message = "permission_prompt", "claw has reached a limit and asks whether to go on"
    fields = {"message": message, "notification_type": kind}
    return hooks.due(state, agent, "Notification", fields, names=(kind,))


def compacted(state: State, agent: Agent, event: ContextCompacted) -> list[Event]:
    """Those to tell that a summary stands for the conversation."""
    trigger = "auto" if agent.turn.is_open else "manual"
    said = (TextBlock(text=event.summary),)
    return hooks.due(state, agent, "PostCompact", {"trigger": trigger}, names=(trigger,), content=said)


def instructed(state: State, agent: Agent, event: InstructionsFound) -> list[Event]:
    """Those to tell which instruction files the model is told, each by itself."""
    found: list[Event] = []
    for file in event.files:
        reason = _reason(file)
        fields: dict[str, Any] = {
            "file_path": _whole(state, agent, file.path),
            "memory_type": "Local" if file.path.endswith(_LOCAL) else _SCOPES[file.scope],
            "load_reason": reason,
        }
        fields |= {"globs": list(file.paths)} if file.paths else {}
        fields |= {"parent_file_path": _whole(state, agent, file.imported_by)} if file.imported_by else {}
        found += hooks.due(state, agent, "InstructionsLoaded", fields, names=(reason,))
    return found


_ERRORS: dict[str, str] = {
    **{"rate_limited": "rate_limit", "overloaded": "overloaded", "auth": "authentication_failed"},
    **{"not_found": "model_not_found", "invalid_request": "invalid_request", "context_overflow": "invalid_request"},
    **dict.fromkeys(("server", "connection", "timeout", "malformed_stream", "empty"), "server_error"),
}
"""What Claude Code calls them."""


def failed(state: State, agent: Agent, event: TurnFinished) -> list[Event]:
    """Those to tell that a turn is over because the model could not be asked."""
    if event.reason not in ("failed", "overflow"):
        return []
    error = _ERRORS.get(event.failure or "", "unknown")
    fields = {"error": error, "error_details": event.message}
    return hooks.due(state, agent, "StopFailure", fields, names=(error,))


def look_at_files(agent: Agent) -> list[Event]:
    """Look which files have changed, where somebody wants to be told; empty: nobody does."""
    names = hooks.files_to_look_at(agent)
    looking = kind_of(FilesLookRequested) in agent.pending.calls.values()
    return [] if names is None or looking else [FilesLookRequested(names=names)]


def files_changed(state: State, agent: Agent, event: FilesChanged) -> list[Event]:
    """Those to tell which files are others, each by itself."""
    return [hook for change in event.changes for hook in hooks.file_changed(state, agent, change.path, change.how)]


def _reason(file: InstructionFile) -> str:
    if file.imported_by:
        return "include"
    if file.paths:
        return "path_glob_match"
    return "nested_traversal" if file.folder else "session_start"


def _whole(state: State, agent: Agent, path: str) -> str:
    return path if path.startswith(("/", "~")) else f"{state.workspace_of(agent)}/{path}"


# --- a task that is done ---------------------------------------------------------------------------------------------


def before_completion(state: State, agent: Agent, event: ToolStarted) -> list[Event]:
    """Those to ask before tasks count as done; none where the call completes none, or nobody is asked."""
    call = agent.conversation.call_of_request(event.request)
    if call is None or event.traits.effect not in _EFFECTS:
        return []
    found: list[Event] = []
    for task in tasks.completing(agent, event.traits.effect, event.arguments):
        found += hooks.due(state, agent, "TaskCompleted", _of_task(task), subject=call.request)
    return found


def after_hooks(state: State, agent: Agent, event: HookFinished) -> list[Addressed] | None:
    """What the call comes to, once all hooks about its tasks have spoken; None: it is about something else."""
    result = agent.hooks.result_of(event.call)
    call = agent.conversation.call_of_request(result.subject) if result else None
    if result is None or result.event != "TaskCompleted" or call is None or call.stage != "started":
        return None
    if agent.hooks.waiting_for(call.request):
        return []
    return _done(state, agent, call)


def _done(state: State, agent: Agent, call: ToolCall) -> list[Addressed]:
    said = hooks.strictest(agent.hooks.about("TaskCompleted", call.request))
    if said is not None and said.verdict == "deny" and not isinstance(agent.turn, Interrupting):
        why = said.reason or "it is not done yet"
        return [not_done(agent.id, call.key, f"Nothing has changed: a TaskCompleted hook blocks it: {why}")]
    return _EFFECTS[call.traits.effect](state, agent, call, call)


def _of_task(task: Task) -> dict[str, Any]:
    described = {"task_description": task.description} if task.description else {}
    return {"task_id": task.id, "task_subject": task.subject, **described}


_EFFECTS = {"write_tasks": tasks.write, "change_task": tasks.change}

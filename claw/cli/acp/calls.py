"""Tool calls as editors show them: what each would do, what it says while it runs, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from claw.cli.acp import texts
from claw.cli.acp.texts import Load, Piece
from claw.cli.sanitize import clean, reveal_line
from claw.cli.terminal.calls import headline
from claw.errors import ToolError
from claw.events.agent import AgentSpawned
from claw.events.base import Envelope
from claw.events.content import ResultBlock, ToolUseBlock
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated
from claw.events.tool import (
    PathFact,
    ResolveRequested,
    ToolCompleted,
    ToolFinished,
    ToolInterrupted,
    ToolOutput,
    ToolRequested,
    ToolResolved,
    ToolStarted,
)
from claw.events.tools import Shown, Traits
from claw.tools import patch

Kind: TypeAlias = Literal["read", "edit", "search", "execute", "fetch", "think", "switch_mode", "other"]
LONGEST_TITLE = 200
NOT_FILES = ("address", "program", "probe")
"""Facts about what a call does not act on."""
OLD = 262_144
"""Bytes of a file that is shown as it was before it is written anew."""


class Call(Struct):
    """A call that has no end yet. `id` is what the client knows it by."""

    id: str
    agent: int
    traits: Traits
    output: str = ""
    """The end of what it has said until now."""
    told: bool = True
    """All of that has been told."""
    diffs: list[Piece] = []


class Calls:
    """A fold over the events about calls. `terminals`: the client shows output by itself, piece by piece. `declared`
    knows the traits of tools by name.
    """

    def __init__(
        self,
        load: Load,
        workspace: Callable[[], str],
        declared: Callable[[str], Traits | None],
        *,
        terminals: bool,
    ) -> None:
        self._load = load
        self._declared = declared
        self._workspace = workspace
        self._terminals = terminals
        self._open: dict[int, Call] = {}
        """By the seq of their `tool.requested`."""
        self._keys: dict[int, int] = {}
        """Key of an intent about a call -> seq of that."""
        self._announced: dict[str, int] = {}
        """Ids of calls whose arguments are still coming -> key of the model's call."""
        self._parents: dict[int, str] = {}
        """Agent -> id of the call that has started it."""
        self._before: dict[int, str] = {}

    # --- for others ---------------------------------------------------------------------------------------------------

    def id_of(self, request: int) -> str:
        """What the client knows the call by that has this `tool.requested`."""
        return self._open[request].id if request in self._open else f"call_{request}"

    def request_of(self, key: int) -> int:
        """Seq of the `tool.requested` of the call that has this `tool.started`."""
        return self._keys.get(key, -1)

    def look(self, envelope: Envelope) -> None:
        """Before anything is done: keep what the file says that a call would write anew."""
        call = envelope.data
        if isinstance(call, ToolRequested) and call.arguments and _writes_anew(call.traits):
            old = _text_of(self._path(call.arguments.get(call.traits.paths[0])))
            if old is not None and len(self._before) < 64:
                self._before[envelope.seq] = old

    # --- the fold -----------------------------------------------------------------------------------------------------

    def announced(self, block: ToolUseBlock, key: int) -> Iterator[Piece]:
        """The model has begun to write a call."""
        self._announced[block.id] = key
        traits = self._declared(block.name)
        yield {
            "sessionUpdate": "tool_call",
            "toolCallId": block.id,
            "title": reveal_line(block.name)[:LONGEST_TITLE],
            "kind": kind_of(traits) if traits is not None else "other",
            "status": "pending",
            **(self._terminal(block.id) if traits is not None and self._is_terminal(traits) else {}),
        }

    def gave_up(self, key: int) -> Iterator[Piece]:
        """The model's call with this key is over: what it had begun to write and is no call has failed."""
        for id in [id for id, by in self._announced.items() if by == key]:
            del self._announced[id]
            yield {"sessionUpdate": "tool_call_update", "toolCallId": id, "status": "failed"}

    def take(self, envelope: Envelope) -> Iterator[Piece]:
        """What the client is told of this event."""
        match envelope.data:
            case ToolRequested() as call:
                yield from self._requested(envelope, call)
            case ResolveRequested(request=request) | PermissionAsked(request=request):
                self._keys[envelope.seq] = request
            case ToolStarted() as started:
                self._keys[envelope.seq] = started.request
                yield from self._started(started)
            case ToolOutput() as piece:
                yield from self._said(piece)
            case AgentSpawned(call=key):
                self._parents[envelope.agent] = self.id_of(self.request_of(key))
            case ToolResolved(error=error) as end:
                request = self._keys.pop(end.call, -1)
                if error:
                    yield from self._failed(request, error)
            case PermissionEvaluated(verdict="deny") as end:
                yield from self._failed(end.request, f"Permission denied: {end.reason}")
            case PermissionAnswered() as end:
                request = self._keys.pop(end.call, -1)
                if not end.allowed:
                    yield from self._failed(request, f"Refused: {end.reason}" if end.reason else "Refused.")
            case ToolFinished() as end:
                yield from self._ended(self._keys.pop(end.call, -1), end.content, end.is_error, end.exit)
            case ToolCompleted() as end:
                yield from self._ended(self._keys.pop(end.call, -1), end.content, end.is_error)
            case ToolInterrupted() as end:
                yield from self._ended(self._keys.pop(end.call, -1), end.content, True)

    def flush(self) -> Iterator[Piece]:
        """What running calls have said since they were last told of."""
        for call in self._open.values():
            if not call.told:
                call.told = True
                said = texts.content(texts.fenced(clean(call.output), "console"))
                yield {"sessionUpdate": "tool_call_update", "toolCallId": call.id, "content": [said]}

    def called_off(self, agent: int) -> Iterator[Piece]:
        """The agent's turn is over: calls that it left without a result have failed."""
        for request in [request for request, call in self._open.items() if call.agent == agent]:
            yield from self._failed(request, "Interrupted before it ran.")

    def described(self, id: str, name: str, arguments: Mapping[str, Any], traits: Traits, request: int) -> Piece:
        """All that is known of a call before it runs."""
        old = self._before.get(request)
        piece: Piece = {
            "toolCallId": id,
            "title": headline(name, arguments, traits.shown, LONGEST_TITLE),
            "kind": kind_of(traits),
            "status": "pending",
            "rawInput": _bounded(arguments),
            "locations": [{"path": path} for path in self._paths(arguments, traits)],
        }
        diffs = list(self._diffs(arguments, traits, old))
        if diffs:
            piece["content"] = diffs
        line = arguments.get("offset")
        if len(piece["locations"]) == 1 and isinstance(line, int) and 0 <= line < 2**32:
            piece["locations"][0]["line"] = line
        return piece

    def _requested(self, envelope: Envelope, call: ToolRequested) -> Iterator[Piece]:
        known = self._announced.pop(call.id, None) is not None
        piece = self.described(call.id, call.name, call.arguments or {}, call.traits, envelope.seq)
        opened = Call(call.id, envelope.agent, call.traits, diffs=piece.get("content", []))
        self._open[envelope.seq] = opened
        meta: Piece = {"tool": call.name}
        if envelope.agent:
            meta |= {"agent": envelope.agent, "parentToolCallId": self._parents.get(envelope.agent)}
        if known:
            yield {"sessionUpdate": "tool_call_update", **piece, "_meta": {"claw": meta}}
        else:
            terminal = self._terminal(call.id) if self._is_terminal(call.traits) else {}
            about = {"claw": meta, **terminal.pop("_meta", {})}
            yield {"sessionUpdate": "tool_call", **piece, **terminal, "_meta": about}
        if call.error:
            yield from self._failed(envelope.seq, call.error)

    def _started(self, started: ToolStarted) -> Iterator[Piece]:
        call = self._open.get(started.request)
        if call is None:
            return
        piece: Piece = {"sessionUpdate": "tool_call_update", "toolCallId": call.id, "status": "in_progress"}
        found = [path for path in (self._of_fact(fact) for fact in started.paths) if path]
        if found and kind_of(call.traits) != "execute":
            piece["locations"] = [{"path": path} for path in dict.fromkeys(found)]
        yield piece

    def _said(self, piece: ToolOutput) -> Iterator[Piece]:
        call = self._open.get(self._keys.get(piece.call, -1))
        if call is None:
            return
        call.output = (call.output + piece.text)[-texts.MOST_SHOWN :]
        if self._is_terminal(call.traits):
            yield self._typed(call, piece.text)
        else:
            call.told = False

    def _ended(
        self, request: int, blocks: tuple[ResultBlock, ...], is_error: bool, exit: int | None = None
    ) -> Iterator[Piece]:
        call = self._open.pop(request, None)
        self._before.pop(request, None)
        if call is None:
            return
        kind = kind_of(call.traits)
        said = texts.beginning(texts.words_of(blocks, self._load))
        if self._is_terminal(call.traits) and said and not call.output:
            yield self._typed(call, said)  # it was over before anything of it was told
        piece: Piece = {
            "sessionUpdate": "tool_call_update",
            "toolCallId": call.id,
            "status": "failed" if is_error else "completed",
            "rawOutput": {"text": said, "exitCode": exit},
        }
        if self._is_terminal(call.traits):
            piece["content"] = [{"type": "terminal", "terminalId": call.id}]
            ended = {"terminal_id": call.id, "exit_code": exit, "signal": None}
            piece["_meta"] = {"terminal_exit": ended}
        else:
            told = texts.shown(blocks, self._load, as_it_is=kind in ("read", "search", "execute"))
            piece["content"] = call.diffs if call.diffs and not is_error else told
        yield piece

    def _failed(self, request: int, why: str) -> Iterator[Piece]:
        call = self._open.pop(request, None)
        self._before.pop(request, None)
        if call is None:
            return
        why = clean(texts.beginning(why))
        yield {
            "sessionUpdate": "tool_call_update",
            "toolCallId": call.id,
            "status": "failed",
            "content": [*call.diffs, texts.content(why)],
            "rawOutput": {"text": why, "exitCode": None},
        }

    def _is_terminal(self, traits: Traits) -> bool:
        return self._terminals and kind_of(traits) == "execute"

    def _typed(self, call: Call, text: str) -> Piece:
        data = {"terminal_id": call.id, "data": clean(text)}
        return {"sessionUpdate": "tool_call_update", "toolCallId": call.id, "_meta": {"terminal_output": data}}

    def _terminal(self, id: str) -> Piece:
        """What makes an editor show a terminal for a call, once, before anything is said in it."""
        shown = {"terminal_info": {"terminal_id": id, "cwd": self._workspace()}}
        return {"content": [{"type": "terminal", "terminalId": id}], "_meta": shown}

    # --- what a call would do -----------------------------------------------------------------------------------------

    def _paths(self, arguments: Mapping[str, Any], traits: Traits) -> list[str]:
        given = [arguments.get(name) for name in traits.paths]
        if traits.shown.patch:
            given = [step.path for step in _steps(arguments, traits.shown)]
        return list(dict.fromkeys(self._path(path) for path in given if isinstance(path, str) and path))

    def _path(self, path: object) -> str:
        """Absolute, in the session's workspace where it is not."""
        given = path if isinstance(path, str) else ""
        return os.path.normpath(os.path.join(self._workspace(), os.path.expanduser(given)))

    def _of_fact(self, fact: PathFact) -> str:
        if fact.parameter in NOT_FILES:
            return ""
        return self._path(fact.canonical) if fact.inside else fact.canonical

    def _diffs(self, arguments: Mapping[str, Any], traits: Traits, old: str | None) -> Iterator[Piece]:
        shown = traits.shown
        if shown.patch:
            for step in _steps(arguments, shown):
                yield from self._patched(step)
            return
        if not traits.paths or traits.footprint != "write":
            return
        path = self._path(arguments.get(traits.paths[0]))
        if _writes_anew(traits):
            yield from _diff(path, old, arguments.get(shown.added))
            return
        edits = arguments.get(shown.each) if shown.each else [arguments]
        for edit in edits if isinstance(edits, list) else ():
            if shown.removed and isinstance(edit, Mapping) and isinstance(edit.get(shown.removed), str):
                yield from _diff(path, edit[shown.removed], edit.get(shown.added))

    def _patched(self, step: patch.Step) -> Iterator[Piece]:
        path = self._path(step.path)
        match step:
            case patch.Add():
                yield from _diff(path, None, step.content)
            case patch.Update():
                for hunk in step.hunks:
                    new = "\n".join(line for sign, line in hunk.lines if sign != "-")
                    yield from _diff(path, "\n".join(hunk.old), new)


def kind_of(traits: Traits) -> Kind:
    """What an editor draws it as."""
    if traits.performer == "server":
        return "other"  # what it does, nobody here knows
    match traits.footprint:
        case "read":
            return "search" if traits.searches else "read"
        case "write":
            return "edit"
        case "execute":
            return "execute"
        case "network":
            return "fetch"
    if traits.effect in ("enter_plan", "propose_plan"):
        return "switch_mode"
    return "think" if traits.effect in ("write_tasks", "add_task", "change_task", "spawn") else "other"


def _writes_anew(traits: Traits) -> bool:
    """Whether it writes a whole file, whatever was in it."""
    shown = traits.shown
    only = not (shown.removed or shown.each or shown.also or shown.also_added)
    return traits.footprint == "write" and bool(traits.paths) and bool(shown.added) and only


def _steps(arguments: Mapping[str, Any], shown: Shown) -> tuple[patch.Step, ...]:
    text = arguments.get(shown.patch)
    try:
        return patch.steps(text) if isinstance(text, str) else ()
    except ToolError:
        return ()


def _diff(path: str, old: str | None, new: object) -> Iterator[Piece]:
    if not isinstance(new, str):
        return
    piece: Piece = {"type": "diff", "path": path, "newText": texts.beginning(new, OLD)}
    if old is not None:
        piece["oldText"] = texts.beginning(old, OLD)
    yield piece


def _text_of(path: str) -> str | None:
    """What a small text file says; None: there is none, or it is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with open(descriptor, "rb") as file:
            data = file.read(OLD + 1) if os.path.isfile(f"/proc/self/fd/{descriptor}") else b"\0"
    except (OSError, ValueError):
        return None
    if len(data) > OLD or b"\0" in data:
        return None
    return data.decode("utf-8", "replace")


def _bounded(arguments: Mapping[str, Any]) -> Any:
    """The arguments, or how large they are where an editor would have too much of them."""
    size = len(msgspec.json.encode(arguments))
    return dict(arguments) if size <= OLD else {"omitted": f"{size} bytes; the session's log has them"}

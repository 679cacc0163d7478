"""Hooks, run as programs of the user's: told on standard input, heard, and killed when their time is over."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import anyio
import anyio.lowlevel

from claw import _native
from claw.errors import ClawError
from claw.events.base import Blob, Content, Intent
from claw.events.hook import ERRORS, HookFinished, HookRequested, Judge, call_of
from claw.events.request import Request
from claw.events.results import in_words
from claw.events.tool import Charge, Sandbox
from claw.execution.context import Facts, ToolContext
from claw.execution.masking import masked
from claw.execution.process import followed
from claw.execution.reach import Runs
from claw.execution.reached import changed, own_environment, short
from claw.execution.rules import kept_from
from claw.execution.sandbox import Running, start
from claw.execution.threads import finished
from claw.handlers import hook_answer
from claw.handlers.base import Blobs, Call, Handler, LostCall
from claw.handlers.hook_answer import Answer
from claw.late import load

Answering: TypeAlias = Callable[[Judge, Request, Callable[[Charge], None]], Awaitable[str]]
"""Asks a model: `claw.handlers.model.ModelHandler.answer`."""

READ_LIMIT = 1024 * 1024
"""Bytes of each stream that are read for an answer; what is more is drained and forgotten."""
KEPT = 4_000
"""Characters of each stream that the event keeps."""
PLUGIN = ("CLAW_PLUGIN_ROOT", "CLAUDE_PLUGIN_ROOT")
"""Variables that name the folder of the plugin that brings the hook."""
_TEXTS = {
    "UserPromptSubmit": "prompt",
    "SubagentStop": "last_assistant_message",
    "PostToolUseFailure": "error",
    "PostCompact": "compact_summary",
}
"""What the part of the input that may be long is called, where it is a text."""
_TICK = 0.1
"""Seconds that a thread waits for the end of what was killed."""


class HookHandler(Handler):
    """Runs hooks in the workspace, an agent's in its own. Secrets of claw's are not in their environment, and none is
    written down.

    `runs` says of each command what of the workspace it ran when it was trusted, or when the session began. It runs as
    the user's own program as long as that is the same. One whose scripts are others by now does not run. One that may
    run anything in the workspace is confined as commands are once something there has changed, and what it says then
    allows nothing. `directories` are taken for parts of the workspace, or would be once that is trusted.
    `domains` are hosts that a hook may be asked of which is no command. `plugins`: what tells each plugin's folder from
    what it was (`claw.settings.plugins.tree`); a hook of one that is another by now does not run.
    `answer` asks a model.
    """

    intents: frozenset[type[Intent]] = frozenset({HookRequested})

    def __init__(
        self,
        context: ToolContext,
        blobs: Blobs,
        runs: Mapping[str, Runs],
        directories: tuple[str, ...] = (),
        domains: tuple[str, ...] = (),
        plugins: Mapping[str, str] | None = None,
        answer: Answering | None = None,
    ) -> None:
        self._context = context
        self._directories = directories
        self._domains = domains
        self._plugins = plugins or {}
        self._ask = answer
        self._blobs = blobs
        self._runs = runs

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, HookRequested)
        began = time.monotonic_ns()
        exit, streams = None, Streams()
        try:
            await anyio.lowlevel.checkpoint()
            if intent.type == "prompt":
                answer = await self._judged(intent, streams)
                call.emit(self._event(call.seq, intent, answer, exit, streams, began))
                return
            if intent.type == "http":
                answer = await self._told(intent, streams)
                call.emit(self._event(call.seq, intent, answer, exit, streams, began))
                return
            why, confined = await finished(lambda: self._changed(intent))
            if why and not confined:
                answer = Answer(outcome="unreadable", reason=why, message=why)
            else:
                exit = await self._run(intent, streams, confined)
                answer = await finished(lambda: self._answer(intent, exit, streams))
                answer = _without_leave(answer, why) if confined else answer
        except asyncio.CancelledError:
            call.emit(self._event(call.seq, intent, Answer(outcome="cancelled"), exit, streams, began))
            raise
        except ClawError as error:
            answer = Answer(outcome="failed", reason=f"{error.message} {error.hint}".rstrip())
        except Exception as error:  # noqa: BLE001 - a hook that cannot be run has said nothing
            answer = Answer(outcome="failed", reason=f"it could not be run: {type(error).__name__}: {error}")
        call.emit(self._event(call.seq, intent, answer, exit, streams, began))

    def end_lost(self, call: LostCall) -> HookFinished:
        intent = call.intent
        assert isinstance(intent, HookRequested)
        return HookFinished(call=call.seq, event=intent.event, source=intent.source, outcome="lost")

    def _event(
        self, seq: int, intent: HookRequested, answer: Answer, exit: int | None, streams: Streams, began: int
    ) -> HookFinished:
        return HookFinished(
            call=seq,
            event=intent.event,
            source=intent.source,
            exit=exit,
            stdout=self._excerpt(streams.stdout),
            stderr=self._excerpt(streams.stderr),
            duration_ns=time.monotonic_ns() - began,
            charge=streams.charge,
            **answer,
        )

    def _excerpt(self, data: bytearray) -> str:
        text = self._masked(data.decode("utf-8", "replace"))
        return text if len(text) <= KEPT else text[: KEPT - 1] + "…"

    def _masked(self, text: str) -> str:
        return masked(text, self._context)

    async def _told(self, intent: HookRequested, streams: Streams) -> Answer:
        """What a server says."""
        ask = load("claw.handlers.hook_http", "ask")
        given = await finished(lambda: json.dumps(self._given(intent)).encode("utf-8", "replace"))
        answer: Answer = await ask(intent, given, self._context, self._domains, self._masked, streams.feed)
        return answer

    async def _judged(self, intent: HookRequested, streams: Streams) -> Answer:
        """What a model says."""
        judged = load("claw.handlers.hook_prompt", "judged")
        given = await finished(lambda: json.dumps(self._given(intent), ensure_ascii=False))
        assert self._ask is not None, "a prompt, and no model to ask"
        answer: Answer = await judged(intent, given, self._ask, self._masked, streams)
        return answer

    def _answer(self, intent: HookRequested, exit: int | None, streams: Streams) -> Answer:
        if exit is None:
            return Answer(outcome="timeout", reason=f"it was killed after {intent.timeout_ms / 1000:g} s")
        stdout, stderr = (stream.decode("utf-8", "replace") for stream in (streams.stdout, streams.stderr))
        return hook_answer.read(intent.event, exit, stdout, stderr, self._masked, whole=streams.complete)

    def _changed(self, intent: HookRequested) -> tuple[str, bool]:
        """Why it does not run as the user's own program, or ""; and whether it may run confined. Blocks."""
        if intent.root and not self._is_as_it_was(intent.root):
            why = "its plugin has changed since you said yes to it: claw plugin list"
            return f"The hook `{short(intent.command)}` did not run: {why}", False
        context = self._context.at(intent.workspace)
        return changed("hook", intent.command, context, self._directories, self._runs.get(intent.command))

    def _is_as_it_was(self, root: str) -> bool:
        try:
            state: str = load("claw.settings.plugins.tree", "state_of")(root)
        except OSError:
            return False
        return self._plugins.get(root) == state

    async def _run(self, intent: HookRequested, streams: Streams, confined: bool) -> int | None:
        """The exit status; None when the time was over first."""
        context = self._context.at(intent.workspace)
        shell, env = own_environment(context)
        given = json.dumps(self._given(intent)).encode("utf-8", "replace")
        grant = _native.Grant(call_of(intent.command), intent.digest, "command")
        with _pipe(streams.stderr) as errors:
            env[ERRORS] = errors
            env |= dict.fromkeys(PLUGIN, intent.root) if intent.root else {}
            running = await finished(
                lambda: self._started(grant, shell, env, given, errors if confined else "", context)
            )
            process = running.process
            status = None
            try:
                status = await followed(process, streams, time.monotonic() + intent.timeout_ms / 1000)
            finally:
                if status is None:
                    await _killed(process)
                await finished(running.settle)
            return status

    def _started(
        self, grant: _native.Grant, shell: str, env: dict[str, str], given: bytes, errors: str, context: ToolContext
    ) -> Running:
        """Confined, if it has a pipe for its errors that it has to reach."""
        if not errors:
            process = _native.Process(
                grant, shell=shell, cwd=context.workspace, env=env, guard=context.guard, stdin=given
            )
            return Running(process, context)
        hidden, kept = kept_from(context)
        sandbox = Sandbox(
            writable=True, namespaces=True, opened=(os.path.dirname(errors),), hidden=hidden, kept=kept, network=()
        )
        return start(shell, Facts(grant=grant, sandbox=sandbox), context, environment=env, stdin=given)

    def _given(self, intent: HookRequested) -> dict[str, Any]:
        """What the hook reads: the input, with what may be long put in its place. Of an image or a document it reads
        what it is.
        """
        if intent.content is None:
            return intent.input
        text = in_words(intent.content, self._text)
        if intent.event in _TEXTS:
            return {**intent.input, _TEXTS[intent.event]: text}
        return {**intent.input, "tool_response": {"content": text, **intent.input.get("tool_response", {})}}

    def _text(self, content: Content) -> str:
        return self._blobs.get(content.digest).decode("utf-8", "replace") if isinstance(content, Blob) else content


def _without_leave(answer: Answer, why: str) -> Answer:
    """What somebody else may have written allows nothing and changes no call; `why` is said where something failed."""
    kept = Answer(**{**answer, "updated": None})
    if kept.get("verdict") == "allow":
        kept["verdict"] = None
    if kept["outcome"] != "answered":
        kept["reason"] = f"{kept.get('reason', '')} ({why})".strip()
    return kept


class Streams:
    """What the hook said so far, as far as it is read."""

    def __init__(self) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.complete = True
        self.charge: Charge | None = None
        """What a model has used that was asked."""

    floods = False

    def feed(self, piece: bytes, uncounted: int = 0) -> None:
        room = READ_LIMIT - len(self.stdout)
        self.complete = self.complete and len(piece) <= room
        self.stdout += piece[: max(0, room)]


async def _killed(process: _native.Process) -> None:
    """Kill whatever still runs, and wait until it is gone."""
    process.kill()
    with anyio.CancelScope(shield=True):
        while await finished(lambda: process.wait(_TICK)) is None:
            continue


@contextmanager
def _pipe(into: bytearray) -> Iterator[str]:
    """The path of a pipe that is drained until all who write to it are gone."""
    folder = tempfile.mkdtemp(prefix="claw-hook-")
    path = os.path.join(folder, "errors")
    try:
        os.mkfifo(path, 0o600)
        reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        # Held open by us as well, so that there is no end before the hook has begun.
        writing = os.open(path, os.O_WRONLY)
        os.set_blocking(reading, True)
        reader = threading.Thread(target=_drained, args=(reading, into), daemon=True)
        reader.start()
        try:
            yield path
        finally:
            os.close(writing)
            reader.join(timeout=1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drained(pipe: int, into: bytearray) -> None:
    """Read until nobody writes any more; keep what there is room for."""
    with open(pipe, "rb", buffering=0) as file:
        while piece := file.read(64 * 1024):
            into += piece[: max(0, READ_LIMIT - len(into))]

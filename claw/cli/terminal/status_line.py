"""The line below the input that a program of the person's writes: what it is told, when, and what is shown of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from shutil import get_terminal_size
from typing import Any

import anyio
from rich.text import Text

from claw import __version__
from claw.cli.sanitize import clean
from claw.cli.terminal.diff import changes
from claw.cli.terminal.styles import ADDED, REMOVED
from claw.decide.compaction import context_tokens
from claw.events.base import Envelope
from claw.events.content import Usage
from claw.events.model import ModelChunk, ModelFailed, ModelFinished, ModelRequested
from claw.events.session import SessionStarted
from claw.events.shell import ShellOutput
from claw.events.tool import ToolFinished, ToolOutput, ToolRequested, ToolStarted
from claw.projections.state import MAIN, State
from claw.session import Session
from claw.session.status_line import StatusProgram

APART_S = 0.3
"""At least between two runs."""
PATIENT_S = 30.0
"""The same after a run that took too long or could not be made."""
LINES = 3
"""That are shown."""
LONGEST = 2_000
"""Characters of a line that are looked at."""
LARGE = 200_000
_PIECES = (ModelChunk, ToolOutput, ShellOutput)
"""What comes many times a second, and changes nothing that is told."""

_STYLES = re.compile(r"\x1b\[[0-9;:]*m")
_OTHER = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-9;:<=>?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]|\r")
"""What a terminal would do beside drawing: links and titles, movements of the cursor."""


class StatusLine:
    """Follows one session for one program. `said` is what is shown; `complain` gets a sentence, once each."""

    def __init__(
        self,
        session: Session,
        program: StatusProgram,
        complain: Callable[[str], None],
    ) -> None:
        self.said: list[Text] = []
        self._session = session
        self._program = program
        self._complain = complain
        self._complained: set[str] = set()
        self._news = anyio.Event()
        self._facts = _Facts()
        self._scope = anyio.CancelScope()

    def take(self, envelope: Envelope) -> None:
        """The next event, of the past or of now."""
        self._facts.take(envelope)
        if not isinstance(envelope.data, _PIECES):
            self._news.set()

    async def run(self, show: Callable[[], None]) -> None:
        """Have it written again whenever something has changed, until `close`; call `show` when it says something
        else.
        """
        with self._scope:
            while True:
                await self._news.wait()
                self._news = anyio.Event()
                given = json.dumps(told(self._session, self._facts)).encode("utf-8", "replace")
                began = time.monotonic()
                said = drawn(await self._program.run(given, get_terminal_size().columns), self._program.line.padding)
                if said != self.said:
                    self.said = said
                    show()
                self._say(self._program.problem)
                # What takes long is run less often.
                await anyio.sleep(PATIENT_S if self._program.problem else max(APART_S, time.monotonic() - began))

    def close(self) -> None:
        """It is not wanted any more."""
        self._scope.cancel()

    def _say(self, problem: str) -> None:
        if problem and problem not in self._complained:
            self._complained.add(problem)
            self._complain(problem)


def drawn(written: str, padding: int) -> list[Text]:
    """Its first lines, with the colours that it gives them, and harmless; nothing where it wrote nothing."""
    lines = [line[:LONGEST] for line in written.strip("\n").split("\n")[:LINES]]
    if not any(line.strip() for line in lines):
        return []
    return [_line(line, padding) for line in lines]


def _line(line: str, padding: int) -> Text:
    shown = Text(" " * padding, no_wrap=True, overflow="ellipsis")
    return shown.append_text(Text.from_ansi(_harmless(line)))


def _harmless(line: str) -> str:
    """With nothing in it but text and styles."""
    parts = re.split(f"({_STYLES.pattern})", line)
    return "".join(
        part if _STYLES.fullmatch(part) else clean(_OTHER.sub("", part)).replace("\t", " ").replace("\n", " ")
        for part in parts
    )


class _Facts:
    """What the state does not keep."""

    def __init__(self) -> None:
        self.began = 0
        """ns since 1970, UTC."""
        self.api_ns = 0
        self.last = Usage()
        """Of the main agent's last request."""
        self.added = 0
        self.removed = 0
        self._asked: dict[int, int] = {}
        self._wanted: dict[int, ToolRequested] = {}
        self._started: dict[int, int] = {}

    def take(self, envelope: Envelope) -> None:
        match envelope.data:
            case SessionStarted():
                self.began = envelope.ts
            case ModelRequested():
                self._asked[envelope.seq] = envelope.ts
            case ModelFinished(call=call) | ModelFailed(call=call) as event:
                self.api_ns += envelope.ts - self._asked.pop(call, envelope.ts)
                if isinstance(event, ModelFinished) and envelope.agent == MAIN:
                    self.last = event.usage
            case ToolRequested() as event if event.traits.footprint == "write":
                self._wanted[envelope.seq] = event
            case ToolStarted(request=request) if request in self._wanted:
                self._started[envelope.seq] = request
            case ToolFinished(call=call, is_error=is_error) if call in self._started:
                wanted = self._wanted.pop(self._started.pop(call))
                if not is_error:
                    self._count(wanted)

    def _count(self, wanted: ToolRequested) -> None:
        styles = [str(line.style) for line in changes(wanted.arguments, wanted.traits.shown)]
        self.added += styles.count(ADDED)
        self.removed += styles.count(REMOVED)


def told(session: Session, facts: _Facts) -> dict[str, Any]:
    """What the program reads, in the names that such programs know."""
    state = session.state
    info, config = state.session, state.session.settings
    model = config.model.in_mode(state.permissions.mode)
    now = time.time_ns()
    return {
        "hook_event_name": "Status",
        "session_id": info.id,
        **({"session_name": info.name or state.titles.title} if info.name or state.titles.title else {}),
        "transcript_path": "",
        "cwd": info.workspace,
        "workspace": {"current_dir": info.workspace, "project_dir": info.workspace, "added_dirs": []},
        "model": {"id": model.name, "display_name": model.name},
        "version": __version__,
        "permission_mode": state.permissions.mode,
        "effort": {"level": model.effort},
        "cost": {
            "total_cost_usd": state.usage.total.nusd / 10**9,
            "total_duration_ms": max(0, now - facts.began) // 10**6 if facts.began else 0,
            "total_api_duration_ms": facts.api_ns // 10**6,
            "total_lines_added": facts.added,
            "total_lines_removed": facts.removed,
        },
        **_window(state, facts.last, model.window),
    }


def _window(state: State, last: Usage, size: int) -> dict[str, Any]:
    used = context_tokens(state.main.conversation)
    total = state.usage.total.tokens
    share = min(100, 100 * used // max(1, size))
    return {
        "context_window": {
            "total_input_tokens": total.input + total.cache_read + total.cache_write,
            "total_output_tokens": total.output,
            "context_window_size": size,
            "used_percentage": share,
            "remaining_percentage": 100 - share,
            "current_usage": {
                "input_tokens": last.input,
                "output_tokens": last.output,
                "cache_creation_input_tokens": last.cache_write,
                "cache_read_input_tokens": last.cache_read,
            },
        },
        "exceeds_200k_tokens": used > LARGE,
    }

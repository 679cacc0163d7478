"""One tool call on the screen: its line, and below it what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType

from claw.cli.terminal.agent_lines import used
from claw.cli.terminal.agents import Followed
from claw.cli.terminal.calls import headline
from claw.cli.terminal.diff import changes, shortened
from claw.cli.terminal.layout import Marked, excerpt, line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import DONE, ERROR, QUIET, RUNNING, STRONG, WARNING
from claw.cli.terminal.task_list import listed
from claw.events.tools import Shown
from claw.projections.tasks import Tasks

PREVIEW_LINES = 4
DIFF_LINES = 16
PROBLEM_LINES = 8
RUNNING_LINES = 3
OWN_LINES = 40
"""Of a command that the person runs, while it runs and afterwards."""
_KEPT = 4_000
"""Characters of running output that are kept for the preview."""


@dataclass(slots=True)
class Card:
    """A call from the model's wish to its end. `begun` once it may act; `told`: what it does has been shown in full.
    `agent` is the one that works for it, `tasks` the list of what is to be done, as it has made it. `own`: the person
    has typed the command line.
    """

    glyphs: Glyphs
    name: str
    arguments: dict[str, Any] | None
    shown: Shown
    begun: bool = False
    told: bool = False
    agent: Followed | None = None
    tasks: Tasks | None = None
    own: bool = False
    _output: str = field(default="")

    def hear(self, text: str) -> None:
        """A piece of output while it runs."""
        self._output = (self._output + text)[-_KEPT:]

    def growing(self) -> RenderableType:
        """As it looks while it is not over."""
        parts: list[RenderableType] = [self._title(RUNNING if self.begun else QUIET)]
        lines = self._output.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
        if self._output.strip():
            most = OWN_LINES if self.own else RUNNING_LINES
            parts.append(self._below("\n".join(lines[-most:]), QUIET))
        return Group(*parts)

    def finished(
        self, content: str, *, is_error: bool, exit_status: int | None = None, more: str = ""
    ) -> RenderableType:
        """With its result. `more`: what is said of the files that it has changed."""
        parts: list[RenderableType] = [self._title(ERROR if is_error else DONE)]
        if self.tasks is not None and not is_error:
            return Group(*parts, Marked("  ", Group(*listed(self.tasks, self.glyphs))))
        diff = [] if is_error else changes(self.arguments, self.shown)
        if diff and self.told:
            parts.append(self._below(content.partition("\n")[0], QUIET))
        elif diff:
            parts.append(Marked("  ", Group(*shortened(diff, DIFF_LINES, self.glyphs.ellipsis))))
        elif content.strip():
            style = ERROR if is_error and not self.own else QUIET
            most = OWN_LINES if self.own else PREVIEW_LINES
            parts.append(self._below("\n".join(excerpt(content, most, self.glyphs.ellipsis)), style))
        else:
            parts.append(self._below("(no output)", QUIET))
        if diff and more.strip():
            parts.append(self._below("\n".join(excerpt(more, PROBLEM_LINES, self.glyphs.ellipsis)), WARNING))
        if self.agent is not None and self.agent.end:
            told = (f"agent {self.agent.id}", *used(self.agent, self.agent.ended))
            parts.append(self._below(f" {self.glyphs.dot} ".join(told), QUIET))
        if exit_status and not self.own:
            parts.append(self._below(f"exit {exit_status}", ERROR))
        return Group(*parts)

    def refused(self, why: str) -> RenderableType:
        """It never acted."""
        return Group(self._title(ERROR), self._below(why, ERROR))

    def _title(self, style: str) -> RenderableType:
        if self.tasks is not None and not self.shown.line:
            done = f"{self.tasks.count('completed')} of {len(self.tasks.listed)} done"
            return Marked(self.glyphs.bullet, line(f"{self.name}({done})", STRONG), style)
        if self.own and self.arguments is not None:
            return Marked("!", line(str(self.arguments.get(self.shown.line, "")), STRONG), style)
        return Marked(self.glyphs.bullet, line(headline(self.name, self.arguments, self.shown), STRONG), style)

    def _below(self, text: str, style: str) -> RenderableType:
        return Marked(f"  {self.glyphs.result}", line(text, style), QUIET)

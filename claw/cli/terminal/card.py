"""One tool call on the screen: its line, and below it what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType

from claw.cli.terminal.agent_lines import used
from claw.cli.terminal.agents import Followed
from claw.cli.terminal.calls import headline
from claw.cli.terminal.diff import changes, shortened
from claw.cli.terminal.folding import Beginning, Ending
from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import DONE, ERROR, QUIET, RUNNING, STRONG, WARNING
from claw.cli.terminal.task_list import listed
from claw.events.tools import Shown
from claw.projections.tasks import Tasks

PREVIEW_LINES = 4
DIFF_LINES = 16
PROBLEM_LINES = 8
FAILED_LINES = 20
"""Of what went wrong."""
RUNNING_LINES = 4
OWN_LINES = 40
"""Of a command that the person runs, while it runs and afterwards."""
CUT = " characters left out …]"
"""With this a tool says that the model is not told all of its output."""
_KEPT = 4_000
"""Characters of running output that are kept for the preview."""


@dataclass(slots=True)
class Card:
    """A call from the model's wish to its end. `begun` once it may act; `told`: what it does has been shown in full.
    `agent` is the one that works for it, `tasks` the list of what is to be done, as it has made it. `own`: the person
    has typed the command line. `command`: it runs one, and the end of what that says tells most. `way` is the key that
    shows all of it.
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
    command: bool = False
    way: str = ""
    _output: str = field(default="")
    _before: int = 0
    """Lines of output that are not kept."""

    def hear(self, text: str) -> None:
        """A piece of output while it runs."""
        output = self._output + text
        self._output = output[-_KEPT:]
        self._before += output.count("\n", 0, len(output) - len(self._output))

    def growing(self, most: int = 0) -> RenderableType:
        """As it looks while it is not over, with the last `most` rows of its output; 0: as many as usual."""
        parts: list[RenderableType] = [self._title(RUNNING if self.begun else QUIET)]
        if self._output.strip():
            most = most or (OWN_LINES if self.own else RUNNING_LINES)
            ending = Ending(self._output, most, QUIET, self.glyphs.ellipsis, before=self._before)
            parts.append(Marked(f"  {self.glyphs.result}", ending, QUIET))
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
            parts.append(Marked(f"  {self.glyphs.result}", self._folded(content, is_error=is_error), QUIET))
        else:
            parts.append(self._below("(no output)", QUIET))
        if diff and more.strip():
            problems = Beginning(more, PROBLEM_LINES, WARNING, self.glyphs.ellipsis)
            parts.append(Marked(f"  {self.glyphs.result}", problems, QUIET))
        if self.agent is not None and self.agent.end:
            told = (f"agent {self.agent.id}", *used(self.agent, self.agent.ended))
            parts.append(self._below(f" {self.glyphs.dot} ".join(told), QUIET))
        if exit_status and not self.own and f"Exit code {exit_status}" not in content:
            parts.append(self._below(f"exit {exit_status}", ERROR))
        return Group(*parts)

    def _folded(self, content: str, *, is_error: bool) -> RenderableType:
        style = ERROR if is_error and not self.own else QUIET
        most = OWN_LINES if self.own else FAILED_LINES if is_error else PREVIEW_LINES
        if not self.command:
            return Beginning(content, most, style, self.glyphs.ellipsis, way=self.way)
        return Ending(content, most, style, self.glyphs.ellipsis, unsure=CUT in content, way=self.way)

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

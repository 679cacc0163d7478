"""What language servers say of a call that edits files: told with its result, and never its failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from claw.events.content import TextBlock
from claw.events.results import texts
from claw.events.tool import ToolStarted
from claw.execution.context import ToolContext
from claw.execution.language import edits
from claw.execution.language.servers import LanguageServers
from claw.execution.paths import judged
from claw.tools.base import Outcome


class Watch:
    """`begin` before the call acts, `look` when it has, then `told`."""

    def __init__(self, servers: LanguageServers, context: ToolContext) -> None:
        self._servers = servers
        self._context = context
        self._files: list[edits.File] = []

    async def begin(self, intent: ToolStarted) -> None:
        paths = [judged(path, self._context) for path in intent.paths if path.inside and not path.directory]
        self._files = await edits.before(list(dict.fromkeys(paths)), self._servers, self._context)

    async def look(self) -> None:
        """What the call has changed is looked at while nobody else may change it."""
        self._files = await edits.after(self._files)

    async def told(self, outcome: Outcome, report: Callable[[str], None]) -> tuple[Outcome, bool]:
        """The outcome with what is new, and whether the call was cancelled meanwhile: what it did is done."""
        if not self._files or outcome.is_error:
            return outcome, False
        try:
            said = await edits.judged(self._files, self._servers, self._context, report)
        except asyncio.CancelledError:
            return outcome, True
        except Exception as error:  # noqa: BLE001 - the edit is done, whatever becomes of this
            said = f"[What language servers say of it is not known: {type(error).__name__}.]"
        return (_with(outcome, said) if said else outcome), False


def _with(outcome: Outcome, said: str) -> Outcome:
    """A block of its own: what comes first is what the call did."""
    content = texts(outcome.content) if isinstance(outcome.content, str) else outcome.content
    return replace(outcome, content=(*content, TextBlock(text=said)))

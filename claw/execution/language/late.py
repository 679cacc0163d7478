"""What a session has of language servers before it needs one: next to nothing, and no import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from claw.late import load

if TYPE_CHECKING:
    from claw.execution.context import ToolContext
    from claw.execution.language.known import Chosen
    from claw.execution.language.servers import LanguageServers


class Languages:
    """`chosen` is what the settings say; None: nothing."""

    def __init__(self, chosen: Chosen | None = None) -> None:
        self._chosen = chosen
        self._servers: LanguageServers | None = None
        self._found: dict[tuple[str, str], bool] = {}

    def any_for(self, paths: Iterable[str], context: ToolContext) -> bool:
        """Whether there is a server for one of these files on this machine. Looks at PATH once for each kind."""
        known = load("claw.execution.language.known")
        chosen = self._chosen or known.Chosen()
        for path in paths:
            for program in known.of(path, known.all_of(chosen)):
                key = context.workspace, program.name
                if key not in self._found:
                    self._found[key] = known.place_for(program, context) is not None
                if self._found[key]:
                    return True
        return False

    @property
    def servers(self) -> LanguageServers:
        """Those of the session."""
        if self._servers is None:
            chosen = self._chosen or load("claw.execution.language.known", "Chosen")()
            self._servers = load("claw.execution.language.servers", "LanguageServers")(chosen)
        return self._servers

    def something_ran(self) -> None:
        """A command has: files may be others than they were."""
        if self._servers is not None:
            self._servers.something_ran()

    async def leave(self, workspace: str) -> None:
        """End those that work in this folder: nobody does any more."""
        if self._servers is not None:
            await self._servers.leave(workspace)

    async def close(self) -> None:
        """End those that run, and wait until they are gone."""
        if self._servers is not None:
            await self._servers.close()
